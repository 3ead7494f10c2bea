#include "engine/sql/newest_rows.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

// A running sum from the last row backwards. Joined rows that share the row of `alias` are peers in
// that order, so a sum takes all of them or none.
std::string newest_rows_that_give(const plan::SummaryPlan& plan, const Dialect& dialect,
                                  std::string_view alias) {
  const Binding own;
  const plan::BaseTable& table = plan.table(alias);
  std::vector<std::string> inner, order, outer, equal;
  for (std::size_t i = 0; i < table.info.primary_key.size(); ++i) {
    inner.push_back(fmt::format("{}.{} AS p{}", dialect.identifier(table.alias),
                                dialect.identifier(table.info.primary_key[i]), i));
    order.push_back(fmt::format("p{} DESC", i));
    outer.push_back(fmt::format("p{}", i));
  }
  const std::string window = fmt::format("OVER (ORDER BY {})", fmt::join(order, ", "));
  std::vector<std::string> sums{fmt::format("COUNT(*) {} AS newest", window)};
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    if (column.merge != plan::Merge::add) continue;
    if (plan.is_kept_apart(column.aggregate)) continue;
    inner.push_back(fmt::format("{} AS c{}", contribution(plan, dialect, column, own), i));
    sums.push_back(fmt::format("SUM(c{0}) {1} AS s{0}", i, window));
    equal.push_back(fmt::format("s{} = ?", i));
  }
  return fmt::format(
      "SELECT newest, {0} FROM (SELECT {0}, {1} FROM (SELECT {2} {3}) AS contributions) AS "
      "running WHERE {4} ORDER BY newest, {5} LIMIT 1",
      fmt::join(outer, ", "), fmt::join(sums, ", "), fmt::join(inner, ", "),
      joined(plan, dialect, own, {}, source_key_equals(plan, dialect)).sql,
      fmt::join(equal, " AND "), fmt::join(outer, ", "));
}

}  // namespace keepsum::sql
