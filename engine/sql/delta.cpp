#include "engine/sql/delta.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

std::string weighted(const plan::SummaryPlan& plan, const Dialect& dialect,
                     const plan::StateColumn& column, const Branch& branch) {
  if (branch.weight > 0) return contribution(plan, dialect, column, branch.binding);
  if (column.merge == Merge::latch) return "0";
  if (keeps_extreme(column)) return "NULL";
  const std::string value = contribution(plan, dialect, column, branch.binding);
  return value == "1" ? "-1" : fmt::format("-({})", value);
}

// Merges many contributions, which have lost their column's collation on SQLite, by that collation.
std::string merge_rows(const plan::StateColumn& column, const Dialect& dialect,
                       const std::string& contributions) {
  return aggregates::merge_rows(column.merge, dialect.collated(contributions, column.type));
}

struct Select {
  std::vector<std::string> values;
  Joined from;
};

Select select(const plan::SummaryPlan& plan, const Dialect& dialect, const Branch& branch) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, branch.binding);
  Select result{{},
                joined(plan, dialect, branch.binding, branch.given, branch.extra, branch.settled)};
  for (const plan::KeyColumn& key : plan.keys) result.values.push_back(render(*key.expr));
  for (const plan::StateColumn& column : plan.state) {
    result.values.push_back(weighted(plan, dialect, column, branch));
  }
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
                        const std::string& source, bool plain_hook) {
  return insert_into(plan, dialect, target_columns(plan, dialect, plain_hook), source,
                     merge_assignments(plan, dialect));
}

std::string upsert_single(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const Branch& branch, bool plain_hook) {
  Select parts = select(plan, dialect, branch);
  if (plain_hook) parts.values.emplace_back("0");
  const std::string values = fmt::format("{}", fmt::join(parts.values, ", "));
  const bool has_where = parts.from.has_where;
  const std::string source =
      !parts.from.reads_table && !has_where
          ? fmt::format("VALUES ({})", values)
          : fmt::format("SELECT {}\n{}{}{}", values, parts.from.sql, has_where ? "" : " WHERE TRUE",
                        lock(dialect, parts.from));
  return insert_from(plan, dialect, source, plain_hook);
}

// `value` is what the column is merged with if the text says it: then it need not be looked up.
std::string merge_assignment(const plan::SummaryPlan& plan, const Dialect& dialect,
                             const plan::StateColumn& column, const std::string& value) {
  const std::string name = dialect.identifier(column.name);
  const std::string stored = dialect.identifier(plan.spec.name) + "." + name;
  const std::string incoming = dialect.incoming(name);
  switch (column.merge) {
    case Merge::add:
      return fmt::format("{} = {} + {}", name, stored, value == "1" ? value : incoming);
    case Merge::latch:
      if (value == "1") return fmt::format("{} = 1", name);
      // Neither is ever NULL.
      return fmt::format("{} = {}", name, dialect.function("greatest", {stored, incoming}));
    case Merge::greatest:
    case Merge::least:
      return fmt::format("{0} = CASE WHEN {1} IS NULL OR {2} {3} {1} THEN {2} ELSE {1} END", name,
                         stored, incoming, column.merge == Merge::greatest ? ">" : "<");
  }
  return {};
}

// Groups whose differences cancel out are not touched, unless an extreme may have to be looked
// up again: then the upsert is what locks the group's row.
std::string having(const plan::SummaryPlan& plan) {
  if (plan.has_recompute()) return {};
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
  const Renderer render(scope, dialect, binding);
  aggregates::RowInput row;
  row.type = aggregate.argument_type;
  row.argument_nullable = aggregate.argument_type.nullable;
  if (aggregate.column.argument) row.argument = render(*aggregate.column.argument);
  if (aggregate.column.filter) row.filter = render(*aggregate.column.filter);
  return row;
}

std::vector<std::string> key_names(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> names;
  for (const plan::KeyColumn& key : plan.keys) names.push_back(dialect.identifier(key.name));
  return names;
}

