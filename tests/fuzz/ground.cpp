#include "tests/fuzz/ground.hpp"

#include <cstdlib>

#include "tests/fuzz/target.hpp"

namespace keepsum::fuzz {

void Ground::must(const std::string& sql) {
  const auto done = run(sql);
  require(done.has_value(), sql + ": " + (done.has_error() ? describe(done.error()) : ""));
}

Ground& ground_of_environment() {
  static const std::unique_ptr<Ground> ground = [] {
    const char* const url = std::getenv("KEEPSUM_TEST_MYSQL_URL");  // NOLINT(concurrency-mt-unsafe)
    return url == nullptr ? sqlite_ground() : mariadb_ground(url);
  }();
  return *ground;
}

}  // namespace keepsum::fuzz
