#include "connectors/sqlite/statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

#include "connectors/sqlite/error.hpp"
#include "connectors/sqlite/types.hpp"

namespace keepsum::sqlite {

namespace {

[[gnu::cold]] Error misuse(std::string message, std::string_view sql) {
  return Error{.code = ErrorCode::invalid_argument,
               .recovery = Recovery::none,
               .message = std::move(message),
               .where = std::string(sql.substr(0, 200)),
               .hint = {},
               .server_message = {}};
}

// Whether nothing but spaces, comments and semicolons follows.
bool is_blank(std::string_view sql) noexcept {
  while (!sql.empty()) {
    if (sql.starts_with("--")) {
      sql.remove_prefix(std::min(sql.find('\n'), sql.size()));
    } else if (sql.starts_with("/*")) {
      const std::size_t end = sql.find("*/", 2);
      sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 2);
    } else if (std::string_view(" \t\r\n\f;").find(sql.front()) != std::string_view::npos) {
      sql.remove_prefix(1);
    } else {
      return false;
    }
  }
  return true;
}

// SQLite computes in 64-bit integers and doubles; a decimal goes in as one of them or not at all.
bool bind_decimal(sqlite3_stmt* statement, int index, std::string_view text) noexcept {
  constexpr auto exact_digits_of_double = 15;
  const char* const end = text.data() + text.size();
  std::int64_t integer = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, integer);
      error == std::errc{} && stop == end) {
    return sqlite3_bind_int64(statement, index, integer) == SQLITE_OK;
  }
  const auto digits =
      std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  double number = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end || digits > exact_digits_of_double) return false;
  return sqlite3_bind_double(statement, index, number) == SQLITE_OK;
}

// Returns false if SQLite cannot hold it exactly.
bool bind_one(sqlite3_stmt* statement, int index, const db::ValueView& value) noexcept {
  using Kind = db::ValueView::Kind;
  const std::string_view bytes = value.has_bytes() ? value.bytes() : "";
  // The bytes outlive the run, so SQLite need not copy them. A null pointer would bind NULL.
  const char* const data = bytes.empty() ? "" : bytes.data();
  switch (value.kind()) {
    case Kind::null: return sqlite3_bind_null(statement, index) == SQLITE_OK;
    case Kind::integer: return sqlite3_bind_int64(statement, index, value.integer()) == SQLITE_OK;
    case Kind::unsigned_integer:
      return std::in_range<std::int64_t>(value.unsigned_integer()) &&
             sqlite3_bind_int64(statement, index,
                                static_cast<std::int64_t>(value.unsigned_integer())) == SQLITE_OK;
    case Kind::floating:
      return sqlite3_bind_double(statement, index, value.floating()) == SQLITE_OK;
    case Kind::decimal: return bind_decimal(statement, index, bytes);
    case Kind::text:
      return sqlite3_bind_text64(statement, index, data, bytes.size(), nullptr, SQLITE_UTF8) ==
             SQLITE_OK;
    case Kind::blob:
      return sqlite3_bind_blob64(statement, index, data, bytes.size(), nullptr) == SQLITE_OK;
  }
  return false;
}

// Anything but an integer.
void read_other(sqlite3_value* value, db::Value& into) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_FLOAT: into = sqlite3_value_double(value); break;
    case SQLITE_TEXT: {
      const void* const text = sqlite3_value_text(value);
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
      into = std::string(static_cast<const char*>(text), size);
      break;
    }
    case SQLITE_BLOB: {
      const void* const bytes = sqlite3_value_blob(value);
      const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
      into =
          db::Blob{size == 0 ? std::string() : std::string(static_cast<const char*>(bytes), size)};
      break;
    }
    default: into = std::monostate{};
  }
}

}  // namespace

Result<PreparedStatement> PreparedStatement::prepare(sqlite3* handle, std::string_view sql,
                                                     StatementLife life) {
  if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) {
    return misuse("the statement is too long", sql);
  }
  const unsigned flags = life == StatementLife::kept ? SQLITE_PREPARE_PERSISTENT : 0U;
  sqlite3_stmt* raw = nullptr;
  const char* tail = nullptr;
  if (sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()), flags, &raw, &tail) !=
      SQLITE_OK) {
    return last_error(handle, sql);
  }
  StatementHandle statement(raw);
  if (!statement) return misuse("there is no statement in the text", sql);
  const auto used = static_cast<std::size_t>(tail - sql.data());
  if (!is_blank(sql.substr(used))) {
    return misuse("more than one statement in one call", sql);
  }
  return PreparedStatement(handle, std::move(statement), sql);
}

