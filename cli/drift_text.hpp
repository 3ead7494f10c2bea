// Evidence as people read it; the same words in `reconcile`, `drift` and `explain`.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "engine/lifecycle/evidence.hpp"

namespace keepsum::cli {

// {"card_id":42} as `read` and `explain` take it: card_id=42.
[[nodiscard]] std::string key_text(const std::string& group_key);

// "2026-03-01 04:00:02", without the fraction.
[[nodiscard]] std::string time_text(const std::string& time);

// Calls a run lost that stands as running and cannot be at work any more: it was killed, and no run
// has come since to write that down.
Result<void> say_if_lost(lifecycle::Database& database, const std::string& summary,
                         lifecycle::RunRecord& run);

// On stdout, one line each; nothing if there are none. Those past `most` are counted.
void print_causes(std::span<const lifecycle::Cause> causes,
                  std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace keepsum::cli
