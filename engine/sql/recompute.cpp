#include "engine/sql/recompute.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/ranked.hpp"
#include "engine/sql/sequenced.hpp"

namespace keepsum::sql {

namespace {

// The values of a column that a side table keeps are carried as they are, and counted here.
std::string column_of_rows(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t i) {
  const plan::AggregatePlan& aggregate = plan.aggregates[plan.state[i].aggregate];
  if (aggregate.aggregate->has_side_table()) {
    aggregates::RowInput row;
    row.argument = fmt::format("ranked.c{}", i);
    row.type = aggregate.argument_type;
    return aggregate.aggregate->recompute(plan.state[i].part, row, dialect);
  }
  const std::string value = merged(plan, dialect, i, "ranked");
  const bool zero = aggregates::empty_value(plan.state[i].merge) == "0";
  return zero ? fmt::format("COALESCE({}, 0)", value) : value;
}

// What a joined row holds of a stored column, before the rows are merged.
std::string value_of_row(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t i,
                         const Binding& binding) {
  const plan::AggregatePlan& aggregate = plan.aggregates[plan.state[i].aggregate];
  if (!aggregate.aggregate->has_side_table()) {
    return contribution(plan, dialect, plan.state[i], binding);
  }
  const aggregates::RowInput row = row_input(plan, aggregate, dialect, binding);
  return aggregates::filtered(row, row.argument, "NULL");
}

Recompute recompute(const plan::SummaryPlan& plan, const Dialect& dialect, const Binding& binding,
                    bool by_key, const std::vector<std::string>& restriction,
                    std::string_view lock) {
  const Sequenced rows = sequenced(plan, dialect, binding, restriction, lock);
  const Binding& own = rows.binding;
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, own);
  Recompute result;
  std::vector<std::string> partition, contributions;
  for (std::size_t i = 0; by_key && i < plan.keys.size(); ++i) {
    const std::string key = render(*plan.keys[i].expr);
    result.keys.push_back(plan.orders.empty() ? key : fmt::format("ranked.k{}", i));
    contributions.push_back(fmt::format("{} AS k{}", key, i));
    partition.push_back(dialect.collated(key, plan.keys[i].type));
  }
  if (plan.orders.empty()) {
    for (const plan::StateColumn& column : plan.state) {
      const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
      result.columns.push_back(aggregate.aggregate->recompute(
          column.part, row_input(plan, aggregate, dialect, own), dialect));
    }
    result.from = rows.from;
    return result;
  }
  const auto value = [&](std::size_t i) { return value_of_row(plan, dialect, i, own); };
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    contributions.push_back(fmt::format("{} AS c{}", value(i), i));
    result.columns.push_back(column_of_rows(plan, dialect, i));
  }
  result.from = fmt::format("FROM (SELECT {}{} {}) AS ranked", fmt::join(contributions, ", "),
                            rank_columns(plan, dialect, partition, value), rows.from);
  return result;
}

}  // namespace

Recompute recompute_by_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                           const Binding& binding, const std::vector<std::string>& restriction,
                           std::string_view lock) {
  return recompute(plan, dialect, binding, true, restriction, lock);
}

Recompute recompute_one(const plan::SummaryPlan& plan, const Dialect& dialect,
                        const Binding& binding, const std::vector<std::string>& restriction,
                        std::string_view lock) {
  return recompute(plan, dialect, binding, false, restriction, lock);
}

}  // namespace keepsum::sql
