// Random schemas of three tables, random summaries over them, and random statements on them.
// Everything follows from the seed.
#pragma once

#include <keepsum/error.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace keepsum::test {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}
  // 0 … sides - 1.
  std::size_t roll(std::size_t sides) { return engine_() % sides; }
  bool chance(std::size_t percent) { return roll(100) < percent; }
  template <class T>
  T pick(const std::vector<T>& all) {
    return all[roll(all.size())];
  }
  std::string number(std::size_t below) { return std::to_string(roll(below)); }

 private:
  std::mt19937_64 engine_;
};

struct RandomCase {
  std::vector<std::string> tables;
  std::string spec;       // one summary, named "summary"
  std::string recompute;  // by hand; without the aggregates that by_hand() does not know
  std::string latched;    // the keys a latch must remember, one text for each; "" without latch
  std::string stored_latches;
  std::string other_spec;  // the same summary with other columns; "" unless asked for
};

struct RandomOptions {
  bool mariadb = false;
  bool hooks = false;          // kept by embedded hooks; foreign keys do not act by themselves then
  std::string aggregate = {};  // this alone; "" for some of all
  bool other_spec = false;
};

RandomCase random_case(Dice& dice, const RandomOptions& options);

// One statement that may well fail for a constraint. Of the UPDATEs of t on MariaDB so many are
// UPDATE IGNORE.
std::string random_statement(Dice& dice, bool mariadb, std::size_t ignored_percent = 25);
// Rows of all three tables, each by a statement of its own, most ids taken: what a history begins
// with, so that its joins are seldom empty. Some may fail likewise.
std::vector<std::string> random_rows(Dice& dice);
// Whether it did, and for one of the tables it is about: of the summary's own none may fail.
[[nodiscard]] bool is_constraint(const Error& error, bool mariadb);

// One statement on the one row of that table and id. What it may fail for is likewise.
struct RowChange {
  std::string table;
  std::int64_t id = 0;
  std::string insert, update, remove;
  std::int64_t new_id = 0;  // after the update
};
RowChange random_row_change(Dice& dice, bool mariadb);

}  // namespace keepsum::test
