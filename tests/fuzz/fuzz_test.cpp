// The fuzz targets without a fuzzer: their corpus, then inputs made from it.
//
//   KEEPSUM_TEST_SEED=n     draws other inputs [1]
//   KEEPSUM_TEST_SECONDS=n  as many as fit into the time, instead of so many of each target
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <random>

#include "tests/fuzz/corpus.hpp"
#include "tests/fuzz/mutator.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/targets.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::fuzz {

namespace {

using Clock = std::chrono::steady_clock;
using Target = std::function<void(std::string_view)>;

std::uint64_t setting(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string as_line(std::string_view input) {
  std::string line;
  for (const char c : input.substr(0, 4096)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20U || byte > 0x7EU || c == '"' || c == '\\') {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  return line;
}

class Fuzz : public testing::Test {
 protected:
  // Plays the corpus, or as much of it, and then `inputs` made from it.
  void play(const std::string& name, const Target& target, std::uint64_t inputs,
            std::size_t seeds_max = 1'000) {
    Corpus corpus = corpus_of(name);
    const std::uint64_t seed = setting("KEEPSUM_TEST_SEED", 1);
    std::ranges::shuffle(corpus.seeds, std::mt19937_64(seed));
    seeds_max = std::min(seeds_max, corpus.seeds.size());
    for (std::size_t i = 0; i < seeds_max; ++i) try_one(target, corpus.seeds[i]);
    const std::uint64_t seconds = setting("KEEPSUM_TEST_SECONDS", 0);
    const auto deadline = Clock::now() + std::chrono::seconds{seconds};
    Mutator mutator(corpus, seed);
    std::uint64_t made = 0;
    for (; seconds > 0 ? Clock::now() < deadline : made < inputs; ++made) {
      if (HasFailure()) return;
      try_one(target, mutator.next());
    }
    RecordProperty("seed", std::to_string(seed));
    RecordProperty("inputs", std::to_string(seeds_max + made));
  }

 private:
  static void try_one(const Target& target, const std::string& input) {
    try {
      target(input);
    } catch (const std::exception& error) {
      ADD_FAILURE() << as_line(error.what()) << "\nby the input \"" << as_line(input) << '"';
    }
  }
};

TEST_F(Fuzz, Spec) { play("spec", spec, 3'000); }
TEST_F(Fuzz, Url) { play("url", url, 1'000); }

// Those that try what they are given on a database.
class FuzzDatabase : public Fuzz, public testing::WithParamInterface<const char*> {
 protected:
  using GroundTarget = bool (*)(Ground&, std::string_view);

  void play_on_ground(const std::string& name, GroundTarget target, std::uint64_t sqlite_inputs,
                      std::uint64_t mariadb_inputs) {
    const bool mariadb = GetParam() == std::string_view("mariadb");
    const auto ground = mariadb ? mariadb_ground(test::shared_mariadb().url("")) : sqlite_ground();
    std::uint64_t taken = 0;
    play(
        name,
        [&](std::string_view input) {
          if (target(*ground, input)) ++taken;
        },
        mariadb ? mariadb_inputs : sqlite_inputs, mariadb ? 30 : 1'000);
    RecordProperty("taken", std::to_string(taken));
    EXPECT_GT(taken, 10U);
  }
};

TEST_P(FuzzDatabase, Expression) { play_on_ground("expression", expression, 2'000, 100); }
TEST_P(FuzzDatabase, Quoting) { play_on_ground("quoting", quoting, 150, 10); }

INSTANTIATE_TEST_SUITE_P(Databases, FuzzDatabase, testing::Values("sqlite", "mariadb"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace

}  // namespace keepsum::fuzz
