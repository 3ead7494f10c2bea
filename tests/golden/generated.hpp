// All that keepsum would say to a database about one summary, but for the unit of work.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engine/maintain/change_statements.hpp"
#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::test {

inline constexpr maintain::Moment moments[] = {
    maintain::Moment::after_insert, maintain::Moment::before_update, maintain::Moment::after_update,
    maintain::Moment::before_delete};

// What each is, and its SQL.
using Generated = std::vector<std::pair<std::string, std::string>>;

// The statements that make tables and triggers.
[[nodiscard]] Generated objects_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

// All others. With a seal, what it adds: the rest is as without one, and no hook writes such a
// summary. Hooks name sql::hooks_marker and keepsum's own tables.
[[nodiscard]] Generated statements_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

}  // namespace keepsum::test
