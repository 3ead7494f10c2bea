// The one place that includes the MySQL client library, and owners for its handles.
#pragma once

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include <memory>

namespace keepsum::mysql {

struct CloseConnection {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};
struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const noexcept { mysql_stmt_close(statement); }
};
// Of a result that is not read to its end, frees by reading the rest.
struct FreeResult {
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};

using ConnectionHandle = std::unique_ptr<MYSQL, CloseConnection>;
using StatementHandle = std::unique_ptr<MYSQL_STMT, CloseStatement>;
using ResultHandle = std::unique_ptr<MYSQL_RES, FreeResult>;

}  // namespace keepsum::mysql