Result<std::uint64_t> PreparedStatement::run(std::span<const db::Value> params,
                                             const db::RowHandler* handler) {
  // Not while somebody looks at the rows, who may be waiting for another thread.
  std::optional<HeldMutex> held;
  if (handler == nullptr) held.emplace(handle_);
  if (const int number = bind(params)) return not_bound(params.size(), number);
  // sqlite3_changes() keeps the number of the last statement that changed rows.
  const std::int64_t changes_before = sqlite3_total_changes64(handle_);
  Result<void> stepped = step(handler);
  reset();
  KEEPSUM_TRY(stepped);
  if (sqlite3_total_changes64(handle_) == changes_before) return std::uint64_t{0};
  return static_cast<std::uint64_t>(sqlite3_changes64(handle_));
}

Result<void> PreparedStatement::run_only(std::span<const db::ValueView> params) {
  const HeldMutex held(handle_);
  if (const int number = bind(params)) [[unlikely]]
    return not_bound(params.size(), number);
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement_.get());
  if (code != SQLITE_DONE) [[unlikely]]
    return failed();
  reset();
  return {};
}

// Held around all of it, the mutex keeps an error from becoming another thread's before it is told.
Result<bool> PreparedStatement::first_row(std::span<const db::Value> params, db::Row& row) {
  const HeldMutex held(handle_);
  if (const int number = bind(params)) return not_bound(params.size(), number);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    read_row(row);
  } else if (code != SQLITE_DONE) {
    return failed();
  }
  reset();
  return code == SQLITE_ROW;
}

Error PreparedStatement::failed() {
  Error error = last_error(handle_, sql_);
  reset();
  return error;
}

int PreparedStatement::tell(std::optional<Error>& why, Error error) {
  why = std::move(error);
  return SQLITE_ERROR;
}

// What was bound by address must not be found later by sqlite3_expanded_sql(); numbers may stay
// until they are bound anew.
int PreparedStatement::reset() noexcept {
  const int code = sqlite3_reset(statement_.get());
  if (borrows_) sqlite3_clear_bindings(statement_.get());
  return code;
}

bool PreparedStatement::bind_other(int number, const db::ValueView& param) noexcept {
  borrows_ = borrows_ || (param.has_bytes() && param.kind() != db::ValueView::Kind::decimal);
  return bind_one(statement_.get(), number, param);
}

Error PreparedStatement::not_bound(std::size_t given, int number) {
  reset();
  if (params_ == given) {
    return misuse(fmt::format("SQLite cannot hold parameter {} exactly", number), sql_);
  }
  return misuse(fmt::format("the statement takes {} parameters, {} were given", params_, given),
                sql_);
}

Result<void> PreparedStatement::step(const db::RowHandler* handler) {
  db::Row row;
  for (;;) {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return last_error(handle_, sql_);
    if (handler == nullptr) continue;
    {
      const HeldMutex held(handle_);
      read_row(row);
    }
    KEEPSUM_ASSIGN(const db::Flow flow, (*handler)(row));
    if (flow == db::Flow::stop) return {};
  }
}

// Precondition: the mutex is held. A value that was asked for by sqlite3_column_value() may be
// looked at only then. A value of the kind that was there before is written over.
void PreparedStatement::read_row(db::Row& row) const {
  sqlite3_stmt* const statement = statement_.get();
  const int count = sqlite3_data_count(statement);
  row.resize(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    db::Value& into = row[static_cast<std::size_t>(i)];
    sqlite3_value* const value = sqlite3_column_value(statement, i);
    if (sqlite3_value_type(value) == SQLITE_INTEGER) {
      into = std::int64_t{sqlite3_value_int64(value)};
    } else {
      read_other(value, into);
    }
  }
}

std::vector<db::ResultColumn> PreparedStatement::columns() const {
  std::vector<db::ResultColumn> columns;
  const int count = sqlite3_column_count(statement_.get());
  for (int i = 0; i < count; ++i) {
    db::ResultColumn column;
    column.name = sqlite3_column_name(statement_.get(), i);
    // Only a plain column has a declared type; of expressions SQLite says nothing.
    if (const char* const declared = sqlite3_column_decltype(statement_.get(), i)) {
      column.family = family_of_declared_type(declared);
      column.length = declared_length(declared);
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace keepsum::sqlite
