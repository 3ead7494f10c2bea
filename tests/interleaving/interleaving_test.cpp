// Every order of the steps of a few sessions, for the cases in cases/.
//
//   KEEPSUM_TEST_ORDERS=1  prints how many orders each case had, and how often sessions met
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>

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

class Interleaving : public testing::TestWithParam<Play> {};

TEST_P(Interleaving, EveryOrderIsExact) {
  const Case played = read_case(GetParam().file);
  Runner runner(played, settings()[GetParam().setting]);
  const Tally tally = runner.play_all();
  RecordProperty("orders", static_cast<int>(tally.orders));
  RecordProperty("waits", static_cast<int>(tally.waits));
  RecordProperty("retries", static_cast<int>(tally.retries));
  if (std::getenv("KEEPSUM_TEST_ORDERS") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    fmt::print("{} orders, {} waits, {} retries\n", tally.orders, tally.waits, tally.retries);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Interleaving, testing::ValuesIn(plays()), [](const auto& each) {
  return each.param.file.stem().string() + "_" + settings()[each.param.setting].name;
});

}  // namespace
}  // namespace keepsum::test
