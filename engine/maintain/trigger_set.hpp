// All triggers of a plan, as text and as the catalog shows them once installed.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::maintain {

// The prefix of all trigger names of a summary: `drop` removes what starts with it.
[[nodiscard]] std::string trigger_prefix(const std::string& summary);

// Empty for "capture": "hooks". `roots` gives the tables of cascades that are no base tables.
[[nodiscard]] std::vector<sql::TriggerText> trigger_set(const plan::SummaryPlan& plan,
                                                        const sql::Dialect& dialect);

}  // namespace keepsum::maintain
