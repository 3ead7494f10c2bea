#include "connectors/mysql/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <keepsum/mysql.hpp>
#include <mutex>
#include <utility>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/client.hpp"
#include "connectors/mysql/connect.hpp"
#include "connectors/mysql/error.hpp"
#include "connectors/mysql/statement.hpp"
#include "connectors/mysql/types.hpp"
#include "connectors/statement_cache.hpp"

namespace keepsum::mysql {

namespace {

// Errors of an execution the server has not begun: the statement may be prepared and run anew.
constexpr unsigned unknown_statement = 1243;
constexpr unsigned too_many_statements = 1461;
constexpr unsigned must_prepare_again = 1615;
// Of the client library: a table was altered and the result has more or fewer columns now. The
// server has run the statement by then.
constexpr unsigned other_columns = CR_NEW_STMT_METADATA;

// MariaDB 10.11 that ends a statement while it opens a table keeps a table with half its triggers,
// and fails everybody who gets that one (1064, 1602). So it is asked for what it is at, and told in
// the same breath. Statements of ours come to one of these within milliseconds of opening theirs.
constexpr std::string_view has_opened_its_tables =
    "'Statistics', 'Executing', 'Sending data', 'Creating sort index', 'Creating tmp table', "
    "'Copying to tmp table', 'Removing duplicates', 'Updating', 'User sleep', "
    "'Waiting for table metadata lock'";

[[gnu::cold]] Error misuse(std::string message, std::string hint = {}) {
  return Error{.code = ErrorCode::invalid_argument,
               .recovery = Recovery::none,
               .message = std::move(message),
               .where = {},
               .hint = std::move(hint),
               .server_message = {}};
}

bool is_ascii(std::string_view text) noexcept {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 127) return false;
  }
  return true;
}

// Whether it reads the same in every character set.
template <class Param>
bool is_no_text_or_ascii(const Param& param) noexcept {
  const db::ValueView view(param);
  return view.kind() != db::ValueView::Kind::text || is_ascii(view.bytes());
}

// May be wrong to the safe side only.
bool only_reads(std::string_view sql) noexcept {
  return boost::algorithm::istarts_with(sql, "SELECT");
}

