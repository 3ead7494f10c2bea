// Writers that come while a pass is under way at full speed: it gives way, and goes on gently.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

#include "engine/reconcile/order.hpp"
#include "engine/reconcile/scan.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;
using namespace std::chrono_literals;

class GentlePass : public EngineOnMariadb {
 protected:
  // A pass of some seconds over few rows: what is counted is costly.
  void SetUp() override {
    run_all({"CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, v INT NOT NULL, KEY (g))",
             "INSERT INTO t SELECT seq, seq % 1000, seq % 997 FROM seq_1_to_400000",
             "ANALYZE TABLE t", "CREATE TABLE other (n INT NOT NULL)",
             "INSERT INTO other VALUES (0)"});
    std::vector<std::string> aggregates;
    for (int i = 0; i < 12; ++i) {
      aggregates.push_back(
          fmt::format(R"json("a{0}": "var_pop(t.v) FILTER (WHERE t.v <> {0})")json", i));
    }
    apply(fmt::format(R"json("s": {{"from": "t", "group_by": {{"g": "t.g"}},
          "aggregates": {{{}}}}})json",
                      fmt::join(aggregates, ", ")));
  }

  // Beginning when the first pass is at work.
  void write_until(const std::atomic<bool>& done) {
    const auto session = connect();
    const auto is_at_work = [&] {
      const auto rows = session->rows(
          "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'SELECT k0%'");
      return rows.has_value() && !rows->empty();
    };
    while (!done && !is_at_work()) std::this_thread::sleep_for(1ms);
    while (!done) {
      EXPECT_TRUE(session->execute("UPDATE other SET n = n + 1").has_value());
      std::this_thread::sleep_for(1ms);
    }
  }
};

TEST_F(GentlePass, IsGoneOverToWhenWritersCome) {
  ReconcileOptions options;
  options.control.pacing = Pacing::by_writers;
  // It is expected to take 0.6 s, and rests for 24 times as long.
  run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.0000016");
  std::atomic<bool> done{false};
  std::thread writers([&] { write_until(done); });
  const auto report = reconcile::reconcile(database(), plan(), options);
  done = true;
  writers.join();
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->outcome, Outcome::consistent);
  EXPECT_EQ(report->keys_checked, 1000);
  EXPECT_EQ(report->order, plan::Pass::one_pass);
  EXPECT_NE(report->order_reason.find("others write ("), std::string::npos) << report->order_reason;
  EXPECT_NE(report->order_reason.find("so the run went over to a gentle pass"), std::string::npos)
      << report->order_reason;
  EXPECT_GT(report->rested_s, 4);
}

// The pass has rested in its statement; what it found does not wait as long again, and longer.
TEST_F(GentlePass, RepairsAtOnceWhatItHasFound) {
  ReconcileOptions options;
  options.control.pacing = Pacing::gentle;
  options.control.gentle_share = 0.1;
  run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.0000004");
  run("DELETE FROM s WHERE g = 7");
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->outcome, Outcome::repaired);
  EXPECT_EQ(report->repaired, 1);
  EXPECT_EQ(report->order, plan::Pass::one_pass);
  EXPECT_GT(report->rested_s, 0.5);
  EXPECT_LT(report->rested_s, 2 * report->longest_snapshot_s);
}

TEST_F(GentlePass, IsNotRestedForWhereItWasGivenUp) {
  ReconcileOptions options;
  options.control.pacing = Pacing::gentle;
  options.control.gentle_share = 0.02;
  options.snapshot_max = 2s;
  run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.0000004");
  const auto start = std::chrono::steady_clock::now();
  std::optional<std::chrono::steady_clock::duration> until_first_range;
  std::stop_source stop;
  options.control.stop = stop.get_token();
  options.on_range = [&](const Chunk&) -> Result<void> {
    if (!until_first_range) until_first_range = std::chrono::steady_clock::now() - start;
    stop.request_stop();
    return {};
  };
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  ASSERT_EQ(report->order, plan::Pass::key_ranges) << report->order_reason;
  // Rested for it would be for 98 s.
  ASSERT_TRUE(until_first_range.has_value());
  EXPECT_LT(*until_first_range, 30s);
}

