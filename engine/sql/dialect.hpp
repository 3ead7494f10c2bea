// The port to what differs between SQL dialects: text in, text out, no state but what the server
// can do. A dialect decides nothing; the plan does.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <keepsum/error.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/db/catalog.hpp"
#include "engine/plan/expr_type.hpp"
#include "schema/bucket.hpp"
#include "schema/expr.hpp"

namespace keepsum::sql {

enum class Timing { before, after };
enum class Event { insert, update, remove };

[[nodiscard]] std::string_view to_string(Timing timing) noexcept;  // "BEFORE", "AFTER"
[[nodiscard]] std::string_view to_string(Event event) noexcept;    // "INSERT", "UPDATE", "DELETE"

// `sql` with `indent` before each of its lines; one that begins inside quotes is left alone, for it
// is part of a name or a literal.
[[nodiscard]] std::string indented(std::string_view sql, std::string_view indent);

// Shared, nobody else changes the rows; exclusively, nobody refers to them either, by a foreign key
// or by a locking read.
enum class RowLock { shared, exclusive };

// How a trigger finds out that the row it is told of was left alone.
struct Refusal {
  std::string condition;  // on OLD and NEW: whether that can be
  std::string rows;       // "table alias WHERE …": there is one if it was
};

// A trigger before it is text.
struct Trigger {
  std::string name;
  std::string table;
  Timing timing = Timing::after;
  Event event = Event::insert;
  std::string guard;  // a condition on OLD and NEW; "" for none
  std::optional<Refusal> refusal = std::nullopt;
  std::vector<std::string> statements;  // without semicolons
};

// A trigger as text, and as the catalog will show it once installed.
struct TriggerText {
  std::string name;
  std::string create_sql;
  std::string drop_sql;
  // Puts it in the place of the trigger of its name in one statement, or makes it: no writer meets
  // the table without. "" where the database has no such statement.
  std::string replace_sql;
  db::TriggerInfo installed;
};

struct TableColumn {
  std::string name;
  std::string type;  // with collation
  bool nullable = false;
  std::string initial;     // DEFAULT, as SQL; "" for none
  std::string generated;   // the expression of a virtual column; "" for a stored one
  bool invisible = false;  // SELECT * leaves it out, where there is such a thing
};

struct TableIndex {
  std::string name;
  std::vector<std::string> columns;
};

struct Table {
  std::string name;
  std::vector<TableColumn> columns;
  std::vector<std::string> primary_key;
  std::vector<TableIndex> indexes;
};

// A statement that goes gently: of the rows that it joins, which share it sleeps at, and how long
// each time.
struct Rests {
  double share_of_rows = 0;  // 0 < share_of_rows <= 1
  std::chrono::duration<double> each{0};
};

// A 64-bit integer, or NULL, that a query gives.
struct GivenValue {
  std::string name;  // where a name is needed
  std::string query;
};

class Dialect {
 public:
  Dialect() = default;
  Dialect(const Dialect&) = delete;
  Dialect& operator=(const Dialect&) = delete;
  virtual ~Dialect() = default;

  // "mysql" or "sqlite": also the name of the folder in migrations/.
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;

  // What the server guarantees without being asked.
  [[nodiscard]] virtual bool enforces_foreign_keys() const noexcept = 0;
  [[nodiscard]] virtual bool cascades_fire_triggers() const noexcept = 0;
  // Whether there is a DECIMAL type; where there is none, 1.5 is a float.
  [[nodiscard]] virtual bool has_exact_decimals() const noexcept = 0;