class MysqlSession final : public db::Session {
 public:
  MysqlSession(ConnectionHandle owned, const connectors::ConnectionUrl& url)
      : owned_(std::move(owned)), handle_(owned_.get()), url_(url) {}
  explicit MysqlSession(MYSQL* borrowed) : handle_(borrowed) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    return run(sql, params, nullptr);
  }
  Result<void> execute_known(const db::StatementText& text,
                             std::span<const db::ValueView> params) override {
    return checked(params, [&] {
      return run_prepared(text, [&](PreparedStatement& statement, bool& /*handed_out*/) {
        return statement.run_only(params);
      });
    });
  }

  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    KEEPSUM_TRY(run(sql, params, &handler));
    return {};
  }

  Result<bool> first_row(std::string_view sql, std::span<const db::Value> params,
                         db::Row& row) override {
    if (params.empty()) return Session::first_row(sql, params, row);
    bool found = false;
    KEEPSUM_TRY(read_first_row(sql, params, row, found));
    return found;
  }
  int quick_first_row(const db::StatementText& text, std::span<const db::Value> params,
                      db::Row& row, std::optional<Error>& why) override {
    bool found = false;
    auto read = read_first_row(text, params, row, found);
    if (read.has_error()) {
      why = std::move(read).error();
      return 1;
    }
    if (!found) row.clear();
    return 0;
  }

  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    KEEPSUM_TRY(check_idle());
    auto statement = PreparedStatement::prepare(handle_, sql);
    if (statement.has_error()) return noted(statement.error());
    auto columns = statement->columns();
    if (columns.empty()) return misuse("the statement returns no rows");
    return columns;
  }

  Result<void> begin(db::TransactionMode mode) override;
  Result<void> commit() override { return end_transaction("COMMIT"); }
  Result<void> rollback() override { return end_transaction("ROLLBACK"); }

  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override;
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override;
  void interrupt() noexcept override;

  [[nodiscard]] bool in_transaction() const noexcept override {
    if (lost_) return false;
    // The flag came with the last successful answer. An error may have ended the transaction
    // since (a deadlock does), without a word about it: ask with a statement that does nothing.
    constexpr std::string_view nothing = "DO 0";
    if (!busy_ && mysql_errno(handle_) != 0 &&
        mysql_real_query(handle_, nothing.data(), nothing.size()) != 0) {
      return false;
    }
    return (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0;
  }

 private:
  [[nodiscard]] bool is_borrowed() const noexcept { return owned_ == nullptr; }

  // A row handler that uses the session it is called from would mix up two answers.
  Result<void> check_idle() const {
    if (busy_) return misuse("the session is still streaming rows of another query");
    return {};
  }

  template <class Text>
  Result<void> read_first_row(const Text& text, std::span<const db::Value> params, db::Row& row,
                              bool& found) {
    return checked(params, [&] {
      return run_prepared(text, [&](PreparedStatement& statement, bool& handed_out) {
        auto read = statement.first_row(params, row, found);
        handed_out = found;
        return read;
      });
    });
  }
  template <class Param>
  Result<void> check_text(std::span<const Param> params) const;
  Result<std::uint64_t> run(std::string_view sql, std::span<const db::Value> params,
                            const db::RowHandler* handler);
  // What is the same around every statement; `send()` returns what it came to.
  template <class Param, class Send>
  std::invoke_result_t<Send> checked(std::span<const Param> params, const Send& send);
  // `run(statement, handed_out)` runs it, and says whether the caller has seen a row. The text is a
  // string_view or a StatementText.
  template <class Text, class Run>
  std::invoke_result_t<Run, PreparedStatement&, bool&> run_prepared(const Text& text,
                                                                    const Run& run);
  Result<std::uint64_t> run_text(std::string_view sql, const db::RowHandler* handler);
  Result<void> stream_text(std::string_view sql, const db::RowHandler* handler);
  Result<void> end_transaction(std::string_view sql);
  void begin_statement();
  void end_statement();
  // Fails where it ends nothing.
  [[nodiscard]] std::string kill_query(unsigned long session) const;

  Error noted(Error error) {
    if (error.code == ErrorCode::connection_lost) lost_ = true;
    return error;
  }

  ConnectionHandle owned_;  // null if borrowed
  MYSQL* handle_;
  connectors::ConnectionUrl url_;  // of an owned one: a KILL goes by another connection
  connectors::StatementCache<PreparedStatement> prepared_;  // closed before the connection
  bool busy_ = false;
  bool lost_ = false;
  std::optional<std::chrono::milliseconds> limit_;
  std::optional<std::chrono::seconds> lock_wait_;
  std::mutex interrupting_;
  bool running_ = false;  // these two under the mutex
  bool killed_ = false;
};

Result<std::uint64_t> MysqlSession::run(std::string_view sql, std::span<const db::Value> params,
                                        const db::RowHandler* handler) {
  return checked(params, [&] {
    // On a borrowed handle always prepared: its owner may have turned multi-statements on, and a
    // prepared statement is one statement whatever its text.
    if (params.empty() && !is_borrowed()) return run_text(sql, handler);
    return run_prepared(sql, [&](PreparedStatement& statement, bool& handed_out) {
      if (handler == nullptr) return statement.run(params, nullptr);
      const db::RowHandler watched = [&](const db::Row& row) {
        handed_out = true;
        return (*handler)(row);
      };
      return statement.run(params, &watched);
    });
  });
}

template <class Param, class Send>
std::invoke_result_t<Send> MysqlSession::checked(std::span<const Param> params, const Send& send) {
  KEEPSUM_TRY(check_idle());
  KEEPSUM_TRY(check_text(params));
  begin_statement();
  auto result = send();
  end_statement();
  if (result.has_error()) return noted(std::move(result).error());
  return result;
}

// Nobody interrupts a borrowed session.
void MysqlSession::begin_statement() {
  busy_ = true;
  if (is_borrowed()) return;
  const std::lock_guard lock(interrupting_);
  running_ = true;
}

