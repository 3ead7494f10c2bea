// Taking the repairs of a run back, by its evidence.
//
// What a repair added is taken away again: deltas commute, so what writers have added since stays,
// and nobody waits. A latch or an extreme gets its former value back where it still is what the
// repair made it; where it is not, it is named and left, because what it would be without the
// repair is not known. Afterwards the summary differs from its source as it did before, and the
// next reconcile repairs it anew.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/evidence.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"

namespace keepsum::reconcile {

struct UndoOptions {
  bool dry_run = false;  // says what would be done; needs no lease
  LeaseOptions lease;
};

// One column of one key.
struct UndoneColumn {
  std::string group_key, column;
  std::optional<std::string> before, after;  // NULL is nothing; alike if it is left
  std::string left;                          // why it is left; "" if it is taken back
};

struct UndoReport {
  std::string name;
  std::int64_t run = 0;       // whose repairs
  std::int64_t undo_run = 0;  // 0 for a dry run
  bool resumed = false;       // another undo of this run was interrupted: this one went on
  std::int64_t keys = 0;
  std::int64_t columns = 0;         // taken back
  std::int64_t left = 0;            // columns that were left
  std::vector<UndoneColumn> shown;  // the first `undone_shown_max`
};
inline constexpr std::size_t undone_shown_max = 1000;

// In short transactions of a hundred rows of evidence, each of which checks the lease, locks the
// summary's rows, and writes its own evidence and how far it has come: killed anywhere, the same
// call goes on and takes nothing back twice.
// Precondition: the summary is live and means what the plan means.
// Errors: invalid_argument if there is no such run of this summary, if it repaired nothing, is an
// undo itself, was undone already, or is older than the summary as it stands; lease_held,
// lease_lost; plan_moved where the evidence names columns that are no more; those of the session.
Result<UndoReport> undo(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        std::int64_t run, const UndoOptions& options);

}  // namespace keepsum::reconcile
