// What steps from row to row, prev(), places in lists, ordinal(), and LEFT JOINs cannot be combined
// with.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

namespace {

// An UPDATE that changes nothing leaves a row's ON UPDATE CURRENT_TIMESTAMP column alone, but
// MariaDB's triggers see a NEW in which it is set.
const db::ColumnInfo* sets_itself(const BaseTable& table) {
  const auto& columns = table.info.columns;
  const bool any = std::any_of(columns.begin(), columns.end(),
                               [](const db::ColumnInfo& column) { return column.sets_itself; });
  for (const std::string& name : table.read_columns) {
    const db::ColumnInfo* column = table.info.find_column(name);
    if (column->sets_itself || (any && column->generated)) return column;
  }
  return nullptr;
}

}  // namespace

namespace {

// What is said of prev() and of ordinal(), word by word.
struct Sequence {
  const AggregatePlan& aggregate;
  std::string code, call, looks, column;  // `column`: what is to go into a summary of its own
};

Sequence words_for(const AggregatePlan& aggregate) {
  if (aggregate.aggregate->has_places()) {
    return {aggregate, "ordinal", "`ordinal()`", "finds the place of a row", "the list"};
  }
  return {aggregate, "prev", "`prev()`", "looks for the row before", "the steps"};
}

// A trigger must see each row, in one table, at the moment it changes.
void check_sequence(Compilation& compilation, const SummaryPlan& plan, const Sequence& of) {
  const auto refuse = [&](std::string_view code, std::string message, std::string hint) {
    compilation.refuse(of.aggregate.column.place, fmt::format("{}-{}", of.code, code),
                       std::move(message), std::move(hint));
  };
  const std::string of_its_own = fmt::format("give {} a summary of their own", of.column);
  const std::string own = of.code == "prev" ? of_its_own : "give the list a summary of its own";
  const BaseTable& table = plan.tables.front();
  if (plan.tables.size() > 1) {
    refuse("of-join",
           fmt::format("{} {} in one table, and {} are joined here", of.call, of.looks,
                       plan.tables.size()),
           of.code == "prev"
               ? "store what the order, the key and the steps need in one table, and " + own
               : "store what the order and the key need in one table, and " + own);
    return;
  }
  if (table.summary) {
    refuse("of-summary",
           fmt::format("{} {} in a table of yours, and `{}` is a summary", of.call, of.looks,
                       table.info.name),
           fmt::format("give {} a summary that is made from the table itself", of.column));
  }
  if (plan.spec.capture == schema::Capture::hooks) {
    refuse("by-hooks",
           of.code == "prev"
               ? "what a row adds by `prev()` follows from its neighbours as they are when it "
                 "changes: triggers keep it, hooks cannot"
               : "which place a row has, and which rows it moves, follows from the list as it is "
                 "when the row changes: triggers keep it, hooks cannot",
           "leave \"capture\" out, or " + own);
  }
  if (plan.seal) {
    refuse("sealed",
           of.code == "prev"
               ? "a late row changes the step of the row after it, which may be sealed"
               : "a late row moves the rows behind it, which may be sealed",
           "leave \"sealed\" out, or " + own);
  }
  if (!plan.cascades.empty()) {
    refuse("cascade",
           fmt::format("a foreign key action that starts at `{}` reaches the rows, and fires no "
                       "trigger that could look for their neighbours: {}",
                       plan.cascades.front().root_table, plan.cascades.front().reason),
           "make the foreign key RESTRICT, and delete the children first");
  }
  if (const db::ColumnInfo* column = sets_itself(table)) {
    refuse("of-itself",
           fmt::format("`{}.{}` sets itself on an update, and a trigger is not told whether it did",
                       table.alias, column->name),
           "use a column that the writer sets");
  }
}

// Each row of the list is a row of the summary.
void check_rows_of_list(Compilation& compilation, const SummaryPlan& plan,
                        const AggregatePlan& aggregate) {
  const std::vector<std::string> missing = missing_row_keys(plan);
  if (missing.empty()) return;
  compilation.refuse(
      aggregate.column.place, "ordinal-of-groups",
      fmt::format("`ordinal()` is the place of one row, and a group of this summary may have many "
                  "rows of {}",
                  plan.tables.front().info.name),
      fmt::format("add the primary key to \"group_by\": `{}`", fmt::join(missing, "`, `")));
}

}  // namespace

