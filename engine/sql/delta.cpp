#include "engine/sql/delta.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/sql/joined.hpp"
#include "engine/sql/ranked.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::sql {

using plan::Merge;

namespace {

std::string weighted(const plan::SummaryPlan& plan, const Dialect& dialect,
                     const plan::StateColumn& column, const Branch& branch) {
  if (branch.weight > 0) return contribution(plan, dialect, column, branch.binding);
  if (column.merge == Merge::latch) return "0";
  if (aggregates::recomputes(column.merge)) return "NULL";
  const std::string value = contribution(plan, dialect, column, branch.binding);
  return value == "1" ? "-1" : fmt::format("-({})", value);
}

struct Select {
  std::vector<std::string> values;
  Joined from;
};

Select select(const plan::SummaryPlan& plan, const Dialect& dialect, const Branch& branch) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, branch.binding);
  Select result{{}, {branch.from, false, true}};
  if (branch.from.empty()) {
    result.from = joined(plan, dialect, branch.binding, branch.given, branch.extra, branch.settled);
  }
  for (const plan::KeyColumn& key : plan.keys) result.values.push_back(render(*key.expr));
  for (const plan::StateColumn& column : plan.state) {
    result.values.push_back(weighted(plan, dialect, column, branch));
  }
  if (plan.seal) result.values.push_back(render(*plan.seal->by));
  return result;
}

std::string lock(const Dialect& dialect, const Joined& from) {
  return from.reads_table ? dialect.lock_clause() : std::string();
}

// One branch as a subquery with columns k0…, c0….
std::string named_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const Branch& branch) {
  const Select parts = select(plan, dialect, branch);
  std::string list;
  for (std::size_t i = 0; i < parts.values.size(); ++i) {
    const bool is_key = i < plan.keys.size();
    // One more than there are state columns is what the seal asks for.
    list += fmt::format("{}{} AS {}{}", i == 0 ? "" : ", ", parts.values[i], is_key ? "k" : "c",
                        is_key ? i : i - plan.keys.size());
  }
  return fmt::format("SELECT {}\n  {}{}", list, parts.from.sql, lock(dialect, parts.from));
}

std::vector<std::string> target_columns(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        bool plain_hook) {
  std::vector<std::string> columns = key_names(plan, dialect);
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(dialect.identifier(column.name));
  }
  if (plan.seal) columns.push_back(dialect.identifier(touched_column));
  if (plain_hook) columns.push_back(dialect.identifier(hooks_marker));
  return columns;
}

std::string insert_into(const plan::SummaryPlan& plan, const Dialect& dialect,
                        const std::vector<std::string>& columns, const std::string& source,
                        const std::vector<std::string>& assignments) {
  return fmt::format("INSERT INTO {} ({})\n{}\n{}", dialect.identifier(plan.spec.name),
                     fmt::join(columns, ", "), source,
                     dialect.upsert_clause(key_names(plan, dialect), assignments));
}

std::string insert_from(const plan::SummaryPlan& plan, const Dialect& dialect,
                        const std::string& source, std::vector<std::string> assignments,
                        bool plain_hook) {
  if (plan.seal) assignments.push_back(touch_assignment(plan, dialect));
  return insert_into(plan, dialect, target_columns(plan, dialect, plain_hook), source, assignments);
}

std::string upsert_single(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const Branch& branch, bool plain_hook) {
  Select parts = select(plan, dialect, branch);
  const std::span state(parts.values.data() + plan.keys.size(), plan.state.size());
  std::vector<std::string> assignments = merge_assignments(plan, dialect, state);
  if (plain_hook) parts.values.emplace_back("0");
  const std::string values = fmt::format("{}", fmt::join(parts.values, ", "));
  const bool has_where = parts.from.has_where;
  const std::string source =
      !parts.from.reads_table && !has_where
          ? fmt::format("VALUES ({})", values)
          : fmt::format("SELECT {}\n{}{}{}", values, parts.from.sql, has_where ? "" : " WHERE TRUE",
                        lock(dialect, parts.from));
  return insert_from(plan, dialect, source, std::move(assignments), plain_hook);
}

