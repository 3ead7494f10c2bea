#include "connectors/sqlite/dialect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "connectors/sqlite/bucket.hpp"

namespace keepsum::sqlite {

using db::TypeFamily;
using schema::CastKind;

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char c : text) {
    if (c == quote) result += quote;
    result += c;
  }
  return result + quote;
}

bool is_nocase(const plan::ExprType& type) { return type.collation == "NOCASE"; }

// LIKE follows PRAGMA case_sensitive_like and may be redefined; GLOB says the same and is fixed.
std::string glob_pattern(std::string_view like_pattern) {
  std::string pattern;
  for (const char c : like_pattern) {
    switch (c) {
      case '%': pattern += '*'; break;
      case '_': pattern += '?'; break;
      case '*':
      case '?':
      case '[': pattern += fmt::format("[{}]", c); break;
      default: pattern += c;
    }
  }
  return pattern;
}

class SqliteDialect final : public sql::Dialect {
 public:
  std::string_view name() const noexcept override { return "sqlite"; }
  // Enforcement is a setting of each connection, off by default: it proves nothing.
  bool enforces_foreign_keys() const noexcept override { return false; }
  bool cascades_fire_triggers() const noexcept override { return true; }
  bool has_exact_decimals() const noexcept override { return false; }
  std::size_t name_length_max() const noexcept override { return 200; }

  std::string identifier(std::string_view text) const override { return quoted(text, '"'); }
  std::string literal(std::string_view text) const override { return quoted(text, '\''); }
  std::string invisible() const override { return {}; }
  std::string lock_clause() const override { return {}; }
  std::string row_lock_clause() const override { return {}; }
  std::string lock_rows(const std::string& /*rows*/, sql::RowLock /*lock*/) const override {
    return {};
  }
  std::string slot(const std::string& /*name*/) const override { return "0"; }
  std::string lock_slot(const std::string& /*slot*/,
                        const std::string& /*condition*/) const override {
    return {};
  }
  std::string hold_slots() const override { return {}; }
  std::string with_values(const std::vector<sql::GivenValue>& values,
                          const Statement& statement) const override {
    std::vector<std::string> texts;
    for (const sql::GivenValue& value : values) texts.push_back("(" + value.query + ")");
    return statement(texts);
  }
  std::string from_nothing() const override { return {}; }

  std::string null_safe_equal(const std::string& a, const std::string& b) const override {
    return fmt::format("({} IS {})", a, b);
  }
  std::string same_value(const std::string& a, const std::string& b,
                         const plan::ExprType& type) const override {
    return type.family == TypeFamily::text ? fmt::format("({} COLLATE BINARY IS {})", a, b)
                                           : null_safe_equal(a, b);
  }
  std::string same_bytes(const std::string& a, const std::string& b,
                         const db::ColumnInfo& /*column*/) const override {
    return fmt::format("({} COLLATE BINARY IS {} AND typeof({}) = typeof({}))", a, b, a, b);
  }
  std::string pinned(const std::string& reference,
                     const db::ColumnInfo& /*column*/) const override {
    return reference;
  }
  std::string exact(const std::string& expr, const plan::ExprType& /*type*/) const override {
    return expr;
  }

  std::string function(const std::string& function_name,
                       const std::vector<std::string>& args) const override {
    if (function_name == "concat") return fmt::format("({})", fmt::join(args, " || "));
    if (function_name == "div") return fmt::format("({} / {})", args[0], args[1]);
    if (function_name == "mod") return fmt::format("({} % {})", args[0], args[1]);
    if (function_name == "greatest") return fmt::format("max({})", fmt::join(args, ", "));
    if (function_name == "least") return fmt::format("min({})", fmt::join(args, ", "));
    if (function_name == "sign") {
      return fmt::format("CASE WHEN {0} > 0 THEN 1 WHEN {0} < 0 THEN -1 WHEN {0} = 0 THEN 0 END",
                         args[0]);
    }
    if (function_name == "year") return date_part("%Y", args[0]);
    if (function_name == "month") return date_part("%m", args[0]);
    if (function_name == "day") return date_part("%d", args[0]);
    if (function_name == "hour") return date_part("%H", args[0]);
    if (function_name == "minute") return date_part("%M", args[0]);
    return fmt::format("{}({})", function_name, fmt::join(args, ", "));
  }

  std::string bucket(const schema::Bucket& bucket, const std::string& instant,
                     const plan::ExprType& type) const override {
    return sqlite::bucket(bucket, instant, type);
  }
  std::string named_zone(const std::string& /*zone*/) const override { return {}; }

  std::string cast(const std::string& expr, const schema::CastType& type) const override {
    switch (type.kind) {
      case CastKind::integer: return fmt::format("CAST({} AS INTEGER)", expr);
      case CastKind::decimal: return fmt::format("CAST({} AS REAL)", expr);
      case CastKind::text: return fmt::format("substr(CAST({} AS TEXT), 1, {})", expr, type.length);
      case CastKind::date: return fmt::format("date({})", expr);
      case CastKind::datetime: return fmt::format("datetime({})", expr);
    }
    return expr;
  }

