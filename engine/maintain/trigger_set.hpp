// All triggers of a plan, as text and as the catalog shows them once installed.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::maintain {

// The prefix of all trigger names of a summary: `drop` removes what starts with it.
[[nodiscard]] std::string trigger_prefix(const std::string& summary);

// All triggers that the plan wants: of "capture": "hooks" only those on side tables.
[[nodiscard]] std::vector<sql::TriggerText> trigger_set(const plan::SummaryPlan& plan,
                                                        const sql::Dialect& dialect);

enum class TriggerForm {
  plain,  // writes
  gated,  // writes if keepsum_captures says that triggers do; for the time of a move
};
// The triggers on base tables before they are text, as writing by triggers takes them.
[[nodiscard]] std::vector<sql::Trigger> plain_triggers(const plan::SummaryPlan& plan,
                                                       const sql::Dialect& dialect);

// The triggers on base tables that the plan would have if triggers wrote, whatever its capture.
// Both forms of a trigger have one name, so each replaces the other.
[[nodiscard]] std::vector<sql::TriggerText> triggers_of(const plan::SummaryPlan& plan,
                                                        const sql::Dialect& dialect,
                                                        TriggerForm form);

}  // namespace keepsum::maintain