// `value` is what the column is merged with if the text says it: then it need not be looked up.
std::string merge_assignment(const plan::SummaryPlan& plan, const Dialect& dialect,
                             const plan::StateColumn& column, const std::string& value) {
  const std::string name = dialect.identifier(column.name);
  const std::string stored = dialect.identifier(plan.spec.name) + "." + name;
  const std::string incoming = dialect.incoming(name);
  switch (column.merge) {
    case Merge::add:
      if (value == "-1") return fmt::format("{} = {} - 1", name, stored);
      return fmt::format("{} = {} + {}", name, stored, value == "1" ? value : incoming);
    case Merge::latch:
      if (value == "1") return fmt::format("{} = 1", name);
      // Neither is ever NULL.
      return fmt::format("{} = {}", name, dialect.function("greatest", {stored, incoming}));
    case Merge::greatest:
    case Merge::least:
      return fmt::format("{0} = CASE WHEN {1} IS NULL OR {2} {3} {1} THEN {2} ELSE {1} END", name,
                         stored, incoming, column.merge == Merge::greatest ? ">" : "<");
    case Merge::ranked: break;  // all of an order at once: add_ranked_assignments()
  }
  return {};
}

// Groups whose differences cancel out are not touched, unless an extreme may have to be looked
// up again: then the upsert is what locks the group's row. Nor where history is sealed: rows may
// have crossed the seal, and a part of the group changed though the whole did not.
std::string having(const plan::SummaryPlan& plan) {
  if (plan.has_recompute() || plan.seal) return {};
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    terms.push_back(fmt::format(
        "{} <> 0", aggregates::merge_rows(plan.state[i].merge, fmt::format("delta.c{}", i))));
  }
  return fmt::format(" HAVING {}", fmt::join(terms, " OR "));
}

}  // namespace

aggregates::RowInput row_input(const plan::SummaryPlan& plan, const plan::AggregatePlan& aggregate,
                               const Dialect& dialect, const Binding& binding) {
  const plan::Scope scope = plan.scope();
  Binding of_sequence;
  if (aggregate.sequence) {
    of_sequence = binding;
    of_sequence.sequence = *aggregate.sequence;
  }
  const Renderer render(scope, dialect, aggregate.sequence ? of_sequence : binding);
  aggregates::RowInput row;
  row.type = aggregate.argument_type;
  row.argument_nullable = aggregate.argument_type.nullable;
  row.argument_is_flag = aggregate.argument_is_flag;
  row.filter_is_flag = aggregate.filter_is_flag;
  if (aggregate.column.argument) row.argument = render(*aggregate.column.argument);
  if (aggregate.aggregate->has_places()) {
    const bool said = *aggregate.sequence < binding.places.size();
    row.argument = said ? binding.places[*aggregate.sequence] : "1";
  }
  if (aggregate.column.filter) row.filter = render(*aggregate.column.filter);
  return row;
}

std::string contribution(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const plan::StateColumn& column, const Binding& binding) {
  const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
  aggregates::RowInput row = row_input(plan, aggregate, dialect, binding);
  if (!column.term) return aggregate.aggregate->contribution(column.part, row, dialect);
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  return aggregates::filtered(row, render(*plan.orders[*column.order].terms[*column.term].expr),
                              "NULL");
}

std::vector<std::string> key_names(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> names;
  for (const plan::KeyColumn& key : plan.keys) names.push_back(dialect.identifier(key.name));
  return names;
}

std::vector<std::string> merge_assignments(const plan::SummaryPlan& plan, const Dialect& dialect,
                                           std::span<const std::string> values) {
  std::vector<std::string> assignments;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    if (column.merge == Merge::ranked) continue;
    assignments.push_back(
        merge_assignment(plan, dialect, column, values.empty() ? std::string() : values[i]));
  }
  add_ranked_assignments(plan, dialect, assignments);
  return assignments;
}

