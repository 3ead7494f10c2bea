// Mending what a scan found.
//
// Additive columns get the difference seen in the snapshot added: deltas commute, so what writers
// committed in between is not lost and nobody waits. Latches are set. Extremes are read again
// under the group row's lock: a writer that changes the group holds that lock until it commits,
// so a fresh read after it misses nothing.
#pragma once

#include <functional>
#include <span>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

// Rows of the summary that another transaction has locked. Who waits for one holds those it has got
// meanwhile, so several keys are never waited for.
enum class LockedRows {
  waited_for,          // as long as the session does, and again and again
  waited_for_briefly,  // some seconds
  given_up,            // at once (MySQL: after a second)
};

struct RepairContext {
  lifecycle::Database& database;
  const plan::SummaryPlan& plan;
  Lease& lease;
  // Evidence is written for this run; nothing for a backfill, whose differences are no drift.
  std::optional<std::int64_t> run;
  LockedRows locked_rows = LockedRows::waited_for;
  // The longest that a repair held locks of summary rows, its COMMIT included: no writer waited
  // longer for a lock of ours.
  double longest_locks_s = 0;
};

// Runs `operation` in a transaction of its own that treats locked rows as context.locked_rows says.
// Conflicts of other kinds are tried again. Errors: transaction_conflict; nothing was written then.
Result<void> in_patient_transaction(RepairContext& context,
                                    const std::function<Result<void>()>& operation);

// Whether a repair failed for what another transaction has locked, and might be tried later; never
// where the database has one writer, who locks all.
[[nodiscard]] bool is_in_the_way(const RepairContext& context, const Error& error);

// Repairs the keys in one short transaction, which first checks the lease, then writes the
// evidence, then mends. Retries conflicts; keys must be in order.
// Errors: lease_lost; connection_lost (scan again before repairing anything); transaction_conflict
// where a key is locked (see LockedRows).
Result<void> repair(RepairContext& context, std::span<const DriftedKey> keys);

// Compares the whole and repairs what differs in transactions of both: with one writer at a time,
// what was found is what is there. For databases of one writer; others wait meanwhile. Returns how
// many keys were repaired. Errors: as repair().
Result<std::int64_t> repair_alone(RepairContext& context);

// Writes the evidence of keys that are not repaired. Errors: as repair().
Result<void> note_left(RepairContext& context, std::span<const DriftedKey> keys);

// Deletes rows that are empty and have no source rows, if they still are; none where history is
// sealed, and none that another transaction has locked. Returns how many went.
Result<std::int64_t> prune(RepairContext& context, std::span<const std::vector<db::Value>> keys);

// How many keys go into one transaction.
inline constexpr std::size_t repair_batch_keys = 100;

}  // namespace keepsum::reconcile
