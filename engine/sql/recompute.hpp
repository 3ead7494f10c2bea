// What the source says of the stored columns.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// SELECT keys, columns `from` GROUP BY keys. Without orders each column aggregates the joined rows
// directly; with them, `from` first ranks the rows.
struct Recompute {
  std::vector<std::string> keys;
  std::vector<std::string> columns;  // in the order of SummaryPlan::state
  std::string from;                  // "FROM …", with its WHERE
};

// `binding`: where the tables stand, see composed(). `restriction`: conditions on the joined rows, as
// SQL. `lock`: a lock clause, or "".
[[nodiscard]] Recompute recompute_by_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                                         const Binding& binding,
                                         const std::vector<std::string>& restriction,
                                         std::string_view lock = {});
// Of one group, to which the restriction comes down: SELECT columns `from`, without keys.
[[nodiscard]] Recompute recompute_one(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      const Binding& binding,
                                      const std::vector<std::string>& restriction,
                                      std::string_view lock);

}  // namespace keepsum::sql
