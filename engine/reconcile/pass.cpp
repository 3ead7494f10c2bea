#include "engine/reconcile/pass.hpp"

#include <chrono>
#include <thread>

namespace keepsum::reconcile {

namespace {

// DDL beside the scan ends its snapshot with a conflict; a new snapshot is as good.
Result<ScanResult> scan_retrying(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                 const Chunk& chunk) {
  for (int attempt = 1;; ++attempt) {
    auto result = scan(database.session, plan, database.dialect, chunk, {});
    if (result.has_value() || result.error().recovery != Recovery::retry_transaction ||
        attempt == 10) {
      return result;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50} * attempt);
  }
}

void say(const PassOptions& options, std::uint64_t done, std::uint64_t total) {
  if (options.on_progress) options.on_progress({options.phase, done, total});
}

Result<void> one_pass(lifecycle::Database& database, const plan::SummaryPlan& plan,
                      const PassOptions& options, const OnChunk& on_chunk) {
  const std::uint64_t total = plan.tables.front().info.estimated_rows;
  say(options, 0, total);
  for (;;) {
    KEEPSUM_ASSIGN(auto result, scan_retrying(database, plan, {}));
    KEEPSUM_TRY(on_chunk(result, std::nullopt));
    // Stopped at its limit: what was found is mended now, so the next scan gets further.
    if (result.complete) break;
  }
  say(options, total, total);
  return {};
}

Result<void> key_ranges(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        const PassOptions& options, const OnChunk& on_chunk) {
  const std::uint64_t total = plan.table(options.scan.alias).info.estimated_rows;
  std::uint64_t done = 0;
  Chunk chunk{options.from, std::nullopt};
  for (;;) {
    say(options, std::min(done, total), total);
    KEEPSUM_ASSIGN(chunk.to, chunk_end(database.session, plan, database.dialect, chunk.from,
                                       options.chunk_rows));
    KEEPSUM_ASSIGN(auto result, scan_retrying(database, plan, chunk));
    KEEPSUM_TRY(on_chunk(result, result.complete ? chunk.to : chunk.from));
    if (!result.complete) continue;
    done += options.chunk_rows;
    if (!chunk.to) break;
    chunk.from = chunk.to;
  }
  say(options, total, total);
  return {};
}

}  // namespace

Result<void> pass(lifecycle::Database& database, const plan::SummaryPlan& plan,
                  const PassOptions& options, const OnChunk& on_chunk) {
  return options.scan.pass == plan::Pass::one_pass
             ? one_pass(database, plan, options, on_chunk)
             : key_ranges(database, plan, options, on_chunk);
}

}  // namespace keepsum::reconcile
