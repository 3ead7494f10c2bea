// The two orders in which the whole key space is compared.
//
// one_pass: one statement in one snapshot, in the order the database likes best; the floor in cost.
// key_ranges: half-open ranges of the leading key, each in a short snapshot of its own, which may
// be stopped between any two, gone on with later, and compared side by side. In either, a snapshot
// holds a writer's change and its delta or neither, so that no difference is a false alarm, and the
// ranges cover the whole key space, so that none is passed over.
#pragma once

#include <functional>
#include <string>

#include "engine/reconcile/control.hpp"
#include "engine/reconcile/pace.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

struct PassContext {
  lifecycle::Database& database;
  const plan::SummaryPlan& plan;
  RunControl& control;
  std::string phase;
  OnProgress on_progress;
  double longest_snapshot_s = 0;  // of all that came to their end
};

enum class PassEnd {
  complete,
  stopped,    // control says why, or the caller did
  timed_out,  // one_pass: the snapshot's bound was met
  throttled,  // one_pass: a signal bit for seconds; `bite` says which
};

// Told of what a scan found, in key order, outside any transaction. `next` is where the next range
// begins; nothing at the end. Returns whether to go on. A result that is not complete is compared
// again from the start of its range.
struct Range {
  Chunk chunk;
  std::uint64_t rows = 0;  // about
  ScanResult result;
};
using OnRange = std::function<Result<bool>(Range& range)>;

struct OnePassOptions {
  std::optional<std::chrono::milliseconds> snapshot_max;  // nothing: as long as it takes
  bool may_fall_over = true;  // give way to signals too: there is another order to go on in
  std::optional<sql::Rests> rests = std::nullopt;  // it goes gently, beside writers too
  // Of the keys, where it is not all of them: with about how many source rows, and before it.
  struct Part {
    Chunk chunk;
    std::uint64_t rows = 0, rows_before = 0;
  };
  std::optional<Part> part = std::nullopt;
};
struct OnePassEnd {
  PassEnd end = PassEnd::complete;
  std::optional<Bite> bite;
};
Result<OnePassEnd> one_pass(PassContext& context, const OnePassOptions& options,
                            const OnRange& on_range);
// The same, by a session of its own, with each differing key handed over as it comes: see
// scan_streaming(). Rows that had become empty are in the result. `on_snapshot` is told of each new
// snapshot, which shows anew what was handed over of another and not mended since.
struct OnStream {
  std::function<void()> on_snapshot;
  OnDrifted on_drifted;
  OnRange on_end;
};
Result<OnePassEnd> one_pass_streaming(PassContext& context, const OnePassOptions& options,
                                      const OnStream& on_stream);

struct KeyRangesOptions {
  std::optional<db::Value> from = std::nullopt;  // where to begin
  double share = 0;                              // of the key space that lies before it
  std::chrono::milliseconds chunk_time{500};     // what a range should take, if nothing is said
  std::chrono::milliseconds snapshot_max{60'000};
  int workers = 1;  // more than one: on sessions of their own
};
// Precondition: plan.backfill_scan.pass is key_ranges.
Result<PassEnd> key_ranges(PassContext& context, Pace& pace, const KeyRangesOptions& options,
                           const OnRange& on_range);

}  // namespace keepsum::reconcile
