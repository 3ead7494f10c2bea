#include "connectors/mysql/dialect.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "connectors/mysql/bucket.hpp"

namespace keepsum::mysql {

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

// Plain in any sql_mode and any connection character set; EMPTY_STRING_IS_NULL is a mode too.
bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return c >= ' ' && c < '\x7f' && c != '\\'; });
}

class MysqlDialect final : public sql::Dialect {
 public:
  explicit MysqlDialect(const Capabilities& capabilities) : capabilities_(capabilities) {}

  std::string_view name() const noexcept override { return "mysql"; }
  bool enforces_foreign_keys() const noexcept override { return true; }
  bool cascades_fire_triggers() const noexcept override { return false; }
  bool has_exact_decimals() const noexcept override { return true; }
  std::size_t name_length_max() const noexcept override { return 64; }

  std::string identifier(std::string_view text) const override { return quoted(text, '`'); }

  // The introducer frees the literal from the connection's character set; its collation yields to
  // that of the column it is compared with. Bytes that sql_mode could change go as hex.
  std::string literal(std::string_view text) const override {
    if (is_plain(text)) return "_utf8mb4" + quoted(text, '\'');
    std::string hex;
    for (const char c : text) hex += fmt::format("{:02X}", static_cast<unsigned char>(c));
    return fmt::format("_utf8mb4 X'{}'", hex);
  }

  std::string invisible() const override {
    return capabilities_.has_invisible_columns() ? " INVISIBLE" : "";
  }

  // MariaDB does not know FOR SHARE, and MySQL 8 knows both.
  std::string lock_clause() const override {
    return capabilities_.has_for_share() ? " FOR SHARE" : " LOCK IN SHARE MODE";
  }
  std::string row_lock_clause() const override { return " FOR UPDATE"; }
  std::string lock_rows(const std::string& rows, sql::RowLock lock) const override {
    // Not DO, which swallows errors: of a deadlock that ended the transaction, or of a wait that
    // was too long, the writer would never hear.
    return fmt::format(
        "BEGIN DECLARE `ks$locked` BIGINT; SELECT COUNT(*) INTO `ks$locked` FROM {}{}; END", rows,
        lock == sql::RowLock::shared ? lock_clause() : row_lock_clause());
  }
  std::string slot(const std::string& name) const override {
    return fmt::format("CRC32(CONCAT_WS('/', {})) % 256", name);
  }
  std::string lock_slot(const std::string& slot, const std::string& condition) const override {
    return lock_rows(fmt::format("keepsum_slots WHERE slot = {}{}", slot,
                                 condition.empty() ? "" : " AND " + condition),
                     sql::RowLock::exclusive);
  }
  std::string hold_slots() const override {
    return "SELECT slot FROM keepsum_slots ORDER BY slot FOR UPDATE";
  }
  // Variables, as an index's range needs values that are known beforehand.
  std::string with_values(const std::vector<sql::GivenValue>& values,
                          const Statement& statement) const override {
    std::string declared, set;
    std::vector<std::string> names;
    for (const sql::GivenValue& value : values) {
      names.push_back(identifier(value.name));
      declared += fmt::format("DECLARE {} BIGINT; ", names.back());
      set += fmt::format("SET {} = ({}); ", names.back(), value.query);
    }
    return fmt::format("BEGIN {}{}{}; END", declared, set, statement(names));
  }
  std::string from_nothing() const override { return "FROM DUAL"; }

  std::string null_safe_equal(const std::string& a, const std::string& b) const override {
    return fmt::format("({} <=> {})", a, b);
  }
  std::string same_value(const std::string& a, const std::string& b,
                         const plan::ExprType& type) const override {
    if (type.family != TypeFamily::text) return null_safe_equal(a, b);
    return fmt::format("(CAST({} AS BINARY) <=> CAST({} AS BINARY))", a, b);
  }
  std::string same_bytes(const std::string& a, const std::string& b,
                         const db::ColumnInfo& column) const override {
    // As date-times, the two hours that a change of clocks shows alike would be the same.
    if (column.family == TypeFamily::timestamp) {
      return fmt::format("(UNIX_TIMESTAMP({}) <=> UNIX_TIMESTAMP({}))", a, b);
    }
    if (column.family != TypeFamily::text) return null_safe_equal(a, b);
    return fmt::format("(CAST({} AS BINARY) <=> CAST({} AS BINARY))", a, b);
  }

