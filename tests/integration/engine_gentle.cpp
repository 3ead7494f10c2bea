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

// What its pass at full speed takes is known, and how long it sleeps follows from that.
class GentleEstimate : public GentlePass {
 protected:
  void SetUp() override {
    GentlePass::SetUp();
    tour_.one_pass_seconds_per_row = 5.0 / static_cast<double>(estimated_rows(plan()));
    first_ = choose();
  }
  Order choose(std::optional<double> budget_s = std::nullopt) {
    return choose_order(plan(), tour_,
                        {.left = budget_s ? std::optional(Seconds(*budget_s)) : std::nullopt,
                         .why_gently = [] { return std::string("others write"); },
                         .rests_by = &database().dialect});
  }

  Tour tour_;
  Order first_;
};

TEST_F(GentleEstimate, StaysWhereAPassTakesWhatItWasExpectedToTake) {
  const Order first = choose(25);
  ASSERT_TRUE(first.rests.has_value());
  EXPECT_NEAR(first.expected.count(), 5, 0.001);
  gentle_pass_took(plan(), first, first.resting + first.awake, tour_);
  EXPECT_NEAR(choose(25).resting.count(), first.resting.count(), 0.001);
}

TEST_F(GentleEstimate, LetsTheNextPassSleepLessAfterOneThatWasLate) {
  const Order first = choose(25);
  gentle_pass_took(plan(), first, first.resting + 1.1 * first.awake, tour_);
  const Order second = choose(25);
  EXPECT_LT(second.resting, first.resting - Seconds(1));
  EXPECT_NEAR(second.expected.count(), 5.5, 0.001);
  gentle_pass_took(plan(), second, second.resting + 0.9 * second.awake, tour_);
  EXPECT_GT(choose(25).resting, second.resting + Seconds(1));
}

// Some per cent more or less rows than there should be would be as many sleeps more or less.
TEST_F(GentleEstimate, StaysWhereAPassHasSleptMostOfTheTime) {
  ASSERT_GT(first_.resting, 2 * first_.awake);
  for (const double factor : {0.5, 0.9, 1.1, 2.0}) {
    gentle_pass_took(plan(), first_, first_.resting + factor * first_.awake, tour_);
    EXPECT_NEAR(choose().expected.count(), 5, 0.001);
  }
}

TEST_F(GentleEstimate, GoesByRangesWhereAPassIsGivenUpAgainAndAgain) {
  gentle_pass_ran_out(plan(), first_, tour_);
  const Order second = choose();
  EXPECT_EQ(second.pass, plan::Pass::one_pass);
  EXPECT_LT(second.resting, first_.resting - Seconds(5));
  Order next = second;
  for (int i = 0; next.rests && i < 6; ++i) {
    gentle_pass_ran_out(plan(), next, tour_);
    next = choose();
  }
  EXPECT_EQ(next.pass, plan::Pass::key_ranges) << next.reason;
}

TEST_F(GentleEstimate, RestsTwiceAsOftenWhereThereIsTimeToRestForLong) {
  const auto rests = [&](const Order& order) {
    return order.rests->share_of_rows * static_cast<double>(estimated_rows(plan()));
  };
  EXPECT_NEAR(rests(first_), 5 / 0.00012, 1);
  EXPECT_GT(first_.resting, 3 * first_.expected);
  const Order hurried = choose_order(plan(), tour_,
                                     {.left = Seconds(25),
                                      .why_gently = [] { return std::string("others write"); },
                                      .rests_by = &database().dialect});
  EXPECT_NEAR(rests(hurried), 5 / 0.00025, 1);
  EXPECT_GT(hurried.resting, Seconds(0));
  EXPECT_NEAR((hurried.awake + hurried.resting).count(), 22.5, 0.001);
}

