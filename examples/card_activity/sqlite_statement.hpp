// The little of SQLite's C interface that the examples need, with its errors as exceptions.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace example {

struct SqliteError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct CloseHandle {
  void operator()(sqlite3* handle) const { sqlite3_close(handle); }
};
using Handle = std::unique_ptr<sqlite3, CloseHandle>;

inline Handle open(const char* file) {
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(file, &raw, SQLITE_OPEN_READWRITE, nullptr);
  Handle handle(raw);
  if (code != SQLITE_OK) throw SqliteError(std::string(file) + ": " + sqlite3_errmsg(raw));
  sqlite3_busy_timeout(raw, 5000);
  return handle;
}

inline void execute(sqlite3* handle, const char* sql) {
  if (sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw SqliteError(sqlite3_errmsg(handle));
  }
}

// BEGIN IMMEDIATE takes SQLite's write lock at once: a transaction that reads first and writes
// later could be refused in the middle. Rolls back unless commit() was called.
class Transaction {
 public:
  explicit Transaction(sqlite3* handle) : handle_(handle) { execute(handle, "BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (sqlite3_get_autocommit(handle_) == 0) {
      sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }
  void commit() { execute(handle_, "COMMIT"); }

 private:
  sqlite3* handle_;
};

// A prepared statement, to run any number of times. Not thread-safe.
class Statement {
 public:
  Statement(sqlite3* handle, std::string_view sql) : handle_(handle) {
    if (sqlite3_prepare_v2(handle, sql.data(), static_cast<int>(sql.size()), &statement_,
                           nullptr) != SQLITE_OK) {
      throw SqliteError(sqlite3_errmsg(handle));
    }
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  // Text must stay alive until the statement has run.
  template <class... Values>
  void run(const Values&... values) {
    reset();
    int position = 0;
    (bind(++position, values), ...);
    while (step()) {
    }
  }

  template <class... Values>
  std::int64_t scalar(const Values&... values) {
    reset();
    int position = 0;
    (bind(++position, values), ...);
    return step() ? sqlite3_column_int64(statement_, 0) : 0;
  }

  void reset() { sqlite3_reset(statement_); }

 private:
  void bind(int position, std::int64_t value) { sqlite3_bind_int64(statement_, position, value); }
  void bind(int position, std::string_view value) {
    sqlite3_bind_text(statement_, position, value.data(), static_cast<int>(value.size()),
                      SQLITE_STATIC);
  }
  bool step() {
    const int code = sqlite3_step(statement_);
    if (code != SQLITE_ROW && code != SQLITE_DONE) throw SqliteError(sqlite3_errmsg(handle_));
    return code == SQLITE_ROW;
  }

  sqlite3* handle_;
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace example