  [[nodiscard]] virtual std::string identifier(std::string_view name) const = 0;
  [[nodiscard]] virtual std::string literal(std::string_view text) const = 0;
  // Makes a read see the newest committed rows and keeps them so until commit; "" where one
  // writer at a time makes it needless.
  [[nodiscard]] virtual std::string lock_clause() const = 0;
  // The same for a row that this transaction is about to change; "" as above.
  [[nodiscard]] virtual std::string row_lock_clause() const = 0;
  // A statement fit for a trigger that does nothing but lock rows, "table alias WHERE condition";
  // "" as above. Exclusively as for a change: a server refuses that (MariaDB: 1442) where the
  // statement that fires the trigger has the table too, such as a DELETE of several.
  [[nodiscard]] virtual std::string lock_rows(const std::string& rows, RowLock lock) const = 0;
  // Which row of keepsum_slots stands for what the texts and integers of `name` name, a list of SQL
  // expressions; and the statement that locks it until the transaction ends, if `condition` holds
  // ("": always). "" where there is one writer anyway.
  [[nodiscard]] virtual std::string slot(const std::string& name) const = 0;
  [[nodiscard]] virtual std::string lock_slot(const std::string& slot,
                                              const std::string& condition) const = 0;
  // A query that locks all slots until the transaction ends; "" as above.
  [[nodiscard]] virtual std::string hold_slots() const = 0;
  // A statement for a trigger, made from what stands for the values of queries. These are one value
  // each, and are asked before it, or where they stand, when nothing of it has been done.
  using Statement = std::function<std::string(const std::vector<std::string>& values)>;
  [[nodiscard]] virtual std::string with_values(const std::vector<GivenValue>& values,
                                                const Statement& statement) const = 0;
  // FROM of a SELECT without tables; "" where none is needed.
  [[nodiscard]] virtual std::string from_nothing() const = 0;
  [[nodiscard]] virtual std::string null_safe_equal(const std::string& a,
                                                    const std::string& b) const = 0;
  // Null-safe, and true only if the values are the same to the byte, whatever the collation says.
  [[nodiscard]] virtual std::string same_value(const std::string& a, const std::string& b,
                                               const plan::ExprType& type) const = 0;
  // Null-safe, and true only if the stored bytes are the same, whatever the collation says.
  [[nodiscard]] virtual std::string same_bytes(const std::string& a, const std::string& b,
                                               const db::ColumnInfo& column) const = 0;
  // A column reference freed from the session: a TIMESTAMP as UTC date-time.
  [[nodiscard]] virtual std::string pinned(const std::string& reference,
                                           const db::ColumnInfo& column) const = 0;
  // NULL in the place of a column, of its type where arithmetic asks for that.
  [[nodiscard]] virtual std::string null_of(const db::ColumnInfo&) const { return "NULL"; }
  // The number as an operand that neither wraps nor depends on sql_mode: unsigned becomes DECIMAL.
  [[nodiscard]] virtual std::string exact(const std::string& expr,
                                          const plan::ExprType& type) const = 0;
  [[nodiscard]] virtual std::string function(const std::string& function_name,
                                             const std::vector<std::string>& args) const = 0;
  [[nodiscard]] virtual std::string cast(const std::string& expr,
                                         const schema::CastType& type) const = 0;
  // `pattern` is the decoded pattern text with % and _.
  [[nodiscard]] virtual std::string like(const std::string& expr, const std::string& pattern,
                                         const plan::ExprType& type) const = 0;
  // A grouping or ordering term that compares as the stored key does.
  [[nodiscard]] virtual std::string collated(const std::string& expr,
                                             const plan::ExprType& type) const = 0;
  // sum / count as a value of `type`, NULL if count is 0; no session setting changes it.
  [[nodiscard]] virtual std::string average(const std::string& sum, const std::string& count,
                                            const plan::ExprType& type) const = 0;

  // expr · expr, exactly.
  [[nodiscard]] virtual std::string square(const std::string& expr,
                                           const plan::ExprType& type) const = 0;
  // Whether every library that may open the database has SQRT().
  [[nodiscard]] virtual bool has_square_root() const noexcept = 0;
  // The variance of n values from their exact sum and sum of squares, as a value of `type`; its
  // root where that is floating and there are exact decimals. Over n - 1 if `sample`. NULL if there
  // are too few; no session setting changes it.
  [[nodiscard]] virtual std::string spread(const std::string& count, const std::string& sum,
                                           const std::string& squares, bool sample,
                                           const plan::ExprType& type) const = 0;

