// What the plan promises, on whose word, at what price, and what gets past it.
#include "engine/plan/contract.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/cascades.hpp"

namespace keepsum::plan {

bool is_mysql(const Compilation& compilation) {
  return compilation.dialect.enforces_foreign_keys();
}

Wanted wanted_index(const std::string& alias, const std::vector<schema::ExprPtr>& exprs) {
  Wanted wanted;
  for (const schema::ExprPtr& expr : exprs) {
    if (expr->kind != schema::ExprKind::column || expr->qualifier != alias) {
      wanted.columns.clear();
      wanted.why_none = fmt::format("{} is no column of the key's table", schema::to_text(*expr));
      return wanted;
    }
    wanted.columns.push_back(expr->text);
  }
  return wanted;
}

std::string create_index(const sql::Dialect& dialect, const std::string& table,
                         const std::string& name, const std::vector<std::string>& columns) {
  constexpr std::size_t longest_name = 64;  // characters; bytes here, so that none is cut in two
  std::string index = table + "_" + name;
  if (index.size() > longest_name) index = "keepsum_wants";
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(dialect.identifier(column));
  return fmt::format("CREATE INDEX {} ON {} ({})", dialect.identifier(index),
                     dialect.identifier(table), fmt::join(quoted, ", "));
}

std::string index_to_make(const sql::Dialect& dialect, const BaseTable& table,
                          const std::string& name, const std::vector<std::string>& columns) {
  if (table.summary) {
    return fmt::format(R"(add to {}: "indexes": [["{}"]])", table.info.name,
                       fmt::join(columns, R"(", ")"));
  }
  return create_index(dialect, table.info.name, name, columns);
}

namespace {

void warn_of_missing_indexes(Compilation& compilation, SummaryPlan& plan) {
  std::set<std::string> warned;
  for (const Hook& hook : plan.hooks) {
    if (!hook.needed) continue;
    std::set<std::string> known{hook.alias};
    for (const std::string& alias : reading_order(plan, known)) {
      const auto columns = equated_columns(plan, known, alias);
      known.insert(alias);
      if (index_on(plan, alias, columns) != nullptr || !warned.insert(alias).second) continue;
      const db::TableInfo& table = plan.table(alias).info;
      compilation.warn(
          plan.spec.place, "missing-index",
          fmt::format("every {} of {} reads all of {}: no index serves the join{}",
                      sql::to_string(hook.event), hook.alias, table.name,
                      is_mysql(compilation) ? ", and the locking read locks every row of it" : ""),
          columns.empty()
              ? std::string("join it by an equality of columns")
              : create_index(compilation.dialect, table.name, columns.front(), columns));
    }
  }
}

// The table whose columns all keys are, if they are plain columns of one; "" otherwise.
std::string key_table(const SummaryPlan& plan) {
  const std::string& alias = plan.keys.front().expr->qualifier;
  for (const KeyColumn& key : plan.keys) {
    if (key.expr->kind != schema::ExprKind::column || key.expr->qualifier != alias) return {};
  }
  return alias;
}

// An index of the keys, in any order, and then the columns, in this one.
bool has_seek(const SummaryPlan& plan, const std::string& alias,
              const std::vector<std::string>& columns) {
  std::set<std::string> wanted;
  for (const KeyColumn& key : plan.keys) {
    wanted.insert(boost::algorithm::to_lower_copy(key.expr->text));
  }
  const auto serves = [&](const db::IndexInfo& index) {
    if (index.partial || index.columns.size() < wanted.size() + columns.size()) return false;
    std::set<std::string> prefix;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      prefix.insert(boost::algorithm::to_lower_copy(index.columns[i]));
    }
    if (prefix != wanted) return false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!boost::algorithm::iequals(index.columns[wanted.size() + i], columns[i])) return false;
    }
    return true;
  };
  const auto& indexes = plan.table(alias).info.indexes;
  return std::any_of(indexes.begin(), indexes.end(), serves);
}