std::vector<std::string> missing_row_keys(const SummaryPlan& plan) {
  const BaseTable& table = plan.tables.front();
  std::vector<std::string> missing;
  for (const std::string& name : table.info.primary_key) {
    const std::string& wanted = table.info.find_column(name)->name;
    const bool is_key = std::any_of(plan.keys.begin(), plan.keys.end(), [&](const KeyColumn& key) {
      const db::ColumnInfo* column = plain_column(plan.scope(), key.expr);
      return column != nullptr && column->name == wanted;
    });
    if (!is_key) missing.push_back(fmt::format("{}.{}", table.alias, name));
  }
  return missing;
}

void check_sequences(Compilation& compilation, const SummaryPlan& plan) {
  for (const bool places : {false, true}) {
    const auto aggregate = std::find_if(
        plan.aggregates.begin(), plan.aggregates.end(), [&](const AggregatePlan& each) {
          return each.sequence.has_value() && each.aggregate->has_places() == places;
        });
    if (aggregate == plan.aggregates.end()) continue;
    check_sequence(compilation, plan, words_for(*aggregate));
    if (places) check_rows_of_list(compilation, plan, *aggregate);
  }
}

namespace {

bool is_exact(db::TypeFamily family) {
  return family == db::TypeFamily::integer || family == db::TypeFamily::decimal;
}

void check_left_join(Compilation& compilation, const SummaryPlan& plan, const BaseTable& table) {
  const auto refuse = [&](std::string code, std::string message, std::string hint) {
    compilation.refuse(table.left_on->place, std::move(code), std::move(message), std::move(hint));
  };
  std::set<std::string> before = aliases_of(table.left_on);
  before.erase(table.alias);
  if (!determines(plan, before, table.alias)) {
    refuse("left-join-many",
           fmt::format("several rows of {} may match: whether one that comes is the first, or one "
                       "that goes the last, cannot be told from it",
                       table.alias),
           fmt::format("join by all columns of a unique key of {}; or join it without LEFT, in a "
                       "summary of its own",
                       table.info.name));
  }
  for (const JoinEquality& e : plan.equalities) {
    if (e.left_alias != table.alias && e.right_alias != table.alias) continue;
    const db::ColumnInfo& a = *plan.table(e.left_alias).info.find_column(e.left_column);
    const db::ColumnInfo& b = *plan.table(e.right_alias).info.find_column(e.right_column);
    const bool numbers = is_exact(a.family) && is_exact(b.family);
    if (numbers || (a.family == b.family && a.collation == b.collation)) continue;
    refuse("left-join-types",
           fmt::format("`{}.{}` and `{}.{}` are of different types or collations: what the unique "
                       "key of {} tells apart, the join may take for equal, and match twice",
                       e.left_alias, a.name, e.right_alias, b.name, table.info.name),
           "give both columns one type and one collation; or join it without LEFT");
  }
  if (plan.spec.capture == schema::Capture::hooks) {
    refuse("left-join-by-hooks",
           fmt::format("a row of {} that comes or goes changes joined rows that were there before: "
                       "triggers see to it, hooks cannot",
                       table.alias),
           "leave \"capture\" out, or join it without LEFT");
  }
  if (plan.seal) {
    refuse("left-join-sealed",
           fmt::format("a row of {} that comes or goes changes joined rows below the seal",
                       table.alias),
           "leave \"sealed\" out, or join it without LEFT");
  }
  if (!plan.cascades.empty()) {
    refuse("left-join-cascade",
           fmt::format("a foreign key action that starts at `{}` changes joined rows, and fires no "
                       "trigger: {}",
                       plan.cascades.front().root_table, plan.cascades.front().reason),
           "make the foreign key RESTRICT, or join it without LEFT");
  }
  if (const db::ColumnInfo* column = sets_itself(table)) {
    refuse("left-join-of-itself",
           fmt::format("`{}.{}` sets itself on an update, and a trigger is not told whether it did",
                       table.alias, column->name),
           "use a column that the writer sets, or join it without LEFT");
  }
}

}  // namespace

void check_left_joins(Compilation& compilation, const SummaryPlan& plan) {
  for (const BaseTable& table : plan.tables) {
    if (table.left_on) check_left_join(compilation, plan, table);
  }
}

}  // namespace keepsum::plan
