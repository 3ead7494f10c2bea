// Evidence as people read it; the same words in `reconcile`, `drift` and `explain`.
#pragma once

#include <string>
#include <vector>

#include "engine/lifecycle/evidence.hpp"

namespace keepsum::cli {

// {"card_id":42} as `read` and `explain` take it: card_id=42.
[[nodiscard]] std::string key_text(const std::string& group_key);

// "2026-03-01 04:00:02", without the fraction.
[[nodiscard]] std::string time_text(const std::string& time);

// On stdout, one line each; nothing if there are none.
void print_causes(const std::vector<lifecycle::Cause>& causes);

}  // namespace keepsum::cli
