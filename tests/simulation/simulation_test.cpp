// Random histories of several sessions at once, by triggers and by hooks, with a reconciler and a
// change of spec among them: after each the summary is what a query by hand gives, and a
// verification finds nothing.
//
//   KEEPSUM_TEST_SEED=n     begins with this seed; a failure names the one to repeat
//   KEEPSUM_TEST_ROUNDS=n   so many histories, instead of as many as fit into the time
//   KEEPSUM_TEST_SECONDS=n  the time for each setting [5]
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "tests/simulation/history.hpp"

namespace keepsum::test {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class Simulation : public testing::TestWithParam<std::size_t> {};

TEST_P(Simulation, EveryHistoryIsExact) {
  const Setting& setting = settings()[GetParam()];
  const std::uint64_t seed = from_environment("KEEPSUM_TEST_SEED", 30'000);
  const std::uint64_t rounds_max = from_environment("KEEPSUM_TEST_ROUNDS", 0);
  const auto deadline =
      Clock::now() + std::chrono::seconds{from_environment("KEEPSUM_TEST_SECONDS", 5)};
  Tally tally;
  std::uint64_t rounds = 0, refused = 0, transactions = 0, hooked = 0;
  for (; rounds_max > 0 ? rounds < rounds_max : Clock::now() < deadline; ++rounds) {
    const History history = random_history(seed + rounds, setting.server == Server::mariadb);
    bool is_refused = false;
    const std::string fault = fault_of(history, setting, tally, is_refused);
    refused += is_refused ? 1 : 0;
    hooked += history.hooks && !is_refused ? 1 : 0;
    transactions += is_refused ? 0 : history.transactions * history.orders.size();
    if (fault.empty()) continue;
    fmt::print("seed {}: {}{}shrinking it may take minutes\n", seed + rounds, fault,
               to_text(history));
    std::fflush(stdout);
    ADD_FAILURE() << fault << "repeat with KEEPSUM_TEST_SEED=" << seed + rounds
                  << " KEEPSUM_TEST_ROUNDS=1; shrunk, it is\n"
                  << to_text(shrunk(history, setting, fault));
    break;
  }
  RecordProperty("seed", std::to_string(seed));
  RecordProperty("rounds", std::to_string(rounds));
  RecordProperty("transactions", std::to_string(transactions));
  RecordProperty("orders", std::to_string(tally.orders));
  RecordProperty("waits", std::to_string(tally.waits));
  RecordProperty("retries", std::to_string(tally.retries));
  RecordProperty("hooked", std::to_string(hooked));
  fmt::print("{} histories ({} by hooks), {} refused, {} transactions, {} waits, {} run again\n",
             rounds, hooked, refused, transactions, tally.waits, tally.retries);
}

std::vector<std::size_t> all_settings() {
  std::vector<std::size_t> all(settings().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

INSTANTIATE_TEST_SUITE_P(Settings, Simulation, testing::ValuesIn(all_settings()),
                         [](const auto& each) { return settings()[each.param].name; });

}  // namespace
}  // namespace keepsum::test
