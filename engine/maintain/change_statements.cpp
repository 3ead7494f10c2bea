#include "engine/maintain/change_statements.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <set>

#include "engine/plan/cascades.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/places.hpp"
#include "engine/sql/reread.hpp"
#include "engine/sql/steps.hpp"

namespace keepsum::maintain {

using sql::Branch;
using sql::Event;
using sql::Timing;

namespace {

Branch row_branch(const plan::Hook& hook, int weight) {
  Branch branch;
  branch.weight = weight;
  branch.binding.qualifiers[hook.alias] = weight > 0 ? "NEW" : "OLD";
  branch.given = {hook.alias};
  branch.single_row = hook.single_row;
  return branch;
}

// An UPDATE that changes nothing leaves a row's ON UPDATE CURRENT_TIMESTAMP column alone, but
// MariaDB's triggers see a NEW in which it is set. The row itself tells the truth.
bool new_may_mislead(const plan::BaseTable& table) {
  const auto& columns = table.info.columns;
  const auto sets_itself = [](const db::ColumnInfo& column) { return column.sets_itself; };
  if (std::none_of(columns.begin(), columns.end(), sets_itself)) return false;
  return std::any_of(table.read_columns.begin(), table.read_columns.end(),
                     [&](const std::string& name) {
                       const db::ColumnInfo* column = table.info.find_column(name);
                       return column->sets_itself || column->generated;
                     });
}

// The changed row as it stands in its table.
Branch stored_branch(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                     const plan::Hook& hook) {
  Branch branch;
  branch.single_row = hook.single_row;
  branch.extra = {sql::primary_key_equals(
      plan.table(hook.alias), dialect,
      [&](const std::string& column) { return "NEW." + dialect.identifier(column); })};
  return branch;
}

void append(std::vector<std::string>& to, std::vector<sql::Reread> more) {
  for (sql::Reread& statement : more) to.push_back(std::move(statement.sql));
}

std::string old_row(const plan::BaseTable& table, const sql::Dialect& dialect) {
  return sql::primary_key_equals(table, dialect, [&](const std::string& column) {
    return "OLD." + dialect.identifier(column);
  });
}

// The columns by which a row can be refused: of its unique keys and its foreign keys.
std::vector<std::string> columns_of_constraints(const db::TableInfo& table) {
  std::set<std::string> names(table.primary_key.begin(), table.primary_key.end());
  for (const db::IndexInfo& index : table.indexes) {
    if (index.unique) names.insert(index.columns.begin(), index.columns.end());
  }
  for (const db::ForeignKey& key : table.foreign_keys) {
    names.insert(key.columns.begin(), key.columns.end());
  }
  std::erase_if(names, [&](const std::string& name) { return table.find_column(name) == nullptr; });
  return {names.begin(), names.end()};
}

std::string changed(const sql::Dialect& dialect, const db::TableInfo& table,
                    const std::vector<std::string>& columns) {
  std::vector<std::string> terms;
  for (const std::string& name : columns) {
    const std::string column = dialect.identifier(name);
    terms.push_back("NOT " +
                    dialect.same_bytes("OLD." + column, "NEW." + column, *table.find_column(name)));
  }
  return fmt::format("{}", fmt::join(terms, " OR "));
}

// The columns of `alias` that decide which joined rows there are, or what stands `behind` an
// extreme: unless one of these changes, it does not go.
std::vector<std::string> columns_behind(const plan::SummaryPlan& plan, const std::string& alias,
                                        const std::vector<schema::ExprPtr>& behind) {
  std::set<std::string> names;
  const auto collect = [&](const schema::ExprPtr& expr) {
    schema::walk(expr, [&](const schema::Expr& node) {
      if (node.kind == schema::ExprKind::column && node.qualifier == alias) {
        names.insert(plan.table(alias).info.find_column(node.text)->name);
      }
    });
  };
  for (const schema::ExprPtr& condition : plan.all_conditions()) collect(condition);
  for (const plan::KeyColumn& key : plan.keys) collect(key.expr);
  for (const schema::ExprPtr& expr : behind) collect(expr);
  return {names.begin(), names.end()};
}

// What the row of a LEFT JOIN does in the joined rows that have it (`weight`), and in the same
// rows without it, which are there while it is not.
void add_left_branches(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                       const plan::Hook& hook, int weight, std::vector<Branch>& branches) {
  const plan::BaseTable& table = plan.table(hook.alias);
  Branch with = row_branch(hook, weight);
  const plan::Scope scope = plan.scope();
  const sql::Renderer render(scope, dialect, with.binding);
  with.extra = {render(*table.left_on)};
  Branch without = with;
  // A row that has it before and after is never without it.
  if (hook.event == Event::update) {
    const Branch other = row_branch(hook, -weight);
    const sql::Renderer render_other(scope, dialect, other.binding);
    without.extra.push_back(fmt::format("({}) IS NOT TRUE", render_other(*table.left_on)));
  }
  without.weight = -weight;
  without.binding.qualifiers.clear();
  for (const db::ColumnInfo& column : table.info.columns) {
    without.binding.substitutes[{hook.alias, column.name}] = "NULL";
  }
  branches.push_back(std::move(with));
  branches.push_back(std::move(without));
}

// A joined row has at most one row of the table, so each change gives or takes it one.
std::vector<std::string> left_statements(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                         const plan::Hook& hook) {
  std::vector<Branch> branches;
  if (hook.event != Event::insert) add_left_branches(plan, dialect, hook, -1, branches);
  if (hook.event != Event::remove) add_left_branches(plan, dialect, hook, +1, branches);
  std::vector<Branch> taken, added;
  for (const Branch& branch : branches) (branch.weight < 0 ? taken : added).push_back(branch);

  // A BEFORE trigger still finds the old row in its table, and not the new one in its place.
  const bool before = hook.timing == Timing::before && plan.has_recompute();
  const plan::BaseTable& table = plan.table(hook.alias);
  std::string except = hook.timing == Timing::before ? old_row(table, dialect) : std::string();
  if (hook.timing == Timing::before && hook.event == Event::update) {
    const std::string key = dialect.identifier(table.info.primary_key.front());
    except = fmt::format("({}) OR ({}.{} IS NULL AND {})", except, dialect.identifier(table.alias),
                         key, branches.back().extra.front());
  }
  std::vector<std::string> statements{sql::upsert(plan, dialect, before ? taken : branches)};
  for (const Branch& branch : taken) {
    append(statements, sql::recompute_extremes(plan, dialect, branch, except));
  }
  if (before) statements.push_back(sql::upsert(plan, dialect, added));
  return statements;
}

bool is_removed(const plan::Cascade& cascade, const plan::Cascade::Reach& reach) {
  return cascade.event == Event::remove && reach.action == db::ReferentialAction::cascade;
}

// What the reached rows will be after the foreign key action; nothing if they will be gone, or
// can no longer be part of the join.
std::vector<Branch> added_by_cascade(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                     const plan::Cascade& cascade) {
  Branch branch;
  if (!cascade.root_alias.empty()) {
    if (cascade.event == Event::remove) return {};
    branch.given = {cascade.root_alias};
    branch.binding.qualifiers[cascade.root_alias] = "NEW";
  }
  for (const plan::Cascade::Reach& reach : cascade.reaches) {
    if (is_removed(cascade, reach)) return {};
    const bool follows =
        cascade.event == Event::update && reach.action == db::ReferentialAction::cascade;
    if (!follows && !cascade.root_alias.empty()) return {};
    const plan::BaseTable& table = plan.table(reach.alias);
    for (std::size_t i = 0; i < reach.columns.size(); ++i) {
      const db::ColumnInfo* column = table.info.find_column(reach.columns[i]);
      branch.binding.substitutes[{reach.alias, column->name}] =
          follows ? "NEW." + dialect.identifier(reach.root_columns[i]) : "NULL";
    }
    branch.extra.push_back(reach.predicate);
  }
  return {branch};
}

}  // namespace

std::vector<std::string> trigger_statements(const plan::SummaryPlan& plan,
                                            const sql::Dialect& dialect, const plan::Hook& hook) {
  if (plan.table(hook.alias).left_on) return left_statements(plan, dialect, hook);
  const bool by_key = hook.event == Event::update && hook.timing == Timing::after &&
                      new_may_mislead(plan.table(hook.alias));
  const Branch added = by_key ? stored_branch(plan, dialect, hook) : row_branch(hook, +1);
  const Branch taken = row_branch(hook, -1);
  if (hook.event == Event::insert) return {sql::upsert(plan, dialect, {added})};

  std::vector<std::string> statements;
  // A BEFORE trigger still finds the old row in its table.
  const bool before = hook.timing == Timing::before;
  const std::string except = before ? old_row(plan.table(hook.alias), dialect) : std::string();
  const bool split = hook.event == Event::remove || (before && plan.has_recompute());
  statements.push_back(
      sql::upsert(plan, dialect, split ? std::vector{taken} : std::vector{taken, added}));
  const auto guard = [&](const std::vector<schema::ExprPtr>& behind) -> std::string {
    if (hook.event != Event::update) return {};
    const auto columns = columns_behind(plan, hook.alias, behind);
    return columns.empty() ? "FALSE" : changed(dialect, plan.table(hook.alias).info, columns);
  };
  append(statements, sql::recompute_extremes(plan, dialect, taken, except, guard));
  if (split && hook.event == Event::update) {
    statements.push_back(sql::upsert(plan, dialect, {added}));
  }
  return statements;
}

namespace {

sql::ChangedRow changed_row(const plan::Hook& hook) {
  sql::ChangedRow row{hook.event != Event::insert, hook.event != Event::remove, "NEW"};
  if (hook.timing == Timing::before) {
    row.except = "OLD";
  } else if (hook.event == Event::remove) {
    row.except.clear();
  }
  return row;
}

}  // namespace

std::vector<std::string> step_statements(const plan::SummaryPlan& whole,
                                         const sql::Dialect& dialect, const plan::Hook& hook) {
  std::vector<std::string> statements;
  for (std::size_t s = 0; s < whole.sequences.size(); ++s) {
    if (whole.sequences[s].numbered) continue;
    statements.push_back(sql::step_upsert(whole, dialect, s, changed_row(hook)));
  }
  return statements;
}

Places places(const plan::SummaryPlan& whole, const sql::Dialect& dialect, const plan::Hook& hook) {
  Places result;
  std::vector<schema::ExprPtr> behind;
  for (const plan::AggregatePlan& aggregate : whole.aggregates) {
    if (!aggregate.aggregate->has_places()) continue;
    behind.push_back(aggregate.column.filter);
    for (const plan::RankTerm& term : whole.sequences[*aggregate.sequence].terms) {
      behind.push_back(term.expr);
    }
  }
  if (behind.empty()) return result;
  for (std::size_t s = 0; s < whole.sequences.size(); ++s) {
    if (!whole.sequences[s].numbered) continue;
    for (std::string& text : sql::place_statements(whole, dialect, s, changed_row(hook))) {
      result.statements.push_back(std::move(text));
    }
  }
  if (hook.event == Event::update) {
    result.guard =
        changed(dialect, whole.table(hook.alias).info, columns_behind(whole, hook.alias, behind));
  }
  return result;
}

std::vector<std::string> cascade_statements(const plan::SummaryPlan& plan,
                                            const sql::Dialect& dialect,
                                            const plan::Cascade& cascade) {
  std::vector<std::string> reached;
  if (!cascade.root_alias.empty()) {
    reached.push_back(old_row(plan.table(cascade.root_alias), dialect));
  }
  for (const plan::Cascade::Reach& reach : cascade.reaches) {
    if (!reach.implied) reached.push_back(reach.predicate);
  }
  const std::string predicate =
      reached.size() == 1 ? reached.front() : fmt::format("(({}))", fmt::join(reached, ") OR ("));
  Branch taken;
  taken.weight = -1;
  taken.extra = {predicate};

  std::vector<std::string> statements;
  for (const plan::Cascade::Reach& reach : cascade.reaches) {
    for (std::size_t i = 0; i < reach.rows_to_lock.size(); ++i) {
      // Those on the way may be given children by the foreign key, which reads them so as well.
      const bool is_reached = i + 1 == reach.rows_to_lock.size();
      const bool alone = !plan::others_read_reached_rows(plan);
      const std::string lock =
          dialect.lock_rows(reach.rows_to_lock[i],
                            is_reached && alone ? sql::RowLock::shared : sql::RowLock::exclusive);
      if (std::find(statements.begin(), statements.end(), lock) == statements.end()) {
        statements.push_back(lock);
      }
    }
  }
  statements.push_back(sql::upsert(plan, dialect, {taken}));
  append(statements, sql::recompute_extremes(plan, dialect, taken, predicate));
  const std::vector<Branch> added = added_by_cascade(plan, dialect, cascade);
  if (!added.empty()) statements.push_back(sql::upsert(plan, dialect, added));
  return statements;
}

std::string trigger_guard(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                          const plan::Hook& hook) {
  if (hook.event != Event::update) return {};
  const db::TableInfo& table = plan.table(hook.alias).info;
  const std::string matters = changed(dialect, table, hook.watched_columns);
  if (hook.unless_changed.empty()) return matters;
  return fmt::format("({}) AND NOT ({})", matters, changed(dialect, table, hook.unless_changed));
}

std::optional<sql::Refusal> refusal(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                    const plan::Hook& hook) {
  const plan::BaseTable& table = plan.table(hook.alias);
  const bool silent = !dialect.row_lock_clause().empty();
  if (!silent || hook.event != Event::update || hook.timing != Timing::after || table.summary ||
      table.info.primary_key.empty()) {
    return std::nullopt;
  }
  const std::vector<std::string> columns = columns_of_constraints(table.info);
  std::vector<std::string> as_it_was{old_row(table, dialect)};
  for (const std::string& name : columns) {
    const auto& key = table.info.primary_key;
    const bool said = std::find(key.begin(), key.end(), name) != key.end() &&
                      table.info.find_column(name)->family == db::TypeFamily::integer;
    if (said) continue;
    const std::string column = dialect.identifier(name);
    as_it_was.push_back(dialect.same_bytes(dialect.identifier(table.alias) + "." + column,
                                           "OLD." + column, *table.info.find_column(name)));
  }
  return sql::Refusal{changed(dialect, table.info, columns),
                      fmt::format("{} {} WHERE {}", dialect.identifier(table.info.name),
                                  dialect.identifier(table.alias), fmt::join(as_it_was, " AND "))};
}

std::string cascade_guard(const sql::Dialect& dialect, const plan::Cascade& cascade,
                          const db::TableInfo& root) {
  if (cascade.event != Event::update) return {};
  return changed(dialect, root, cascade.root_columns);
}

namespace {

// The locking read of the delta keeps hold of the row only where it is part of the join (READ
// COMMITTED lets go of what does not match), and shares it with others. A row that another
// transaction made part of the join in between would then be added twice, or never taken.
std::optional<HookStatement> lock_row(const plan::BaseTable& table, const sql::Dialect& dialect) {
  if (dialect.row_lock_clause().empty()) return std::nullopt;
  std::vector<std::string> equal;
  for (const std::string& column : table.info.primary_key) {
    equal.push_back(dialect.identifier(column) + " = ?");
  }
  return HookStatement{
      fmt::format("SELECT 1 FROM {} WHERE {}{}", dialect.identifier(table.info.name),
                  fmt::join(equal, " AND "), dialect.row_lock_clause()),
      1, true};
}

}  // namespace

std::vector<HookStatement> hook_statements(const plan::SummaryPlan& whole,
                                           const sql::Dialect& dialect, const std::string& alias,
                                           Moment moment) {
  const plan::SummaryPlan& plan = whole.written();
  const Event event = moment == Moment::after_insert    ? Event::insert
                      : moment == Moment::before_delete ? Event::remove
                                                        : Event::update;
  const plan::Hook* hook = plan.hook(alias, event);
  // A delete whose children go by a foreign key action is done here too: they are still there.
  const bool cascades =
      std::any_of(plan.cascades.begin(), plan.cascades.end(), [&](const plan::Cascade& cascade) {
        return cascade.root_alias == alias && cascade.event == event;
      });
  if (hook == nullptr || whole.needs_triggers() || (!hook->needed && !cascades)) return {};

  const std::string the_row = sql::primary_key_equals(
      plan.table(alias), dialect, [](const std::string&) { return std::string("?"); });
  Branch branch;
  branch.extra = {sql::hooks_write(plan, dialect), the_row};
  branch.single_row = hook->single_row;
  const bool takes = moment == Moment::before_update || moment == Moment::before_delete;
  branch.weight = takes ? -1 : +1;
  std::vector<HookStatement> statements;
  if (takes) {
    if (auto lock = lock_row(plan.table(alias), dialect)) statements.push_back(std::move(*lock));
  }
  statements.push_back({sql::upsert(plan, dialect, {branch})});
  if (takes) {
    for (sql::Reread& statement : sql::recompute_extremes(plan, dialect, branch, the_row)) {
      statements.push_back({std::move(statement.sql), 1 + statement.reads});
    }
  }
  return statements;
}

}  // namespace keepsum::maintain
