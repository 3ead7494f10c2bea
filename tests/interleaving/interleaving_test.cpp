// The orders of the steps of a few sessions, for the cases in cases/.
//
//   KEEPSUM_TEST_ORDERS=n  plays at most n orders of each case, evenly chosen; 0: every one [4]
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "tests/interleaving/runner.hpp"

namespace keepsum::test {
namespace {

struct Play {
  std::filesystem::path file;
  std::size_t setting = 0;
};

void PrintTo(const Play& play, std::ostream* out) { *out << play.file.stem().string(); }

std::vector<Play> plays() {
  std::vector<Play> all;
  for (const std::filesystem::path& file : case_files()) {
    const std::string only = read_case(file).only;
    for (std::size_t i = 0; i < settings().size(); ++i) {
      if (settings()[i].name.starts_with(only)) all.push_back({file, i});
    }
  }
  return all;
}

std::size_t orders_max() {
  const char* const text = std::getenv("KEEPSUM_TEST_ORDERS");  // NOLINT(concurrency-mt-unsafe)
  const std::size_t wished = text == nullptr ? 4 : std::strtoull(text, nullptr, 10);
  return wished == 0 ? std::numeric_limits<std::int32_t>::max() : wished;
}

class Interleaving : public testing::TestWithParam<Play> {};

TEST_P(Interleaving, OrdersAreExact) {
  const Case played = read_case(GetParam().file);
  Runner runner(played, settings()[GetParam().setting]);
  const Tally tally = runner.play_all(orders_max());
  RecordProperty("orders", static_cast<int>(tally.orders));
  RecordProperty("waits", static_cast<int>(tally.waits));
  RecordProperty("retries", static_cast<int>(tally.retries));
  fmt::print("{} orders, {} waits, {} retries\n", tally.orders, tally.waits, tally.retries);
}

INSTANTIATE_TEST_SUITE_P(Cases, Interleaving, testing::ValuesIn(plays()), [](const auto& each) {
  return each.param.file.stem().string() + "_" + settings()[each.param.setting].name;
});

}  // namespace
}  // namespace keepsum::test
