// One prepared statement of SQLite.
//
// Invariant: between calls it is reset, so it holds no lock and no open read.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/sqlite/client.hpp"

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

  // Runs it to its first row, which goes into `row`; false if there is none.
  Result<bool> first_row(std::span<const db::Value> params, db::Row& row);

  [[nodiscard]] std::vector<db::ResultColumn> columns() const;

 private:
  PreparedStatement(sqlite3* handle, StatementHandle statement, std::string_view sql)
      : handle_(handle),
        statement_(std::move(statement)),
        sql_(sql),
        params_(static_cast<std::size_t>(sqlite3_bind_parameter_count(statement_.get()))) {}

  Result<void> bind(std::span<const db::Value> params);
  [[nodiscard]] Error other_number(std::size_t given) const;
  [[nodiscard]] Error not_exact(int index) const;
  Result<void> step(const db::RowHandler* handler);
  // The error of the step, and the end of the run.
  Error failed();
  // Ends a run, also an unfinished one.
  void reset() noexcept;
  void read_row(db::Row& row) const;

  sqlite3* handle_;
  StatementHandle statement_;
  std::string sql_;
  std::size_t params_;
  bool borrows_ = false;  // bound to memory of the caller
};

}  // namespace keepsum::sqlite