  // UNIX_TIMESTAMP() of a TIMESTAMP column is its stored value: no time zone has a say, not even
  // in the hour that a change of clocks repeats.
  std::string pinned(const std::string& reference, const db::ColumnInfo& column) const override {
    if (column.family != TypeFamily::timestamp) return reference;
    return fmt::format("(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP({}) SECOND)",
                       reference);
  }

  // NULL - NULL is a DOUBLE, and makes one of whatever exact number it is united with.
  std::string null_of(const db::ColumnInfo& column) const override {
    if (column.family == TypeFamily::integer) {
      return fmt::format("CAST(NULL AS {})", column.is_unsigned ? "UNSIGNED" : "SIGNED");
    }
    if (column.family == TypeFamily::decimal) {
      return fmt::format("CAST(NULL AS DECIMAL({},{}))", column.precision, column.scale);
    }
    return "NULL";
  }

  // UNSIGNED - UNSIGNED below zero raises 1690 or wraps, as sql_mode says.
  std::string exact(const std::string& expr, const plan::ExprType& type) const override {
    if (!type.is_unsigned) return expr;
    if (type.family == TypeFamily::integer) return fmt::format("CAST({} AS DECIMAL(20,0))", expr);
    if (type.family == TypeFamily::decimal && type.precision > 0) {
      return fmt::format("CAST({} AS DECIMAL({},{}))", expr, type.precision, type.scale);
    }
    return expr;
  }

  std::string function(const std::string& function_name,
                       const std::vector<std::string>& args) const override {
    if (function_name == "length") return fmt::format("CHAR_LENGTH({})", args[0]);
    // Division by zero is NULL here whatever ERROR_FOR_DIVISION_BY_ZERO says.
    if (function_name == "div") return fmt::format("({} DIV NULLIF({}, 0))", args[0], args[1]);
    if (function_name == "mod") return fmt::format("MOD({}, NULLIF({}, 0))", args[0], args[1]);
    std::string upper = function_name;
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    return fmt::format("{}({})", upper, fmt::join(args, ", "));
  }

  std::string bucket(const schema::Bucket& bucket, const std::string& instant,
                     const plan::ExprType& type) const override {
    return mysql::bucket(bucket, instant, type, literal(bucket.zone.name));
  }
  std::string named_zone(const std::string& zone) const override {
    return fmt::format("SELECT CONVERT_TZ(TIMESTAMP'2000-01-01 00:00:00', '+00:00', {})",
                       literal(zone));
  }

  std::string cast(const std::string& expr, const schema::CastType& type) const override {
    switch (type.kind) {
      case CastKind::integer: return fmt::format("CAST({} AS SIGNED)", expr);
      case CastKind::decimal:
        return fmt::format("CAST({} AS DECIMAL({},{}))", expr, type.precision, type.scale);
      case CastKind::text:
        return fmt::format("CAST({} AS CHAR({}) CHARACTER SET utf8mb4)", expr, type.length);
      case CastKind::date: return fmt::format("CAST({} AS DATE)", expr);
      case CastKind::datetime: return fmt::format("CAST({} AS DATETIME(6))", expr);
    }
    return expr;
  }

  std::string like(const std::string& expr, const std::string& pattern,
                   const plan::ExprType& /*type*/) const override {
    return fmt::format("{} LIKE {}", expr, literal(pattern));
  }
  std::string collated(const std::string& expr, const plan::ExprType& /*type*/) const override {
    return expr;
  }

