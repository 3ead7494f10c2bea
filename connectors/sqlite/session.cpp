#include "connectors/sqlite/session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <keepsum/sqlite.hpp>
#include <optional>
#include <utility>

#include "connectors/sqlite/client.hpp"
#include "connectors/sqlite/error.hpp"
#include "connectors/sqlite/statement.hpp"
#include "connectors/statement_cache.hpp"

namespace keepsum::sqlite {

namespace {

constexpr int oldest_version = 3037000;  // STRICT tables

[[gnu::cold]] Error misuse(std::string message) {
  return Error{.code = ErrorCode::invalid_argument,
               .recovery = Recovery::none,
               .message = std::move(message),
               .where = {},
               .hint = {},
               .server_message = {}};
}

class SqliteSession final : public db::Session, public CollationSource {
 public:
  explicit SqliteSession(ConnectionHandle owned)
      : owned_(std::move(owned)), handle_(owned_.get()) {}
  explicit SqliteSession(sqlite3* borrowed) : handle_(borrowed) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    return run(sql, params, nullptr);
  }
  [[gnu::hot]] Result<void> execute_known(const db::StatementText& text,
                                          std::span<const db::ValueView> params) override;

  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    KEEPSUM_TRY(run(sql, params, &handler));
    return {};
  }

  Result<bool> first_row(std::string_view sql, std::span<const db::Value> params,
                         db::Row& row) override;
  int quick_first_row(const db::StatementText& text, std::span<const db::Value> params,
                      db::Row& row, std::optional<Error>& why) override;

  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    KEEPSUM_ASSIGN(const auto statement,
                   PreparedStatement::prepare(handle_, sql, StatementLife::once));
    auto columns = statement.columns();
    if (columns.empty()) return misuse("the statement returns no rows");
    return columns;
  }

  Result<void> begin(db::TransactionMode mode) override;
  Result<void> commit() override;
  Result<void> rollback() override;

  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override;
  // There are no locks of rows to wait for.
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> /*limit*/) override {
    return check_owned();
  }
  void interrupt() noexcept override {
    if (owned_) sqlite3_interrupt(handle_);
  }

  [[nodiscard, gnu::hot]] bool in_transaction() const noexcept override {
    return sqlite3_get_autocommit(handle_) == 0;
  }

  [[nodiscard]] std::string collation(const std::string& table,
                                      const std::string& column) override {
    const char* name = nullptr;
    const int code = sqlite3_table_column_metadata(handle_, "main", table.c_str(), column.c_str(),
                                                   nullptr, &name, nullptr, nullptr, nullptr);
    return code == SQLITE_OK && name != nullptr ? name : "";
  }

 private:
  // Parameters make a statement one that comes again.
  Result<PreparedStatement*> prepared(std::string_view sql);
  Result<std::uint64_t> run(std::string_view sql, std::span<const db::Value> params,
                            const db::RowHandler* handler);
  Result<std::uint64_t> run(PreparedStatement& statement, std::span<const db::Value> params,
                            const db::RowHandler* handler);
  Result<void> run_plain(std::string_view sql) {
    KEEPSUM_TRY(run(sql, {}, nullptr));
    return {};
  }
  Result<void> check_owned() const {
    if (owned_) return {};
    return misuse("the transaction of a borrowed connection is its owner's");
  }
  // A snapshot is read-only by the port; SQLite has no such transaction, but such a connection.
  Result<void> set_read_only(bool on);

  ConnectionHandle owned_;  // null if borrowed
  sqlite3* handle_;
  connectors::StatementCache<PreparedStatement> prepared_;  // finalized before the close
  bool busy_ = false;
  bool read_only_ = false;
  std::chrono::milliseconds limit_{0};
  std::chrono::steady_clock::time_point deadline_;
  bool timed_out_ = false;
};

Result<std::uint64_t> SqliteSession::run(std::string_view sql, std::span<const db::Value> params,
                                         const db::RowHandler* handler) {
  // SQLite itself would allow it; the port does not, and code tested here must run elsewhere.
  if (busy_) return misuse("the session is still streaming rows of another query");
  if (params.empty()) {
    KEEPSUM_ASSIGN(auto once, PreparedStatement::prepare(handle_, sql, StatementLife::once));
    return run(once, params, handler);
  }
  KEEPSUM_ASSIGN(PreparedStatement* const statement, prepared(sql));
  return run(*statement, params, handler);
}

// What run() does besides is for statements whose time is limited.
Result<void> SqliteSession::execute_known(const db::StatementText& text,
                                          std::span<const db::ValueView> params) {
  PreparedStatement* const known =
      busy_ || params.empty() || limit_.count() > 0 ? nullptr : prepared_.find(text);
  if (known == nullptr) return Session::execute_known(text, params);
  busy_ = true;
  auto result = known->run_only(params);
  busy_ = false;
  return result;
}

Result<std::uint64_t> SqliteSession::run(PreparedStatement& statement,
                                         std::span<const db::Value> params,
                                         const db::RowHandler* handler) {
  busy_ = true;
  if (limit_.count() > 0) deadline_ = std::chrono::steady_clock::now() + limit_;
  timed_out_ = false;
  auto result = statement.run(params, handler);
  busy_ = false;
  if (result.has_error() && timed_out_ && result.error().code == ErrorCode::interrupted) {
    Error error = std::move(result).error();
    error.code = ErrorCode::statement_timed_out;
    error.message = "the statement took longer than it may";
    return error;
  }
  return result;
}