  std::string like(const std::string& expr, const std::string& pattern,
                   const plan::ExprType& type) const override {
    const std::string glob = literal(glob_pattern(pattern));
    return is_nocase(type) ? fmt::format("lower({}) GLOB lower({})", expr, glob)
                           : fmt::format("{} GLOB {}", expr, glob);
  }
  std::string collated(const std::string& expr, const plan::ExprType& type) const override {
    if (type.collation.empty() || type.collation == "BINARY") return expr;
    return fmt::format("{} COLLATE {}", expr, identifier(type.collation));
  }
  std::string average(const std::string& sum, const std::string& count,
                      const plan::ExprType& /*type*/) const override {
    return fmt::format("CASE WHEN {1} = 0 THEN NULL ELSE {0} * 1.0 / {1} END", sum, count);
  }

  std::string square(const std::string& expr, const plan::ExprType& /*type*/) const override {
    return fmt::format("({0} * {0})", expr);
  }
  // Only with SQLITE_ENABLE_MATH_FUNCTIONS.
  bool has_square_root() const noexcept override { return false; }
  // n·Σx² leaves 64 bits long before Σx² does. With Σx = q·n + r and 0 <= r < n,
  //   Σ(x - mean)² = (Σx² - q·(Σx + r) - r) + r·(n - r) / n:
  // the first term is a sum of integers that are not negative, and so is the numerator of the
  // second. Nothing cancels out, and only the division rounds.
  std::string spread(const std::string& count, const std::string& sum, const std::string& squares,
                     bool sample, const plan::ExprType& /*type*/) const override {
    const std::string r = fmt::format("(({1} % {0} + {0}) % {0})", count, sum);
    const std::string q = fmt::format("(({1} - {2}) / {0})", count, sum, r);
    return fmt::format(
        "CASE WHEN {0} > {6} THEN ({2} - {3} * ({1} + {4}) - {4} + {4} * ({0} - {4}) * 1.0 / {0}) "
        "/ {5} END",
        count, sum, squares, q, r, sample ? fmt::format("({} - 1)", count) : count,
        sample ? "1" : "0");
  }

  std::string incoming(const std::string& column) const override {
    return fmt::format("excluded.{}", column);
  }
  std::string upsert_clause(const std::vector<std::string>& keys,
                            const std::vector<std::string>& assignments) const override {
    return fmt::format("ON CONFLICT ({}) DO UPDATE SET\n  {}", fmt::join(keys, ", "),
                       fmt::join(assignments, ",\n  "));
  }
  bool upsert_returns() const noexcept override { return true; }
  // SQLite has one code for all that is wrong with a statement; its words tell them apart.
  bool is_gone(const Error& error) const override {
    constexpr int sql_error = 1;
    return error.native_code == sql_error && (error.server_message.starts_with("no such table") ||
                                              error.server_message.starts_with("no such column"));
  }
  std::string update_joined(const std::string& table, const std::string& derived,
                            const std::string& alias, const std::vector<std::string>& assignments,
                            const std::string& condition) const override {
    return fmt::format("UPDATE {} SET {}\nFROM ({}) AS {}\nWHERE {}", table,
                       fmt::join(assignments, ", "), derived, alias, condition);
  }

  std::string storage_type(const plan::ExprType& type,
                           const db::ColumnInfo* column) const override {
    // A DATE column holds text, a day's number or a second's, as the application likes: kept as
    // it is.
    if (column != nullptr && type.is_temporal()) return "ANY";
    const std::string collate = type.collation.empty() || type.collation == "BINARY"
                                    ? std::string()
                                    : " COLLATE " + identifier(type.collation);
    switch (type.family) {
      case TypeFamily::boolean_:
      case TypeFamily::integer: return "INTEGER";
      // Not REAL: where a table has virtual columns too, an UPSERT of SQLite 3.40 makes floats of
      // the integers in another column. Numbers of ANY are kept as they come.
      case TypeFamily::decimal:
      case TypeFamily::floating: return "ANY";
      case TypeFamily::binary: return "BLOB";
      case TypeFamily::other: return "ANY";
      default: return "TEXT" + collate;
    }
  }

