// Repairs at a pace that writers do not feel: short transactions, sized by the time they take, and
// given up where another transaction holds one of their keys.
#pragma once

#include <functional>
#include <span>

#include "engine/reconcile/control.hpp"
#include "engine/reconcile/repair.hpp"

namespace keepsum::reconcile {

class Mender {
 public:
  // Told after each transaction how many keys it mended.
  using OnMended = std::function<void(std::size_t keys)>;

  Mender(RepairContext& context, RunControl& control, OnMended on_mended = {});

  // Stops between transactions when the run is asked to, or waits in vain; a spent budget does not
  // stop it. Keys must be in order. Returns how many it mended, from the front.
  Result<std::size_t> mend(std::span<const DriftedKey> keys);
  // Writes keys whose summary row was not there in the snapshot they were seen in; as mend(), and
  // quicker: see there why their extremes need not be read again. For a backfill: leaves no
  // evidence.
  Result<std::size_t> fill(std::span<const DriftedKey> keys);

 private:
  using Operation = std::function<Result<void>(std::span<const DriftedKey>)>;
  Result<std::size_t> in_batches(std::span<const DriftedKey> keys, const Operation& operation);
  Result<void> insert(std::span<const DriftedKey> keys);

  RepairContext& context_;
  RunControl& control_;
  OnMended on_mended_;
  Pace pace_;
};

}  // namespace keepsum::reconcile
