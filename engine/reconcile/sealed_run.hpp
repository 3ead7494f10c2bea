// One run over a live summary whose history is sealed: the keys by their totals and the rows above
// the seal, those that are not well by their whole history, a share of the audit, and the seal
// moved on. Where the seal cannot be used it is a run like any other, and says why.
//
// No repair is made on the word of a total: what it finds wanting is compared with the source
// whole.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/reconcile/sealer.hpp"
#include "engine/reconcile/tour.hpp"

namespace keepsum::reconcile {

class SealedRun {
 public:
  // Without `repair` it verifies only, and writes nothing. All must outlive it.
  // Precondition: plan.seal; no selection.
  SealedRun(lifecycle::Database& database, const plan::SummaryPlan& plan,
            const ReconcileOptions& options, RunControl& control, RepairContext* repair,
            RunReport& report);

  Result<void> go();
  // For their causes to be looked for.
  [[nodiscard]] const std::vector<DriftedKey>& first_drifted() const { return first_drifted_; }
  // What its own totals show.
  [[nodiscard]] const std::vector<lifecycle::Cause>& causes() const { return causes_; }

 private:
  Result<void> load();
  Result<void> go_on_sealing();
  Result<std::string> why_not();
  Result<bool> by_seal();
  Result<void> look_whole(const std::vector<std::vector<db::Value>>& keys);
  Result<void> whole();
  Result<void> audit();
  Result<void> check_range(const Chunk& chunk);
  Result<void> note(std::vector<DriftedKey> contradicted);
  Result<void> mend_seals();
  Result<void> move_on();
  Result<void> finish();
  void merge(const RunReport& audit);
  [[nodiscard]] double audit_due(double now_s) const;
  [[nodiscard]] bool is_usable() const { return seal_ && seal_->watermark; }

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  const ReconcileOptions& options_;
  RunControl& control_;
  RepairContext* repair_;
  RunReport& report_;
  std::optional<Seal> seal_;  // nothing: this database has no place for one
  std::optional<Tour> tour_;
  std::vector<DriftedKey> first_drifted_;
  std::vector<DriftedKey> contradicted_;  // the first, as evidence
  std::vector<std::vector<db::Value>> to_seal_anew_;
  std::vector<lifecycle::Cause> causes_;
  bool give_up_ = false;  // all is sealed anew, from the beginning
};

}  // namespace keepsum::reconcile
