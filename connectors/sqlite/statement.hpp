// One prepared statement of SQLite.
//
// Invariant: between calls it is reset, so it holds no lock and no open read.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/sqlite/client.hpp"
#include <keepsum/session.hpp>

namespace keepsum::sqlite {

enum class StatementLife { once, kept };

class PreparedStatement {
 public:
  // Errors: invalid_argument if `sql` is no statement, or more than one.
  static Result<PreparedStatement> prepare(sqlite3* handle, std::string_view sql,
                                           StatementLife life);

  // Runs it to its end; rows, if any, go to `handler`, or are thrown away if that is null.
  // Returns the rows an INSERT, UPDATE or DELETE changed, 0 for other statements.
  Result<std::uint64_t> run(std::span<const db::Value> params, const db::RowHandler* handler);

  [[nodiscard]] std::vector<db::ResultColumn> columns() const;

 private:
  PreparedStatement(sqlite3* handle, StatementHandle statement, std::string_view sql)
      : handle_(handle), statement_(std::move(statement)), sql_(sql) {}

  Result<void> bind(std::span<const db::Value> params);
  Result<void> step(const db::RowHandler* handler);
  void read_row(db::Row& row) const;

  sqlite3* handle_;
  StatementHandle statement_;
  std::string sql_;
};

}  // namespace keepsum::sqlite
