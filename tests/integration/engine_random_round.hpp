// One random schema, a random summary over it, and random transactions, each of which ends in the
// law. Everything follows from the seed.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/integration/engine_random_case.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

struct RoundOptions {
  std::string aggregate = {};        // this alone; "" for some of all
  std::size_t statements_max = 5;    // of a transaction
  std::size_t compare_every = 1;     // so many transactions, and after the last
  std::size_t ignored_percent = 25;  // of UPDATEs, where a row may be refused
};

class RandomRound : public Scene {
 public:
  RandomRound(Server server, std::uint64_t seed, RoundOptions options = {})
      : Scene(server), seed_(seed), dice_(seed), options_(std::move(options)) {}

  // So many transactions, held to the law as the options say; fewer if it is broken. False if the
  // summary was refused for its foreign keys' actions.
  bool play(std::size_t transactions);

  // The parts of play(). False as there.
  bool prepare();
  // One transaction. What a statement failed for, if for anything but a constraint; "" if not.
  [[nodiscard]] std::string transact();
  // Where summary and source differ; "" if nowhere. Unlike play() it makes no test fail.
  [[nodiscard]] std::string fault();

  [[nodiscard]] std::int64_t changes() const noexcept { return changes_; }
  [[nodiscard]] const std::string& spec() const noexcept { return game_.spec; }

 private:
  void attempt();
  // Runs what was drawn. A constraint may refuse it: then false.
  bool attempt(const std::string& statement);
  void remember();
  [[nodiscard]] bool is_left_joined() const;
  [[nodiscard]] bool has_actions() const;  // of its foreign keys
  // What a latch sees of a REPLACE when the old row has gone and the new one has not come: a LEFT
  // JOIN of it finds none then.
  [[nodiscard]] std::vector<std::string> seen_between(const std::string& statement);

  std::uint64_t seed_;
  Dice dice_;
  RoundOptions options_;
  RandomCase game_;
  std::set<std::string> latched_;
  std::int64_t changes_ = 0;  // rows
  std::string failure_;
};

}  // namespace keepsum::test