// A snapshot may last a minute, a run longer.
TEST_F(GentleEstimate, RestsForLongerInPartsThanInOneStatement) {
  OrderLimits limits{.why_gently = [] { return std::string("others write"); },
                     .rests_by = &database().dialect,
                     .may_go_by_parts = true};
  const double rows = static_cast<double>(estimated_rows(plan()));
  const Order part = choose_order(plan(), tour_, limits);
  ASSERT_TRUE(part.part_rows.has_value()) << part.reason;
  EXPECT_NEAR(static_cast<double>(*part.part_rows), rows / 3, rows / 100);
  EXPECT_NEAR((part.awake + part.resting).count(), 54, 0.001);
  EXPECT_GT(part.resting, 2.5 * first_.resting / 3);
  // The second is as large, and the last takes what is left.
  tour_.position = db::Value(std::int64_t{300});
  tour_.share = 0.34;
  const Order second = choose_order(plan(), tour_, limits);
  ASSERT_TRUE(second.part_rows.has_value());
  EXPECT_NEAR(static_cast<double>(*second.part_rows), rows / 3, rows / 50);
  tour_ = Tour{};
  // A budget is for all of them.
  tour_.one_pass_seconds_per_row = 5.0 / rows;
  limits.left = Seconds(600);
  EXPECT_TRUE(choose_order(plan(), tour_, limits).part_rows.has_value());
  limits.left = Seconds(50);
  EXPECT_FALSE(choose_order(plan(), tour_, limits).part_rows.has_value());
  // What rests for as long as it may in one statement is one.
  limits.left = std::nullopt;
  tour_.one_pass_seconds_per_row = 1.0 / rows;
  const Order whole = choose_order(plan(), tour_, limits);
  EXPECT_FALSE(whole.part_rows.has_value()) << whole.reason;
  EXPECT_NEAR(whole.resting / whole.expected, 24, 0.001);
  // Of much there is less rest, but parts as the tables lie for as long as they can be.
  tour_.one_pass_seconds_per_row = 20.0 / rows;
  const Order much = choose_order(plan(), tour_, limits);
  ASSERT_TRUE(much.part_rows.has_value()) << much.reason;
  EXPECT_GT(static_cast<double>(*much.part_rows), rows / 8);
  EXPECT_GT(much.resting, much.awake);
}

TEST_F(GentleEstimate, MakesPartsAsLargeAsTheBudgetHasRoomFor) {
  const auto within = [&](double budget_s) {
    return choose_order(plan(), tour_,
                        {.left = Seconds(budget_s),
                         .why_gently = [] { return std::string("others write"); },
                         .rests_by = &database().dialect,
                         .may_go_by_parts = true});
  };
  const double rows = static_cast<double>(estimated_rows(plan()));
  const Order ten = within(10), five = within(5), one = within(1);
  ASSERT_TRUE(ten.part_rows.has_value() && five.part_rows.has_value());
  EXPECT_NEAR(static_cast<double>(*ten.part_rows), rows / 3, rows / 100);
  EXPECT_NEAR(static_cast<double>(*five.part_rows), rows / 6, rows / 100);
  EXPECT_NEAR((ten.awake + ten.resting).count(), 9, 0.001);
  EXPECT_NEAR((five.awake + five.resting).count(), 4.5, 0.001);
  EXPECT_EQ(one.pass, plan::Pass::key_ranges);
  EXPECT_FALSE(one.part_rows.has_value());
  // No index is gone through for longer than it takes to be worth a statement.
  tour_.one_pass_seconds_per_row = 100.0 / rows;
  const Order small = within(600);
  ASSERT_TRUE(small.part_rows.has_value());
  EXPECT_NEAR((small.awake + small.resting).count(), 4.5, 0.001);
  EXPECT_LT(static_cast<double>(*small.part_rows), rows / 100);
  // The last is what is left, and a little more, as that is an estimate.
  tour_.one_pass_seconds_per_row = 5.0 / rows;
  tour_.position = db::Value(std::int64_t{900});
  tour_.share = 0.9;
  const Order last = within(10);
  ASSERT_TRUE(last.part_rows.has_value());
  EXPECT_NEAR(static_cast<double>(*last.part_rows), rows / 8, rows / 100);
  // There are more rows than were expected: nobody knows how many.
  tour_.share = Tour::share_max;
  const Order further = within(10);
  ASSERT_TRUE(further.part_rows.has_value());
  EXPECT_NEAR(static_cast<double>(*further.part_rows), rows / 3, rows / 100);
}

}  // namespace
}  // namespace keepsum::test