Wanted wanted_for(const SummaryPlan& plan, const AggregatePlan& aggregate,
                  const std::string& alias) {
  if (!aggregate.order) {
    Wanted wanted = wanted_index(alias, {aggregate.column.argument});
    wanted.what = aggregate.column.name;
    wanted.index_name = aggregate.column.name;
    return wanted;
  }
  const RowOrder& order = plan.orders[*aggregate.order];
  std::vector<schema::ExprPtr> exprs;
  bool mixed = false;
  for (std::size_t i = 0; i < order.spec_terms; ++i) {
    exprs.push_back(order.terms[i].expr);
    mixed = mixed || order.terms[i].greatest_first != order.terms.back().greatest_first;
  }
  Wanted wanted = wanted_index(alias, exprs);
  if (mixed && wanted.why_none.empty()) {
    wanted.columns.clear();
    wanted.why_none = "its order is neither all ascending nor all descending";
  }
  std::vector<std::string> names;
  for (const AggregatePlan& each : plan.aggregates) {
    if (each.order == aggregate.order) names.push_back(each.column.name);
  }
  wanted.what = fmt::format("{}", fmt::join(names, ", "));
  wanted.index_name = names.front();
  return wanted;
}

void warn_of_recompute(Compilation& compilation, SummaryPlan& plan,
                       const AggregatePlan& aggregate) {
  const schema::AggregateColumn& column = aggregate.column;
  const std::string alias = key_table(plan);
  const Wanted wanted = wanted_for(plan, aggregate, alias);
  const std::string what = fmt::format("when the row that holds {} goes, ", wanted.what);
  const bool by_first_key = plan.backfill_scan.pass == Pass::key_ranges;
  if (alias.empty() && by_first_key) {
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("{}every row of its {} is read again, by the index {}: the other keys are "
                     "expressions, or of other tables",
                     what, plan.keys.front().name, plan.backfill_scan.index)});
    return;
  }
  // One index serves both: the group is found by its start.
  std::vector<std::string> columns;
  for (const KeyColumn& key : plan.keys) columns.push_back(key.expr->text);
  columns.insert(columns.end(), wanted.columns.begin(), wanted.columns.end());
  if (!by_first_key) {
    const schema::Expr& key = *plan.keys.front().expr;
    const bool plain = key.kind == schema::ExprKind::column;
    const bool whole = !alias.empty() && !wanted.columns.empty();
    compilation.warn(
        column.place, "slow-recompute",
        fmt::format("{}the group is looked up without an index on its key: all of {} is read", what,
                    plan.tables.front().info.name),
        whole ? index_to_make(compilation.dialect, plan.table(alias), wanted.index_name, columns)
        : plain
            ? index_to_make(compilation.dialect, plan.table(key.qualifier), key.text, {key.text})
            : "group by plain columns, or expect a scan on such a delete or update");
    return;
  }
  if (wanted.columns.empty()) {
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("{}every row of its group is read again: {}", what, wanted.why_none)});
    return;
  }
  if (has_seek(plan, alias, wanted.columns)) return;
  compilation.warn(
      column.place, "missing-index",
      what + "every row of its group is read again; an index makes that one seek",
      index_to_make(compilation.dialect, plan.table(alias), wanted.index_name, columns));
}

void warn_of_recomputes(Compilation& compilation, SummaryPlan& plan) {
  // A group of one row is found by its primary key.
  if (plan.tables.size() == 1 && missing_row_keys(plan).empty()) return;
  std::set<std::size_t> orders;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.aggregate->maintenance_class() != MaintenanceClass::recompute) continue;
    // Columns of one order are read together.
    if (aggregate.order && !orders.insert(*aggregate.order).second) continue;
    warn_of_recompute(compilation, plan, aggregate);
  }
}

// Where a sum of squares has 64 bits, it is the first to be full, and fails the writer's change.
void say_price_of_squares(const Compilation& compilation, SummaryPlan& plan) {
  if (compilation.dialect.has_exact_decimals()) return;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    for (const aggregates::StateColumn& column : aggregate.aggregate->state()) {
      if (column.storage != aggregates::StorageType::squares) continue;
      plan.contract.push_back(
          {ClauseKind::price,
           fmt::format("the sum of squares of {} must stay below 2^63, about 9.2e18: a change that "
                       "goes past it fails",
                       aggregate.column.name)});
    }
  }
}

