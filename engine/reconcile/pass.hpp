// One pass over the whole key space, chunk by chunk, as the plan chose.
#pragma once

#include <functional>

#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

struct PassOptions {
  plan::ScanPlan scan;
  std::uint64_t chunk_rows = 20'000;
  std::optional<db::Value> from;  // key ranges: where to begin
  std::string phase;
  OnProgress on_progress;
};

// Told after each chunk, outside any transaction; `next` is where the next chunk begins, nothing
// at the end.
using OnChunk =
    std::function<Result<void>(ScanResult& result, const std::optional<db::Value>& next)>;

Result<void> pass(lifecycle::Database& database, const plan::SummaryPlan& plan,
                  const PassOptions& options, const OnChunk& on_chunk);

}  // namespace keepsum::reconcile
