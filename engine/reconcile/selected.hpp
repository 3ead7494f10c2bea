// A run over a selection of keys: compared, repaired and written down like in any run, by the same
// lease and the same guard. It moves no tour, and what it finds equal says nothing of the rest.
#pragma once

#include <span>
#include <vector>

#include "engine/reconcile/mend.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/tour.hpp"

namespace keepsum::reconcile {

class SelectedRun {
 public:
  // Without `repair` it verifies only, and writes nothing. All must outlive it.
  // Precondition: options.selection.
  SelectedRun(lifecycle::Database& database, const plan::SummaryPlan& plan,
              const ReconcileOptions& options, RunControl& control, RepairContext* repair,
              RunReport& report);

  // Each key, or range of a sample, in a snapshot of its own that lasts options.snapshot_max at
  // most. Errors: invalid_argument where the plan has no index that the selection needs, or too
  // many keys were changed; those of the session.
  Result<void> go();
  [[nodiscard]] const std::vector<DriftedKey>& first_drifted() const { return first_drifted_; }

 private:
  using Scan = std::function<Result<ScanResult>()>;
  Result<void> load();
  Result<void> all_of(const std::vector<std::vector<db::Value>>& keys);
  Result<std::vector<std::vector<db::Value>>> changed_keys();
  Result<void> sample();
  Result<bool> look(const Scan& scan);
  Result<bool> take(ScanResult& found);
  [[nodiscard]] bool guard_stops() const;
  Result<void> stop_by_guard();
  Result<bool> mend();
  void show(std::span<const DriftedKey> keys, bool repaired);
  Result<void> finish();
  void say(std::uint64_t done, std::uint64_t total) const;

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  const ReconcileOptions& options_;
  const Selection& selection_;
  RunControl& control_;
  RepairContext* repair_;
  RunReport& report_;
  std::optional<Mender> mender_;
  std::vector<DriftedKey> pending_;
  std::vector<std::vector<db::Value>> emptied_;
  std::size_t pending_bytes_ = 0;
  std::vector<DriftedKey> first_drifted_;
  std::int64_t known_keys_ = 0;
  bool stopped_ = false;
};

}  // namespace keepsum::reconcile
