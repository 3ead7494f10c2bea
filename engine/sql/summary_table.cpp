#include "engine/sql/summary_table.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/composed.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"
#include "engine/sql/recompute.hpp"
#include "engine/sql/seal.hpp"
#include "engine/sql/sequenced.hpp"

namespace keepsum::sql {

namespace {

TableColumn stored_column(const plan::StateColumn& column) {
  const bool nullable = aggregates::empty_value(column.merge) == "NULL";
  return {column.name, column.sql_type, nullable, nullable ? "" : "0", ""};
}

std::vector<std::string> visible_columns(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> columns;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    columns.push_back(dialect.identifier(aggregate.column.name));
  }
  return columns;
}

}  // namespace

Table summary_table(const plan::SummaryPlan& plan, const Dialect& dialect) {
  Table table;
  table.name = plan.spec.name;
  for (const plan::KeyColumn& key : plan.keys) {
    table.columns.push_back({key.name, key.sql_type, false, "", ""});
    table.primary_key.push_back(key.name);
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.visible) {
      table.columns.push_back({aggregate.column.name,
                               dialect.storage_type(aggregate.visible->type, nullptr), true, "",
                               aggregate.visible->expression});
    } else {
      table.columns.push_back(stored_column(plan.state[aggregate.state.front()]));
    }
  }
  for (const plan::StateColumn& column : plan.state) {
    if (column.hidden) table.columns.push_back(stored_column(column));
  }
  if (plan.seal) table.columns.push_back(touched(plan, dialect));
  for (std::vector<std::string>& columns : plan.indexes()) {
    table.indexes.push_back({fmt::format("ks_{}_{}", plan.spec.name, table.indexes.size() + 1),
                             std::move(columns)});
  }
  return table;
}

std::string summary_key_equals(const plan::SummaryPlan& plan, const Dialect& dialect,
                               std::size_t columns) {
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    if (terms.size() == columns) break;
    terms.push_back(
        fmt::format("{} = {}", dialect.identifier(key.name), dialect.typed_parameter(key.type)));
  }
  return fmt::format("{}", fmt::join(terms, " AND "));
}

std::vector<std::string> source_key_equals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                           std::size_t columns) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    if (terms.size() == columns) break;
    terms.push_back(fmt::format("{} = {}", dialect.collated(render(*key.expr), key.type),
                                dialect.typed_parameter(key.type)));
  }
  return terms;
}

std::string read_summary(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("SELECT {} FROM {} WHERE {}", fmt::join(visible_columns(plan, dialect), ", "),
                     dialect.identifier(plan.spec.name), summary_key_equals(plan, dialect));
}

std::string read_source(const plan::SummaryPlan& plan, const Dialect& dialect,
                        std::string_view lock) {
  const Recompute recompute = recompute_one(plan, dialect, composed(plan, dialect, lock),
                                            source_key_equals(plan, dialect), lock);
  std::vector<std::string> state, visible;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    state.push_back(
        fmt::format("{} AS {}", recompute.columns[i], dialect.identifier(plan.state[i].name)));
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    const std::string name = dialect.identifier(aggregate.column.name);
    visible.push_back(
        aggregate.visible ? fmt::format("{} AS {}", aggregate.visible->expression, name) : name);
  }
  return fmt::format("SELECT {} FROM (SELECT {} {}) AS source", fmt::join(visible, ", "),
                     fmt::join(state, ", "), recompute.from);
}

std::string contributing_rows(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const Sequenced rows = sequenced(plan, dialect, {}, source_key_equals(plan, dialect));
  std::vector<std::string> keys, columns;
  for (const plan::BaseTable& table : plan.tables) {
    for (const std::string& column : table.info.primary_key) {
      keys.push_back(dialect.identifier(table.alias) + "." + dialect.identifier(column));
    }
  }
  columns = keys;
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(contribution(plan, dialect, column, rows.binding));
  }
  return fmt::format("SELECT {} {} ORDER BY {}", fmt::join(columns, ", "), rows.from,
                     fmt::join(keys, ", "));
}

std::string display_name(const plan::SummaryPlan& plan, const plan::StateColumn& column) {
  const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
  if (!column.hidden) return aggregate.column.name;
  return aggregate.column.name + "." + column.suffix;
}

}  // namespace keepsum::sql
