#include "mysql_database.hpp"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include <keepsum/mysql.hpp>
#include <utility>

namespace payment_service {

namespace {

using keepsum::Error;
using keepsum::ErrorCode;
using keepsum::Recovery;
using keepsum::Result;

struct CloseHandle {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};
using Handle = std::unique_ptr<MYSQL, CloseHandle>;

// Of what the service itself sends (connect, begin, commit); keepsum sorts all other errors.
Error error_of(MYSQL* handle, const char* where) {
  const unsigned code = mysql_errno(handle);
  Error error{.code = ErrorCode::statement_failed,
              .recovery = Recovery::none,
              .message = "the server refused",
              .where = where,
              .hint = {},
              .native_code = static_cast<int>(code),
              .server_message = mysql_error(handle)};
  // Numbers from 2000 up are the client library's own: no answer came.
  const bool no_answer = code >= CR_MIN_ERROR && code <= CR_MAX_ERROR;
  if (no_answer || code == ER_SERVER_SHUTDOWN || code == ER_CONNECTION_KILLED ||
      code == ER_CON_COUNT_ERROR) {
    error.code = ErrorCode::connection_lost;
    error.recovery = Recovery::reconnect;
    error.message = "the server cannot be reached";
  } else if (code == ER_LOCK_DEADLOCK || code == ER_LOCK_WAIT_TIMEOUT) {
    error.code = ErrorCode::transaction_conflict;
    error.recovery = Recovery::retry_transaction;
    error.message = "another transaction was in the way";
  }
  return error;
}

Result<void> run(MYSQL* handle, const std::string& sql) {
  if (mysql_real_query(handle, sql.data(), sql.size()) != 0) {
    return error_of(handle, sql.c_str());
  }
  return {};
}

class MysqlConnection final : public Connection {
 public:
  explicit MysqlConnection(Handle handle)
      : handle_(std::move(handle)), session_(keepsum::mysql::borrow(handle_.get())) {}

  Result<void> begin() override { return run(handle_.get(), "START TRANSACTION"); }
  Result<void> commit() override { return run(handle_.get(), "COMMIT"); }
  void rollback() noexcept override { mysql_rollback(handle_.get()); }
  std::int64_t inserted_id() override {
    return static_cast<std::int64_t>(mysql_insert_id(handle_.get()));
  }
  bool is_duplicate_key(const Error& error) const override {
    return error.native_code == ER_DUP_ENTRY;
  }
  keepsum::db::Session& session() override { return *session_; }

 private:
  Handle handle_;
  std::unique_ptr<keepsum::db::Session> session_;  // ends before the handle does
};

class MysqlDatabase final : public Database {
 public:
  MysqlDatabase(MysqlTarget target, const DatabaseOptions& options)
      : target_(std::move(target)), lock_wait_(options.lock_wait) {
    mysql_library_init(0, nullptr, nullptr);  // the first use of the library is not thread-safe
  }

  Result<std::unique_ptr<Connection>> connect() override {
    KEEPSUM_ASSIGN(Handle handle, open());
    return std::unique_ptr<Connection>(std::make_unique<MysqlConnection>(std::move(handle)));
  }

  Result<keepsum::Summaries> load(std::string_view spec) override {
    KEEPSUM_ASSIGN(const Handle handle, open());
    return keepsum::mysql::load(handle.get(), spec);
  }

  // More than the cores of the server: most of them wait for the network, the disk or a lock.
  std::size_t default_sessions() const override { return 16; }

 private:
  Result<Handle> open() const {
    Handle handle(mysql_init(nullptr));
    if (!handle)
      return Error{.message = "out of memory", .where = {}, .hint = {}, .server_message = {}};
    const unsigned connect_s = 2;
    const unsigned answer_s = 5;  // longer than any lock wait, shorter than a client's patience
    const unsigned tcp = MYSQL_PROTOCOL_TCP;  // "localhost" too, as keepsum's own URLs have it
    mysql_options(handle.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_s);
    mysql_options(handle.get(), MYSQL_OPT_READ_TIMEOUT, &answer_s);
    mysql_options(handle.get(), MYSQL_OPT_WRITE_TIMEOUT, &answer_s);
    mysql_options(handle.get(), MYSQL_OPT_PROTOCOL, &tcp);
    mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (mysql_real_connect(handle.get(), target_.host.c_str(), target_.user.c_str(),
                           target_.password.c_str(), target_.database.c_str(), target_.port,
                           nullptr, 0) == nullptr) {
      return error_of(handle.get(), "connecting");
    }
    // Each statement sees what is committed when it begins: what is read after a lock was waited
    // for is what the transaction that held it has left.
    KEEPSUM_TRY(run(handle.get(), "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"));
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(lock_wait_).count();
    KEEPSUM_TRY(
        run(handle.get(), "SET SESSION innodb_lock_wait_timeout = " + std::to_string(seconds) +
                              ", SESSION sql_mode = 'STRICT_TRANS_TABLES'"));
    return handle;
  }

  MysqlTarget target_;
  std::chrono::milliseconds lock_wait_;
};

}  // namespace

std::unique_ptr<Database> open_mysql(MysqlTarget target, const DatabaseOptions& options) {
  return std::make_unique<MysqlDatabase>(std::move(target), options);
}

}  // namespace payment_service
