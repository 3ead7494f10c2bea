// Moves the seal of history, and seals single keys anew.
//
// In this order, and never another:
//   1. reset the keys that were touched up to the new watermark, and commit
//   2. read their totals, in a snapshot that begins after that
//   3. store the totals; and, when all are stored, the watermark
// A change of a joined row notes its order value in the summary's row, in the transaction that
// makes it, under that row's lock, which it keeps until it ends. So a change that commits before
// the reset is in the snapshot; and one that comes after it leaves its mark, and the key is not
// taken for sealed, whatever the snapshot saw of it. No lock is held over the read, and none but
// the row's is taken from a writer.
#pragma once

#include <span>
#include <vector>

#include "engine/reconcile/control.hpp"
#include "engine/reconcile/order.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/reconcile/seal_state.hpp"

namespace keepsum::reconcile {

class Sealer {
 public:
  // All must outlive it. Precondition: nothing else moves the seal: the caller holds the lease.
  Sealer(RepairContext& context, RunControl& control, const ReconcileOptions& options, Seal& seal)
      : context_(context), control_(control), options_(options), seal_(seal) {}

  // Seals up to `to`, or goes on where a run was killed over it: then up to where that one wanted.
  // False if it was stopped, or the budget is spent, or another transaction holds one of the keys:
  // the next run goes on.
  // Errors: lease_lost; statement_timed_out if the rows of one key alone take too long to read.
  Result<bool> advance(const db::Value& to, const Order& order);
  // Seals single keys anew up to the watermark, each by itself, but for those that another
  // transaction holds. Returns how many it sealed.
  Result<std::int64_t> seal_anew(std::span<const std::vector<db::Value>> keys);
  // Nothing is sealed any more.
  Result<void> clear();

 private:
  struct Part;
  Result<bool> reset();
  Result<bool> reset_batch(std::span<const std::vector<db::Value>> keys);
  Result<bool> move(const Order& order);
  Result<bool> move_by_ranges();
  Result<void> move_part(Part& part);
  Result<void> store(std::span<const db::Row> totals);
  Result<bool> seal_one(const std::vector<db::Value>& key);
  Result<void> delete_totals();
  [[nodiscard]] bool was_stopped(const Error& error) const {
    return error.code == ErrorCode::interrupted && control_.asked_to_stop();
  }
  [[nodiscard]] bool is_first() const { return !seal_.watermark; }

  RepairContext& context_;
  RunControl& control_;
  const ReconcileOptions& options_;
  Seal& seal_;
  bool may_be_moved_ = false;  // some totals may stand at the next watermark already
};

}  // namespace keepsum::reconcile
