#include "connectors/mysql/statement.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "connectors/mysql/error.hpp"

namespace keepsum::mysql {

namespace {

// Columns up to this size are fetched in one go; longer values take a second call.
constexpr unsigned long inline_bytes_max = 1024;

// The library takes non-const pointers and only reads through them.
void* input(const void* pointer) noexcept { return const_cast<void*>(pointer); }

// The value stays where it is until the statement has been sent.
void bind_one(MYSQL_BIND& bind, const db::ValueView& value) noexcept {
  using Kind = db::ValueView::Kind;
  switch (value.kind()) {
    case Kind::null: bind.buffer_type = MYSQL_TYPE_NULL; return;
    case Kind::integer:
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.buffer = input(&value.integer());
      return;
    case Kind::unsigned_integer:
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.is_unsigned = 1;
      bind.buffer = input(&value.unsigned_integer());
      return;
    case Kind::floating:
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = input(&value.floating());
      return;
    // Not as a string: the server would compute with it as a DOUBLE.
    case Kind::decimal: bind.buffer_type = MYSQL_TYPE_NEWDECIMAL; break;
    case Kind::text: bind.buffer_type = MYSQL_TYPE_STRING; break;
    case Kind::blob: bind.buffer_type = MYSQL_TYPE_BLOB; break;
  }
  const std::string_view bytes = value.bytes();
  bind.buffer = input(bytes.empty() ? "" : bytes.data());  // null would be NULL
  bind.buffer_length = static_cast<unsigned long>(bytes.size());
}

}  // namespace

Result<PreparedStatement> PreparedStatement::prepare(MYSQL* handle, std::string_view sql) {
  StatementHandle statement(mysql_stmt_init(handle));
  if (!statement) return last_error(handle, sql);
  if (mysql_stmt_prepare(statement.get(), sql.data(), static_cast<unsigned long>(sql.size())) !=
      0) {
    return last_error(handle, statement.get(), sql);
  }
  return PreparedStatement(handle, std::move(statement), sql);
}

Error PreparedStatement::error() const { return last_error(handle_, statement_.get(), sql_); }

Result<std::uint64_t> PreparedStatement::run(std::span<const db::Value> params,
                                             const db::RowHandler* handler) {
  KEEPSUM_TRY(bind(params));
  if (mysql_stmt_execute(statement_.get()) != 0) return error();
  const std::uint64_t affected = mysql_stmt_affected_rows(statement_.get());
  Result<void> fetched;
  if (handler != nullptr && mysql_stmt_field_count(statement_.get()) > 0) fetched = fetch(*handler);
  finish();
  KEEPSUM_TRY(fetched);
  constexpr auto unknown = ~std::uint64_t{0};
  return affected == unknown ? std::uint64_t{0} : affected;
}

Result<void> PreparedStatement::run_only(std::span<const db::ValueView> params) {
  KEEPSUM_TRY(bind(params));
  if (mysql_stmt_execute(statement_.get()) != 0) [[unlikely]]
    return error();
  finish();
  return {};
}

Result<void> PreparedStatement::first_row(std::span<const db::Value> params, db::Row& row,
                                          bool& found) {
  found = false;
  KEEPSUM_TRY(bind(params));
  if (mysql_stmt_execute(statement_.get()) != 0) return error();
  Result<void> fetched;
  if (mysql_stmt_field_count(statement_.get()) > 0) {
    fetched = bind_result();
    const int outcome = fetched.has_value() ? mysql_stmt_fetch(statement_.get()) : MYSQL_NO_DATA;
    if (outcome == 0 || outcome == MYSQL_DATA_TRUNCATED) {
      found = true;
      row.resize(slots_.size());
      fetched = read_row(row);
    } else if (outcome != MYSQL_NO_DATA) {
      fetched = error();
    }
  }
  finish();
  return fetched;
}

// Reads what is left, so that the connection is free.
void PreparedStatement::finish() noexcept {
  if (mysql_stmt_field_count(statement_.get()) > 0) mysql_stmt_free_result(statement_.get());
  // A CALL ends with a status of its own.
  while (mysql_stmt_more_results(statement_.get()) != 0 &&
         mysql_stmt_next_result(statement_.get()) == 0) {
    mysql_stmt_free_result(statement_.get());
  }
}

Result<void> PreparedStatement::bind(std::span<const db::ValueView> params) {
  const unsigned long expected = mysql_stmt_param_count(statement_.get());
  if (expected != params.size()) {
    return Error{.code = ErrorCode::invalid_argument,
                 .recovery = Recovery::none,
                 .message = fmt::format("the statement takes {} parameters, {} were given",
                                        expected, params.size()),
                 .where = sql_.substr(0, 200),
                 .hint = {},
                 .server_message = {}};
  }
  if (params.empty()) return {};
  params_.assign(params.size(), MYSQL_BIND{});
  for (std::size_t i = 0; i < params.size(); ++i) bind_one(params_[i], params[i]);
  // `length` stays null: the library then uses buffer_length of its own copy of the binds.
  if (mysql_stmt_bind_param(statement_.get(), params_.data()) != 0) return error();
  return {};
}

// After DDL the server prepares again, and columns may be of other types.
bool PreparedStatement::is_bound() const {
  const unsigned count = mysql_stmt_field_count(statement_.get());
  if (slots_.empty() || count != slots_.size()) return false;
  const MYSQL_FIELD* const fields = statement_->fields;
  for (std::size_t i = 0; i < count; ++i) {
    const Slot& slot = slots_[i];
    if (fields[i].type != slot.type || fields[i].flags != slot.flags ||
        fields[i].length != slot.declared_length || fields[i].charsetnr != slot.charset) {
      return false;
    }
  }
  return true;
}

Result<void> PreparedStatement::bind_result() {
  if (is_bound()) return {};
  slots_.clear();
  const ResultHandle metadata(mysql_stmt_result_metadata(statement_.get()));
  if (!metadata) return error();
  const std::span fields(mysql_fetch_fields(metadata.get()), mysql_num_fields(metadata.get()));
  std::vector<Slot> slots(fields.size());
  std::vector<MYSQL_BIND> binds(fields.size());
  for (std::size_t i = 0; i < fields.size(); ++i) bind_column(fields[i], slots[i], binds[i]);
  if (mysql_stmt_bind_result(statement_.get(), binds.data()) != 0) return error();
  slots_ = std::move(slots);
  return {};
}

void PreparedStatement::bind_column(const MYSQL_FIELD& field, Slot& slot, MYSQL_BIND& bind) {
  slot.type = field.type;
  slot.flags = field.flags;
  slot.declared_length = field.length;
  slot.charset = field.charsetnr;
  slot.kind = value_kind(field);
  bind.is_null = &slot.is_null;
  bind.error = &slot.truncated;
  bind.length = &slot.length;
  switch (slot.kind) {
    case ValueKind::int64:
    case ValueKind::uint64:
      bind.buffer_type = MYSQL_TYPE_LONGLONG;
      bind.is_unsigned = slot.kind == ValueKind::uint64 ? 1 : 0;
      bind.buffer = &slot.integer;
      break;
    case ValueKind::float_:
    case ValueKind::double_:
      bind.buffer_type = MYSQL_TYPE_DOUBLE;
      bind.buffer = &slot.number;
      break;
    default:
      slot.bytes.resize(std::clamp(field.length, 32UL, inline_bytes_max));
      bind.buffer_type = slot.kind == ValueKind::blob ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
      bind.buffer = slot.bytes.data();
      bind.buffer_length = static_cast<unsigned long>(slot.bytes.size());
  }
}

Result<void> PreparedStatement::fetch(const db::RowHandler& handler) {
  KEEPSUM_TRY(bind_result());
  db::Row row(slots_.size());
  for (;;) {
    const int outcome = mysql_stmt_fetch(statement_.get());
    if (outcome == MYSQL_NO_DATA) return {};
    if (outcome != 0 && outcome != MYSQL_DATA_TRUNCATED) return error();
    KEEPSUM_TRY(read_row(row));
    KEEPSUM_ASSIGN(const db::Flow flow, handler(row));
    if (flow == db::Flow::stop) return {};
  }
}

Result<void> PreparedStatement::read_row(db::Row& row) {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.is_null != 0) {
      row[i] = std::monostate{};
      continue;
    }
    switch (slot.kind) {
      case ValueKind::int64: row[i] = slot.integer; break;
      case ValueKind::uint64: row[i] = static_cast<std::uint64_t>(slot.integer); break;
      case ValueKind::float_:
      case ValueKind::double_: row[i] = slot.number; break;
      default: {
        if (slot.length <= slot.bytes.size()) {
          row[i] = value_from_bytes(slot.kind, slot.bytes.substr(0, slot.length));
          break;
        }
        std::string whole(slot.length, '\0');
        MYSQL_BIND bind{};
        bind.buffer_type = slot.kind == ValueKind::blob ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING;
        bind.buffer = whole.data();
        bind.buffer_length = slot.length;
        bind.length = &bind.length_value;
        if (mysql_stmt_fetch_column(statement_.get(), &bind, static_cast<unsigned>(i), 0) != 0) {
          return error();
        }
        row[i] = value_from_bytes(slot.kind, std::move(whole));
      }
    }
  }
  return {};
}

std::vector<db::ResultColumn> PreparedStatement::columns() const {
  std::vector<db::ResultColumn> columns;
  const ResultHandle metadata(mysql_stmt_result_metadata(statement_.get()));
  if (!metadata) return columns;
  MY_CHARSET_INFO charset{};
  mysql_get_character_set_info(handle_, &charset);
  const std::span fields(mysql_fetch_fields(metadata.get()), mysql_num_fields(metadata.get()));
  for (const MYSQL_FIELD& field : fields) {
    columns.push_back(describe_field(field, charset.mbmaxlen));
  }
  return columns;
}

}  // namespace keepsum::mysql
