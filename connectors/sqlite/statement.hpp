// One prepared statement of SQLite.
//
// Invariant: between calls it is reset, so it holds no lock and no open read.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/sqlite/client.hpp"

namespace keepsum::sqlite {

enum class StatementLife { once, kept };

// The mutex of a connection in serialized mode; in other modes there is none.
class HeldMutex {
 public:
  explicit HeldMutex(sqlite3* handle) noexcept : mutex_(sqlite3_db_mutex(handle)) {
    sqlite3_mutex_enter(mutex_);
  }
  ~HeldMutex() { sqlite3_mutex_leave(mutex_); }
  HeldMutex(const HeldMutex&) = delete;
  HeldMutex& operator=(const HeldMutex&) = delete;

 private:
  sqlite3_mutex* mutex_;
};

class PreparedStatement {
 public:
  // Errors: invalid_argument if `sql` is no statement, or more than one.
  static Result<PreparedStatement> prepare(sqlite3* handle, std::string_view sql,
                                           StatementLife life);

  // Runs it to its end; rows, if any, go to `handler`, or are thrown away if that is null.
  // Returns the rows an INSERT, UPDATE or DELETE changed, 0 for other statements.
  Result<std::uint64_t> run(std::span<const db::Value> params, const db::RowHandler* handler);

  // The same for nobody to look at: rows are thrown away, and not counted.
  [[gnu::hot]] Result<void> run_only(std::span<const db::ValueView> params);

  // Runs it to its first row, which goes into `row`; false if there is none.
  Result<bool> first_row(std::span<const db::Value> params, db::Row& row);
  // The same; SQLITE_OK if `row` is the first row, or empty for want of one. Else `why` says why
  // not.
  //
  // One read is a dozen calls of the library, each of which takes the connection's mutex; held
  // around most of them, it is taken twice. The last one ends the transaction of the read, in the
  // kernel, and returns to the caller of this.
  int quick_first_row(std::span<const db::Value> params, db::Row& row, std::optional<Error>& why) {
    {
      const HeldMutex held(handle_);
      if (const int number = bind(params)) return tell(why, not_bound(params.size(), number));
      const int code = sqlite3_step(statement_.get());
      if (code == SQLITE_ROW) {
        read_row(row);
      } else if (code == SQLITE_DONE) {
        row.clear();
      } else {
        return tell(why, failed());
      }
    }
    if (borrows_) return reset();
    return sqlite3_reset(statement_.get());
  }

  [[nodiscard]] std::vector<db::ResultColumn> columns() const;

 private:
  PreparedStatement(sqlite3* handle, StatementHandle statement, std::string_view sql)
      : handle_(handle),
        statement_(std::move(statement)),
        sql_(sql),
        params_(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_.get()))) {}

  // 0, or the number of the parameter that it ended at, for not_bound() to say why.
  template <class Param>
  int bind(std::span<const Param> params) noexcept {
    borrows_ = false;
    if (params_ != params.size()) return 1;
    int number = 0;
    for (const Param& param : params) {
      ++number;
      const std::int64_t* const integer = integer_of(param);
      const bool bound = integer != nullptr
                             ? sqlite3_bind_int64(statement_.get(), number, *integer) == SQLITE_OK
                             : bind_other(number, param);
      if (!bound) return number;
    }
    return 0;
  }
  // Null of anything else.
  static const std::int64_t* integer_of(const db::Value& value) noexcept {
    return std::get_if<std::int64_t>(&value);
  }
  static const std::int64_t* integer_of(const db::ValueView& value) noexcept {
    return value.kind() == db::ValueView::Kind::integer ? &value.integer() : nullptr;
  }
  bool bind_other(int number, const db::ValueView& param) noexcept;
  // Why, and nothing is bound any more.
  [[nodiscard]] Error not_bound(std::size_t given, int number);
  Result<void> step(const db::RowHandler* handler);
  // The error of the step, and the end of the run.
  Error failed();
  static int tell(std::optional<Error>& why, Error error);
  // Ends a run, also an unfinished one; its code is that of the run.
  int reset() noexcept;
  void read_row(db::Row& row) const;

  sqlite3* handle_;
  StatementHandle statement_;
  std::string sql_;
  std::size_t params_;
  bool borrows_ = false;  // bound to memory of the caller
};

}  // namespace keepsum::sqlite
