#include "engine/lifecycle/marks.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::lifecycle {

namespace {

// The name of a column that waits to become a mark.
std::string_view place_of(MarkKind kind) { return kind == MarkKind::live ? "ks$live" : "ks$by"; }

// "ks$live", "ks$live$2"; a mark goes on with `_`.
bool is_place(const std::string& column, MarkKind kind) {
  return column == place_of(kind) || column.starts_with(std::string(place_of(kind)) + "$");
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

bool is_mark(const std::string& column) {
  return column.starts_with(place_of(MarkKind::live)) ||
         column.starts_with(place_of(MarkKind::by_hooks));
}

bool has_mark(const db::TableInfo& table, const std::string& mark) {
  return table.find_column(mark) != nullptr;
}

std::vector<std::string> marks_sql(const db::TableInfo& table, MarkKind kind,
                                   const std::vector<std::string>& marks,
                                   const sql::Dialect& dialect) {
  const std::string alter = "ALTER TABLE " + dialect.identifier(table.name);
  std::vector<std::string> missing = marks, spare, places, statements;
  for (const db::ColumnInfo& column : table.columns) {
    if (!column.name.starts_with(place_of(kind))) continue;
    if (std::erase(missing, column.name) > 0) continue;
    (is_place(column.name, kind) ? places : spare).push_back(column.name);
  }
  const auto rename = [&](const std::string& from, const std::string& to) {
    statements.push_back(fmt::format("{} RENAME COLUMN {} TO {}", alter, dialect.identifier(from),
                                     dialect.identifier(to)));
  };
  // What ceases to be true goes first.
  for (std::size_t i = 0; i < spare.size(); ++i) {
    if (!missing.empty()) {
      rename(spare[i], missing.back());
      missing.pop_back();
      continue;
    }
    std::string place(place_of(kind));
    for (int n = 2; table.find_column(place) != nullptr || contains(places, place); ++n) {
      place = fmt::format("{}${}", place_of(kind), n);
    }
    rename(spare[i], place);
    places.push_back(place);
  }
  for (const std::string& mark : missing) {
    if (!places.empty()) {
      rename(places.back(), mark);
      places.pop_back();
      continue;
    }
    statements.push_back(fmt::format("{} ADD COLUMN {} INT{} NOT NULL DEFAULT 0", alter,
                                     dialect.identifier(mark), dialect.invisible()));
  }
  return statements;
}

std::vector<std::string> mark_sql(const db::TableInfo& table, MarkKind kind,
                                  const std::string& mark, const sql::Dialect& dialect) {
  return marks_sql(table, kind,
                   mark.empty() ? std::vector<std::string>{} : std::vector<std::string>{mark},
                   dialect);
}

namespace {

Result<void> set_marks(Database& database, const std::string& table, MarkKind kind,
                       const std::vector<std::string>& marks, const WaitPolicy& policy) {
  KEEPSUM_ASSIGN(const auto info, database.catalog.table(table));
  if (!info) return {};
  for (const std::string& statement : marks_sql(*info, kind, marks, database.dialect)) {
    KEEPSUM_TRY(run_ddl(database, statement, policy));
  }
  return {};
}

}  // namespace

Result<void> set_mark(Database& database, const std::string& table, MarkKind kind,
                      const std::string& mark, const WaitPolicy& policy) {
  return set_marks(database, table, kind,
                   mark.empty() ? std::vector<std::string>{} : std::vector<std::string>{mark},
                   policy);
}

Result<void> set_live_marks(Database& database, const std::string& table,
                            const std::vector<std::string>& marks, const WaitPolicy& policy) {
  return set_marks(database, table, MarkKind::live, marks, policy);
}

Result<void> clear_live_mark(Database& database, const std::string& table,
                             const WaitPolicy& policy) {
  return set_mark(database, table, MarkKind::live, "", policy);
}

}  // namespace keepsum::lifecycle
