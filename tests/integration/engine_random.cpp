// Random schemas, summaries and transactions against a recompute, with every aggregate there is.
//
//   KEEPSUM_TEST_SEED=n    begins with this seed; a failure names the one to repeat
//   KEEPSUM_TEST_ROUNDS=n  so many rounds, instead of as many as fit into the time
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <set>

#include "tests/integration/engine_random_case.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds time_budget{20};
constexpr int transactions = 14;

std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What a random statement may run into: duplicates, missing parents, children, NULL in a key.
bool is_constraint(const Error& error, bool mariadb) {
  static const std::set<int> of_mariadb = {1022, 1048, 1062, 1451, 1452, 1761};
  constexpr int sqlite_constraint = 19;
  return mariadb ? of_mariadb.contains(error.native_code)
                 : (error.native_code & 0xff) == sqlite_constraint;
}

class Round : public Scene {
 public:
  Round(Server server, std::uint64_t seed) : Scene(server), dice_(seed) {}

  // False if the summary was refused for its foreign keys' actions.
  bool play() {
    const RandomCase game = random_case(dice_, {.mariadb = on_mariadb()});
    run_all(game.tables);
    if (!on_mariadb()) {
      run("PRAGMA recursive_triggers = ON");
      run(dice_.chance(70) ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
    }
    for (int i = 0; i < 12; ++i) attempt();
    const auto diagnostics = compile(game.spec);
    const auto codes = error_codes(diagnostics);
    if (on_mariadb() &&
        std::all_of(codes.begin(), codes.end(),
                    [](const std::string& code) { return code == "cascade"; }) &&
        !codes.empty()) {
      return false;
    }
    if (!codes.empty()) {
      ADD_FAILURE() << game.spec << "\n" << schema::render(diagnostics, "spec", game.spec);
      return false;
    }
    SCOPED_TRACE(game.spec);
    apply(game.spec);
    remember(game);
    for (int i = 0; i < transactions && !testing::Test::HasFailure(); ++i) transact(game);
    return true;
  }

 private:
  void attempt() {
    const std::string statement = random_statement(dice_, on_mariadb());
    try_to_run(statement, [&](const Error& error) { return is_constraint(error, on_mariadb()); });
  }

  void remember(const RandomCase& game) {
    if (game.latched.empty()) return;
    for (std::string& line : lines(game.latched)) latched_.insert(std::move(line));
  }

  void transact(const RandomCase& game) {
    const std::set<std::string> before = latched_;
    run("BEGIN");
    std::set<std::string> at_savepoint;
    bool savepoint = false;
    for (std::size_t n = 1 + dice_.roll(5); n > 0; --n) {
      attempt();
      remember(game);
      if (!savepoint && dice_.chance(20)) {
        run("SAVEPOINT here");
        at_savepoint = latched_;
        savepoint = true;
      } else if (savepoint && dice_.chance(30)) {
        run("ROLLBACK TO SAVEPOINT here");
        latched_ = at_savepoint;
      }
    }
    if (dice_.chance(20)) {
      run("ROLLBACK");
      latched_ = before;
    } else {
      run("COMMIT");
    }
    expect_equal(game.recompute);
    if (game.latched.empty()) return;
    const auto stored = lines(game.stored_latches);
    EXPECT_EQ(std::set<std::string>(stored.begin(), stored.end()), latched_);
  }

  Dice dice_;
  std::set<std::string> latched_;
};

class RandomLaw : public testing::TestWithParam<Server> {};
KEEPSUM_ON_BOTH(RandomLaw);

TEST_P(RandomLaw, HoldsAfterEveryTransaction) {
  const std::uint64_t seed = from_environment("KEEPSUM_TEST_SEED", 20'000);
  const std::uint64_t rounds_max = from_environment("KEEPSUM_TEST_ROUNDS", 0);
  const auto deadline = Clock::now() + time_budget;
  std::uint64_t rounds = 0;
  std::uint64_t refused = 0;
  for (; rounds_max > 0 ? rounds < rounds_max : Clock::now() < deadline; ++rounds) {
    SCOPED_TRACE(
        fmt::format("repeat with KEEPSUM_TEST_SEED={} KEEPSUM_TEST_ROUNDS=1", seed + rounds));
    if (!Round(GetParam(), seed + rounds).play()) ++refused;
    if (HasFailure()) return;
  }
  RecordProperty("rounds", static_cast<int>(rounds));
  RecordProperty("refused", static_cast<int>(refused));
  // A generator whose summaries are mostly refused tests little.
  const bool enough_to_tell = rounds >= 20;
  EXPECT_TRUE(!enough_to_tell || refused * 2 < rounds) << refused << " of " << rounds;
}

}  // namespace
}  // namespace keepsum::test