  // Eight digits more than are kept, so that div_precision_increment has no say.
  std::string average(const std::string& sum, const std::string& count,
                      const plan::ExprType& type) const override {
    if (type.family == TypeFamily::floating) {
      return fmt::format("CASE WHEN {1} = 0 THEN NULL ELSE {0} / {1} END", sum, count);
    }
    return fmt::format("CASE WHEN {1} = 0 THEN NULL ELSE ROUND({0} * 1.00000000 / {1}, {2}) END",
                       sum, count, type.scale);
  }

  // BIGINT times BIGINT is a BIGINT.
  std::string square(const std::string& expr, const plan::ExprType& type) const override {
    const std::string factor = type.family == TypeFamily::integer
                                   ? fmt::format("CAST({} AS DECIMAL(20,0))", expr)
                                   : exact(expr, type);
    return fmt::format("({0} * {0})", factor);
  }
  bool has_square_root() const noexcept override { return true; }
  // Decimals to the end. For the root they become doubles once the difference is taken: 1e0.
  std::string spread(const std::string& count, const std::string& sum, const std::string& squares,
                     bool sample, const plan::ExprType& type) const override {
    const std::string over =
        fmt::format("({0} * CAST({0}{1} AS DECIMAL(20,0)))", count, sample ? " - 1" : "");
    const std::string difference = fmt::format("({0} * {2} - {1} * {1})", count, sum, squares);
    if (type.family != TypeFamily::floating) return average(difference, over, type);
    return fmt::format("CASE WHEN {1} = 0 THEN NULL ELSE SQRT({0} * 1e0 / {1}) END", difference,
                       over);
  }

  std::string incoming(const std::string& column) const override {
    return fmt::format("VALUES({})", column);
  }
  std::string upsert_clause(const std::vector<std::string>& /*keys*/,
                            const std::vector<std::string>& assignments) const override {
    return fmt::format("ON DUPLICATE KEY UPDATE\n  {}", fmt::join(assignments, ",\n  "));
  }
  bool upsert_returns() const noexcept override { return capabilities_.has_returning(); }
  bool is_gone(const Error& error) const override {
    constexpr int no_such_column = 1054, no_such_table = 1146, made_after_the_snapshot = 1412;
    return error.native_code == no_such_column || error.native_code == no_such_table ||
           error.native_code == made_after_the_snapshot;
  }
  std::string update_joined(const std::string& table, const std::string& derived,
                            const std::string& alias, const std::vector<std::string>& assignments,
                            const std::string& condition) const override {
    std::vector<std::string> qualified;
    for (const std::string& assignment : assignments) qualified.push_back(table + "." + assignment);
    // The table is read by its key, row by row: a scan of a small table, which the optimizer may
    // prefer, would lock the rows of all other groups.
    return fmt::format("UPDATE ({}) AS {} STRAIGHT_JOIN {} FORCE INDEX (PRIMARY) ON {}\nSET {}",
                       derived, alias, table, condition, fmt::join(qualified, ", "));
  }

  std::string storage_type(const plan::ExprType& type,
                           const db::ColumnInfo* column) const override {
    const std::string collate =
        type.family == TypeFamily::text && !type.collation.empty()
            ? fmt::format(" CHARACTER SET {} COLLATE {}", type.charset, type.collation)
            : std::string();
    // A column that is computed when it is read is declared by nobody.
    if (column != nullptr && !column->declared_type.empty() &&
        column->family != TypeFamily::timestamp) {
      return column->declared_type + collate;
    }
    const std::string sign = type.is_unsigned ? " UNSIGNED" : "";
    switch (type.family) {
      case TypeFamily::boolean_: return "TINYINT";
      case TypeFamily::integer: return type.precision == 1 ? "TINYINT" : "BIGINT" + sign;
      case TypeFamily::decimal: return fmt::format("DECIMAL({},{})", type.precision, type.scale);
      case TypeFamily::floating: return "DOUBLE";
      case TypeFamily::text:
        return fmt::format("VARCHAR({})", std::max<std::int64_t>(type.length, 1)) + collate;
      case TypeFamily::binary: return fmt::format("VARBINARY({})", type.length);
      case TypeFamily::date: return "DATE";
      case TypeFamily::datetime:
      case TypeFamily::timestamp: return with_fraction("DATETIME", type.scale);
      case TypeFamily::time: return with_fraction("TIME", type.scale);
      case TypeFamily::other: return "VARBINARY(255)";
    }
    return "BIGINT";
  }

