// What a foreign key action means for the rows that it reaches.
#pragma once

#include "engine/plan/plan.hpp"

namespace keepsum::plan {

// Whether triggers of other rows read the reached ones, as what they are joined with or as their
// neighbours. Such a row must not be found by them between the trigger of the action and the action
// itself: it is locked exclusively. Otherwise a shared lock keeps it as it is.
[[nodiscard]] bool others_read_reached_rows(const SummaryPlan& plan);

}  // namespace keepsum::plan
