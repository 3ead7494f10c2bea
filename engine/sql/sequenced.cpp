#include "engine/sql/sequenced.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/plan/steps.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::sql {

namespace {

// By number: a column's name may be as long as names get.
std::string prev_column(const plan::BaseTable& table, std::size_t sequence,
                        const std::string& column) {
  const auto& columns = table.read_columns;
  const auto at = std::find(columns.begin(), columns.end(), column) - columns.begin();
  return fmt::format("ks$prev_{}_{}", sequence, at);
}

// What the plan's steps ask of the row before: by sequence, columns.
std::set<std::pair<std::size_t, std::string>> asked(const plan::SummaryPlan& plan) {
  const plan::BaseTable& table = plan.tables.front();
  std::set<std::pair<std::size_t, std::string>> all;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (!aggregate.aggregate->has_steps()) continue;
    schema::walk(aggregate.column.argument, [&](const schema::Expr& node) {
      if (!schema::is_prev(node)) return;
      all.emplace(*aggregate.sequence, table.info.find_column(node.args.front()->text)->name);
    });
  }
  return all;
}

std::string window(const plan::SummaryPlan& plan, const Dialect& dialect, const Renderer& render,
                   const plan::RowOrder& sequence) {
  const plan::Scope scope = plan.scope();
  std::vector<std::string> partition, order;
  for (const std::size_t k : sequence.partition) {
    partition.push_back(dialect.collated(render(*plan.keys[k].expr), plan.keys[k].type));
  }
  for (const plan::RankTerm& term : sequence.terms) {
    order.push_back(dialect.collated(sequence_term(scope, render, term.expr), term.type) +
                    (term.greatest_first ? " DESC" : ""));
  }
  return fmt::format(
      "({}{}ORDER BY {})",
      partition.empty() ? "" : fmt::format("PARTITION BY {}", fmt::join(partition, ", ")),
      partition.empty() ? "" : " ", fmt::join(order, ", "));
}

bool is_numbered(const plan::RowOrder& sequence) { return sequence.numbered; }

// LAG(x) of SQLite has neither the collation nor the affinity of x, by which a trigger compares
// what the row before has. So there the row before is found by LAG() of its primary key, and
// joined.
bool is_joined(const Dialect& dialect) { return dialect.name() == "sqlite"; }

std::string row_before_name(std::size_t sequence) { return fmt::format("ks$before_{}", sequence); }

std::string key_before(std::size_t sequence, std::size_t i) {
  return fmt::format("ks$key_{}_{}", sequence, i);
}

std::string place_column(std::size_t sequence) { return fmt::format("ks$place_{}", sequence); }

}  // namespace

// TIMESTAMPs compare in the session's time zone, where an hour may come twice.
std::string sequence_term(const plan::Scope& scope, const Renderer& render,
                          const schema::ExprPtr& expr) {
  const db::ColumnInfo* column = plan::plain_column(scope, expr);
  const bool as_stored = column != nullptr && column->family != db::TypeFamily::timestamp;
  return as_stored ? render.reference(expr->qualifier, column->name) : render(*expr);
}

Sequenced sequenced(const plan::SummaryPlan& plan, const Dialect& dialect, const Binding& binding,
                    const std::vector<std::string>& restriction, std::string_view lock) {
  // A row's place follows from all rows of its list.
  const bool places = std::any_of(plan.sequences.begin(), plan.sequences.end(), is_numbered);
  const std::string rows =
      joined(plan, dialect, binding, {}, places ? std::vector<std::string>() : restriction).sql;
  if (!plan.has_sequences()) return {fmt::format("{}{}", rows, lock), binding};
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  const plan::BaseTable& table = plan.tables.front();
  std::vector<std::string> columns;
  for (const std::string& column : table.read_columns) {
    columns.push_back(render.reference(table.alias, column));
  }
  for (const std::string& column : table.info.primary_key) {
    const auto& read = table.read_columns;
    if (std::find(read.begin(), read.end(), column) != read.end()) continue;
    columns.push_back(render.reference(table.alias, column));
  }
  const auto all_asked = asked(plan);
  std::set<std::size_t> asking;
  for (const auto& [sequence, column] : all_asked) asking.insert(sequence);
  std::string before;
  if (!is_joined(dialect)) asking.clear();
  for (const std::size_t s : asking) {
    std::vector<std::string> same;
    for (std::size_t i = 0; i < table.info.primary_key.size(); ++i) {
      const std::string& column = table.info.primary_key[i];
      const std::string key = dialect.identifier(key_before(s, i));
      columns.push_back(fmt::format("LAG({}) OVER {} AS {}", render.reference(table.alias, column),
                                    window(plan, dialect, render, plan.sequences[s]), key));
      same.push_back(fmt::format("{}.{} = {}.{}", dialect.identifier(row_before_name(s)),
                                 dialect.identifier(column), dialect.identifier(table.alias), key));
    }
    const auto source = binding.sources.find(table.alias);
    before += fmt::format(
        " LEFT JOIN {} {} ON {}",
        source == binding.sources.end() ? dialect.identifier(table.info.name) : source->second,
        dialect.identifier(row_before_name(s)), fmt::join(same, " AND "));
  }
  for (const auto& [sequence, column] : all_asked) {
    if (is_joined(dialect)) break;
    columns.push_back(fmt::format("LAG({}) OVER {} AS {}", render.reference(table.alias, column),
                                  window(plan, dialect, render, plan.sequences[sequence]),
                                  dialect.identifier(prev_column(table, sequence, column))));
  }
  for (std::size_t s = 0; s < plan.sequences.size(); ++s) {
    if (!plan.sequences[s].numbered) continue;
    columns.push_back(fmt::format("ROW_NUMBER() OVER {} AS {}",
                                  window(plan, dialect, render, plan.sequences[s]),
                                  dialect.identifier(place_column(s))));
  }
  Sequenced result{fmt::format("FROM (SELECT {} {}{}) AS {}{}", fmt::join(columns, ", "), rows,
                               lock, dialect.identifier(table.alias), before),
                   binding};
  if (places && !restriction.empty()) {
    result.from += fmt::format(" WHERE {}", fmt::join(restriction, " AND "));
  }
  for (std::size_t s = 0; s < plan.sequences.size(); ++s) {
    result.binding.places.push_back(
        fmt::format("{}.{}", dialect.identifier(table.alias), dialect.identifier(place_column(s))));
    result.binding.previous.emplace_back([&table, &dialect, s](const std::string& column) {
      return is_joined(dialect) ? fmt::format("{}.{}", dialect.identifier(row_before_name(s)),
                                              dialect.identifier(column))
                                : fmt::format("{}.{}", dialect.identifier(table.alias),
                                              dialect.identifier(prev_column(table, s, column)));
    });
  }
  return result;
}

}  // namespace keepsum::sql