  // STRICT, so that a sum past 64 bits is an error and never a float; WITHOUT ROWID, so that the
  // key is the table and NOT NULL is meant.
  std::vector<std::string> create_table(const sql::Table& table) const override {
    std::vector<std::string> lines;
    for (const sql::TableColumn& column : table.columns) lines.push_back("  " + described(column));
    lines.push_back(fmt::format("  PRIMARY KEY ({})", names(table.primary_key)));
    std::vector<std::string> statements{
        fmt::format("CREATE TABLE {} (\n{}\n) STRICT, WITHOUT ROWID", identifier(table.name),
                    fmt::join(lines, ",\n"))};
    for (const sql::TableIndex& index : table.indexes) {
      statements.push_back(add_index(table.name, index));
    }
    return statements;
  }
  std::vector<std::string> add_columns(
      const std::string& table, const std::vector<sql::TableColumn>& columns) const override {
    // What a generated column is made of comes first.
    std::vector<std::string> statements;
    for (const bool generated : {false, true}) {
      for (const sql::TableColumn& column : columns) {
        if (column.generated.empty() == generated) continue;
        statements.push_back(
            fmt::format("ALTER TABLE {} ADD COLUMN {}", identifier(table), described(column)));
      }
    }
    return statements;
  }
  std::vector<std::string> drop_columns(const std::string& table,
                                        const std::vector<std::string>& generated,
                                        const std::vector<std::string>& stored) const override {
    std::vector<std::string> statements;
    for (const auto* dropped : {&generated, &stored}) {
      for (const std::string& column : *dropped) {
        statements.push_back(
            fmt::format("ALTER TABLE {} DROP COLUMN {}", identifier(table), identifier(column)));
      }
    }
    return statements;
  }
  std::string add_index(const std::string& table, const sql::TableIndex& index) const override {
    return fmt::format("CREATE INDEX {} ON {} ({})", identifier(index.name), identifier(table),
                       names(index.columns));
  }
  std::string drop_index(const std::string& /*table*/, const std::string& index) const override {
    return "DROP INDEX " + identifier(index);
  }
  std::string rename_table(const std::string& from, const std::string& to) const override {
    return fmt::format("ALTER TABLE {} RENAME TO {}", identifier(from), identifier(to));
  }
  std::string exchange_tables(const std::vector<std::pair<std::string, std::string>>& /*pairs*/,
                              const std::string& /*aside*/) const override {
    return {};
  }
  std::string rename_names_only(bool on) const override {
    return fmt::format("PRAGMA legacy_alter_table = {}", on ? "ON" : "OFF");
  }

  sql::TriggerText create_trigger(const sql::Trigger& trigger) const override {
    std::string text =
        fmt::format("CREATE TRIGGER {} {} {} ON {} FOR EACH ROW", identifier(trigger.name),
                    to_string(trigger.timing), to_string(trigger.event), identifier(trigger.table));
    if (!trigger.guard.empty()) text += fmt::format("\nWHEN {}", trigger.guard);
    text += "\nBEGIN\n";
    for (const std::string& statement : trigger.statements) {
      text += sql::indented(statement, "  ") + ";\n";
    }
    text += "END";
    return {trigger.name,
            text,
            fmt::format("DROP TRIGGER IF EXISTS {}", identifier(trigger.name)),
            {},
            {trigger.name, trigger.table, "", text}};
  }

  bool has_transactional_ddl() const noexcept override { return true; }
  std::string lock_tables(const std::vector<std::string>& /*write*/,
                          const std::vector<std::string>& /*read*/) const override {
    return {};
  }
  std::string wait_limit(std::optional<std::chrono::milliseconds> /*limit*/) const override {
    return {};
  }
  std::string threads_running() const override { return {}; }
  std::string writing_statements() const override { return {}; }
  std::string excluding_statements() const override { return {}; }
  std::vector<std::string> replica_status() const override { return {}; }
  // In the rollback journal a COMMIT waits until nobody reads.
  std::string snapshots_beside_writers() const override {
    return "SELECT journal_mode = 'wal' FROM pragma_journal_mode";
  }
  std::string resting(const sql::Rests& /*rests*/) const override { return {}; }
  std::string waits_for_table(std::int64_t /*session*/) const override { return {}; }
  std::string session_number() const override { return {}; }
  std::string interrupt(std::int64_t /*session*/) const override { return {}; }
  bool gave_up_waiting(const Error& error) const noexcept override {
    return error.code == ErrorCode::transaction_conflict;
  }

  std::string typed_parameter(const plan::ExprType& /*type*/) const override { return "?"; }
  std::string carried_out(const std::string& expr, const plan::ExprType& /*type*/) const override {
    return expr;
  }
  // A parameter has the collation BINARY only where nothing else decides it.
  std::string carried_in(const plan::ExprType& /*type*/) const override { return "?"; }
  std::string collation_of(const std::string& /*expr*/) const override { return {}; }
  std::string utc_now() const override { return "strftime('%Y-%m-%d %H:%M:%f', 'now')"; }
  std::string utc_now_plus(const std::string& seconds) const override {
    return fmt::format("strftime('%Y-%m-%d %H:%M:%f', 'now', {} || ' seconds')", seconds);
  }

 private:
  std::string described(const sql::TableColumn& column) const {
    std::string line = fmt::format("{} {}", identifier(column.name), column.type);
    if (!column.generated.empty()) {
      return line + fmt::format(" AS ({}) VIRTUAL", column.generated);
    }
    if (!column.nullable) line += " NOT NULL";
    if (!column.initial.empty()) line += " DEFAULT " + column.initial;
    return line;
  }
  static std::string date_part(std::string_view format, const std::string& arg) {
    return fmt::format("CAST(strftime('{}', {}) AS INTEGER)", format, arg);
  }
  std::string names(const std::vector<std::string>& columns) const {
    std::vector<std::string> all;
    for (const std::string& column : columns) all.push_back(identifier(column));
    return fmt::format("{}", fmt::join(all, ", "));
  }
};

}  // namespace

std::unique_ptr<sql::Dialect> make_dialect() { return std::make_unique<SqliteDialect>(); }

}  // namespace keepsum::sqlite
