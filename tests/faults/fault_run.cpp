// The reconciler, and the server under it, killed again and again while writers write and someone
// spoils the summary; then the books are checked.
//
//   KEEPSUM_TEST_KILLS         SIGKILLs of the reconciler, or of apply in its backfill [12]
//   KEEPSUM_TEST_SERVER_KILLS  of the server, while a run repairs [2]
//   KEEPSUM_TEST_SEED          of what is drawn [1]; the machine's own timing is drawn anew each
//   time
//   KEEPSUM_TEST_KEEP          1: what a run that failed leaves behind is not removed [0]
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <map>
#include <thread>

#include "tests/faults/books.hpp"
#include "tests/faults/load.hpp"
#include "tests/support/child.hpp"

namespace keepsum::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using testing::AnyOf;
using testing::HasSubstr;

int setting(const char* name, int otherwise) {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value == nullptr ? otherwise : std::stoi(value);
}

unsigned seed() { return static_cast<unsigned>(setting("KEEPSUM_TEST_SEED", 1)); }

enum class Moment { any, after_a_repair, after_a_checkpoint };

class FaultRun {
 public:
  FaultRun(Ground& ground, int writers)
      : ground_(ground),
        dice_(seed()),
        session_(ground.connect().value()),
        writers_(ground, writers, 100 * seed()),
        spoiler_(ground, 100 * seed() + 99) {}

  void kill_reconcilers(int times);
  void kill_server(MariadbServer& server, int times);
  void end();

 private:
  std::vector<std::string> reconcile();
  std::unique_ptr<Child> start(std::vector<std::string> arguments);
  Ended finish(Child& child);
  void expect_code(const Ended& ended, const testing::Matcher<int>& codes);
  bool wait_for(Moment moment, Child& child);
  std::int64_t number(const std::string& query);
  std::int64_t evidence() { return number("SELECT COALESCE(MAX(id), 0) FROM keepsum_drift"); }
  bool kill_one_backfill();
  bool kill_one_run();
  void note(std::int64_t runs_before, std::int64_t evidence_before);
  void settle();
  void balance(const char* when);

  Ground& ground_;
  Dice dice_;
  std::unique_ptr<db::Session> session_;
  Writers writers_;
  Spoiler spoiler_;
  int children_ = 0;
  int balanced_ = 0;
  std::map<std::string, int> fell_;  // where the kills fell
  std::map<int, int> codes_;         // of those that ended by themselves
};

std::vector<std::string> FaultRun::reconcile() {
  std::vector<std::string> arguments{"reconcile", "card_activity", "--guard", "100"};
  const auto add = [&](std::vector<std::string> more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
  };
  switch (below(dice_, 5)) {
    case 0: break;
    case 1: add({"--order", "key-ranges", "--chunk-time", "5ms"}); break;
    case 2: add({"--order", "key-ranges", "--chunk-time", "5ms", "--workers", "3"}); break;
    case 3: add({"--order", "key-ranges", "--chunk-time", "5ms", "--time-budget", "200ms"}); break;
    default: {
      // Too short for the pass, and not for a hundred rows.
      const std::string bound = fmt::format("{}ms", 50 * setting("KEEPSUM_TEST_PATIENCE", 1));
      add({"--order", "one-pass", "--snapshot-max", bound, "--chunk-time", "5ms"});
    }
  }
  return arguments;
}

std::unique_ptr<Child> FaultRun::start(std::vector<std::string> arguments) {
  return std::make_unique<Child>(ground_.command(std::move(arguments)),
                                 fmt::format("{}/run{}", ground_.folder(), ++children_ % 4));
}

std::int64_t FaultRun::number(const std::string& query) {
  const auto value = session_->scalar(query);
  return value.has_value() ? db::as_int64(*value) : -1;
}

// Of a run that nobody killed, on a server that nobody killed.
void FaultRun::expect_code(const Ended& ended, const testing::Matcher<int>& codes) {
  ++codes_[ended.code];
  EXPECT_THAT(ended.code, codes) << ended.out << ended.err;
}

