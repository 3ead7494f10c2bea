#include "engine/sql/carried.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/joined.hpp"
#include "engine/sql/ranked.hpp"

namespace keepsum::sql {

using plan::Merge;

bool carries(const plan::StateColumn& column) { return column.merge == Merge::add; }

std::string read_taken(const plan::SummaryPlan& plan, const Dialect& dialect,
                       const Branch& branch) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, branch.binding);
  std::vector<std::string> each, keys, partition, values, groups;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    keys.push_back(render(*plan.keys[i].expr));
    each.push_back(fmt::format("{} AS k{}", keys.back(), i));
    partition.push_back(dialect.collated(keys.back(), plan.keys[i].type));
    if (!plan.orders.empty()) keys.back() = fmt::format("ranked.k{}", i);
    // All of a group are the same: whichever it is, in any sql_mode.
    values.push_back(dialect.carried_out(fmt::format("MIN({})", keys.back()), plan.keys[i].type));
    groups.push_back(dialect.collated(keys.back(), plan.keys[i].type));
  }
  const auto contributed = [&](std::size_t i) {
    return contribution(plan, dialect, plan.state[i], branch.binding);
  };
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    each.push_back(fmt::format("{} AS c{}", contributed(i), i));
    const std::string merged_rows =
        plan.orders.empty()
            ? aggregates::merge_rows(column.merge, dialect.collated(contributed(i), column.type))
            : merged(plan, dialect, i, "ranked");
    if (carries(column)) {
      values.push_back(fmt::format("-({})", merged_rows));
    } else if (aggregates::keeps_extreme(column.merge) || column.term) {
      values.push_back(dialect.carried_out(merged_rows, column.type));
    } else {
      values.emplace_back(aggregates::empty_value(column.merge));
    }
  }
  const Joined rows = joined(plan, dialect, branch.binding, branch.given, branch.extra);
  const std::string grouped =
      fmt::format("GROUP BY {} ORDER BY {}", fmt::join(groups, ", "), fmt::join(groups, ", "));
  if (plan.orders.empty()) {
    return fmt::format("SELECT {}\n{} {}{}", fmt::join(values, ", "), rows.sql, grouped,
                       dialect.lock_clause());
  }
  return fmt::format("SELECT {}\nFROM (SELECT {}{}\n{}{}) AS ranked {}", fmt::join(values, ", "),
                     fmt::join(each, ", "), rank_columns(plan, dialect, partition, contributed),
                     rows.sql, dialect.lock_clause(), grouped);
}

std::string carried_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                           const std::string& condition) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    values.push_back(fmt::format("{} AS k{}", dialect.carried_in(plan.keys[i].type), i));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    const std::string value = carries(column) ? dialect.carried_in(column.type)
                                              : std::string(aggregates::empty_value(column.merge));
    values.push_back(fmt::format("{} AS c{}", value, i));
  }
  const std::string from = dialect.from_nothing();
  return fmt::format("SELECT {}{}{}", fmt::join(values, ", "),
                     condition.empty() || from.empty() ? "" : " " + from,
                     condition.empty() ? "" : " WHERE " + condition);
}

std::string primary_key_in(const plan::BaseTable& table, const Dialect& dialect, std::size_t rows) {
  const std::vector<std::string>& key = table.info.primary_key;
  const std::string alias = dialect.identifier(table.alias);
  if (key.size() == 1) {
    const std::string column = fmt::format("{}.{}", alias, dialect.identifier(key.front()));
    if (rows == 1) return column + " = ?";
    std::string values = "?";
    for (std::size_t i = 1; i < rows; ++i) values += ", ?";
    return fmt::format("{} IN ({})", column, values);
  }
  const std::string one =
      primary_key_equals(table, dialect, [](const std::string&) { return std::string("?"); });
  if (rows == 1) return one;
  const std::vector<std::string> all(rows, "(" + one + ")");
  return fmt::format("({})", fmt::join(all, " OR "));
}

}  // namespace keepsum::sql
