// One run over one live summary: order, drift that waits for its repair, guard, position.
// reconcile() puts the lease and the report around it.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/reconcile/mend.hpp"
#include "engine/reconcile/order.hpp"
#include "engine/reconcile/pass.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/tour.hpp"

namespace keepsum::reconcile {

class Run {
 public:
  // Without `repair` it verifies only, and writes nothing. All must outlive it.
  Run(lifecycle::Database& database, const plan::SummaryPlan& plan, const ReconcileOptions& options,
      RunControl& control, RepairContext* repair, RunReport& report);

  Result<void> go();
  // For their causes to be looked for.
  [[nodiscard]] std::span<const DriftedKey> first_drifted() const noexcept {
    return first_drifted_;
  }

 private:
  // Drift that was found and not yet repaired. It may wait: a difference seen in a snapshot stays
  // the same until someone repairs it, whatever is committed.
  struct Pending {
    std::vector<DriftedKey> drifted;
    std::vector<std::vector<db::Value>> emptied;
    std::size_t bytes = 0;
    std::chrono::steady_clock::time_point since;
    [[nodiscard]] bool empty() const { return drifted.empty() && emptied.empty(); }
  };
  // What the position passes over when nothing is pending any more.
  struct Ahead {
    std::optional<db::Value> to;
    std::int64_t keys = 0;
    std::uint64_t rows = 0;
  };

  // Where the next run has to begin though this one went further: a key was left behind there.
  struct HeldBack {
    std::optional<db::Value> position;
    double share = 0;
    std::int64_t keys = 0;
  };

  Result<void> load_tour();
  bool is_on_the_way();
  Order choose();
  struct GivenUp {
    std::string why;        // for people
    bool may_choose_again;  // else by ranges, which always get on
  };
  // In one statement, the whole or a part; nothing if that came to its end, or the run did.
  Result<std::optional<GivenUp>> whole(const Order& order);
  Result<OnePassOptions::Part> next_part(std::uint64_t rows);
  bool may_try_another_part(const Order& order);
  Result<void> end_part(const OnePassOptions::Part& part);
  Result<bool> take_whole(Range& range);
  Result<void> ranges();
  Result<bool> take_range(Range& range);
  void take(Range& range);
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] bool has_its_share(const Range& range) const;
  [[nodiscard]] bool guard_stops(std::int64_t drifted, std::int64_t keys) const;
  [[nodiscard]] bool is_stopped_by_guard() const;
  Result<void> stop_by_guard();
  Result<bool> mend_pending();
  void advance();
  Result<void> end_of_pass();
  Result<void> mend_left();
  Result<void> complete_tour(std::int64_t keys);
  Result<void> save();
  void finish();

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  const ReconcileOptions& options_;
  RunControl& control_;
  RepairContext* repair_;  // null: verifies only
  RunReport& report_;
  std::optional<Mender> mender_;
  Tours tours_;
  Tour tour_;
  PassContext pass_;
  Pending pending_;
  std::vector<DriftedKey> first_drifted_;
  Ahead ahead_;
  std::optional<HeldBack> held_back_;
  std::optional<std::int64_t> came_round_;  // with so many keys
  bool a_part_ran_out_ = false;             // of its time, since the last that came to its end
  std::string no_gentle_pass_;              // see OrderLimits
  std::int64_t known_keys_ = 0;             // that the summary had when it was last verified whole
  double share_before_ = 0;                 // the tour's, when this run began
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace keepsum::reconcile