  // The incoming value of a column inside an upsert's assignments.
  [[nodiscard]] virtual std::string incoming(const std::string& column) const = 0;
  // "ON DUPLICATE KEY UPDATE a = …" or "ON CONFLICT (k) DO UPDATE SET a = …".
  [[nodiscard]] virtual std::string upsert_clause(
      const std::vector<std::string>& keys, const std::vector<std::string>& assignments) const = 0;
  // Whether an upsert can give back the row it met: INSERT … ON DUPLICATE KEY UPDATE … RETURNING.
  [[nodiscard]] virtual bool upsert_returns() const noexcept = 0;
  // Whether the error says that a table or column which a read names is not there, or is of another
  // making than the transaction's snapshot can see.
  [[nodiscard]] virtual bool is_gone(const Error& error) const = 0;
  // UPDATE table, (derived) AS alias SET assignments WHERE condition.
  [[nodiscard]] virtual std::string update_joined(const std::string& table,
                                                  const std::string& derived,
                                                  const std::string& alias,
                                                  const std::vector<std::string>& assignments,
                                                  const std::string& condition) const = 0;

  // The type to store `type` in; `column` is the plain column it comes from, or null.
  [[nodiscard]] virtual std::string storage_type(const plan::ExprType& type,
                                                 const db::ColumnInfo* column) const = 0;
  [[nodiscard]] virtual std::vector<std::string> create_table(const Table& table) const = 0;
  [[nodiscard]] virtual TriggerText create_trigger(const Trigger& trigger) const = 0;
  // Changing a table that is there: statement by statement, in this order. None copies the table on
  // MariaDB; on SQLite dropping a stored column writes it anew.
  [[nodiscard]] virtual std::vector<std::string> add_columns(
      const std::string& table, const std::vector<TableColumn>& columns) const = 0;
  [[nodiscard]] virtual std::vector<std::string> drop_columns(
      const std::string& table, const std::vector<std::string>& generated,
      const std::vector<std::string>& stored) const = 0;
  [[nodiscard]] virtual std::string add_index(const std::string& table,
                                              const TableIndex& index) const = 0;
  [[nodiscard]] virtual std::string drop_index(const std::string& table,
                                               const std::string& index) const = 0;
  [[nodiscard]] virtual std::string rename_table(const std::string& from,
                                                 const std::string& to) const = 0;
  // Each pair of tables takes the other's name, all at one moment and whole or not at all; `aside`
  // is a name that is free. "" where a transaction covers DDL.
  [[nodiscard]] virtual std::string exchange_tables(
      const std::vector<std::pair<std::string, std::string>>& pairs,
      const std::string& aside) const = 0;
  // While it is on, renaming a table changes nothing but its name: no trigger or view follows it.
  // "" where none ever does.
  [[nodiscard]] virtual std::string rename_names_only(bool on) const = 0;
  // " INVISIBLE" for a column that SELECT * leaves out; "" where there is no such thing.
  [[nodiscard]] virtual std::string invisible() const = 0;
  // The longest name of a table or trigger.
  [[nodiscard]] virtual std::size_t name_length_max() const noexcept = 0;

