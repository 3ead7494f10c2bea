// Repairs at a pace that writers do not feel: short transactions, sized by the time they take. One
// of several keys is given up at once where another transaction has locked one of them; that key is
// then waited for alone, with nothing held.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "engine/reconcile/control.hpp"
#include "engine/reconcile/repair.hpp"

namespace keepsum::reconcile {

class Mender {
 public:
  // Told after each transaction which keys it mended.
  using OnMended = std::function<void(std::span<const DriftedKey> keys)>;
  enum class Locked {
    insisted_on,  // waited for, until that fails
    left,         // waited for some seconds, and left: see left()
  };

  Mender(RepairContext& context, RunControl& control, Locked locked, OnMended on_mended = {});
  // For a reconcile. Lists are held meanwhile: who has locked a row of one may be waiting for the
  // list, and would have to be waited for.
  [[nodiscard]] static Locked locked_of(const plan::SummaryPlan& plan) {
    return plan.has_places() ? Locked::insisted_on : Locked::left;
  }

  // Stops between transactions when the run is asked to, or waits in vain; a spent budget does not
  // stop it. Keys must be in order. Returns how many it mended or left, from the front.
  // Errors: as repair().
  Result<std::size_t> mend(std::span<const DriftedKey> keys);
  // Tries those it has left once more, waiting for ten seconds in all.
  Result<void> mend_left();
  // Keys that another transaction held when their turn came. What was seen of them stays true: only
  // a repair changes a difference.
  [[nodiscard]] const std::vector<DriftedKey>& left() const noexcept { return left_; }
  [[nodiscard]] bool has_left(const DriftedKey& key) const;
  // Writes keys whose summary row was not there in the snapshot they were seen in; as mend(), and
  // quicker: see there why their extremes need not be read again. For a backfill: leaves no
  // evidence.
  Result<std::size_t> fill(std::span<const DriftedKey> keys);

 private:
  using Operation = std::function<Result<void>(std::span<const DriftedKey>)>;
  [[nodiscard]] LockedRows wait_for_one() const;
  Result<std::size_t> in_batches(std::span<const DriftedKey> keys, const Operation& operation);
  Result<void> insert(std::span<const DriftedKey> keys);

  RepairContext& context_;
  RunControl& control_;
  Locked locked_;
  OnMended on_mended_;
  std::vector<DriftedKey> left_;
  // When mend_left() stops waiting; nothing while it does not run.
  std::optional<std::chrono::steady_clock::time_point> again_until_;
  Pace pace_;
};

}  // namespace keepsum::reconcile
