#include "connectors/mysql/catalog.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "connectors/mysql/types.hpp"

namespace keepsum::mysql {

namespace {

using db::as_int64;
using db::as_text;
using db::Row;
using db::Value;

// The LIMITs outdo a sql_select_limit of a borrowed connection: half a list of columns would make
// a wrong plan.
//
// Both names are values, not expressions: MariaDB then opens this one table instead of looking
// at every table of every database.
constexpr std::string_view table_query =
    "SELECT TABLE_NAME, TABLE_TYPE, ENGINE, TABLE_ROWS FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?";
constexpr std::string_view names_query =
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? "
    "AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') LIMIT 18446744073709551615";
constexpr std::string_view columns_query =
    "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, GENERATION_EXPRESSION, "
    "NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, CHARACTER_MAXIMUM_LENGTH, "
    "CHARACTER_SET_NAME, COLLATION_NAME, EXTRA FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION LIMIT "
    "18446744073709551615";
constexpr std::string_view indexes_query =
    "SELECT INDEX_NAME, COLUMN_NAME, NON_UNIQUE, SUB_PART FROM information_schema.STATISTICS "
    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY INDEX_NAME, SEQ_IN_INDEX "
    "LIMIT 18446744073709551615";
constexpr std::string_view foreign_keys_query =
    "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, "
    "REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE "
    "WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL "
    "ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION LIMIT 18446744073709551615";
// Not joined to the query above: what is joined is read for every table of every database.
constexpr std::string_view foreign_key_rules_query =
    "SELECT CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE "
    "FROM information_schema.REFERENTIAL_CONSTRAINTS "
    "WHERE CONSTRAINT_SCHEMA = ? AND TABLE_NAME = ? LIMIT 18446744073709551615";
// A trigger is in the database of its table, and that is what MariaDB looks it up by; by
// TRIGGER_SCHEMA it would look at every table of every database.
constexpr std::string_view triggers_query =
    "SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT, "
    "CREATED FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = ? "
    "LIMIT 18446744073709551615";

// The server's own word: what reads and locks rows under a consistent snapshot.
bool is_transactional(std::string_view engine) {
  return boost::algorithm::iequals(engine, "InnoDB") ||
         boost::algorithm::iequals(engine, "ROCKSDB") ||
         boost::algorithm::iequals(engine, "TokuDB");
}

db::ReferentialAction referential_action(std::string_view rule) {
  if (rule == "CASCADE") return db::ReferentialAction::cascade;
  if (rule == "SET NULL") return db::ReferentialAction::set_null;
  if (rule == "SET DEFAULT") return db::ReferentialAction::set_default;
  if (rule == "RESTRICT") return db::ReferentialAction::restrict;
  return db::ReferentialAction::no_action;
}

std::string quoted(std::string_view name) {
  std::string text = "`";
  for (const char c : name) text += c == '`' ? std::string("``") : std::string(1, c);
  return text + "`";
}

// `name`, "name" or name at the start of the text, which loses it; as the server quotes names in
// SHOW CREATE TABLE under any sql_mode.
std::string take_name(std::string_view& text) {
  std::string name;
  const char quote = text.empty() ? '\0' : text.front();
  if (quote != '`' && quote != '"') {
    name = text.substr(0, text.find(' '));
    text.remove_prefix(name.size());
    return name;
  }
  text.remove_prefix(1);
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote) {
      if (text.empty() || text.front() != quote) break;
      text.remove_prefix(1);
    }
    name += c;
  }
  return name;
}

db::ReferentialAction action_after(std::string_view text, std::string_view words) {
  const std::size_t at = text.rfind(words);
  if (at == std::string_view::npos) return db::ReferentialAction::restrict;
  text.remove_prefix(at + words.size());
  for (const std::string_view rule : {"CASCADE", "SET NULL", "SET DEFAULT", "NO ACTION"}) {
    if (text.starts_with(rule)) return referential_action(rule);
  }
  return db::ReferentialAction::restrict;
}

// MariaDB shows REFERENTIAL_CONSTRAINTS only to users with rights on the whole database. Whoever
// has rights on the table finds the same in SHOW CREATE TABLE, a line for each key.
Result<void> read_shown_actions(db::Session& session, db::TableInfo& table) {
  KEEPSUM_ASSIGN(const auto row, session.row("SHOW CREATE TABLE " + quoted(table.name)));
  if (!row || row->size() < 2) return {};
  const std::string create = as_text((*row)[1]);
  std::string_view text = create;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    constexpr std::string_view constraint = "  CONSTRAINT ";
    if (!line.starts_with(constraint)) continue;
    line.remove_prefix(constraint.size());
    const std::string name = take_name(line);
    // What follows the list of the referenced columns holds no names.
    const std::string_view actions = line.substr(std::min(line.rfind(')'), line.size()));
    for (db::ForeignKey& key : table.foreign_keys) {
      if (key.name != name) continue;
      key.on_delete = action_after(actions, "ON DELETE ");
      key.on_update = action_after(actions, "ON UPDATE ");
    }
  }
  return {};
}

