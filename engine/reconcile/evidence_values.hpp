// The text of the evidence → values again, typed by the plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"

namespace keepsum::reconcile {

// What key_json() was made of; nothing if the text is not of this plan's key.
[[nodiscard]] std::optional<std::vector<db::Value>> key_of_json(const plan::SummaryPlan& plan,
                                                                const std::string& text);

// A stored column's value of DriftRow::stored or expected; NULL for nothing.
[[nodiscard]] db::Value value_of(const plan::StateColumn& column,
                                 const std::optional<std::string>& text);

// A parameter that the database computes with exactly, whatever the session: of value_of(), for a
// column that adds up.
[[nodiscard]] std::string operand_of(const plan::StateColumn& column, const sql::Dialect& dialect);

}  // namespace keepsum::reconcile
