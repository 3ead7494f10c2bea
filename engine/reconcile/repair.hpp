// Mending what a scan found.
//
// Additive columns get the difference seen in the snapshot added: deltas commute, so what writers
// committed in between is not lost and nobody waits. Latches are set. Extremes are read again
// under the group row's lock: a writer that changes the group holds that lock until it commits,
// so a fresh read after it misses nothing.
#pragma once

#include <chrono>
#include <functional>
#include <span>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

struct RepairContext {
  lifecycle::Database& database;
  const plan::SummaryPlan& plan;
  Lease& lease;
  // Evidence is written for this run; nothing for a backfill, whose differences are no drift.
  std::optional<std::int64_t> run;
  // How long a statement of a repair may take; nothing for without end. Who waits for one key holds
  // the others meanwhile.
  std::optional<std::chrono::milliseconds> statement_max = std::nullopt;
  // The longest that a repair held locks of summary rows, its own waits and its COMMIT included: no
  // writer waited longer for a lock of ours.
  double longest_locks_s = 0;
};

// Runs `operation` under context.statement_max in a transaction of its own: never its COMMIT, of
// which it must be known whether it took place. Errors: statement_timed_out; nothing was written
// then.
Result<void> in_limited_transaction(RepairContext& context,
                                    const std::function<Result<void>()>& operation);

// Repairs the keys in one short transaction, which first checks the lease, then writes the
// evidence, then mends. Retries conflicts; keys must be in order.
// Errors: lease_lost; connection_lost (scan again before repairing anything).
Result<void> repair(RepairContext& context, std::span<const DriftedKey> keys);

// Compares the whole and repairs what differs in transactions of both: with one writer at a time,
// what was found is what is there. For databases of one writer; others wait meanwhile. Returns how
// many keys were repaired. Errors: as repair().
Result<std::int64_t> repair_alone(RepairContext& context);

// Deletes rows that are empty and have no source rows, if they still are; none where history is
// sealed. Returns how many went.
Result<std::int64_t> prune(RepairContext& context, std::span<const std::vector<db::Value>> keys);

// How many keys go into one transaction.
inline constexpr std::size_t repair_batch_keys = 100;

}  // namespace keepsum::reconcile
