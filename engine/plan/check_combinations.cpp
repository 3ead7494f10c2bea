// What steps from row to row, prev(), and LEFT JOINs cannot be combined with.
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

void check_steps(Compilation& compilation, const SummaryPlan& plan) {
  const auto with_steps =
      std::find_if(plan.aggregates.begin(), plan.aggregates.end(),
                   [](const AggregatePlan& each) { return each.sequence.has_value(); });
  const auto refuse = [&](std::string code, std::string message, std::string hint) {
    compilation.refuse(with_steps->column.place, std::move(code), std::move(message),
                       std::move(hint));
  };
  const BaseTable& table = plan.tables.front();
  if (plan.tables.size() > 1) {
    refuse("prev-of-join",
           fmt::format("`prev()` looks for the row before in one table, and {} are joined here",
                       plan.tables.size()),
           "store what the order, the key and the steps need in one table, and give the steps a "
           "summary of their own");
    return;
  }
  if (table.summary) {
    refuse("prev-of-summary",
           fmt::format("`prev()` looks for the row before in a table of yours, and `{}` is a "
                       "summary",
                       table.info.name),
           "give the steps a summary that is made from the table itself");
  }
  if (plan.spec.capture == schema::Capture::hooks) {
    refuse("prev-by-hooks",
           "what a row adds by `prev()` follows from its neighbours as they are when it changes: "
           "triggers keep it, hooks cannot",
           "leave \"capture\" out, or give the steps a summary of their own");
  }
  if (plan.seal) {
    refuse("prev-sealed", "a late row changes the step of the row after it, which may be sealed",
           "leave \"sealed\" out, or give the steps a summary of their own");
  }
  if (!plan.cascades.empty()) {
    refuse("prev-cascade",
           fmt::format("a foreign key action that starts at `{}` reaches the rows, and fires no "
                       "trigger that could look for their neighbours: {}",
                       plan.cascades.front().root_table, plan.cascades.front().reason),
           "make the foreign key RESTRICT, and delete the children first");
  }
  if (const db::ColumnInfo* column = sets_itself(table)) {
    refuse("prev-of-itself",
           fmt::format("`{}.{}` sets itself on an update, and a trigger is not told whether it did",
                       table.alias, column->name),
           "use a column that the writer sets");
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
