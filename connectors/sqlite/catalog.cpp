#include "connectors/sqlite/catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <map>

#include "connectors/sqlite/session.hpp"
#include "connectors/sqlite/types.hpp"

namespace keepsum::sqlite {

namespace {

using db::as_int64;
using db::as_text;
using db::Row;
using db::Value;

constexpr std::string_view table_query =
    "SELECT name, type, wr, strict FROM pragma_table_list "
    "WHERE schema = 'main' AND name = ? COLLATE NOCASE";
constexpr std::string_view names_query =
    "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') "
    "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
constexpr std::string_view columns_query =
    "SELECT name, type, \"notnull\", pk, hidden FROM pragma_table_xinfo(?, 'main') ORDER BY cid";
constexpr std::string_view indexes_query =
    "SELECT name, \"unique\", origin, partial FROM pragma_index_list(?, 'main') ORDER BY name";
constexpr std::string_view index_columns_query =
    "SELECT cid, name FROM pragma_index_xinfo(?, 'main') WHERE key = 1 ORDER BY seqno";
constexpr std::string_view foreign_keys_query =
    "SELECT id, \"table\", \"from\", \"to\", on_delete, on_update "
    "FROM pragma_foreign_key_list(?, 'main') ORDER BY id, seq";
constexpr std::string_view triggers_query =
    "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";

std::string quote(std::string_view name) {
  return '"' + boost::algorithm::replace_all_copy(std::string(name), "\"", "\"\"") + '"';
}

db::ReferentialAction referential_action(std::string_view rule) {
  if (rule == "CASCADE") return db::ReferentialAction::cascade;
  if (rule == "SET NULL") return db::ReferentialAction::set_null;
  if (rule == "SET DEFAULT") return db::ReferentialAction::set_default;
  if (rule == "RESTRICT") return db::ReferentialAction::restrict;
  return db::ReferentialAction::no_action;
}

// The columns of a primary key by their place in it, which table_xinfo counts from 1.
std::vector<std::string> key_columns(const std::vector<Row>& columns) {
  std::map<std::int64_t, std::string> by_place;
  for (const Row& row : columns) {
    if (const std::int64_t place = as_int64(row[3]); place > 0) by_place[place] = as_text(row[0]);
  }
  std::vector<std::string> names;
  for (auto& [place, name] : by_place) names.push_back(std::move(name));
  return names;
}

}  // namespace

Result<std::optional<db::TableInfo>> SqliteCatalog::table(std::string_view name) {
  const std::array<Value, 1> params = {std::string(name)};
  KEEPSUM_ASSIGN(const auto found, session_.row(table_query, params));
  if (!found) return std::optional<db::TableInfo>{};
  db::TableInfo table;
  table.name = as_text(found->at(0));
  table.is_view = as_text(found->at(1)) == "view";
  const bool without_rowid = as_int64(found->at(2)) != 0;
  table.strict = as_int64(found->at(3)) != 0;
  KEEPSUM_TRY(read_columns(table, without_rowid));
  KEEPSUM_TRY(read_collations(table));
  KEEPSUM_TRY(read_indexes(table));
  KEEPSUM_TRY(read_foreign_keys(table));
  KEEPSUM_TRY(estimate_rows(table, without_rowid));
  return std::optional(std::move(table));
}

Result<void> SqliteCatalog::read_columns(db::TableInfo& table, bool without_rowid) {
  const std::array<Value, 1> params = {table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(columns_query, params));
  constexpr std::int64_t hidden_of_virtual_table = 1;
  for (const Row& row : rows) {
    if (as_int64(row[4]) == hidden_of_virtual_table) continue;
    db::ColumnInfo column;
    column.name = as_text(row[0]);
    column.declared_type = as_text(row[1]);
    column.family = family_of_declared_type(column.declared_type);
    column.length = declared_length(column.declared_type);
    // By an old mistake SQLite allows NULL in the primary key of a rowid table.
    column.nullable = as_int64(row[2]) == 0 && !(without_rowid && as_int64(row[3]) > 0);
    column.generated = as_int64(row[4]) != 0;
    table.columns.push_back(std::move(column));
  }
  table.primary_key = key_columns(rows);
  return {};
}

Result<void> SqliteCatalog::read_collations(db::TableInfo& table) {
  auto* const source = dynamic_cast<CollationSource*>(&session_);
  if (source == nullptr) {
    return Error{.code = ErrorCode::internal,
                 .recovery = Recovery::none,
                 .message = "the catalog's session is not one of the SQLite connector",
                 .where = table.name,
                 .hint = {},
                 .server_message = {}};
  }
  for (db::ColumnInfo& column : table.columns) {
    column.collation = source->collation(table.name, column.name);
  }
  return {};
}

Result<void> SqliteCatalog::read_indexes(db::TableInfo& table) {
  const std::array<Value, 1> params = {table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(indexes_query, params));
  bool key_has_index = false;
  for (const Row& row : rows) {
    db::IndexInfo index;
    index.name = as_text(row[0]);
    index.unique = as_int64(row[1]) != 0;
    index.primary = as_text(row[2]) == "pk";
    index.partial = as_int64(row[3]) != 0;
    key_has_index = key_has_index || index.primary;
    const std::array<Value, 1> index_params = {index.name};
    KEEPSUM_ASSIGN(const auto columns, session_.rows(index_columns_query, index_params));
    for (const Row& column : columns) {
      if (is_null(column[1])) {
        index.partial = true;  // an expression
      } else {
        index.columns.push_back(as_text(column[1]));
      }
    }
    table.indexes.push_back(std::move(index));
  }
  // INTEGER PRIMARY KEY is the rowid itself: the table's own tree is its index, and it is never
  // NULL.
  if (!key_has_index && table.primary_key.size() == 1) {
    db::IndexInfo rowid;
    rowid.name = "rowid";
    rowid.columns = table.primary_key;
    rowid.unique = true;
    rowid.primary = true;
    table.indexes.push_back(std::move(rowid));
    for (db::ColumnInfo& column : table.columns) {
      if (column.name == table.primary_key.front()) column.nullable = false;
    }
  }
  return {};
}

// Spells the parent's name and columns as its own table does, and fills in its primary key where
// the child says REFERENCES parent without columns. A parent that is not there stays as written.
Result<void> SqliteCatalog::resolve_parent(db::ForeignKey& key) {
  const std::array<Value, 1> params = {key.referenced_table};
  KEEPSUM_ASSIGN(const auto parent, session_.row(table_query, params));
  if (!parent) return {};
  key.referenced_table = as_text(parent->at(0));
  KEEPSUM_ASSIGN(const auto columns, session_.rows(columns_query, params));
  if (key.referenced_columns.empty()) {
    key.referenced_columns = key_columns(columns);
    return {};
  }
  for (std::string& name : key.referenced_columns) {
    for (const Row& column : columns) {
      if (boost::algorithm::iequals(as_text(column[0]), name)) name = as_text(column[0]);
    }
  }
  return {};
}

Result<void> SqliteCatalog::read_foreign_keys(db::TableInfo& table) {
  const std::array<Value, 1> params = {table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(foreign_keys_query, params));
  std::optional<std::int64_t> current;
  for (const Row& row : rows) {
    if (current != as_int64(row[0])) {
      current = as_int64(row[0]);
      db::ForeignKey key;
      key.name = fmt::format("{}_fk{}", table.name, *current);  // SQLite keeps no names
      key.referenced_table = as_text(row[1]);
      key.on_delete = referential_action(as_text(row[4]));
      key.on_update = referential_action(as_text(row[5]));
      table.foreign_keys.push_back(std::move(key));
    }
    db::ForeignKey& key = table.foreign_keys.back();
    key.columns.push_back(as_text(row[2]));
    if (!is_null(row[3])) key.referenced_columns.push_back(as_text(row[3]));
  }
  for (db::ForeignKey& key : table.foreign_keys) KEEPSUM_TRY(resolve_parent(key));
  return {};
}

// The greatest rowid costs one seek and is seldom far off; counting would read the whole table.
Result<void> SqliteCatalog::estimate_rows(db::TableInfo& table, bool without_rowid) {
  if (table.is_view || without_rowid) return {};
  // Not an error of the catalog: a virtual table may have no rowid.
  const auto greatest = session_.scalar("SELECT max(rowid) FROM main." + quote(table.name));
  if (greatest.has_value()) {
    table.estimated_rows =
        static_cast<std::uint64_t>(std::max<std::int64_t>(as_int64(*greatest), 0));
  }
  return {};
}

Result<std::vector<std::string>> SqliteCatalog::table_names() {
  KEEPSUM_ASSIGN(const auto rows, session_.rows(names_query));
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(as_text(row[0]));
  return names;
}

Result<std::vector<db::TriggerInfo>> SqliteCatalog::triggers(std::string_view prefix) {
  KEEPSUM_ASSIGN(const auto rows, session_.rows(triggers_query));
  std::vector<db::TriggerInfo> triggers;
  for (const Row& row : rows) {
    db::TriggerInfo trigger{.name = as_text(row[0]),
                            .table = as_text(row[1]),
                            .timing_event = {},
                            .statement = as_text(row[2]),
                            .made_at = {}};
    if (trigger.name.starts_with(prefix)) triggers.push_back(std::move(trigger));
  }
  return triggers;
}

Result<std::vector<db::TriggerInfo>> SqliteCatalog::trigger_events() { return triggers(""); }

// Who can open the file sees everything in it.
Result<void> SqliteCatalog::check_missing_trigger(std::string_view /*name*/) { return {}; }

}  // namespace keepsum::sqlite
