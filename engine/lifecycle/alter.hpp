// Taking a live summary from one spec to another, as a ChangeSet's SpecChange says.
#pragma once

#include "engine/lifecycle/apply.hpp"

namespace keepsum::lifecycle {

// One step of `apply` beside others: looks at the lease, then runs the statement as run_ddl().
Result<void> run_checked(Database& database, const std::string& statement, reconcile::Lease& lease,
                         const ApplyOptions& options);

// Makes the tables, triggers and figures of a summary that nobody reads yet, and calls it live:
// what apply() does for a new one. Returns the keys verified.
Result<std::int64_t> build(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
                           reconcile::Lease& lease, const ApplyOptions& options);

// If an interrupted change had come so far that the tables had exchanged their names, writes down
// what the one under the summary's name means. Before anything else is decided.
Result<void> finish_turn(Database& database, const std::string& summary, reconcile::Lease& lease);

// Precondition: set.change, of this plan and as the database is now. Returns the keys verified.
// Killed anywhere, the summary is live by the old spec or by the new one (or, for the length of the
// turn, read from the source), and the next apply goes on.
Result<std::int64_t> change_spec(Database& database, const plan::SummaryPlan& plan,
                                 const ChangeSet& set, reconcile::Lease& lease,
                                 const ApplyOptions& options);

// Drops tables that were built to take the summary's place, with their triggers.
Result<void> drop_successors(Database& database, const std::string& summary,
                             const WaitPolicy& policy);

// Drops what a change beside has made, whatever became of it. Precondition: no trigger of the
// summary reads its gate any more.
Result<void> drop_leftovers(Database& database, const std::string& summary,
                            const WaitPolicy& policy);

}  // namespace keepsum::lifecycle
