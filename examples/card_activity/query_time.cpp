// How long a query takes, for one key after another.
//
// The statement is prepared once and run until its last row, 21 times for each key after one run
// that does not count; what is printed is the median. Rows come from memory: a first visit to a
// disk costs more.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "examples/card_activity/sqlite_statement.hpp"

namespace {

std::string read_file_or_text(const char* argument);

double median_us(example::Statement& statement, std::int64_t key) {
  constexpr std::size_t runs = 21;
  std::vector<double> times;
  for (std::size_t i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    static_cast<void>(statement.scalar(key));
    statement.reset();
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start)
            .count());
  }
  std::nth_element(times.begin(), times.begin() + runs / 2, times.end());
  return times[runs / 2];
}

}  // namespace
