#include "database.hpp"

#include "mysql_database.hpp"
#include "sqlite_database.hpp"

namespace payment_service {

std::unique_ptr<Database> open_database(std::string_view url, const DatabaseOptions& options) {
  auto target = parse_database_url(url);
  if (auto* const sqlite = std::get_if<SqliteTarget>(&target)) {
    return open_sqlite(std::move(*sqlite), options);
  }
  return open_mysql(std::get<MysqlTarget>(std::move(target)), options);
}

}  // namespace payment_service
