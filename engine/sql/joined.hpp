// The FROM and WHERE of the spec's join, whole or with one row of it already given.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

struct Joined {
  std::string sql;          // "FROM … WHERE …"; "" if there is nothing to say
  bool reads_table = true;  // false if every alias is given: nothing to lock
  bool has_where = false;
};

// `given` aliases are bound to a row (NEW, OLD) and are not read; nor is the condition of a LEFT
// JOIN of one of them asked. `extra` conditions are SQL. `settled` conditions of the spec are known
// to hold and are not asked.
[[nodiscard]] Joined joined(const plan::SummaryPlan& plan, const Dialect& dialect,
                            const Binding& binding, const std::set<std::string>& given,
                            const std::vector<std::string>& extra,
                            const std::set<schema::ExprPtr>& settled = {});

// A condition as it has to stand in a SELECT with a LEFT JOIN, in its WHERE or in the ON of an inner
// join: an OR, or a NOT that becomes one, as a value. docs/decisions/0012-an-or-beside-a-left-join.md
[[nodiscard]] std::string beside_left_join(const std::string& condition);
// "WHERE a AND b" of such conditions; "" of none.
[[nodiscard]] std::string where_beside_left_join(const std::vector<std::string>& conditions);

}  // namespace keepsum::sql
