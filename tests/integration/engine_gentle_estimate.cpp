// How a gentle run divides its time, by what a pass is expected to take; and what it learns of
// that.
#include <optional>
#include <string>

#include "engine/reconcile/order.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;

// What its pass at full speed takes is known, and how long it sleeps follows from that.
class GentleEstimate : public EngineOnMariadb {
 protected:
  void SetUp() override {
    run_all({"CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, v INT NOT NULL, KEY (g))",
             "INSERT INTO t SELECT seq, seq % 1000, seq % 997 FROM seq_1_to_400000",
             "ANALYZE TABLE t"});
    apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"},
          "aggregates": {"v": "sum(t.v)"}})json");
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
