// From plan to live summary, and back to nothing.
#pragma once

#include <functional>
#include <string>

#include "engine/lifecycle/change_set.hpp"
#include "engine/lifecycle/ddl.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::lifecycle {

struct ApplyOptions {
  reconcile::ReconcileOptions reconcile;
  WaitPolicy waits;
  std::function<void(const std::string& step)> on_step;  // "create trigger …", for people
};

struct ApplyReport {
  std::string name;
  bool changed = false;
  bool lazy = false;  // not live: its latches are set by whoever reads them
  std::optional<schema::Capture> captured_by;  // set if it was moved, and live all the while
  std::optional<Way> way;                      // set if its spec was changed, and it was live so
  std::int64_t keys_verified = 0;
  // After another spec where triggers were replaced beside writers, which servers have got wrong:
  // keys whose figures were not those of the source. What was repaired is evidence (see drift).
  std::int64_t drifted = 0, repaired = 0;
  double seconds = 0;
};

// Makes the summary as planned: marks it as being built, creates its table and triggers, fills
// and verifies it, and only then calls it live. Until then readers use the source. Where another
// capture of a live summary is all that is planned, or another spec of one that is live, it stays
// live (see capture.hpp, spec_change.hpp). One that is to be filled lazily has its table and
// triggers then, and is neither filled nor verified. The control tables must be there. Killed
// anywhere, the next apply goes on. What is made from a summary that is built goes back to being
// built first. Precondition: what it is made from and kept by is live. Locks: each statement about
// triggers waits for the transactions that use its table, as the WaitPolicy says; so does the one
// moment in which the capture changes, for all base tables. Errors: lease_held; plan_moved without
// the precondition; access_denied; transaction_conflict if the tables were never free; those of the
// session.
Result<ApplyReport> apply(Database& database, const plan::SummaryPlan& plan,
                          const ApplyOptions& options);

// Removes triggers, table and all that keepsum remembers of the summary; the triggers first, so
// that no writer meets a trigger without its table. With the last summary the control tables go.
// Its side tables go with it. `name` need not be in the spec any more. Errors: invalid_argument if
// there is no such summary, if another one is made from it, or if it is a side table;
// lease_held while an apply or a reconcile works on it.
Result<void> drop(Database& database, const std::string& name);

}  // namespace keepsum::lifecycle
