// Columns of the row that ranks first by a total order: latest() and earliest().
//
// The state is the row's place in the order, o = (o1 … on), and its values x. Merging compares
// places; a group is read again by a seek, ORDER BY o LIMIT 1.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// SQL of the stored column with this index in SummaryPlan::state.
using ColumnSql = std::function<std::string(std::size_t column)>;

// Whether the row of `mine` ranks first, or is the same as that of `theirs`. NULL if either is
// none. `mine` is asked in the order in which its answers stand in the text.
[[nodiscard]] std::string ranks_no_later(const Dialect& dialect, const plan::RowOrder& order,
                                         const ColumnSql& mine, const ColumnSql& theirs);

// ", ROW_NUMBER() OVER (…) AS r0" for each order: 1 for the row of its partition that ranks first.
// `partition`: terms as SQL, may be empty. "" without orders.
[[nodiscard]] std::string rank_columns(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const std::vector<std::string>& partition,
                                       const ColumnSql& contribution);

// Contributions c0 …, and r0 … by rank_columns(), of `source` merged for a group:
// "SUM(source.c0)", "MAX(CASE WHEN source.r0 = 1 THEN source.c1 END)".
[[nodiscard]] std::string merged(const plan::SummaryPlan& plan, const Dialect& dialect,
                                 std::size_t column, const std::string& source);

// "(SELECT x FROM … ORDER BY … LIMIT 1)": a stored column's value in the joined rows that meet the
// conditions, under `lock`. Of an extreme, likewise where an index may find it, else "(SELECT
// MAX(x) FROM …)".
[[nodiscard]] std::string value_in(const plan::SummaryPlan& plan, const Dialect& dialect,
                                   std::size_t column, const std::vector<std::string>& conditions,
                                   const std::string& lock);

// The assignments that merge an incoming row of the summary into the stored one.
void add_ranked_assignments(const plan::SummaryPlan& plan, const Dialect& dialect,
                            std::vector<std::string>& assignments);

}  // namespace keepsum::sql