// Returns whether it came; the child may end before.
bool FaultRun::wait_for(Moment moment, Child& child) {
  if (moment == Moment::any) {
    std::this_thread::sleep_for(microseconds{below(dice_, 700'000)});
    return child.is_running();
  }
  const auto look = [&] {
    return moment == Moment::after_a_repair
               ? evidence()
               : number("SELECT COALESCE(SUM(keys_checked), 0) FROM keepsum_tours");
  };
  const std::int64_t before = look();
  while (child.is_running()) {
    if (look() != before) {
      std::this_thread::sleep_for(microseconds{below(dice_, 20'000)});
      return child.is_running();
    }
    std::this_thread::sleep_for(200us);
  }
  return false;
}

void FaultRun::note(std::int64_t runs_before, std::int64_t evidence_before) {
  const std::int64_t runs = number("SELECT COALESCE(MAX(id), 0) FROM keepsum_runs");
  ++fell_[runs == runs_before             ? "before the run had begun"
          : evidence() == evidence_before ? "before its first repair"
                                          : "after its first repair"];
}

// A run that stops here leaves the database as it was found.
void FaultRun::balance(const char* when) {
  if (check_balance(ground_, *session_, fmt::format("{} {}", when, ++balanced_))) return;
  if (setting("KEEPSUM_TEST_KEEP", 0) == 0) return;
  ground_.keep();
  fmt::print("kept: {}\n", ground_.folder());
}

bool FaultRun::kill_one_run() {
  const std::int64_t runs = number("SELECT COALESCE(MAX(id), 0) FROM keepsum_runs");
  const std::int64_t found = evidence();
  const auto child = start(reconcile());
  const std::int64_t choice = below(dice_, 10);
  wait_for(choice < 4   ? Moment::any
           : choice < 8 ? Moment::after_a_repair
                        : Moment::after_a_checkpoint,
           *child);
  if (!child->kill9()) {
    expect_code(child->finish(), AnyOf(0, 2, 4));
    return false;
  }
  note(runs, found);
  balance("after kill");
  return true;
}

// The other summary is dropped and filled anew, so that apply can be killed in its middle.
bool FaultRun::kill_one_backfill() {
  if (below(dice_, 2) == 0) {
    // 64: there is none, because the last apply was killed before it had made it.
    expect_code(start({"drop", "merchant_activity", "--yes"})->finish(), AnyOf(0, 64));
  }
  const auto child = start({"apply", "--yes", "--order", "key-ranges", "--chunk-time", "5ms"});
  std::this_thread::sleep_for(microseconds{below(dice_, 900'000)});
  if (!child->kill9()) {
    expect_code(child->finish(), 0);
    return false;
  }
  ++fell_["in apply"];
  return true;
}

void FaultRun::kill_reconcilers(int times) {
  for (int killed = 0; killed < times && !testing::Test::HasFailure();) {
    killed += (below(dice_, 8) == 0 ? kill_one_backfill() : kill_one_run()) ? 1 : 0;
  }
}

void FaultRun::kill_server(MariadbServer& server, int times) {
  for (int killed = 0; killed < times && !testing::Test::HasFailure();) {
    const auto child = start(reconcile());
    if (!wait_for(Moment::after_a_repair, *child)) {
      expect_code(child->finish(), AnyOf(0, 2, 4));
      continue;
    }
    server.kill9();
    const Ended ended = child->finish();
    // It may have ended in the moment between.
    EXPECT_THAT(ended.code, AnyOf(0, 1, 2, 4)) << ended.out << ended.err;
    if (ended.code == 1) {
      EXPECT_THAT(ended.err, HasSubstr("connection was lost"));
      ++fell_["server killed in a repair"];
      ++killed;
    }
    server.restart();
    session_ = ground_.connect().value();
    balance("as recovered after kill");
  }
}

// Nothing is spoilt any more, so the second run, at the latest, has nothing to do.
void FaultRun::settle() {
  for (int i = 0; i < 2; ++i) {
    expect_code(start({"reconcile", "card_activity", "--guard", "100"})->finish(), AnyOf(0, 2));
  }
  writers_.stop();
  const Ended last = start({"reconcile"})->finish();
  EXPECT_EQ(last.code, 0) << last.out << last.err;
}

void FaultRun::end() {
  spoiler_.stop();
  if (testing::Test::HasFailure()) return;
  expect_code(start({"apply", "--yes"})->finish(), 0);
  settle();
  EXPECT_EQ(writers_.failure(), "");
  EXPECT_EQ(spoiler_.failure(), "");
  const Books books = check_evidence(ground_, *session_);
  check_figures(*session_);
  check_control_tables(*session_);
  EXPECT_GT(books.evidence, 0);
  int kills = 0;
  for (const auto& [where, times] : fell_) kills += times;
  testing::Test::RecordProperty("seed", std::to_string(seed()));
  testing::Test::RecordProperty("kills", std::to_string(kills));
  testing::Test::RecordProperty("transactions", std::to_string(writers_.done()));
  fmt::print("{} transactions of writers, {} conflicts, {} reconnects\n", writers_.done(),
             writers_.conflicts(), writers_.reconnects());
  fmt::print("{} figures spoilt {} times, {} rows of evidence that account for each\n", books.keys,
             books.spoilt, books.evidence);
  for (const auto& [where, times] : fell_) fmt::print("{:>5} killed: {}\n", times, where);
  for (const auto& [code, times] : codes_)
    fmt::print("{:>5} ended by themselves: exit {}\n", times, code);
}

TEST(FaultRunMariadb, EachRepairIsMadeOnce) {
  MariadbGround ground;
  ground.prepare();
  FaultRun run(ground, 4);
  run.kill_reconcilers(setting("KEEPSUM_TEST_KILLS", 12));
  run.kill_server(ground.server(), setting("KEEPSUM_TEST_SERVER_KILLS", 2));
  run.end();
}

TEST(FaultRunSqlite, EachRepairIsMadeOnce) {
  SqliteGround ground;
  ground.prepare();
  FaultRun run(ground, 2);
  run.kill_reconcilers(setting("KEEPSUM_TEST_KILLS", 12));
  run.end();
}

}  // namespace

}  // namespace keepsum::test
