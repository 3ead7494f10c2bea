#include "bench/raw_mysql.hpp"

#include <fmt/format.h>

namespace keepsum::bench::raw {

void fail(unsigned code, const std::string& words) {
  const std::string text = fmt::format("{} ({})", words, code);
  if (code == ER_LOCK_DEADLOCK || code == ER_LOCK_WAIT_TIMEOUT) throw Conflict(text);
  throw std::runtime_error(text);
}

mysql::ConnectionHandle connect(const connectors::ConnectionUrl& url) {
  mysql::ConnectionHandle handle(mysql_init(nullptr));
  mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(handle.get(), url.host.c_str(), url.user.c_str(), url.password.c_str(),
                         url.database.c_str(), url.port, nullptr, 0) == nullptr) {
    fail(mysql_errno(handle.get()), mysql_error(handle.get()));
  }
  return handle;
}

void run(MYSQL* connection, std::string_view sql) {
  if (mysql_real_query(connection, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    fail(mysql_errno(connection), mysql_error(connection));
  }
  mysql::ResultHandle(mysql_store_result(connection)).reset();
}

std::vector<std::vector<std::string>> rows(MYSQL* connection, std::string_view sql) {
  if (mysql_real_query(connection, sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    fail(mysql_errno(connection), mysql_error(connection));
  }
  const mysql::ResultHandle result(mysql_store_result(connection));
  std::vector<std::vector<std::string>> all;
  if (!result) return all;
  const unsigned columns = mysql_num_fields(result.get());
  while (const MYSQL_ROW row = mysql_fetch_row(result.get())) {
    auto& texts = all.emplace_back();
    for (unsigned i = 0; i < columns; ++i) texts.emplace_back(row[i] != nullptr ? row[i] : "NULL");
  }
  return all;
}

Statement::Statement(MYSQL* connection, std::string_view sql)
    : handle_(mysql_stmt_init(connection)) {
  if (mysql_stmt_prepare(handle_.get(), sql.data(), static_cast<unsigned long>(sql.size())) != 0) {
    fail(mysql_stmt_errno(handle_.get()), mysql_stmt_error(handle_.get()));
  }
}

void Statement::execute(MYSQL_BIND* binds) {
  if (mysql_stmt_bind_param(handle_.get(), binds) != 0 || mysql_stmt_execute(handle_.get()) != 0) {
    fail(mysql_stmt_errno(handle_.get()), mysql_stmt_error(handle_.get()));
  }
}

bool Statement::fetch(std::span<MYSQL_BIND> columns) {
  if (mysql_stmt_bind_result(handle_.get(), columns.data()) != 0) {
    fail(mysql_stmt_errno(handle_.get()), mysql_stmt_error(handle_.get()));
  }
  const int code = mysql_stmt_fetch(handle_.get());
  if (code == 1) fail(mysql_stmt_errno(handle_.get()), mysql_stmt_error(handle_.get()));
  mysql_stmt_free_result(handle_.get());
  return code != MYSQL_NO_DATA;
}

}  // namespace keepsum::bench::raw