std::vector<std::string> merge_assignments(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> assignments;
  for (const plan::StateColumn& column : plan.state) {
    assignments.push_back(merge_assignment(plan, dialect, column, ""));
  }
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
    values.push_back(merge_rows(plan.state[i], dialect, fmt::format("delta.c{}", i)));
  }
  if (options.plain_hook) values.emplace_back("0");
  const std::string source =
      fmt::format("SELECT {}\nFROM (\n  {}\n) AS delta\nWHERE TRUE GROUP BY {}{} ORDER BY {}",
                  fmt::join(values, ", "), fmt::join(selects, "\n  UNION ALL\n  "),
                  fmt::join(groups, ", "), having(plan), fmt::join(groups, ", "));
  return insert_from(plan, dialect, source, options.plain_hook);
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
    // The column's default is what a group without rows has.
    if (value == nothing) continue;
    columns.push_back(dialect.identifier(column.name));
    assignments.push_back(
        merge_assignment(plan, dialect, column, terms.empty() ? value : std::string()));
    values.push_back(
        terms.empty() ? whole(value)
                      : fmt::format("CASE WHEN {} THEN {} ELSE {} END", condition, value, nothing));
  }
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

std::vector<std::string> recompute_extremes(const plan::SummaryPlan& plan, const Dialect& dialect,
                                            const Branch& taken, const std::string& except,
                                            const ExtremeGuard& guard) {
  std::vector<std::string> statements;
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render_own(scope, dialect, own);
  const Renderer render_taken(scope, dialect, taken.binding);
  const std::string summary = dialect.identifier(plan.spec.name);

  std::vector<std::string> same_group, gone_group, key_list, groups;
  if (!except.empty()) same_group.push_back(fmt::format("({}) IS NOT TRUE", except));
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    const std::string name = summary + "." + dialect.identifier(plan.keys[i].name);
    same_group.push_back(fmt::format("{} = {}", render_own(*plan.keys[i].expr), name));
    gone_group.push_back(fmt::format("{} = gone.k{}", name, i));
    key_list.push_back(fmt::format("{} AS k{}", render_taken(*plan.keys[i].expr), i));
    groups.push_back(dialect.collated(fmt::format("taken.k{}", i), plan.keys[i].type));
  }
  const Joined group_rows = joined(plan, dialect, own, {}, same_group);

  for (const plan::StateColumn& column : plan.state) {
    if (!keeps_extreme(column)) continue;
    std::vector<std::string> extra = taken.extra;
    const std::string condition = guard ? guard(plan.aggregates[column.aggregate]) : std::string();
    if (!condition.empty()) extra.push_back("(" + condition + ")");
    const Joined taken_rows = joined(plan, dialect, taken.binding, taken.given, extra);
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < plan.keys.size(); ++i) {
      keys.push_back(fmt::format("taken.k{0} AS k{0}", i));
    }
    const std::string derived = fmt::format(
        "\n  SELECT {}, {} AS m\n  FROM (SELECT {}, {} AS m\n    {}{}) AS taken\n  WHERE taken.m "
        "IS "
        "NOT NULL GROUP BY {}\n",
        fmt::join(keys, ", "), merge_rows(column, dialect, "taken.m"), fmt::join(key_list, ", "),
        contribution(plan, dialect, column, taken.binding), taken_rows.sql,
        lock(dialect, taken_rows), fmt::join(groups, ", "));
    const std::string name = dialect.identifier(column.name);
    const std::string again =
        fmt::format("{} = (\n  SELECT {}\n  {}{})", name,
                    merge_rows(column, dialect, contribution(plan, dialect, column, own)),
                    group_rows.sql, dialect.lock_clause());
    const std::string held = fmt::format("{} AND ({}.{} IS NULL OR NOT ({}.{} {} gone.m))",
                                         fmt::join(gone_group, " AND "), summary, name, summary,
                                         name, column.merge == Merge::greatest ? ">" : "<");
    statements.push_back(dialect.update_joined(summary, derived, "gone", {again}, held));
  }
  return statements;
}

}  // namespace keepsum::sql