  std::vector<std::string> create_table(const sql::Table& table) const override {
    std::vector<std::string> lines;
    for (const sql::TableColumn& column : table.columns) lines.push_back("  " + described(column));
    lines.push_back(fmt::format("  PRIMARY KEY ({})", names(table.primary_key)));
    for (const sql::TableIndex& index : table.indexes) {
      lines.push_back(fmt::format("  KEY {} ({})", identifier(index.name), names(index.columns)));
    }
    return {fmt::format("CREATE TABLE {} (\n{}\n) ENGINE=InnoDB", identifier(table.name),
                        fmt::join(lines, ",\n"))};
  }

  sql::TriggerText create_trigger(const sql::Trigger& trigger) const override {
    std::string body = "BEGIN\n", indent = "  ", end;
    const auto open = [&](const std::string& condition) {
      body += fmt::format("{}IF {} THEN\n", indent, condition);
      end.insert(0, indent + "END IF;\n");
      indent += "  ";
    };
    if (trigger.refusal) body += "  DECLARE `ks$refused` BIGINT DEFAULT 0;\n";
    if (!trigger.guard.empty()) open(trigger.guard);
    if (trigger.refusal) {
      // An IF of its own: what stands in a condition costs time even where it is not asked.
      body += fmt::format(
          "{0}IF {1} THEN\n{0}  SELECT COUNT(*) INTO `ks$refused` FROM {2}{3};\n{0}END IF;\n",
          indent, trigger.refusal->condition, trigger.refusal->rows, lock_clause());
      open("`ks$refused` = 0");
    }
    for (const std::string& statement : trigger.statements) {
      body += sql::indented(statement, indent) + ";\n";
    }
    body += end + "END";
    const std::string moment =
        fmt::format("{} {}", to_string(trigger.timing), to_string(trigger.event));
    const std::string rest =
        fmt::format("TRIGGER {} {} ON {} FOR EACH ROW\n{}", identifier(trigger.name), moment,
                    identifier(trigger.table), body);
    return {trigger.name,
            "CREATE " + rest,
            fmt::format("DROP TRIGGER IF EXISTS {}", identifier(trigger.name)),
            capabilities_.replaces_triggers() ? "CREATE OR REPLACE " + rest : std::string(),
            {trigger.name, trigger.table, moment, body}};
  }

