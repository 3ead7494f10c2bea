// The port to what a database says about its own tables.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::db {

struct ColumnInfo {
  std::string name;
  std::string declared_type;  // as the catalog prints it: "decimal(20,4) unsigned", "VARCHAR(30)"
  TypeFamily family = TypeFamily::other;
  bool is_unsigned = false;
  bool nullable = true;
  bool generated = false;    // computed from other columns
  bool sets_itself = false;  // ON UPDATE CURRENT_TIMESTAMP
  int precision = 0;         // decimal digits in all
  int scale = 0;             // digits after the point; fractional seconds of date-times
  std::int64_t length = 0;   // characters or bytes
  std::string charset;       // text on MySQL
  std::string collation;     // text: "utf8mb4_general_ci"; SQLite: "BINARY", "NOCASE", "RTRIM"
};

struct IndexInfo {
  std::string name;
  std::vector<std::string> columns;
  bool unique = false;
  bool primary = false;
  bool partial = false;  // has a WHERE, a prefix length or an expression
};

enum class ReferentialAction { no_action, restrict, cascade, set_null, set_default };

struct ForeignKey {
  std::string name;
  std::vector<std::string> columns;
  std::string referenced_table;
  std::vector<std::string> referenced_columns;
  ReferentialAction on_delete = ReferentialAction::no_action;
  ReferentialAction on_update = ReferentialAction::no_action;
};

struct TableInfo {
  std::string name;  // as the catalog spells it
  bool is_view = false;
  bool transactional = true;  // false: MyISAM and the like
  bool strict = false;        // SQLite STRICT
  std::vector<ColumnInfo> columns;
  std::vector<std::string> primary_key;  // empty: none declared
  std::vector<IndexInfo> indexes;        // the primary key's index too
  std::vector<ForeignKey> foreign_keys;  // those of which this table is the child
  std::uint64_t estimated_rows = 0;

  [[nodiscard]] const ColumnInfo* find_column(std::string_view column_name) const noexcept;
};

struct TriggerInfo {
  std::string name;
  std::string table;
  // MySQL: "AFTER INSERT" and the body from BEGIN; SQLite: "" and the whole CREATE TRIGGER text.
  std::string timing_event;
  std::string statement;
  std::string made_at = {};  // UTC on keepsum's own sessions; "" where the database does not say
};

class Catalog {
 public:
  Catalog() = default;
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;
  virtual ~Catalog() = default;

  // Nothing if there is no such table. Names compare as the database compares them.
  virtual Result<std::optional<TableInfo>> table(std::string_view name) = 0;
  // Names of tables and views, sorted.
  virtual Result<std::vector<std::string>> table_names() = 0;
  // All triggers whose name starts with `prefix`, sorted by name. MySQL and MariaDB leave out those
  // on tables that the user has no rights on. Errors: access_denied if one may be listed, but not
  // read.
  virtual Result<std::vector<TriggerInfo>> triggers(std::string_view prefix) = 0;
  // All triggers without their statements, which takes less rights to see.
  virtual Result<std::vector<TriggerInfo>> trigger_events() = 0;
  // Of a trigger that is not listed: access_denied if it is there and hidden from this user.
  virtual Result<void> check_missing_trigger(std::string_view name) = 0;
};

}  // namespace keepsum::db