std::string upsert(const plan::SummaryPlan& plan, const Dialect& dialect,
                   const std::vector<Branch>& branches, const UpsertOptions& options) {
  const std::vector<std::string>& further = options.further;
  if (branches.size() == 1 && further.empty() && branches.front().single_row) {
    return upsert_single(plan, dialect, branches.front(), options.plain_hook);
  }
  std::vector<std::string> selects, values, groups;
  for (const Branch& branch : branches) {
    selects.push_back(named_select(plan, dialect, branch));
    // A lock clause ends a SELECT: in a union it needs parentheses, which SQLite does not allow.
    if (branches.size() + further.size() > 1 && !dialect.lock_clause().empty()) {
      selects.back() = "(" + selects.back() + ")";
    }
  }
  selects.insert(selects.end(), further.begin(), further.end());
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    groups.push_back(dialect.collated(fmt::format("delta.k{}", i), plan.keys[i].type));
    values.push_back(fmt::format("delta.k{}", i));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    values.push_back(merged(plan, dialect, i, "delta"));
  }
  if (plan.seal) values.push_back(fmt::format("MIN(delta.c{})", plan.state.size()));
  if (options.plain_hook) values.emplace_back("0");
  std::string rows = fmt::format("(\n  {}\n) AS delta", fmt::join(selects, "\n  UNION ALL\n  "));
  if (!plan.orders.empty()) {
    rows = fmt::format("(SELECT delta.*{}\nFROM {}) AS delta",
                       rank_columns(plan, dialect, groups,
                                    [](std::size_t i) { return fmt::format("delta.c{}", i); }),
                       rows);
  }
  const std::string source = fmt::format("SELECT {}\nFROM {}\nWHERE TRUE GROUP BY {}{} ORDER BY {}",
                                         fmt::join(values, ", "), rows, fmt::join(groups, ", "),
                                         having(plan), fmt::join(groups, ", "));
  return insert_from(plan, dialect, source, merge_assignments(plan, dialect), options.plain_hook);
}

std::string hooks_write(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("(SELECT hooks FROM keepsum_captures WHERE summary = {}{}) = 1",
                     dialect.literal(plan.spec.name), dialect.lock_clause());
}

std::string upsert_given(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const Branch& branch,
                         const std::function<std::string(std::string)>& whole) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, branch.binding);
  std::vector<std::string> terms, values;
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (!branch.settled.contains(condition)) terms.push_back(render(*condition));
  }
  const std::string condition = fmt::format("{}", fmt::join(terms, " AND "));
  std::vector<std::string> columns = key_names(plan, dialect), assignments;
  for (const plan::KeyColumn& key : plan.keys) values.push_back(whole(render(*key.expr)));
  for (const plan::StateColumn& column : plan.state) {
    const std::string value = contribution(plan, dialect, column, branch.binding);
    const std::string nothing(aggregates::empty_value(column.merge));
    const bool ranked = column.merge == Merge::ranked;
    // The column's default is what a group without rows has.
    if (value == nothing && !ranked) continue;
    columns.push_back(dialect.identifier(column.name));
    if (!ranked) {
      assignments.push_back(
          merge_assignment(plan, dialect, column, terms.empty() ? value : std::string()));
    }
    values.push_back(
        terms.empty() ? whole(value)
                      : fmt::format("CASE WHEN {} THEN {} ELSE {} END", condition, value, nothing));
  }
  add_ranked_assignments(plan, dialect, assignments);
  // A row of a group is there once one of its source's rows is, whatever that contributes.
  if (assignments.empty()) {
    assignments.push_back(
        fmt::format("{0} = {1}.{0}", columns.front(), dialect.identifier(plan.spec.name)));
  }
  columns.push_back(dialect.identifier(hooks_marker));
  values.emplace_back("0");
  return insert_into(plan, dialect, columns, fmt::format("VALUES ({})", fmt::join(values, ", ")),
                     assignments);
}

}  // namespace keepsum::sql