db::ColumnInfo column_of(const Row& row) {
  db::ColumnInfo column;
  column.name = as_text(row[0]);
  column.family = family_of_type_name(as_text(row[1]));
  column.declared_type = as_text(row[2]);
  // The server never says YEAR is unsigned, but its values come so.
  column.is_unsigned = boost::algorithm::icontains(column.declared_type, "unsigned") ||
                       boost::algorithm::iequals(as_text(row[1]), "year");
  column.nullable = boost::algorithm::iequals(as_text(row[3]), "YES");
  column.generated = !as_text(row[4]).empty();
  if (column.family == db::TypeFamily::decimal) {
    column.precision = static_cast<int>(as_int64(row[5]));
    column.scale = static_cast<int>(as_int64(row[6]));
  } else if (!is_null(row[7])) {
    column.scale = static_cast<int>(as_int64(row[7]));
  }
  column.length = as_int64(row[8]);
  column.charset = as_text(row[9]);
  column.collation = as_text(row[10]);
  column.sets_itself = boost::algorithm::icontains(as_text(row[11]), "on update");
  return column;
}

// ACTION_STATEMENT is a rendering: it loses the character set introducers of literals. SHOW CREATE
// TRIGGER has the text as it was given.
Result<void> read_original_statement(db::Session& session, db::TriggerInfo& trigger) {
  KEEPSUM_ASSIGN(const auto row, session.row("SHOW CREATE TRIGGER " + quoted(trigger.name)));
  if (!row || row->size() < 3) return {};
  constexpr std::string_view before_body = "FOR EACH ROW";
  const std::string text = as_text((*row)[2]);
  const std::size_t at = text.find(before_body);
  if (at == std::string::npos) return {};
  trigger.statement = boost::algorithm::trim_copy(text.substr(at + before_body.size()));
  return {};
}

}  // namespace

// lower_case_table_names: 0 compares bytes, 1 and 2 fold case.
bool MysqlCatalog::same_name(std::string_view left, std::string_view right) const {
  return folds_case_ ? boost::algorithm::iequals(left, right) : left == right;
}

Result<void> MysqlCatalog::learn_database() {
  if (!database_.empty()) return {};
  KEEPSUM_ASSIGN(const auto row, session_.row("SELECT DATABASE(), @@lower_case_table_names"));
  if (!row || is_null(row->at(0))) {
    return Error{.code = ErrorCode::invalid_argument,
                 .recovery = Recovery::fix_spec,
                 .message = "the connection has no current database",
                 .where = {},
                 .hint = "name it in the URL: mysql://user@host/database",
                 .server_message = {}};
  }
  folds_case_ = as_int64(row->at(1)) != 0;
  database_ = as_text(row->at(0));
  return {};
}

Result<std::optional<db::TableInfo>> MysqlCatalog::find_table(std::string_view name) {
  const std::array<Value, 2> params = {database_, std::string(name)};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(table_query, params));
  for (const Row& row : rows) {
    db::TableInfo table;
    table.name = as_text(row[0]);
    if (!same_name(table.name, name)) continue;
    table.is_view = as_text(row[1]).ends_with("VIEW");
    table.transactional = table.is_view || is_transactional(as_text(row[2]));
    table.estimated_rows = static_cast<std::uint64_t>(as_int64(row[3]));
    return std::optional(std::move(table));
  }
  return std::optional<db::TableInfo>{};
}

Result<std::optional<db::TableInfo>> MysqlCatalog::table(std::string_view name) {
  KEEPSUM_TRY(learn_database());
  KEEPSUM_ASSIGN(auto table, find_table(name));
  if (!table) return table;
  KEEPSUM_TRY(read_columns(*table));
  if (table->columns.empty()) {
    // Some right on the table shows that it is there, and only some show what is in it.
    constexpr int no_such_table = 1146;
    const auto probed = session_.row("SELECT 1 FROM " + quoted(table->name) + " LIMIT 0");
    if (probed.has_error() && probed.error().native_code == no_such_table) {
      return std::optional<db::TableInfo>{};
    }
    KEEPSUM_TRY(probed);
  }
  KEEPSUM_TRY(read_indexes(*table));
  KEEPSUM_TRY(read_foreign_keys(*table));
  return table;
}

