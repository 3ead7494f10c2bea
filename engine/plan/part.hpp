// A plan of some of a summary's aggregates: the same table, keys and joined rows, fewer columns.
// What is filled, verified or repaired by it leaves the other columns as they are.
#pragma once

#include <set>
#include <string>

#include "engine/plan/plan.hpp"

namespace keepsum::plan {

// Precondition: every name is an aggregate's of the plan that follows no order, and there is one at
// least.
[[nodiscard]] SummaryPlan part_of(const SummaryPlan& whole,
                                  const std::set<std::string>& aggregates);

}  // namespace keepsum::plan
