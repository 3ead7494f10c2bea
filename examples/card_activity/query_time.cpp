// How long a query takes, for one key after another.
//
//   query_time DATABASE SQL KEY…
//
// The statement is prepared once and run 21 times for each key, after one run that does not count;
// what is printed is the median. So the rows come from memory: from a disk it takes longer.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "sqlite_statement.hpp"

namespace {

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

std::string readable(double us) {
  return us < 1000 ? fmt::format("{:.1f} us", us) : fmt::format("{:.1f} ms", us / 1000);
}

void measure(const char* file, const char* sql, const std::vector<std::int64_t>& keys) {
  const example::Handle handle = example::open(file);
  example::Statement statement(handle.get(), sql);
  fmt::print("{:>8}  {:>12}  {:>10}\n", "key", "result", "median");
  for (const std::int64_t key : keys) {
    const std::int64_t result = statement.scalar(key);
    fmt::print("{:>8}  {:>12}  {:>10}\n", key, result, readable(median_us(statement, key)));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: query_time DATABASE SQL KEY...\n", stderr);
    return 64;
  }
  try {
    std::vector<std::int64_t> keys;
    for (int i = 3; i < argc; ++i) keys.push_back(std::stoll(argv[i]));
    measure(argv[1], argv[2], keys);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "query_time: {}\n", error.what());
    return 1;
  }
}