  // Virtual columns cannot be added or dropped beside others without a copy of the table.
  std::vector<std::string> add_columns(
      const std::string& table, const std::vector<sql::TableColumn>& columns) const override {
    std::vector<std::string> stored, generated, statements;
    for (const sql::TableColumn& column : columns) {
      (column.generated.empty() ? stored : generated).push_back("ADD COLUMN " + described(column));
    }
    for (const auto* added : {&stored, &generated}) {
      if (added->empty()) continue;
      statements.push_back(
          fmt::format("ALTER TABLE {} {}", identifier(table), fmt::join(*added, ", ")));
    }
    return statements;
  }
  std::vector<std::string> drop_columns(const std::string& table,
                                        const std::vector<std::string>& generated,
                                        const std::vector<std::string>& stored) const override {
    std::vector<std::string> statements;
    for (const auto* dropped : {&generated, &stored}) {
      std::vector<std::string> clauses;
      for (const std::string& column : *dropped) {
        clauses.push_back("DROP COLUMN " + identifier(column));
      }
      if (clauses.empty()) continue;
      statements.push_back(
          fmt::format("ALTER TABLE {} {}", identifier(table), fmt::join(clauses, ", ")));
    }
    return statements;
  }
  std::string add_index(const std::string& table, const sql::TableIndex& index) const override {
    return fmt::format("ALTER TABLE {} ADD KEY {} ({})", identifier(table), identifier(index.name),
                       names(index.columns));
  }
  std::string drop_index(const std::string& table, const std::string& index) const override {
    return fmt::format("ALTER TABLE {} DROP KEY {}", identifier(table), identifier(index));
  }
  // Not RENAME TABLE, which MariaDB does not allow under LOCK TABLES.
  std::string rename_table(const std::string& from, const std::string& to) const override {
    return fmt::format("ALTER TABLE {} RENAME TO {}", identifier(from), identifier(to));
  }
  std::string exchange_tables(const std::vector<std::pair<std::string, std::string>>& pairs,
                              const std::string& aside) const override {
    std::vector<std::string> renames;
    const std::string free = identifier(aside);
    for (const auto& [left, right] : pairs) {
      const std::string a = identifier(left), b = identifier(right);
      renames.push_back(fmt::format("{} TO {}, {} TO {}, {} TO {}", a, free, b, a, free, b));
    }
    return fmt::format("RENAME TABLE {}", fmt::join(renames, ", "));
  }
  std::string rename_names_only(bool /*on*/) const override { return {}; }

  bool has_transactional_ddl() const noexcept override { return false; }
  std::string lock_tables(const std::vector<std::string>& write,
                          const std::vector<std::string>& read) const override {
    std::vector<std::string> locks;
    for (const std::string& table : write) locks.push_back(identifier(table) + " WRITE");
    for (const std::string& table : read) locks.push_back(identifier(table) + " READ");
    return fmt::format("LOCK TABLES {}", fmt::join(locks, ", "));
  }
  // Not SET STATEMENT … FOR: the binary log keeps that, and a replica would stop at its limit.
  // 1 is what connect() sets.
  std::string wait_limit(std::optional<std::chrono::milliseconds> limit) const override {
    if (!capabilities_.has_fine_wait_limits()) return {};
    return fmt::format("SET SESSION lock_wait_timeout = {}", !limit ? 1
                                                             : limit->count() == 0
                                                                 ? 0
                                                                 : limit->count() / 1000 + 1);
  }
  std::string session_number() const override { return "SELECT CONNECTION_ID()"; }
  std::string waits_for_table(std::int64_t session) const override {
    return fmt::format(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {} AND STATE = "
        "'Waiting for table metadata lock'",
        session);
  }
  // MariaDB looks once more, and ends what waits within microseconds: between two statements of
  // ours the wait may be over, and a table half open.
  std::string interrupt(std::int64_t session) const override {
    const std::string kill = fmt::format("KILL QUERY {}", session);
    if (!capabilities_.has_blocks()) return kill;
    return fmt::format("BEGIN NOT ATOMIC IF ({}) = 1 THEN {}; END IF; END",
                       waits_for_table(session), kill);
  }
  bool gave_up_waiting(const Error& error) const noexcept override {
    constexpr int lock_wait_timeout = 1205;
    constexpr int interrupted = 1317;
    constexpr int statement_timeout = 1969;
    return error.native_code == lock_wait_timeout || error.native_code == interrupted ||
           error.native_code == statement_timeout;
  }

