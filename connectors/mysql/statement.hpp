// One server-side prepared statement.
//
// Invariant: between calls of any member no result is pending, so the connection is free for
// other statements.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/mysql/client.hpp"
#include "connectors/mysql/types.hpp"

namespace keepsum::mysql {

class PreparedStatement {
 public:
  static Result<PreparedStatement> prepare(MYSQL* handle, std::string_view sql);

  // Runs it; rows, if any, go to `handler` one by one, or are thrown away if that is null.
  // Returns the affected rows.
  Result<std::uint64_t> run(std::span<const db::Value> params, const db::RowHandler* handler);
  // The same for nobody to look at: rows are thrown away, and not counted.
  Result<void> run_only(std::span<const db::ValueView> params);

  // Runs it; the first row, if there is one, goes into `row`, the others are thrown away. `found`
  // is whether there was one, also if reading it failed.
  Result<void> first_row(std::span<const db::Value> params, db::Row& row, bool& found);

  // The columns of its result; none if it returns no rows.
  [[nodiscard]] std::vector<db::ResultColumn> columns() const;

 private:
  // Where one column of the current row is put by the library.
  struct Slot {
    ValueKind kind = ValueKind::text;
    std::int64_t integer = 0;  // the bits of an unsigned one too
    double number = 0;
    std::string bytes;
    unsigned long length = 0;
    my_bool is_null = 0;
    my_bool truncated = 0;
    // The column it was bound for.
    enum_field_types type = MYSQL_TYPE_NULL;
    unsigned flags = 0;
    unsigned charset = 0;
    unsigned long declared_length = 0;
  };

  PreparedStatement(MYSQL* handle, StatementHandle statement, std::string_view sql)
      : handle_(handle), statement_(std::move(statement)), sql_(sql) {}

  Result<void> bind(std::span<const db::ValueView> params);
  Result<void> bind(std::span<const db::Value> params) {
    views_.assign(params.begin(), params.end());
    return bind(std::span<const db::ValueView>(views_));
  }
  // After the last row that is wanted, and after an error.
  void finish() noexcept;
  Result<void> bind_result();
  [[nodiscard]] bool is_bound() const;
  static void bind_column(const MYSQL_FIELD& field, Slot& slot, MYSQL_BIND& bind);
  Result<void> fetch(const db::RowHandler& handler);
  Result<void> read_row(db::Row& row);
  [[nodiscard, gnu::cold]] Error error() const;

  MYSQL* handle_;
  StatementHandle statement_;
  std::string sql_;
  std::vector<MYSQL_BIND> params_;    // these two kept for their memory
  std::vector<db::ValueView> views_;  // what `params_` point into, if values came
  std::vector<Slot> slots_;           // bound: their addresses stay
};

}  // namespace keepsum::mysql