// A KILL QUERY that came too late would end the next statement: one that does nothing takes it.
void MysqlSession::end_statement() {
  busy_ = false;
  if (is_borrowed()) return;
  bool killed = false;
  {
    const std::lock_guard lock(interrupting_);
    running_ = false;
    killed = std::exchange(killed_, false);
  }
  constexpr std::string_view nothing = "DO 0";
  if (killed) mysql_real_query(handle_, nothing.data(), nothing.size());
}

// Holds the mutex to the end, so that the statement it means cannot be another by then.
void MysqlSession::interrupt() noexcept {
  if (is_borrowed()) return;
  const std::lock_guard lock(interrupting_);
  if (!running_ || killed_) return;
  const auto other = connect(url_);
  if (other.has_error()) return;
  const std::string kill = kill_query(mysql_thread_id(handle_));
  killed_ = mysql_real_query(other->get(), kill.data(), kill.size()) == 0;
}

std::string MysqlSession::kill_query(unsigned long session) const {
  const std::string kill = fmt::format("KILL QUERY {}", session);
  if (!parse_version(mysql_get_server_info(handle_)).has_blocks()) return kill;
  return fmt::format(
      "BEGIN NOT ATOMIC IF (SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = {} AND "
      "STATE IN ({})) = 1 THEN {}; ELSE SIGNAL SQLSTATE '45000'; END IF; END",
      session, has_opened_its_tables, kill);
}

// MariaDB takes seconds and fractions for all statements; MySQL milliseconds, for SELECT.
Result<void> MysqlSession::limit_statements(std::optional<std::chrono::milliseconds> limit) {
  if (is_borrowed()) return misuse("the settings of a borrowed connection are its owner's");
  const bool is_mariadb = parse_version(mysql_get_server_info(handle_)).is_mariadb;
  // Its limit ends a statement wherever it is (see has_opened_its_tables). Opening waits a second
  // at most, as lock_wait_timeout has it, and then takes milliseconds: what is ended later has all
  // it opens.
  constexpr std::chrono::milliseconds opened_by_then{2000};
  if (is_mariadb && limit && limit->count() > 0) limit = std::max(*limit, opened_by_then);
  if (limit == limit_) return {};
  const std::string value =
      !limit       ? "DEFAULT"
      : is_mariadb ? fmt::format("{}.{:03}", limit->count() / 1000, limit->count() % 1000)
                   : fmt::format("{}", limit->count());
  KEEPSUM_TRY(run(fmt::format("SET SESSION {} = {}",
                              is_mariadb ? "max_statement_time" : "max_execution_time", value),
                  {}, nullptr));
  limit_ = limit;
  return {};
}

Result<void> MysqlSession::limit_lock_waits(std::optional<std::chrono::seconds> limit) {
  if (is_borrowed()) return misuse("the settings of a borrowed connection are its owner's");
  // MySQL takes no zero: it would set one, with a warning.
  const bool is_mariadb = parse_version(mysql_get_server_info(handle_)).is_mariadb;
  if (limit && !is_mariadb) limit = std::max(*limit, std::chrono::seconds{1});
  if (limit == lock_wait_) return {};
  KEEPSUM_TRY(run(fmt::format("SET SESSION innodb_lock_wait_timeout = {}",
                              limit.value_or(own_lock_wait).count()),
                  {}, nullptr));
  lock_wait_ = limit;
  return {};
}

// Text is UTF-8 on the port, but a borrowed connection may speak something else.
template <class Param>
Result<void> MysqlSession::check_text(std::span<const Param> params) const {
  if (!is_borrowed() || std::all_of(params.begin(), params.end(), is_no_text_or_ascii<Param>)) {
    return {};
  }
  const std::string_view charset = mysql_character_set_name(handle_);
  if (charset.starts_with("utf8")) return {};
  return misuse("the connection's character set is " + std::string(charset) +
                    ", and a parameter is not ASCII",
                "call mysql_set_character_set(handle, \"utf8mb4\") once after connecting");
}

std::string_view sql_of(std::string_view text) noexcept { return text; }
std::string_view sql_of(const db::StatementText& text) noexcept { return text.sql(); }

