// Random schemas, summaries and transactions against a recompute, with every aggregate there is.
//
//   KEEPSUM_TEST_SEED=n    begins with this seed; a failure names the one to repeat
//   KEEPSUM_TEST_ROUNDS=n  so many rounds, instead of as many as fit into the time
//   KEEPSUM_TEST_SECONDS=n the time [12]
//   KEEPSUM_TEST_TRANSACTIONS=n of a round [14]
//   KEEPSUM_TEST_COMPARE=n compares after each n transactions [1]
//   KEEPSUM_TEST_CHANGES=n so many row changes for each aggregate (`make law`: 100,000)
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "engine/aggregates/aggregate.hpp"
#include "tests/integration/engine_random_round.hpp"

namespace keepsum::test {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class RandomLaw : public testing::TestWithParam<Server> {};
KEEPSUM_ON_BOTH(RandomLaw);

TEST_P(RandomLaw, HoldsAfterEveryTransaction) {
  const std::uint64_t seed = from_environment("KEEPSUM_TEST_SEED", 20'000);
  const std::uint64_t rounds_max = from_environment("KEEPSUM_TEST_ROUNDS", 0);
  const std::uint64_t transactions = from_environment("KEEPSUM_TEST_TRANSACTIONS", 14);
  const std::uint64_t compare_every = from_environment("KEEPSUM_TEST_COMPARE", 1);
  const auto deadline =
      Clock::now() + std::chrono::seconds{from_environment("KEEPSUM_TEST_SECONDS", 12)};
  std::uint64_t rounds = 0;
  std::uint64_t refused = 0;
  std::int64_t changes = 0;
  for (; rounds_max > 0 ? rounds < rounds_max : Clock::now() < deadline; ++rounds) {
    SCOPED_TRACE(
        fmt::format("repeat with KEEPSUM_TEST_SEED={} KEEPSUM_TEST_ROUNDS=1", seed + rounds));
    RandomRound round(GetParam(), seed + rounds, {.compare_every = compare_every});
    if (!round.play(transactions)) ++refused;
    changes += round.changes();
    if (HasFailure()) return;
  }
  RecordProperty("seed", std::to_string(seed));
  RecordProperty("rounds", std::to_string(rounds));
  RecordProperty("refused", std::to_string(refused));
  RecordProperty("transactions", std::to_string((rounds - refused) * transactions));
  RecordProperty("changes", std::to_string(changes));
  // A generator whose summaries are mostly refused tests little.
  const bool enough_to_tell = rounds >= 20;
  EXPECT_TRUE(!enough_to_tell || refused * 2 < rounds) << refused << " of " << rounds;
}

// Each aggregate for itself, over so many changed rows: inserts, updates of every column, deletes,
// late rows, moves between groups, NULLs. Compared both ways after each batch.
class AggregateChanges : public testing::TestWithParam<std::tuple<Server, std::string>> {};

TEST_P(AggregateChanges, LeaveNoDifference) {
  const auto& [server, aggregate] = GetParam();
  if (is_refused(aggregate, server == Server::mariadb)) GTEST_SKIP() << "refused here";
  constexpr std::uint64_t changes_of_a_slice = 300;
  const auto wanted =
      static_cast<std::int64_t>(from_environment("KEEPSUM_TEST_CHANGES", changes_of_a_slice));
  std::uint64_t seed = from_environment("KEEPSUM_TEST_SEED", 500'000);
  std::int64_t changes = 0;
  for (; changes < wanted; ++seed) {
    SCOPED_TRACE(fmt::format("repeat with KEEPSUM_TEST_SEED={}", seed));
    RandomRound round(server, seed,
                      {.aggregate = aggregate,
                       .statements_max = 25,
                       .compare_every = from_environment("KEEPSUM_TEST_COMPARE", 1)});
    round.play(40);
    changes += round.changes();
    if (HasFailure()) return;
  }
  RecordProperty("changes", std::to_string(changes));
  fmt::print("{} on {}: {} rows changed, no difference\n", aggregate, name_of(server), changes);
}

std::vector<std::string> names_of_aggregates() {
  std::vector<std::string> names;
  for (const aggregates::Aggregate* aggregate : aggregates::registry()) {
    names.push_back(std::string(aggregate->name()));
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, AggregateChanges,
                         testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                                          testing::ValuesIn(names_of_aggregates())),
                         [](const auto& each) {
                           return name_of(std::get<0>(each.param)) + "_" + std::get<1>(each.param);
                         });

}  // namespace
}  // namespace keepsum::test
