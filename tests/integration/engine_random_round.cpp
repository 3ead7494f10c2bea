#include "tests/integration/engine_random_round.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>

namespace keepsum::test {

void RandomRound::attempt() { attempt(random_statement(dice_, on_mariadb())); }

bool RandomRound::attempt(const std::string& statement) {
  bool done = true;
  try_to_run(statement, [&](const Error& error) {
    done = false;
    if (!is_constraint(error, on_mariadb())) {
      failure_ += statement + ": " + describe(error) + "\n";
    }
    return true;
  });
  return done;
}

bool RandomRound::is_left_joined() const {
  return game_.spec.find("LEFT JOIN") != std::string::npos;
}

bool RandomRound::has_actions() const {
  return std::any_of(game_.tables.begin(), game_.tables.end(), [](const std::string& table) {
    return table.find(" CASCADE") != std::string::npos ||
           table.find(" SET NULL") != std::string::npos;
  });
}

std::vector<std::string> RandomRound::seen_between(const std::string& statement) {
  static const std::regex replace(R"(REPLACE INTO (\w+) \([^)]*\) VALUES \((\d+),.*)");
  static const std::regex load(R"(LOAD DATA .* REPLACE INTO TABLE (\w+) .*/\* (\d+) \*/)");
  std::smatch match;
  if (game_.latched.empty() || !is_left_joined() ||
      !(std::regex_match(statement, match, replace) || std::regex_match(statement, match, load))) {
    return {};
  }
  std::vector<std::string> seen;
  EXPECT_TRUE(writer().execute("SAVEPOINT halfway").has_value());
  const auto gone =
      writer().execute(fmt::format("DELETE FROM {} WHERE id = {}", match[1].str(), match[2].str()));
  if (gone.has_value()) seen = lines(game_.latched);
  EXPECT_TRUE(writer().execute("ROLLBACK TO SAVEPOINT halfway").has_value());
  return seen;
}

bool RandomRound::prepare() {
  game_ = random_case(dice_, {.mariadb = on_mariadb(), .aggregate = options_.aggregate});
  run_all(game_.tables);
  if (on_mariadb()) {
    const std::vector<std::string> levels{"REPEATABLE READ", "READ COMMITTED", "SERIALIZABLE"};
    run("SET SESSION TRANSACTION ISOLATION LEVEL " + levels[seed_ % levels.size()]);
  } else {
    run("PRAGMA recursive_triggers = ON");
    run(dice_.chance(70) ? "PRAGMA foreign_keys = ON" : "PRAGMA foreign_keys = OFF");
  }
  for (const std::string& statement : random_rows(dice_)) attempt(statement);
  for (int i = 0; i < 4; ++i) attempt();
  const auto diagnostics = compile(game_.spec);
  const auto codes = error_codes(diagnostics);
  if (on_mariadb() && !codes.empty() &&
      std::all_of(codes.begin(), codes.end(), [](const std::string& code) {
        return code == "cascade" || code == "left-join-cascade";
      })) {
    return false;
  }
  if (!codes.empty()) {
    ADD_FAILURE() << game_.spec << "\n" << schema::render(diagnostics, "spec", game_.spec);
    return false;
  }
  apply(game_.spec);
  remember();
  return true;
}

void RandomRound::remember() {
  if (game_.latched.empty()) return;
  for (std::string& line : lines(game_.latched)) latched_.insert(std::move(line));
}

std::string RandomRound::transact() {
  const std::set<std::string> before = latched_;
  failure_.clear();
  run("BEGIN");
  std::set<std::string> at_savepoint;
  bool savepoint = false;
  for (std::size_t n = 1 + dice_.roll(options_.statements_max); n > 0; --n) {
    const std::string statement = random_statement(dice_, on_mariadb(), options_.ignored_percent);
    const std::vector<std::string> between = seen_between(statement);
    if (attempt(statement)) latched_.insert(between.begin(), between.end());
    changes_ += rows_changed();
    remember();
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
  return failure_;
}

std::string RandomRound::fault() {
  std::string text = differences(plan(), game_.recompute);
  if (game_.latched.empty()) return text;
  const auto stored = lines(game_.stored_latches);
  const std::set<std::string> known(stored.begin(), stored.end());
  if (known == latched_) return text;
  // Between a change and the foreign key action that follows it a LEFT JOIN may find none: then it
  // may be true of more than any statement left behind, and of no less.
  const bool may_be_more =
      is_left_joined() && has_actions() &&
      std::includes(known.begin(), known.end(), latched_.begin(), latched_.end());
  if (may_be_more) return text;
  return fmt::format("{}  latches stored: {}\n  by hand: {}\n", text, fmt::join(stored, ", "),
                     fmt::join(latched_, ", "));
}

bool RandomRound::play(std::size_t transactions) {
  if (!prepare()) return false;
  SCOPED_TRACE(game_.spec);
  EXPECT_EQ(failure_, "");
  for (std::size_t i = 1; i <= transactions && !testing::Test::HasFailure(); ++i) {
    EXPECT_EQ(transact(), "");
    if (i % options_.compare_every != 0 && i != transactions) continue;
    expect_equal(game_.recompute);
    EXPECT_EQ(fault(), "") << past();
  }
  return true;
}

}  // namespace keepsum::test
