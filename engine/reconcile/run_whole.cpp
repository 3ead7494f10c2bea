// How a run goes about a summary, and what it does in one statement: the whole, or a part of it.
#include <fmt/format.h>

#include <algorithm>

#include "engine/reconcile/run.hpp"

namespace keepsum::reconcile {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Order Run::choose() {
  return choose_order(plan_, tour_,
                      {.asked = options_.order,
                       .snapshot_max = options_.snapshot_max,
                       .left = control_.left(),
                       .work_share = options_.control.work_share,
                       .why_gently =
                           [this] {
                             control_.look_for_writers();
                             return control_.why_gently();
                           },
                       .gently_always = options_.control.pacing == Pacing::gentle,
                       .rests_by = &database_.dialect,
                       .no_gentle_pass = no_gentle_pass_,
                       .may_go_by_parts = options_.workers == 1 && options_.chunk_rows == 0 &&
                                          !options_.share_max});
}

Result<OnePassOptions::Part> Run::next_part(std::uint64_t rows) {
  KEEPSUM_ASSIGN(ChunkEnd end, chunk_end(database_.session, sql::leading_key(plan_),
                                         database_.dialect, tour_.position, rows));
  const auto before = tour_.share * static_cast<double>(estimated_rows(plan_));
  return OnePassOptions::Part{
      {tour_.position, std::move(end.to)}, rows, static_cast<std::uint64_t>(before)};
}

Result<std::optional<Run::GivenUp>> Run::whole(const Order& order) {
  report_.order = order.part_rows ? plan::Pass::key_ranges : plan::Pass::one_pass;
  if (order.rests) KEEPSUM_TRY(save());  // so that the next run knows if this one is killed
  OnePassOptions options{order.snapshot_max, has_ranges(plan_), order.rests};
  if (order.part_rows) {
    KEEPSUM_ASSIGN(options.part, next_part(*order.part_rows));
  }
  const auto left = control_.left();
  if (options.snapshot_max && left) {
    options.snapshot_max =
        std::min(*options.snapshot_max,
                 std::max(milliseconds{1}, std::chrono::duration_cast<milliseconds>(*left)));
  }
  const auto start = steady_clock::now();
  Seconds last{0};
  KEEPSUM_ASSIGN(const auto ended, one_pass(pass_, options, [&](Range& range) {
                   control_.needs_no_rest();
                   last = Seconds(range.result.seconds);
                   return order.part_rows ? take_range(range) : take_whole(range);
                 }));
  const Seconds time = steady_clock::now() - start;
  control_.needs_no_rest();
  switch (ended.end) {
    case PassEnd::complete:
      if (is_stopped_by_guard()) return std::nullopt;
      control_.has_rested(std::min(order.resting, last));
      if (order.rests) {
        // How many rows the last part has was not known.
        if (!options.part || options.part->chunk.to) gentle_pass_took(plan_, order, last, tour_);
      } else {
        one_pass_took(plan_, last, tour_);
      }
      a_part_ran_out_ = false;
      if (options.part) {
        KEEPSUM_TRY(end_part(*options.part));
      } else if (pending_.empty()) {
        came_round_ = report_.keys_checked;
      }
      return std::nullopt;
    case PassEnd::stopped: return std::nullopt;
    case PassEnd::timed_out:
      if (order.rests) {
        gentle_pass_ran_out(plan_, order, tour_);
      } else {
        one_pass_ran_out(plan_, time, tour_);
      }
      return GivenUp{fmt::format("it did not come to its end in {:.1f} s", time.count()),
                     may_try_another_part(order)};
    case PassEnd::throttled:
      return GivenUp{describe(*ended.bite), ended.bite->signal == writers_signal};
  }
  return std::nullopt;
}

// It is known by now that a part takes longer: the next one has fewer rows, or rests less. But once
// in a row, since nothing of it is verified.
bool Run::may_try_another_part(const Order& order) {
  const bool may = order.part_rows && !a_part_ran_out_ && control_.may_go_on() == Stop::none;
  a_part_ran_out_ = true;
  return may;
}

Result<void> Run::end_part(const OnePassOptions::Part& part) {
  KEEPSUM_ASSIGN(const bool mended, mend_pending());
  if (!mended) return {};
  advance();
  if (!part.chunk.to) came_round_ = tour_.keys;
  return {};
}

Result<bool> Run::take_whole(Range& range) {
  ++report_.ranges;
  report_.keys_checked = range.result.keys_checked;
  if (options_.on_range) KEEPSUM_TRY(options_.on_range(range.chunk));
  take(range);
  if (guard_stops(report_.drifted, report_.keys_checked)) {
    KEEPSUM_TRY(stop_by_guard());
    return false;
  }
  return mend_pending();
}

}  // namespace keepsum::reconcile
