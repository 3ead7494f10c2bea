#include "engine/sql/listing.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/sql/composed.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/recompute.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

namespace {

std::vector<std::string> conditions(const plan::SummaryPlan& plan, const Dialect& dialect,
                                    const Groups& groups, const std::vector<std::string>& keys) {
  std::vector<std::string> terms;
  const auto add = [&](std::size_t key, std::string_view op) {
    terms.push_back(
        fmt::format("{} {} {}", keys[key], op, dialect.typed_parameter(plan.keys[key].type)));
  };
  for (const std::size_t key : groups.equal) add(key, "=");
  if (groups.range && groups.range->has_first) add(groups.range->key, ">=");
  if (groups.range && groups.range->has_last) add(groups.range->key, "<=");
  return terms;
}

// The groups as the source has them, under the names of the summary's columns.
std::string source_table(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const Groups& groups) {
  const Binding binding = composed(plan, dialect);
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(dialect.collated(render(*key.expr), key.type));
  }
  const Recompute recompute =
      recompute_by_key(plan, dialect, binding, conditions(plan, dialect, groups, terms));
  std::vector<std::string> keys, columns, visible;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    keys.push_back(dialect.collated(recompute.keys[i], plan.keys[i].type));
    columns.push_back(
        fmt::format("{} AS {}", recompute.keys[i], dialect.identifier(plan.keys[i].name)));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    columns.push_back(
        fmt::format("{} AS {}", recompute.columns[i], dialect.identifier(plan.state[i].name)));
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (!aggregate.visible) continue;
    visible.push_back(fmt::format(", {} AS {}", aggregate.visible->expression,
                                  dialect.identifier(aggregate.column.name)));
  }
  return fmt::format(
      "(SELECT ks_state.*{} FROM (SELECT {} {} GROUP BY {}) AS ks_state) AS ks_source",
      fmt::join(visible, ""), fmt::join(columns, ", "), recompute.from, fmt::join(keys, ", "));
}

// FROM and WHERE; the conditions of `more` come last.
std::string from_where(const plan::SummaryPlan& plan, const Dialect& dialect, const Groups& groups,
                       const std::vector<std::string>& more) {
  std::vector<std::string> terms;
  if (!groups.from_source) {
    terms = conditions(plan, dialect, groups, key_names(plan, dialect));
  }
  terms.insert(terms.end(), more.begin(), more.end());
  return fmt::format(
      "FROM {}{}{}",
      groups.from_source ? source_table(plan, dialect, groups) : dialect.identifier(plan.spec.name),
      terms.empty() ? "" : " WHERE ", fmt::join(terms, " AND "));
}

// Of the stored columns of these aggregates: not what a group without rows has.
std::string has_rows(const plan::SummaryPlan& plan, const Dialect& dialect,
                     const std::vector<std::size_t>& aggregates) {
  std::vector<std::string> terms;
  for (const std::size_t a : aggregates) {
    const plan::AggregatePlan& aggregate = plan.aggregates[a];
    // A value of the row that ranks first may be NULL; its place in the order is not.
    const std::vector<std::size_t> columns =
        aggregate.order ? std::vector{plan.orders[*aggregate.order].state.front()}
                        : aggregate.state;
    for (const std::size_t i : columns) {
      const plan::StateColumn& column = plan.state[i];
      terms.push_back(
          fmt::format("{} {}", dialect.identifier(column.name),
                      aggregates::empty_value(column.merge) == "NULL" ? "IS NOT NULL" : "<> 0"));
    }
  }
  return fmt::format("({})", fmt::join(terms, " OR "));
}