Result<void> MysqlCatalog::read_columns(db::TableInfo& table) {
  const std::array<Value, 2> params = {database_, table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(columns_query, params));
  for (const Row& row : rows) table.columns.push_back(column_of(row));
  return {};
}

Result<void> MysqlCatalog::read_indexes(db::TableInfo& table) {
  const std::array<Value, 2> params = {database_, table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(indexes_query, params));
  for (const Row& row : rows) {
    const std::string name = as_text(row[0]);
    if (table.indexes.empty() || table.indexes.back().name != name) {
      db::IndexInfo index;
      index.name = name;
      index.unique = as_int64(row[2]) == 0;
      index.primary = name == "PRIMARY";
      table.indexes.push_back(std::move(index));
    }
    db::IndexInfo& index = table.indexes.back();
    // MySQL indexes expressions, which have no column name; a SUB_PART is a prefix length.
    if (is_null(row[1]) || !is_null(row[3])) index.partial = true;
    if (!is_null(row[1])) index.columns.push_back(as_text(row[1]));
    if (index.primary) table.primary_key = index.columns;
  }
  return {};
}

Result<void> MysqlCatalog::read_foreign_keys(db::TableInfo& table) {
  const std::array<Value, 2> params = {database_, table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(foreign_keys_query, params));
  for (const Row& row : rows) {
    const std::string name = as_text(row[0]);
    if (table.foreign_keys.empty() || table.foreign_keys.back().name != name) {
      db::ForeignKey key;
      key.name = name;
      key.referenced_table = as_text(row[3]);
      if (const std::string other = as_text(row[2]); !same_name(other, database_)) {
        key.referenced_table.insert(0, other + ".");
      }
      table.foreign_keys.push_back(std::move(key));
    }
    table.foreign_keys.back().columns.push_back(as_text(row[1]));
    table.foreign_keys.back().referenced_columns.push_back(as_text(row[4]));
  }
  return table.foreign_keys.empty() ? Result<void>{} : read_actions(table);
}

Result<void> MysqlCatalog::read_actions(db::TableInfo& table) {
  const std::array<Value, 2> params = {database_, table.name};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(foreign_key_rules_query, params));
  std::size_t seen = 0;
  for (const Row& row : rows) {
    for (db::ForeignKey& key : table.foreign_keys) {
      if (key.name != as_text(row[0])) continue;
      key.on_delete = referential_action(as_text(row[1]));
      key.on_update = referential_action(as_text(row[2]));
      ++seen;
    }
  }
  return seen < table.foreign_keys.size() ? read_shown_actions(session_, table) : Result<void>{};
}

Result<std::vector<std::string>> MysqlCatalog::table_names() {
  KEEPSUM_TRY(learn_database());
  const std::array<Value, 1> params = {database_};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(names_query, params));
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(as_text(row[0]));
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<db::TriggerInfo>> MysqlCatalog::trigger_events() {
  KEEPSUM_TRY(learn_database());
  const std::array<Value, 1> params = {database_};
  KEEPSUM_ASSIGN(const auto rows, session_.rows(triggers_query, params));
  std::vector<db::TriggerInfo> triggers;
  for (const Row& row : rows) {
    triggers.push_back({.name = as_text(row[0]),
                        .table = as_text(row[1]),
                        .timing_event = as_text(row[2]) + " " + as_text(row[3]),
                        .statement = {},
                        .made_at = as_text(row[5])});
  }
  std::sort(triggers.begin(), triggers.end(),
            [](const auto& left, const auto& right) { return left.name < right.name; });
  return triggers;
}

Result<std::vector<db::TriggerInfo>> MysqlCatalog::triggers(std::string_view prefix) {
  KEEPSUM_ASSIGN(auto triggers, trigger_events());
  // Compared here: LIKE would take the '_' of a name for a wildcard.
  std::erase_if(triggers,
                [&](const db::TriggerInfo& trigger) { return !trigger.name.starts_with(prefix); });
  for (db::TriggerInfo& trigger : triggers) {
    KEEPSUM_TRY(read_original_statement(session_, trigger));
  }
  return triggers;
}

Result<void> MysqlCatalog::check_missing_trigger(std::string_view name) {
  constexpr int no_such_trigger = 1360;
  db::TriggerInfo trigger{
      .name = std::string(name), .table = {}, .timing_event = {}, .statement = {}, .made_at = {}};
  auto shown = read_original_statement(session_, trigger);
  // Made since the list was read: it is there, and nothing hides it.
  if (shown.has_value() || shown.error().native_code == no_such_trigger) return {};
  return shown;
}

}  // namespace keepsum::mysql
