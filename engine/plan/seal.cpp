#include "engine/plan/seal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/plan/contract.hpp"

namespace keepsum::plan {

namespace {

// In a table of SQLite that is not STRICT any column but the rowid can hold what is no integer,
// whatever it is declared as.
bool orders_rows(const Compilation& compilation, const db::TableInfo& table,
                 const db::ColumnInfo& column) {
  if (column.family != db::TypeFamily::integer) return false;
  if (column.generated) return false;
  const auto is_rowid = [&](const db::IndexInfo& index) {
    return index.name == "rowid" && !index.columns.empty() && index.columns.front() == column.name;
  };
  const bool keeps_types = compilation.dialect.has_exact_decimals() || table.strict;
  return (keeps_types && !column.nullable) ||
         std::any_of(table.indexes.begin(), table.indexes.end(), is_rowid);
}

std::string hours(std::chrono::milliseconds time) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(time).count();
  if (minutes % 60 == 0 && minutes > 0) return fmt::format("{} h", minutes / 60);
  if (minutes > 0) return fmt::format("{} min", minutes);
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

}  // namespace

void check_seal(Compilation& compilation, SummaryPlan& plan) {
  if (!plan.spec.sealed || !plan.spec.sealed->by) return;
  const schema::SealSpec& spec = *plan.spec.sealed;
  const Scope scope = plan.scope();
  const db::ColumnInfo* column = find_column(scope, *spec.by);
  if (column == nullptr) return;  // refused already
  const BaseTable& table = plan.table(spec.by->qualifier);
  const std::string written = schema::to_text(*spec.by);
  if (!orders_rows(compilation, table.info, *column)) {
    compilation.refuse(
        spec.by->place, "sealed-no-order",
        fmt::format("`{}` cannot be what rows are sealed by: it is {}{}", written,
                    column->declared_type, column->nullable ? ", and may be NULL" : ""),
        compilation.dialect.has_exact_decimals()
            ? "an integer that is NOT NULL and grows with time, such as an AUTO_INCREMENT id"
            : "a column declared INTEGER PRIMARY KEY, or INTEGER NOT NULL in a STRICT table: any "
              "other may hold what is no integer");
    return;
  }
  const db::IndexInfo* index = index_on(plan, table.alias, {column->name});
  if (index == nullptr) {
    compilation.refuse(
        spec.by->place, "sealed-no-index",
        fmt::format("no index begins with `{}`, so the rows since the seal could not "
                    "be found without reading the whole table",
                    written),
        create_index(compilation.dialect, table.info.name, column->name, {column->name}));
    return;
  }
  if (plan.spec.capture == schema::Capture::hooks) {
    compilation.refuse(
        spec.place, "sealed-by-hooks",
        "`sealed` needs \"capture\": \"triggers\": a unit of work writes the net difference of its "
        "rows, which does not say which of them lie below the seal",
        "take `sealed` out, or let triggers write this summary");
    return;
  }
  const auto is_summary = [](const BaseTable& base) { return base.summary != nullptr; };
  if (std::any_of(plan.tables.begin(), plan.tables.end(), is_summary)) {
    compilation.refuse(
        spec.place, "sealed-summary",
        "`sealed` is for rows that only come on top, and the rows of a summary change",
        "take `sealed` out: this summary's source is small already");
    return;
  }
  plan.seal = SealPlan{table.alias, column->name, spec.by, column->is_unsigned, index->name};
}

void check_sealed_columns(Compilation& compilation, const SummaryPlan& plan) {
  if (!plan.seal) return;
  for (const StateColumn& column : plan.state) {
    const bool alone = plan.aggregates[column.aggregate].aggregate->has_side_table();
    if (!alone && column.merge != Merge::ranked) continue;
    compilation.refuse(plan.aggregates[column.aggregate].column.place, "sealed-aggregate",
                       fmt::format("a total of `{}` cannot be sealed: two of its totals cannot be "
                                   "made one",
                                   plan.aggregates[column.aggregate].column.name),
                       "take `sealed` out, or keep this aggregate in a summary of its own");
  }
}

void say_of_seal(SummaryPlan& plan) {
  if (!plan.seal) return;
  const std::string by = plan.seal->alias + "." + plan.seal->column;
  const schema::SealSpec& spec = *plan.spec.sealed;
  plan.contract.push_back(
      {ClauseKind::guaranteed,
       fmt::format("a change that touches a row at or below the seal of {} opens the seal of its "
                   "keys, and they are verified whole",
                   by)});
  plan.contract.push_back(
      {ClauseKind::trusted,
       fmt::format("rows at or below the seal of {} change only where the triggers see it; what "
                   "gets past them there is found by the audit, once in {}, not by the next run",
                   by, hours(spec.audit))});
  plan.contract.push_back(
      {ClauseKind::price,
       fmt::format(
           "each write keeps the least {} it touched in the summary's row; a run that moves "
           "the seal updates the rows of the keys that had rows since the last",
           by)});
}

}  // namespace keepsum::plan