// A pass that was too slow is no sign of a run that is always cut short: it has come past one
// range.
TEST_F(GentlePass, ThatDidNotComeToItsEndInTheBudgetIsFollowedByParts) {
  ReconcileOptions options;
  options.control.pacing = Pacing::gentle;
  options.control.gentle_share = 0.01;
  options.control.time_budget = 6s;
  // It sleeps at rows, and there are ten times as many as is thought.
  plan::SummaryPlan fewer = plan();
  for (plan::BaseTable& table : fewer.tables) table.info.estimated_rows /= 10;
  run("UPDATE keepsum_tours SET one_pass_seconds_per_row = 0.00001");
  const auto late = reconcile::reconcile(database(), fewer, options);
  ASSERT_TRUE(late.has_value()) << describe(late.error());
  ASSERT_NE(late->order_reason.find("it did not come to its end"), std::string::npos)
      << late->order_reason;
  const auto next = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(next.has_value()) << describe(next.error());
  EXPECT_NE(next->order_reason.find("so it goes by parts"), std::string::npos)
      << next->order_reason;
}

// Too long for one snapshot: a statement for each part of the keys, and each is over in its time.
class GentleParts : public EngineOnMariadb {
 protected:
  void SetUp() override {
    run_all({"CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, v INT NOT NULL, KEY (g))",
             "INSERT INTO t SELECT seq, seq % 1000, seq % 997 FROM seq_1_to_100000",
             "ANALYZE TABLE t"});
    apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"},
          "aggregates": {"v": "sum(t.v)"}})json");
    options_.control.pacing = Pacing::gentle;
    options_.snapshot_max = 2s;
    expect_pass_of(1.7);
  }
  void expect_pass_of(double seconds) {
    run(fmt::format("UPDATE keepsum_tours SET one_pass_seconds_per_row = {}",
                    seconds / static_cast<double>(estimated_rows(plan()))));
  }
  RunReport reconcile() {
    auto report = reconcile::reconcile(database(), plan(), options_);
    EXPECT_TRUE(report.has_value()) << describe(report.error());
    return std::move(report).value();
  }

  ReconcileOptions options_;
};

TEST_F(GentleParts, GoRoundAllKeysAndMendWhatEachHasFound) {
  run("DELETE FROM s WHERE g IN (0, 500)");
  run("UPDATE s SET g = 5000 WHERE g = 999");  // one is missing, and one is nobody's
  std::vector<std::optional<db::Value>> begun;
  std::optional<db::Value> end;
  options_.on_range = [&](const Chunk& chunk) -> Result<void> {
    const auto shown = [](const auto& value) { return value ? db::display(*value) : ""; };
    EXPECT_EQ(shown(chunk.from), shown(end));
    begun.push_back(chunk.from);
    end = chunk.to;
    return {};
  };
  const RunReport report = reconcile();
  EXPECT_EQ(report.outcome, Outcome::repaired);
  EXPECT_EQ(report.repaired, 4);
  EXPECT_EQ(report.keys_checked, 1001);
  EXPECT_TRUE(report.tour.complete);
  EXPECT_FALSE(end.has_value());
  EXPECT_EQ(report.order, plan::Pass::key_ranges);
  EXPECT_NE(report.order_reason.find("so it goes by parts of 12.5 %"), std::string::npos)
      << report.order_reason;
  EXPECT_GE(begun.size(), 4U);
  EXPECT_LE(begun.size(), 10U);
  EXPECT_LE(report.longest_snapshot_s, 2);
  EXPECT_GT(report.rested_s, report.seconds / 2);
  EXPECT_EQ(report.ranges, std::ssize(begun));
  options_.control.pacing = Pacing::full;
  options_.on_range = {};
  EXPECT_EQ(reconcile().outcome, Outcome::consistent);
}

TEST_F(GentleParts, AreGoneOnWithFromWhereABudgetEnded) {
  options_.control.time_budget = 3s;
  options_.control.gentle_share = 0.02;  // by ranges, where there is no time for a part
  options_.snapshot_max = 60s;
  expect_pass_of(5);
  std::optional<std::string> from;
  int runs = 0;
  for (;; ++runs) {
    const RunReport report = reconcile();
    EXPECT_EQ(report.tour.from, from);
    if (runs == 0) expect_pass_of(2.4);
    EXPECT_LT(report.seconds, 8);  // one that does not look at its budget rests for ten
    if (report.tour.complete) break;
    ASSERT_EQ(report.outcome, Outcome::unfinished);
    EXPECT_EQ(report.stop, Stop::budget);
    ASSERT_NE(report.tour.to, from);
    from = report.tour.to;
    ASSERT_LT(runs, 20);
  }
  EXPECT_GT(runs, 0);
}

