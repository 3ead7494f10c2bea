// The spec's `sealed` against the catalog: whether history can be sealed, and by what.
#pragma once

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

// Refuses a column that cannot order the rows, and what does not tell of every change. Fills
// plan.seal. Precondition: tables are resolved.
void check_seal(Compilation& compilation, SummaryPlan& plan);
// Refuses aggregates whose columns do not merge each by itself. Precondition: columns are resolved.
void check_sealed_columns(Compilation& compilation, const SummaryPlan& plan);
// The seal's part of the concurrency contract.
void say_of_seal(SummaryPlan& plan);

}  // namespace keepsum::plan
