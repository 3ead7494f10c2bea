// From plan to live summary, and back to nothing.
#pragma once

#include <functional>
#include <string>

#include "engine/lifecycle/change_set.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::lifecycle {

struct ApplyOptions {
  reconcile::ReconcileOptions reconcile;
  std::function<void(const std::string& step)> on_step;  // "create trigger …", for people
};

struct ApplyReport {
  std::string name;
  bool changed = false;
  std::int64_t keys_verified = 0;
  double seconds = 0;
};

// Makes the summary as planned: marks it as being built, creates its table and triggers, fills
// and verifies it, and only then calls it live. Until then readers use the source. The control
// tables must be there. Killed anywhere, the next apply goes on.
// Locks: each CREATE TRIGGER waits for the transactions that use its table, for the session's
// short metadata lock timeout, and is tried again; new writers of the table wait behind each try.
// Errors: lease_held; access_denied; those of the session.
Result<ApplyReport> apply(Database& database, const plan::SummaryPlan& plan,
                          const ApplyOptions& options);

// Removes triggers, table and all that keepsum remembers of the summary; the triggers first, so
// that no writer meets a trigger without its table. With the last summary the control tables go.
// `name` need not be in the spec any more. Errors: invalid_argument if there is no such summary;
// lease_held while an apply or a reconcile works on it.
Result<void> drop(Database& database, const std::string& name);

}  // namespace keepsum::lifecycle