void say_guarantees(const Compilation& compilation, SummaryPlan& plan) {
  auto& contract = plan.contract;
  contract.push_back({ClauseKind::guaranteed,
                      "every change is applied in the writer's own transaction: it commits or "
                      "rolls back with it"});
  if (is_mysql(compilation)) {
    contract.push_back({ClauseKind::guaranteed,
                        "exact at READ COMMITTED, REPEATABLE READ and SERIALIZABLE: deltas read "
                        "the joined rows with a shared lock"});
    contract.push_back({ClauseKind::price,
                        "two transactions that change both sides of one join may deadlock (1213) "
                        "and one of them must be retried"});
  } else {
    contract.push_back({ClauseKind::guaranteed, "exact: SQLite has one writer at a time"});
  }
}

void say_links(SummaryPlan& plan) {
  for (const ParentLink& link : plan.links) {
    const std::string key =
        fmt::format("{}.({}) -> {}.({})", link.child_alias, fmt::join(link.child_columns, ", "),
                    link.parent_alias, fmt::join(link.parent_columns, ", "));
    plan.contract.push_back(
        {ClauseKind::trusted,
         link.trusted
             ? fmt::format("declared key {}: nobody enforces it; reconcile reports what breaks it",
                           key)
             : fmt::format("foreign key {}: enforced by the server, except for sessions with "
                           "foreign_key_checks=0",
                           key)});
  }
}

void say_price_of_gaps(const Compilation& compilation, SummaryPlan& plan) {
  if (!is_mysql(compilation)) return;
  for (const Hook& hook : plan.hooks) {
    if (!hook.needed || hook.event != sql::Event::insert) continue;
    std::set<std::string> known{hook.alias};
    for (const std::string& alias : reading_order(plan, known)) {
      const bool one = determines(plan, known, alias);
      const auto columns = equated_columns(plan, known, alias);
      known.insert(alias);
      if (one || columns.empty()) continue;
      plan.contract.push_back(
          {ClauseKind::price,
           fmt::format("every INSERT of {} looks for rows of {} by {}: at REPEATABLE READ this "
                       "locks gaps of that index, so concurrent inserts wait and deadlock. Run "
                       "writers at READ COMMITTED, or give {} a foreign key to {}, or declare "
                       "\"{}.{} -> {}…\" in declared_keys if parents are always written first",
                       hook.alias, alias, fmt::join(columns, ", "), alias, hook.alias, alias,
                       columns.front(), hook.alias)});
    }
  }
}

void say_zones(SummaryPlan& plan) {
  std::set<std::string> zones;
  for (const schema::Expr& call : calls_with_zones(plan)) {
    zones.insert(schema::bucket_of(call).zone.name);
  }
  for (const std::string& zone : zones) {
    plan.contract.push_back(
        {ClauseKind::trusted,
         fmt::format("the server's zone tables say what {} is. When they are loaded anew and say "
                     "something else of the past, reconcile moves what they moved; replicas that "
                     "compute statements themselves need the same tables",
                     zone)});
  }
}

void say_levels(const Compilation& compilation, SummaryPlan& plan) {
  for (const BaseTable& table : plan.tables) {
    if (!table.summary) continue;
    plan.contract.push_back(
        {ClauseKind::guaranteed,
         fmt::format(
             "made from the summary {0}: what triggers, hooks and repairs write there comes "
             "here in the same transaction; reconcile proves this equal to {0}, and {0} to "
             "its source",
             table.info.name)});
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("every write of {0} writes here too: writers of different keys of {0} that "
                     "share a key here wait for each other, and two transactions that each write "
                     "several keys of {0} may deadlock{1}",
                     table.info.name,
                     is_mysql(compilation) ? " (1213): one of them must be retried" : "")});
  }
}