// What run() does besides is of no concern here: no handler can come back in, and a statement whose
// time is limited takes the way with a clock.
Result<bool> SqliteSession::first_row(std::string_view sql, std::span<const db::Value> params,
                                      db::Row& row) {
  if (busy_ || params.empty() || limit_.count() > 0) return Session::first_row(sql, params, row);
  KEEPSUM_ASSIGN(PreparedStatement* const statement, prepared(sql));
  return statement->first_row(params, row);
}

int SqliteSession::quick_first_row(const db::StatementText& text, std::span<const db::Value> params,
                                   db::Row& row, std::optional<Error>& why) {
  PreparedStatement* const known = prepared_.find(text);
  if (known == nullptr || busy_ || limit_.count() > 0) return SQLITE_MISUSE;
  return known->quick_first_row(params, row, why);
}

Result<PreparedStatement*> SqliteSession::prepared(std::string_view sql) {
  if (PreparedStatement* const known = prepared_.find(sql)) return known;
  KEEPSUM_ASSIGN(auto fresh, PreparedStatement::prepare(handle_, sql, StatementLife::kept));
  return prepared_.insert(sql, std::move(fresh));
}

// SQLite knows no limit of time; it asks this every so many steps of its machine, some 0.1 ms.
Result<void> SqliteSession::limit_statements(std::optional<std::chrono::milliseconds> limit) {
  KEEPSUM_TRY(check_owned());
  limit_ = limit.value_or(std::chrono::milliseconds{0});
  if (limit_.count() == 0) {
    sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
    return {};
  }
  constexpr int steps = 10'000;
  sqlite3_progress_handler(
      handle_, steps,
      [](void* self) {
        auto* const session = static_cast<SqliteSession*>(self);
        session->timed_out_ = std::chrono::steady_clock::now() > session->deadline_;
        return session->timed_out_ ? 1 : 0;
      },
      this);
  return {};
}

Result<void> SqliteSession::set_read_only(bool on) {
  if (read_only_ == on) return {};
  KEEPSUM_TRY(run_plain(on ? "PRAGMA query_only = ON" : "PRAGMA query_only = OFF"));
  read_only_ = on;
  return {};
}

Result<void> SqliteSession::begin(db::TransactionMode mode) {
  KEEPSUM_TRY(check_owned());
  if (in_transaction()) return misuse("a transaction is already open");
  KEEPSUM_TRY(set_read_only(false));
  if (mode == db::TransactionMode::write) return run_plain("BEGIN IMMEDIATE");
  KEEPSUM_TRY(run_plain("BEGIN DEFERRED"));
  // The snapshot is taken by the first read, not by BEGIN.
  auto taken = run_plain("SELECT 1 FROM sqlite_schema LIMIT 1");
  if (taken.has_value()) taken = set_read_only(true);
  if (taken.has_error()) {
    [[maybe_unused]] auto rolled_back = run_plain("ROLLBACK");
  }
  return taken;
}

Result<void> SqliteSession::commit() {
  KEEPSUM_TRY(check_owned());
  KEEPSUM_TRY(run_plain("COMMIT"));
  return set_read_only(false);
}

Result<void> SqliteSession::rollback() {
  KEEPSUM_TRY(check_owned());
  // SQLite has ended the transaction by itself after some errors (disk full, I/O).
  if (in_transaction()) KEEPSUM_TRY(run_plain("ROLLBACK"));
  return set_read_only(false);
}

int open_flags(connectors::SqliteMode mode) noexcept {
  switch (mode) {
    case connectors::SqliteMode::read_only: return SQLITE_OPEN_READONLY;
    case connectors::SqliteMode::read_write: return SQLITE_OPEN_READWRITE;
    case connectors::SqliteMode::read_write_create:
      return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  }
  return SQLITE_OPEN_READWRITE;
}

}  // namespace

Result<std::unique_ptr<db::Session>> open(const connectors::ConnectionUrl& url) {
  if (sqlite3_libversion_number() < oldest_version) {
    return Error{
        .code = ErrorCode::unsupported,
        .recovery = Recovery::none,
        .message = fmt::format("SQLite {} is too old: keepsum needs 3.37 for STRICT tables",
                               sqlite3_libversion()),
        .where = url.display(),
        .hint = {},
        .server_message = {}};
  }
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(url.path.c_str(), &raw, open_flags(url.mode), nullptr);
  ConnectionHandle handle(raw);  // also set after most failures, to be closed
  if (!handle) return make_error(code, sqlite3_errstr(code), url.display());
  if (code != SQLITE_OK) return last_error(raw, url.display());
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(url.busy_timeout_s) * 1000);
  auto session = std::make_unique<SqliteSession>(std::move(handle));
  // Opening reads nothing; a file of another kind shows at the first read.
  auto readable = session->execute("SELECT 1 FROM sqlite_schema LIMIT 1", {});
  if (readable.has_error()) {
    Error error = std::move(readable).error();
    error.where = url.display();
    return error;
  }
  return std::unique_ptr<db::Session>(std::move(session));
}

std::unique_ptr<db::Session> borrow(sqlite3* handle) {
  return std::make_unique<SqliteSession>(handle);
}

}  // namespace keepsum::sqlite
