#include "tests/fuzz/ground.hpp"

#include <cstdlib>

namespace keepsum::fuzz {

Ground& ground_of_environment() {
  static const std::unique_ptr<Ground> ground = [] {
    const char* const url = std::getenv("KEEPSUM_TEST_MYSQL_URL");  // NOLINT(concurrency-mt-unsafe)
    return url == nullptr ? sqlite_ground() : mariadb_ground(url);
  }();
  return *ground;
}

}  // namespace keepsum::fuzz
