#include "sqlite_database.hpp"

#include <sqlite3.h>

#include <condition_variable>
#include <keepsum/sqlite.hpp>
#include <mutex>
#include <utility>

namespace payment_service {

namespace {

using keepsum::Error;
using keepsum::ErrorCode;
using keepsum::Recovery;
using keepsum::Result;

struct CloseHandle {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }
};
using Handle = std::unique_ptr<sqlite3, CloseHandle>;

Error error_of(int code, sqlite3* handle, const char* where) {
  const bool busy = (code & 0xff) == SQLITE_BUSY;
  return Error{.code = busy ? ErrorCode::transaction_conflict : ErrorCode::statement_failed,
               .recovery = busy ? Recovery::retry_transaction : Recovery::none,
               .message = busy ? "others write to the database" : "SQLite refused",
               .where = where,
               .hint = {},
               .native_code = code,
               .server_message = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle)};
}

Result<void> run(sqlite3* handle, const char* sql) {
  const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error_of(code, handle, sql);
  return {};
}

// SQLite has one writer at a time, and a writer that meets another sleeps and looks again, for
// longer each time. The sessions of this process wait for each other here instead, which wakes the
// next one at once; the busy timeout is left for other processes.
class WriteTurn {
 public:
  // False if it was not free in time.
  bool take(std::chrono::milliseconds wait) {
    std::unique_lock lock(mutex_);
    if (!freed_.wait_for(lock, wait, [this] { return !taken_; })) return false;
    taken_ = true;
    return true;
  }
  void leave() {
    {
      const std::lock_guard lock(mutex_);
      taken_ = false;
    }
    freed_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  bool taken_ = false;
};

class SqliteConnection final : public Connection {
 public:
  SqliteConnection(Handle handle, WriteTurn& turn, std::chrono::milliseconds wait)
      : handle_(std::move(handle)),
        turn_(turn),
        wait_(wait),
        session_(keepsum::sqlite::borrow(handle_.get())) {}
  ~SqliteConnection() override { rollback(); }

  Result<void> begin() override {
    if (!turn_.take(wait_)) {
      return error_of(SQLITE_BUSY, nullptr, "waiting for this process's other sessions");
    }
    has_turn_ = true;
    // IMMEDIATE takes the write lock now. A transaction that reads first and writes later can be
    // refused in the middle, and what it read may be old by then.
    auto begun = run(handle_.get(), "BEGIN IMMEDIATE");
    if (begun.has_error()) leave();
    return begun;
  }

  Result<void> commit() override {
    KEEPSUM_TRY(run(handle_.get(), "COMMIT"));
    leave();
    return {};
  }

  void rollback() noexcept override {
    // Some errors (a full disk) have rolled back already.
    if (sqlite3_get_autocommit(handle_.get()) == 0) {
      sqlite3_exec(handle_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
    leave();
  }

  std::int64_t inserted_id() override { return sqlite3_last_insert_rowid(handle_.get()); }
  bool is_duplicate_key(const Error& error) const override {
    return error.native_code == SQLITE_CONSTRAINT_UNIQUE;
  }
  keepsum::db::Session& session() override { return *session_; }

 private:
  void leave() {
    if (std::exchange(has_turn_, false)) turn_.leave();
  }

  Handle handle_;
  WriteTurn& turn_;
  bool has_turn_ = false;
  std::chrono::milliseconds wait_;
  std::unique_ptr<keepsum::db::Session> session_;  // ends before the handle does
};

class SqliteDatabase final : public Database {
 public:
  SqliteDatabase(std::string file, const DatabaseOptions& options)
      : file_(std::move(file)), options_(options) {}

  Result<std::unique_ptr<Connection>> connect() override {
    KEEPSUM_ASSIGN(Handle handle, open());
    return std::unique_ptr<Connection>(
        std::make_unique<SqliteConnection>(std::move(handle), turn_, options_.lock_wait));
  }

  Result<keepsum::Summaries> load(std::string_view spec) override {
    KEEPSUM_ASSIGN(const Handle handle, open());
    return keepsum::sqlite::load(handle.get(), spec);
  }

  // One writes, the others read card pages meanwhile.
  std::size_t default_sessions() const override { return 4; }

 private:
  Result<Handle> open() const {
    sqlite3* raw = nullptr;
    // A connection is used by one thread at a time: SQLite need not see to that itself.
    const int code =
        sqlite3_open_v2(file_.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    Handle handle(raw);
    if (code != SQLITE_OK) return error_of(code, raw, "opening the database");
    sqlite3_extended_result_codes(raw, 1);
    sqlite3_busy_timeout(raw, static_cast<int>(options_.lock_wait.count()));
    KEEPSUM_TRY(run(raw, "PRAGMA foreign_keys = ON"));
    // Without the wait for the disk a power cut may take the last commits; a crash of the service
    // takes none either way.
    KEEPSUM_TRY(
        run(raw, options_.sync ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL"));
    return handle;
  }

  std::string file_;
  DatabaseOptions options_;
  WriteTurn turn_;
};

}  // namespace

std::unique_ptr<Database> open_sqlite(SqliteTarget target, const DatabaseOptions& options) {
  return std::make_unique<SqliteDatabase>(std::move(target.file), options);
}

}  // namespace payment_service