  std::string threads_running() const override {
    return "SHOW GLOBAL STATUS LIKE 'Threads_running'";
  }
  std::string writing_statements() const override {
    return "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_insert', 'Com_insert_select', "
           "'Com_update', 'Com_update_multi', 'Com_delete', 'Com_delete_multi', 'Com_replace', "
           "'Com_replace_select', 'Com_load')";
  }
  std::string excluding_statements() const override {
    return "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_alter_table', 'Com_create_index', "
           "'Com_create_trigger', 'Com_drop_index', 'Com_drop_table', 'Com_drop_trigger', "
           "'Com_flush', 'Com_lock_tables', 'Com_optimize', 'Com_rename_table', 'Com_truncate')";
  }
  // MySQL 8.4 knows the first alone, MariaDB before 10.5 and MySQL before 8.0.22 the second; their
  // columns are the same.
  std::vector<std::string> replica_status() const override {
    return {"SHOW REPLICA STATUS", "SHOW SLAVE STATUS"};
  }
  std::string snapshots_beside_writers() const override { return {}; }
  // Asked where all tables of the join are there, as what is random is. SLEEP() gives 0, or 1 when
  // it is interrupted, which ends the statement.
  std::string resting(const sql::Rests& rests) const override {
    return fmt::format("(RAND() >= {:.9f} OR SLEEP({:.6f}) >= 0)", rests.share_of_rows,
                       rests.each.count());
  }

  // Text compared with DECIMAL would be compared as a float.
  std::string typed_parameter(const plan::ExprType& type) const override {
    if (type.family == TypeFamily::decimal) {
      return fmt::format("CAST(? AS DECIMAL({},{}))", type.precision, type.scale);
    }
    return "?";
  }
  // Text travels as the bytes it is stored in.
  std::string carried_out(const std::string& expr, const plan::ExprType& type) const override {
    const bool text = type.family == TypeFamily::text || type.family == TypeFamily::other;
    return text ? fmt::format("CAST({} AS BINARY)", expr) : expr;
  }
  std::string carried_in(const plan::ExprType& type) const override {
    switch (type.family) {
      case TypeFamily::boolean_:
      case TypeFamily::integer:
        return type.is_unsigned ? "CAST(? AS UNSIGNED)" : "CAST(? AS SIGNED)";
      case TypeFamily::decimal:
        return fmt::format("CAST(? AS DECIMAL({},{}))", type.precision, type.scale);
      case TypeFamily::floating: return "?";
      case TypeFamily::text:
      case TypeFamily::other:
        return fmt::format("CONVERT(CAST(? AS BINARY) USING {}){}{}",
                           type.charset.empty() ? "utf8mb4" : type.charset,
                           type.collation.empty() ? "" : " COLLATE ", type.collation);
      case TypeFamily::binary: return "CAST(? AS BINARY)";
      case TypeFamily::date: return "CAST(? AS DATE)";
      case TypeFamily::datetime:
      case TypeFamily::timestamp: return fmt::format("CAST(? AS DATETIME({}))", type.scale);
      case TypeFamily::time: return fmt::format("CAST(? AS TIME({}))", type.scale);
    }
    return "?";
  }
  std::string collation_of(const std::string& expr) const override {
    return fmt::format("COLLATION({})", expr);
  }
  std::string utc_now() const override { return "UTC_TIMESTAMP(6)"; }
  std::string utc_now_plus(const std::string& seconds) const override {
    return fmt::format("(UTC_TIMESTAMP(6) + INTERVAL {} SECOND)", seconds);
  }

 private:
  std::string described(const sql::TableColumn& column) const {
    std::string line = fmt::format("{} {}", identifier(column.name), column.type);
    if (!column.generated.empty()) {
      return line + fmt::format(" AS ({}) VIRTUAL", column.generated);
    }
    line += column.nullable ? " NULL" : " NOT NULL";
    if (!column.initial.empty()) line += " DEFAULT " + column.initial;
    if (column.invisible) line += invisible();
    return line;
  }
  static std::string with_fraction(std::string_view type, int scale) {
    return scale > 0 ? fmt::format("{}({})", type, std::min(scale, 6)) : std::string(type);
  }
  std::string names(const std::vector<std::string>& columns) const {
    std::vector<std::string> all;
    for (const std::string& column : columns) all.push_back(identifier(column));
    return fmt::format("{}", fmt::join(all, ", "));
  }

  Capabilities capabilities_;
};

}  // namespace

std::unique_ptr<sql::Dialect> make_dialect(const Capabilities& capabilities) {
  return std::make_unique<MysqlDialect>(capabilities);
}

}  // namespace keepsum::mysql
