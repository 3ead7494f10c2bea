#include "engine/plan/changed_at.hpp"

#include <fmt/format.h>

#include "engine/plan/contract.hpp"

namespace keepsum::plan {

namespace {

const db::ColumnInfo* column_of(const SummaryPlan& plan) {
  return plan.spec.changed_at ? find_column(plan.scope(), *plan.spec.changed_at) : nullptr;
}

bool holds_a_time(const db::ColumnInfo& column) {
  switch (column.family) {
    case db::TypeFamily::datetime:
    case db::TypeFamily::timestamp:
    case db::TypeFamily::date:
    case db::TypeFamily::integer:
    case db::TypeFamily::text: return true;
    default: return false;
  }
}

ChangedAt found(const SummaryPlan& plan, const db::ColumnInfo& column) {
  ChangedAt result{
      plan.spec.changed_at->qualifier, column.name, column.family == db::TypeFamily::integer, {}};
  const db::IndexInfo* index = index_on(plan, result.alias, {column.name});
  if (index != nullptr) result.index = index->name;
  return result;
}

std::string index_for(const SummaryPlan& plan, const sql::Dialect& dialect,
                      const ChangedAt& column) {
  return index_to_make(dialect, plan.table(column.alias), column.column, {column.column});
}

}  // namespace

Result<ChangedAt> changed_at_of(const SummaryPlan& plan, const sql::Dialect& dialect) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = plan.spec.name;
  const db::ColumnInfo* column = column_of(plan);
  if (column == nullptr) {
    error.message = "the spec does not say when a row was changed last";
    error.hint = R"(declare it: "changed_at": "p.changed_at")";
    return error;
  }
  ChangedAt result = found(plan, *column);
  if (!result.index.empty()) return result;
  error.message = fmt::format("no index begins with {}.{}, so each run would read the whole table",
                              result.alias, result.column);
  error.hint = index_for(plan, dialect, result);
  return error;
}

void check_changed_at(Compilation& compilation, const SummaryPlan& plan) {
  const schema::ExprPtr& expr = plan.spec.changed_at;
  if (!expr) return;
  const db::ColumnInfo* column = column_of(plan);
  if (column == nullptr) {
    compilation.refuse(expr->place, "unknown-column",
                       fmt::format("there is no column `{}`", schema::to_text(*expr)),
                       "`changed_at` names a column of one of the summary's tables");
    return;
  }
  if (!holds_a_time(*column)) {
    compilation.refuse(
        expr->place, "changed-at-no-time",
        fmt::format("`{}` holds no time: it is {}", schema::to_text(*expr), column->declared_type),
        "a date and time in UTC, or an integer of seconds since 1970");
    return;
  }
  const ChangedAt result = found(plan, *column);
  if (result.index.empty()) {
    compilation.warn(expr->place, "changed-at-no-index",
                     fmt::format("no index begins with `{}`, so `reconcile --since` is refused",
                                 schema::to_text(*expr)),
                     index_for(plan, compilation.dialect, result));
  }
}

}  // namespace keepsum::plan