std::vector<std::size_t> all_aggregates(const plan::SummaryPlan& plan) {
  std::vector<std::size_t> all(plan.aggregates.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

// As the column has its values in the summary: SUM() of integers is a DECIMAL to MySQL.
std::string merged_column(const plan::StateColumn& column, const Dialect& dialect) {
  const std::string merged = aggregates::merge_rows(
      column.merge, dialect.collated(dialect.identifier(column.name), column.type));
  if (aggregates::empty_value(column.merge) == "NULL") return merged;
  const std::string value = fmt::format("COALESCE({}, 0)", merged);
  const bool integer = column.type.family == db::TypeFamily::integer ||
                       column.type.family == db::TypeFamily::boolean_;
  return integer ? dialect.cast(value, {.kind = schema::CastKind::integer}) : value;
}

std::string order_column(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const ListOrder& order) {
  const plan::AggregatePlan& aggregate = plan.aggregates[order.aggregate];
  const std::string name = dialect.identifier(aggregate.column.name);
  if (aggregate.visible) return name;
  return dialect.collated(name, plan.state[aggregate.state.front()].type);
}

}  // namespace

std::string list_groups(const plan::SummaryPlan& plan, const Dialect& dialect, const Groups& groups,
                        const std::optional<ListOrder>& order, std::optional<std::uint64_t> limit) {
  std::vector<std::string> columns = key_names(plan, dialect);
  std::vector<std::string> terms{has_rows(plan, dialect, all_aggregates(plan))};
  std::string order_by;
  const std::string_view direction = order && !order->ascending ? " DESC" : "";
  if (order) {
    const std::string name = order_column(plan, dialect, *order);
    if (order->nulls == Nulls::left_out) terms.push_back(name + " IS NOT NULL");
    if (order->nulls == Nulls::alone) terms.push_back(name + " IS NULL");
    order_by = fmt::format("{}{}, ", name, direction);
  }
  for (const std::string& key : key_names(plan, dialect)) {
    order_by += fmt::format("{}{}, ", key, direction);
  }
  order_by.resize(order_by.size() - 2);
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    columns.push_back(dialect.identifier(aggregate.column.name));
  }
  return fmt::format("SELECT {} {} ORDER BY {}{}", fmt::join(columns, ", "),
                     from_where(plan, dialect, groups, terms), order_by,
                     limit ? fmt::format(" LIMIT {}", *limit) : "");
}

std::string count_before(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const Groups& groups, const ListOrder& order, bool of_null) {
  const plan::AggregatePlan& aggregate = plan.aggregates[order.aggregate];
  const plan::ExprType& type =
      aggregate.visible ? aggregate.visible->type : plan.state[aggregate.state.front()].type;
  const std::string name = order_column(plan, dialect, order);
  return fmt::format(
      "SELECT COUNT(*) {}",
      from_where(plan, dialect, groups,
                 {of_null ? name + " IS NOT NULL"
                          : fmt::format("{} {} {}", name, order.ascending ? '<' : '>',
                                        dialect.typed_parameter(type)),
                  has_rows(plan, dialect, all_aggregates(plan))}));
}

std::string merge_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const Groups& groups, const std::vector<std::size_t>& by,
                         const std::vector<std::size_t>& aggregates, const std::string& first) {
  std::vector<std::string> keys, grouped, merged, visible;
  for (const std::size_t i : by) {
    keys.push_back(dialect.identifier(plan.keys[i].name));
    grouped.push_back(dialect.collated(keys.back(), plan.keys[i].type));
  }
  merged = visible = keys;
  for (const std::size_t a : aggregates) {
    const plan::AggregatePlan& aggregate = plan.aggregates[a];
    for (const std::size_t i : aggregate.state) {
      merged.push_back(fmt::format("{} AS {}", merged_column(plan.state[i], dialect),
                                   dialect.identifier(plan.state[i].name)));
    }
    visible.push_back(aggregate.visible ? aggregate.visible->expression
                                        : dialect.identifier(aggregate.column.name));
  }
  const std::string rows = fmt::format(
      "SELECT {}{}{} FROM (SELECT {} {}{}{}) AS ks_merged", first, first.empty() ? "" : ", ",
      fmt::join(visible, ", "), fmt::join(merged, ", "), from_where(plan, dialect, groups, {}),
      by.empty() ? "" : " GROUP BY ", fmt::join(grouped, ", "));
  if (by.empty()) return rows;
  return fmt::format("{} WHERE {} ORDER BY {}", rows, has_rows(plan, dialect, aggregates),
                     fmt::join(keys, ", "));
}

// Distinct values of two groups may be the same, the last row of one says nothing of an order
// within the other, and a step from one row to the next may lead from one group to another: what is
// not known to follow is not merged.
bool mergeable(const plan::AggregatePlan& aggregate) {
  static constexpr std::array<std::string_view, 12> names{
      "sum",   "count", "avg",     "min",      "max",        "any",
      "latch", "every", "var_pop", "var_samp", "stddev_pop", "stddev_samp"};
  return std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return aggregates::find(name) == aggregate.aggregate;
  });
}

}  // namespace keepsum::sql
