// The triggers on side tables: what moves a column that counts distinct values.
#pragma once

#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::maintain {

// Of all of the plan's side tables; empty if it has none. Triggers keep these columns whoever keeps
// the side tables themselves, so they have one form.
[[nodiscard]] std::vector<sql::TriggerText> side_triggers(const plan::SummaryPlan& plan,
                                                          const sql::Dialect& dialect);

}  // namespace keepsum::maintain
