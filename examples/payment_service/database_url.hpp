// Where the database is, from a URL as keepsum's command line takes it, without its options.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace payment_service {

struct SqliteTarget {
  std::string file;
};

struct MysqlTarget {
  std::string user, password, host, database;
  std::uint16_t port = 3306;
};

// Throws std::invalid_argument, which names what is wrong and quotes nothing: a URL may hold a
// password.
[[nodiscard]] std::variant<SqliteTarget, MysqlTarget> parse_database_url(std::string_view url);

}  // namespace payment_service
