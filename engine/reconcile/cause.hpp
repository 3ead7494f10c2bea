// Why did it drift? What can be shown by facts, and nothing else.
//
//   of the run   trigger_missing, trigger_altered, trigger_replaced, trigger_beside_hooks,
//                trigger_unknown, table_empty
//   of a key     row_not_counted, row_counted_twice, rows_not_counted, cascade
//
// A cause of a key compares the difference the run has seen with the source as it is now, so it is
// looked for only while the source still gives what the run has seen.
#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "engine/lifecycle/evidence.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

struct CauseLimits {
  std::size_t keys_max = 1000;               // the first drifted keys of a run
  std::chrono::milliseconds time_max{2000};  // for all keys together
  std::int64_t rows_max = 200'000;           // source rows of one key
};

// Looks for causes; writes nothing, locks nothing, and must not be called in a transaction. What
// cannot be found out in time is left out. Errors: those of reading the triggers (see capturing()).
Result<std::vector<lifecycle::Cause>> find_causes(lifecycle::Database& database,
                                                  const plan::SummaryPlan& plan,
                                                  std::span<const DriftedKey> drifted,
                                                  const CauseLimits& limits = {});

// The same, written down for the run; and which triggers are in place now, so that a later run can
// say since when one is not. After repairs, in a transaction of its own.
Result<std::vector<lifecycle::Cause>> record_causes(lifecycle::Database& database,
                                                    const plan::SummaryPlan& plan,
                                                    std::span<const DriftedKey> drifted,
                                                    std::int64_t run);

}  // namespace keepsum::reconcile