TEST_F(GentleParts, AreOneRangeAtLeastWhereTheBudgetIsSpentBeforeTheyBegin) {
  options_.control.time_budget = 3s;
  options_.snapshot_max = 60s;
  expect_pass_of(2);
  std::string phase;
  options_.on_progress = [&](const Progress& progress) {
    if (phase.empty()) std::this_thread::sleep_for(3s);
    phase = progress.phase;
  };
  const RunReport report = reconcile();
  EXPECT_NE(report.order_reason.find("so it goes by parts"), std::string::npos)
      << report.order_reason;
  EXPECT_EQ(report.stop, Stop::budget);
  EXPECT_EQ(report.outcome, Outcome::unfinished);
  EXPECT_EQ(report.ranges, 1);
  EXPECT_TRUE(report.tour.to.has_value());
}

class GentlePartsOfAJoin : public GentleParts {
 protected:
  void SetUp() override {
    run_all({"CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, KEY (g))",
             "CREATE TABLE u (id INT PRIMARY KEY, t_id INT NOT NULL, v INT NOT NULL, KEY (t_id))",
             "INSERT INTO t SELECT seq, seq % 1000 FROM seq_1_to_100000",
             "INSERT INTO u SELECT seq, 1 + seq % 100000, seq % 997 FROM seq_1_to_500000",
             "ANALYZE TABLE t, u"});
    apply(R"json("s": {"from": "t", "joins": ["u ON u.t_id = t.id"], "group_by": {"g": "t.g"},
          "aggregates": {"v": "sum(u.v)"}})json");
    options_.control.pacing = Pacing::gentle;
    options_.snapshot_max = 2s;
    expect_pass_of(1.7);
  }
};

// They sleep at rows, and there are five times as many as is thought. Of one that runs out of its
// time nothing is verified, so there is one more and no third.
TEST_F(GentlePartsOfAJoin, AreTriedOnceAgainWhereOneDidNotEndInItsTime) {
  run("UPDATE s SET v = v + 1 WHERE g = 999");
  plan::SummaryPlan fewer = plan();
  for (plan::BaseTable& table : fewer.tables) table.info.estimated_rows = 100'000;
  const auto report = reconcile::reconcile(database(), fewer, options_);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  const auto again =
      report->order_reason.find("so the run went over to gentle parts, reckoned anew");
  ASSERT_NE(again, std::string::npos) << report->order_reason;
  EXPECT_NE(report->order_reason.find("so the run went over to ranges", again), std::string::npos)
      << report->order_reason;
  EXPECT_EQ(report->repaired, 1);
  EXPECT_TRUE(report->tour.complete);
}

// A statement that a kill ends has nothing to go on from.
TEST_F(GentleParts, AreNotTriedAgainByTheRunAfterOneThatCameToNothing) {
  options_.control.time_budget = 3s;
  options_.control.gentle_share = 0.02;  // by ranges, where there is no time for a part
  options_.snapshot_max = 60s;
  expect_pass_of(5);
  ASSERT_EQ(reconcile().outcome, Outcome::unfinished);
  std::stop_source stop;
  options_.control.stop = stop.get_token();
  expect_pass_of(5);
  std::jthread stopper([&] {
    std::this_thread::sleep_for(400ms);
    stop.request_stop();
  });
  const RunReport cut = reconcile();
  ASSERT_EQ(cut.stop, Stop::asked);
  ASSERT_EQ(cut.tour.from, cut.tour.to);
  options_.control.stop = {};
  options_.control.gentle_share = 0.4;
  const RunReport next = reconcile();
  EXPECT_NE(next.order_reason.find("the run before it was cut short in its pass"),
            std::string::npos)
      << next.order_reason;
  EXPECT_NE(next.tour.to, cut.tour.to);
  EXPECT_GT(next.ranges, 1);
}

}  // namespace
}  // namespace keepsum::test