void say_side_tables(const Compilation& compilation, SummaryPlan& plan) {
  for (const SideTable& side : plan.sides) {
    const std::string& column = plan.aggregates[side.aggregate].column.name;
    const std::string& table = side.plan->spec.name;
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("{}: one row of {} for each value of each key, one more upsert for each write "
                     "of a row that has one, and a third where a value is new to its key or was "
                     "its last",
                     column, table)});
    if (!is_mysql(compilation)) continue;
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("{}: two transactions that each write several rows of one key may deadlock "
                     "(1213) over {}, and one of them must be retried",
                     column, table)});
  }
}

void say_bypasses(const Compilation& compilation, SummaryPlan& plan) {
  auto& contract = plan.contract;
  const auto bypass = [&](std::string text) {
    contract.push_back({ClauseKind::bypass, std::move(text)});
  };
  if (plan.tables.size() > 1 && plan.spec.capture == schema::Capture::triggers) {
    bypass(
        "an AFTER trigger of your own on one of these tables that changes another of them: if "
        "it runs before keepsum's, the joined row is counted as it is then");
  }
  const bool triggers = plan.spec.capture == schema::Capture::triggers;
  if (triggers && is_mysql(compilation)) {
    bypass(
        "TRUNCATE, dropping or exchanging a partition, and a table restored or swapped in by "
        "rename, fire no trigger");
    for (const Cascade& cascade : plan.cascades) {
      bypass(
          fmt::format("{} IGNORE on {}: a row that is skipped for a foreign key error has been "
                      "taken back already; so has one whose foreign key action "
                      "foreign_key_checks=0 leaves out",
                      sql::to_string(cascade.event), cascade.root_table));
      for (const Cascade::Reach& reach : cascade.reaches) {
        if (reach.rows_to_lock.empty() || !others_read_reached_rows(plan)) continue;
        const std::string& table = plan.table(reach.alias).info.name;
        contract.push_back(
            {ClauseKind::price,
             fmt::format("{0} of {1} by a statement that names {2} too, as one of several tables "
                         "does, is refused by the server (1442): its trigger locks rows of {2}",
                         sql::to_string(cascade.event), cascade.root_table, table)});
      }
    }
  }
  if (triggers && !is_mysql(compilation)) {
    bypass("INSERT OR REPLACE fires no delete trigger unless PRAGMA recursive_triggers=ON");
    bypass("a connection with triggers switched off (SQLITE_DBCONFIG_ENABLE_TRIGGER)");
    for (const Hook& hook : plan.hooks) {
      if (!hook.needed || hook.timing != sql::Timing::before || hook.event != sql::Event::update) {
        continue;
      }
      bypass(fmt::format(
          "UPDATE OR IGNORE, OR FAIL or OR REPLACE on {}: a row that is skipped, or takes "
          "the place of another, has been moved already",
          plan.table(hook.alias).info.name));
    }
  }
  if (plan.spec.capture == schema::Capture::hooks) {
    bypass("every write that does not call the hook: other services, scripts, hand-made SQL");
    for (const Cascade& cascade : plan.cascades) {
      // What the join with the changed row shows, before and after, the hook sees.
      if (!cascade.root_alias.empty() &&
          std::all_of(cascade.reaches.begin(), cascade.reaches.end(),
                      [](const Cascade::Reach& reach) { return reach.implied; })) {
        continue;
      }
      bypass(fmt::format("foreign key actions that start at {}: {}", cascade.root_table,
                         cascade.reason));
    }
  }
  bypass("reconcile finds what got past, and mends it");
}

}  // namespace

void write_contract(Compilation& compilation, SummaryPlan& plan) {
  warn_of_missing_indexes(compilation, plan);
  say_guarantees(compilation, plan);
  warn_of_recomputes(compilation, plan);
  say_of_sequences(compilation, plan);
  say_price_of_squares(compilation, plan);
  say_links(plan);
  say_zones(plan);
  say_price_of_gaps(compilation, plan);
  say_levels(compilation, plan);
  say_side_tables(compilation, plan);
  say_bypasses(compilation, plan);
}

}  // namespace keepsum::plan