  // Changing objects beside running writers. Where a transaction covers DDL it shuts all other
  // writers out by itself and is undone whole; elsewhere LOCK TABLES does the first, nothing the
  // second.
  [[nodiscard]] virtual bool has_transactional_ddl() const noexcept = 0;
  // Nobody else reads or writes `write`, nor writes `read`, until UNLOCK TABLES; "" as above.
  [[nodiscard]] virtual std::string lock_tables(const std::vector<std::string>& write,
                                                const std::vector<std::string>& read) const = 0;
  // Makes the session's statements give up once they have waited so long for a table, 0 for at
  // once, else in whole seconds; nothing for the limit the session came with. "" where they cannot
  // be made not to wait.
  [[nodiscard]] virtual std::string wait_limit(
      std::optional<std::chrono::milliseconds> limit) const = 0;
  // A query for the session's number; whether the statement of the session of that number waits for
  // a table, as 0 or 1; and what ends that statement. "" where nobody queues.
  [[nodiscard]] virtual std::string session_number() const = 0;
  [[nodiscard]] virtual std::string waits_for_table(std::int64_t session) const = 0;
  [[nodiscard]] virtual std::string interrupt(std::int64_t session) const = 0;
  // Whether the error says that a statement waited too long, or that another session ended it. It
  // has then done nothing.
  [[nodiscard]] virtual bool gave_up_waiting(const Error& error) const noexcept = 0;

  // What a run looks at to see whether the server has enough to do; "" and none where there is no
  // server. The number of statements at work stands in the second column of one row.
  [[nodiscard]] virtual std::string threads_running() const = 0;
  // Counters of the statements that write, of all sessions since the server started: a row for
  // each, with its count in the second column. "" where nobody counts them.
  [[nodiscard]] virtual std::string writing_statements() const = 0;
  // The same of those that want a table for themselves, such as ALTER TABLE, and keep all others
  // waiting until whoever reads it has done.
  [[nodiscard]] virtual std::string excluding_statements() const = 0;
  // Asked of a replica, the first that it understands: a row for each primary it follows, with the
  // seconds it is behind, or NULL, in the column of this index.
  [[nodiscard]] virtual std::vector<std::string> replica_status() const = 0;
  static constexpr std::size_t seconds_behind_column = 32;
  // Answers 1 if a snapshot of one session and the writes of another do not wait for each other;
  // "" where they never do.
  [[nodiscard]] virtual std::string snapshots_beside_writers() const = 0;
  // A condition that holds for every row, and puts the statement to sleep now and then where it is
  // asked; "" where a statement cannot sleep.
  [[nodiscard]] virtual std::string resting(const Rests& rests) const = 0;

  // A parameter that takes its type from the column it is compared with, not from its text.
  [[nodiscard]] virtual std::string typed_parameter(const plan::ExprType& type) const = 0;
  // A value that leaves the database and comes back as a parameter, whatever the session's
  // character set: how it is selected, and how the parameter is made what it was.
  [[nodiscard]] virtual std::string carried_out(const std::string& expr,
                                                const plan::ExprType& type) const = 0;
  [[nodiscard]] virtual std::string carried_in(const plan::ExprType& type) const = 0;
  // SQL of "this query gives the collation of `expr`"; "" where the plan knows it already.
  [[nodiscard]] virtual std::string collation_of(const std::string& expr) const = 0;
  // The server's clock as UTC text or date-time with microseconds, moved by `seconds` (SQL).
  [[nodiscard]] virtual std::string utc_now() const = 0;
  [[nodiscard]] virtual std::string utc_now_plus(const std::string& seconds) const = 0;

  // Where the bucket of an instant begins, by the clocks of its zone: a date, or a date-time for
  // units below a day. `instant` is a date-time in UTC, or an integer of seconds since 1970. NULL
  // of NULL alone: an instant that has no bucket is in that of schema::first_bucket_day. No setting
  // of the session has a say, and no value makes it fail.
  [[nodiscard]] virtual std::string bucket(const schema::Bucket& bucket, const std::string& instant,
                                           const plan::ExprType& type) const = 0;
  // A query that answers NULL unless the server knows the zone of this name; "" where zones have
  // no names.
  [[nodiscard]] virtual std::string named_zone(const std::string& zone) const = 0;
};

}  // namespace keepsum::sql