template <class Text, class Run>
std::invoke_result_t<Run, PreparedStatement&, bool&> MysqlSession::run_prepared(const Text& text,
                                                                                const Run& run) {
  for (bool retried = false;; retried = true) {
    PreparedStatement* statement = prepared_.find(text);
    const std::string_view sql = sql_of(text);
    unsigned native_code = 0;
    if (statement == nullptr) {
      auto fresh = PreparedStatement::prepare(handle_, sql);
      if (fresh.has_value()) {
        statement = prepared_.insert(sql, std::move(fresh).value());
      } else {
        native_code = static_cast<unsigned>(fresh.error().native_code);
        if (native_code != too_many_statements || retried) return fresh.error();
        prepared_.clear();
        continue;
      }
    }
    bool handed_out = false;
    auto result = run(*statement, handed_out);
    if (result.has_value()) return result;
    native_code = static_cast<unsigned>(result.error().native_code);
    const bool fresh_would_do = native_code == must_prepare_again ||
                                native_code == unknown_statement ||
                                (native_code == other_columns && only_reads(sql));
    if (!fresh_would_do || retried || handed_out) return result;
    prepared_.erase(sql);
  }
}

Result<std::uint64_t> MysqlSession::run_text(std::string_view sql, const db::RowHandler* handler) {
  if (mysql_real_query(handle_, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    return last_error(handle_, sql);
  }
  Result<void> streamed = stream_text(sql, handler);
  std::uint64_t affected = mysql_affected_rows(handle_);
  constexpr auto unknown = ~std::uint64_t{0};
  if (affected == unknown || mysql_field_count(handle_) > 0) affected = 0;
  // A CALL has results and a status to come.
  while (mysql_more_results(handle_) != 0 && mysql_next_result(handle_) == 0) {
    const ResultHandle unwanted(mysql_use_result(handle_));
  }
  KEEPSUM_TRY(streamed);
  return affected;
}

Result<void> MysqlSession::stream_text(std::string_view sql, const db::RowHandler* handler) {
  const ResultHandle result(mysql_use_result(handle_));
  if (!result) {
    if (mysql_field_count(handle_) == 0) return {};
    return last_error(handle_, sql);
  }
  const std::span fields(mysql_fetch_fields(result.get()), mysql_num_fields(result.get()));
  std::vector<ValueKind> kinds;
  for (const MYSQL_FIELD& field : fields) kinds.push_back(value_kind(field));
  db::Row row(kinds.size());
  while (handler != nullptr) {
    const MYSQL_ROW texts = mysql_fetch_row(result.get());
    if (texts == nullptr) {
      if (mysql_errno(handle_) != 0) return last_error(handle_, sql);
      return {};
    }
    const unsigned long* const lengths = mysql_fetch_lengths(result.get());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (texts[i] == nullptr) {
        row[i] = std::monostate{};
      } else {
        row[i] = value_from_text(kinds[i], {texts[i], lengths[i]});
      }
    }
    KEEPSUM_ASSIGN(const db::Flow flow, (*handler)(row));
    if (flow == db::Flow::stop) return {};
  }
  return {};
}

Result<void> MysqlSession::begin(db::TransactionMode mode) {
  if (is_borrowed()) return misuse("the transaction of a borrowed connection is its owner's");
  // START TRANSACTION would commit the open one.
  if (in_transaction()) return misuse("a transaction is already open");
  if (mode == db::TransactionMode::write) {
    KEEPSUM_TRY(run("START TRANSACTION", {}, nullptr));
    return {};
  }
  // For the next transaction only. READ COMMITTED would take a new snapshot for each statement.
  KEEPSUM_TRY(run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", {}, nullptr));
  KEEPSUM_TRY(run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY", {}, nullptr));
  return {};
}

Result<void> MysqlSession::end_transaction(std::string_view sql) {
  if (is_borrowed()) return misuse("the transaction of a borrowed connection is its owner's");
  KEEPSUM_TRY(run(sql, {}, nullptr));
  return {};
}

}  // namespace

Result<std::unique_ptr<db::Session>> open(const connectors::ConnectionUrl& url) {
  KEEPSUM_ASSIGN(ConnectionHandle handle, connect(url));
  return std::unique_ptr<db::Session>(std::make_unique<MysqlSession>(std::move(handle), url));
}

std::unique_ptr<db::Session> borrow(st_mysql* handle) {
  return std::make_unique<MysqlSession>(handle);
}

}  // namespace keepsum::mysql
