#include "engine/lifecycle/marks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::lifecycle {

namespace {

// The name of a column that waits to become a mark.
std::string_view place_of(MarkKind kind) { return kind == MarkKind::live ? "ks$live" : "ks$by"; }

}  // namespace

bool is_mark(const std::string& column) {
  return column.starts_with(place_of(MarkKind::live)) ||
         column.starts_with(place_of(MarkKind::by_hooks));
}

bool has_mark(const db::TableInfo& table, const std::string& mark) {
  return table.find_column(mark) != nullptr;
}

std::vector<std::string> mark_sql(const db::TableInfo& table, MarkKind kind,
                                  const std::string& mark, const sql::Dialect& dialect) {
  const std::string wanted = mark.empty() ? std::string(place_of(kind)) : mark;
  const auto found = std::find_if(
      table.columns.begin(), table.columns.end(),
      [&](const db::ColumnInfo& column) { return column.name.starts_with(place_of(kind)); });
  const std::string alter = "ALTER TABLE " + dialect.identifier(table.name);
  if (found == table.columns.end()) {
    if (mark.empty()) return {};
    return {fmt::format("{} ADD COLUMN {} INT{} NOT NULL DEFAULT 0", alter,
                        dialect.identifier(mark), dialect.invisible())};
  }
  if (found->name == wanted) return {};
  return {fmt::format("{} RENAME COLUMN {} TO {}", alter, dialect.identifier(found->name),
                      dialect.identifier(wanted))};
}

Result<void> set_mark(Database& database, const std::string& table, MarkKind kind,
                      const std::string& mark, const WaitPolicy& policy) {
  KEEPSUM_ASSIGN(const auto info, database.catalog.table(table));
  if (!info) return {};
  for (const std::string& statement : mark_sql(*info, kind, mark, database.dialect)) {
    KEEPSUM_TRY(run_ddl(database, statement, policy));
  }
  return {};
}

Result<void> clear_live_mark(Database& database, const std::string& table,
                             const WaitPolicy& policy) {
  return set_mark(database, table, MarkKind::live, "", policy);
}

}  // namespace keepsum::lifecycle
