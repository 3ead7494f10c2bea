// The port to one database connection. A connector implements it; everything else in keepsum
// reaches a database through it alone, so a decorator can count, log or fail any call.
//
// Not thread-safe but for interrupt(): one thread at a time. A streaming query owns the session
// until it returns: its row handler must not use the same session.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/value.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::db {

enum class TransactionMode {
  // Read-only, lock-free, everything as of one moment: the moment begin() returns.
  snapshot,
  // Read-write, each statement sees what was committed when it began (READ COMMITTED);
  // on SQLite the write lock is taken at once (BEGIN IMMEDIATE).
  write,
};

// Returned by a row handler that has seen enough.
enum class Flow { more, stop };

using RowHandler = std::function<Result<Flow>(const Row& row)>;

enum class TypeFamily {
  boolean_,  // MySQL: none (TINYINT(1) is integer); SQLite: none
  integer,
  decimal,
  floating,
  text,
  binary,
  date,
  datetime,   // no time zone
  timestamp,  // shown in the session's time zone (MySQL TIMESTAMP)
  time,
  other,  // ENUM, SET, JSON, GEOMETRY, BIT, a SQLite column with no declared type, …
};

// What the server says about a column of a result.
struct ResultColumn {
  std::string name;
  TypeFamily family = TypeFamily::other;
  bool is_unsigned = false;
  bool nullable = true;
  int precision = 0;        // decimal digits in all (decimal), else 0
  int scale = 0;            // digits after the point (decimal; fractional seconds of times)
  std::int64_t length = 0;  // characters (text) or bytes (binary)
};

// The text of a statement that is sent again and again: a session finds what it prepared of it by
// a number, and need not compare texts.
class KEEPSUM_API StatementText {
 public:
  explicit StatementText(std::string sql);
  StatementText(const StatementText&) = default;  // and no move, which would leave an empty text
  StatementText& operator=(const StatementText&) = default;
  ~StatementText() = default;
  [[nodiscard]] const std::string& sql() const noexcept { return sql_; }
  // Never that of another text, in this process. Copies, whose text is the same, have the same.
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

 private:
  std::uint64_t number_;
  std::string sql_;
};

class KEEPSUM_API Session {
 public:
  Session() = default;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  virtual ~Session() = default;

  // Runs one statement; `?` are the parameters. Returns the affected rows as the server counts
  // them. Without parameters any statement is allowed (DDL, CREATE TRIGGER).
  // Errors: transaction_conflict (retry_transaction; the server may have rolled back the whole
  // transaction already, so always roll back), connection_lost (reconnect), others (none).
  virtual Result<std::uint64_t> execute(std::string_view sql,
                                        std::span<const Value> params = {}) = 0;
  // The same for a statement that is sent again and again: rows are thrown away and not counted,
  // and the parameters' bytes are to stay until it returns. By execute(), unless the connector has
  // a shorter way.
  virtual Result<void> execute_known(const StatementText& text, std::span<const ValueView> params);

  // Streams rows: memory use does not grow with the result. Errors as execute(); an error of the
  // handler ends the query and is returned.
  virtual Result<void> query(std::string_view sql, std::span<const Value> params,
                             const RowHandler& handler) = 0;

  // The columns a SELECT would return; does not run it and writes nothing.
  virtual Result<std::vector<ResultColumn>> describe_query(std::string_view sql) = 0;

  virtual Result<void> begin(TransactionMode mode) = 0;
  virtual Result<void> commit() = 0;
  virtual Result<void> rollback() = 0;

  // Whether a transaction is open, by the server's own word. After an error of the connection:
  // false.
  [[nodiscard]] virtual bool in_transaction() const noexcept = 0;

  // How long each further statement may take: zero for without end, nothing for the limit the
  // session came with. One that takes longer ends with statement_timed_out. Costs a round trip if
  // it changes. MySQL limits SELECT alone. Errors: invalid_argument on a borrowed connection.
  virtual Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) = 0;

  // How long each further statement may wait for a row that another transaction has locked: zero
  // for not at all, nothing for as long as the session came with. One that waits longer ends with
  // transaction_conflict, and the transaction it is in goes on. Costs a round trip if it changes.
  // MySQL waits a second at least; SQLite locks no rows. Errors: invalid_argument on a borrowed
  // connection.
  virtual Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) = 0;

  // Makes the statement that is running end soon with `interrupted`; does nothing while none is,
  // while MariaDB still opens its tables, or on a borrowed connection: who means it calls again
  // after some milliseconds. May be called by any thread at any time, unlike all else.
  virtual void interrupt() noexcept = 0;

  // All rows at once; for results known to be small.
  Result<std::vector<Row>> rows(std::string_view sql, std::span<const Value> params = {});
  // The first row, if there is one; the others are thrown away.
  Result<std::optional<Row>> row(std::string_view sql, std::span<const Value> params = {});
  // The same into `row`, whose memory is used again; false if there is none, and `row` is anything
  // then. By query(), unless the connector has a shorter way.
  virtual Result<bool> first_row(std::string_view sql, std::span<const Value> params, Row& row);
  // The same where it is short: 0 if `row` is the first row, or empty for want of one. Else it
  // failed and `why` says of what, or it is for first_row() to do: a connector without such a way
  // leaves all to that. An int, so that the library's last call can return to the caller of this:
  // when it comes from the kernel, each return costs as much as some fifty instructions.
  virtual int quick_first_row(const StatementText& text, std::span<const Value> params, Row& row,
                              std::optional<Error>& why);
  // The first column of the first row; NULL if there is no row.
  Result<Value> scalar(std::string_view sql, std::span<const Value> params = {});
};

// Rolls back on destruction unless commit() succeeded.
class KEEPSUM_API Transaction {
 public:
  static Result<Transaction> begin(Session& session, TransactionMode mode);
  Transaction(Transaction&& other) noexcept : session_(other.session_) { other.session_ = nullptr; }
  Transaction& operator=(Transaction&&) = delete;
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Session& session) : session_(&session) {}
  Session* session_;
};

}  // namespace keepsum::db
