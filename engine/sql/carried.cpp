#include "engine/sql/carried.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/joined.hpp"

namespace keepsum::sql {

using plan::Merge;

namespace {

bool keeps_extreme(const plan::StateColumn& column) {
  return column.merge == Merge::greatest || column.merge == Merge::least;
}

std::string contribution(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const plan::StateColumn& column, const Binding& binding) {
  const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
  return aggregate.aggregate->contribution(column.part,
                                           row_input(plan, aggregate, dialect, binding), dialect);
}

std::string merged(const plan::SummaryPlan& plan, const Dialect& dialect,
                   const plan::StateColumn& column, const Binding& binding) {
  return aggregates::merge_rows(
      column.merge, dialect.collated(contribution(plan, dialect, column, binding), column.type));
}

}  // namespace

bool carries(const plan::StateColumn& column) { return column.merge == Merge::add; }

std::string read_taken(const plan::SummaryPlan& plan, const Dialect& dialect,
                       const Branch& branch) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, branch.binding);
  std::vector<std::string> values, groups;
  for (const plan::KeyColumn& key : plan.keys) {
    const std::string expr = render(*key.expr);
    // All of a group are the same: whichever it is, in any sql_mode.
    values.push_back(dialect.carried_out("MIN(" + expr + ")", key.type));
    groups.push_back(dialect.collated(expr, key.type));
  }
  for (const plan::StateColumn& column : plan.state) {
    if (carries(column)) {
      values.push_back(fmt::format("-({})", merged(plan, dialect, column, branch.binding)));
    } else if (keeps_extreme(column)) {
      values.push_back(
          dialect.carried_out(merged(plan, dialect, column, branch.binding), column.type));
    } else {
      values.emplace_back("0");
    }
  }
  const Joined from = joined(plan, dialect, branch.binding, branch.given, branch.extra);
  return fmt::format("SELECT {}\n{} GROUP BY {} ORDER BY {}{}", fmt::join(values, ", "), from.sql,
                     fmt::join(groups, ", "), fmt::join(groups, ", "), dialect.lock_clause());
}

std::string carried_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                           const std::string& condition) {
  std::vector<std::string> values;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    values.push_back(fmt::format("{} AS k{}", dialect.carried_in(plan.keys[i].type), i));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    const std::string value = carries(column)         ? dialect.carried_in(column.type)
                              : keeps_extreme(column) ? std::string("NULL")
                                                      : std::string("0");
    values.push_back(fmt::format("{} AS c{}", value, i));
  }
  const std::string from = dialect.from_nothing();
  return fmt::format("SELECT {}{}{}", fmt::join(values, ", "),
                     condition.empty() || from.empty() ? "" : " " + from,
                     condition.empty() ? "" : " WHERE " + condition);
}

std::string recompute_group(const plan::SummaryPlan& plan, const Dialect& dialect,
                            const plan::StateColumn& column) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> same_group, same_row;
  for (const plan::KeyColumn& key : plan.keys) {
    const std::string value = dialect.carried_in(key.type);
    same_group.push_back(fmt::format("{} = {}", render(*key.expr), value));
    same_row.push_back(fmt::format("{} = {}", dialect.identifier(key.name), value));
  }
  const Joined rows = joined(plan, dialect, own, {}, same_group);
  const std::string name = dialect.identifier(column.name);
  return fmt::format(
      "UPDATE {} SET {} = (\n  SELECT {}\n  {}{})\nWHERE {} AND ({} IS NULL OR NOT ({} {} {}))",
      dialect.identifier(plan.spec.name), name, merged(plan, dialect, column, own), rows.sql,
      dialect.lock_clause(), fmt::join(same_row, " AND "), name, name,
      column.merge == Merge::greatest ? ">" : "<", dialect.carried_in(column.type));
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
