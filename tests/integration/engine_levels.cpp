// A summary made from a summary: exact after every statement, through repairs and prunings, and
// only believed while what it is made from is.
#include <fmt/format.h>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/lifecycle/relations.hpp"
#include "engine/plan/compile.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/engine_random_case.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* daily = R"json("shop_daily": {"from": "sales s", "where": "s.void = 0",
    "group_by": {"shop": "s.shop", "day": "s.day"},
    "aggregates": {"total": "sum(s.cents)", "sales": "count(*)", "mean": "avg(s.cents)",
                   "largest": "max(s.cents)", "refunds": "any(s.cents < 0)",
                   "clerks": "count(DISTINCT s.clerk)"}})json";
constexpr const char* monthly = R"json("shop_monthly": {"from": "shop_daily d",
    "group_by": {"shop": "d.shop", "month": "div(d.day, 100)"},
    "aggregates": {"total": "sum(d.total)", "days": "count(*)", "best_day": "max(d.total)",
                   "largest": "max(d.largest)", "worst_mean": "min(d.mean)",
                   "refund_days": "count(*) FILTER (WHERE d.refunds = 1)",
                   "busiest": "max(d.clerks)", "figures": "count(DISTINCT d.sales)"},
    "allow_float": true})json";  // a mean is a float on SQLite
constexpr const char* yearly = R"json("yearly": {"from": "shop_monthly m",
    "group_by": {"year": "div(m.month, 100)"},
    "aggregates": {"total": "sum(m.total)", "months": "count(*)"}})json";

std::string of(std::initializer_list<const char*> summaries) {
  std::string text;
  for (const char* summary : summaries) text += (text.empty() ? "" : ", ") + std::string(summary);
  return text;
}

class Levels : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE sales (id BIGINT NOT NULL PRIMARY KEY, shop BIGINT NOT NULL, day BIGINT NOT "
         "NULL, cents BIGINT, clerk VARCHAR(6), void INT NOT NULL)",
         "CREATE INDEX sales_shop ON sales (shop, day)",
         "INSERT INTO sales VALUES (1, 1, 20260105, 100, 'a', 0), (2, 1, 20260105, -40, 'b', 0), "
         "(3, 1, 20260131, NULL, 'a', 0), (4, 1, 20260201, 7, NULL, 0), (5, 2, 20260105, 5, 'c', "
         "1), (6, 2, 20270301, 11, 'c', 0)"});
  }

  [[nodiscard]] std::string div(const std::string& a) const {
    return on_mariadb() ? a + " DIV 100" : a + " / 100";
  }
  [[nodiscard]] static std::string daily_by_hand() {
    return "SELECT shop, day, COALESCE(SUM(cents), 0) AS total, COUNT(*) AS sales, "
           "ROUND(SUM(cents) * 1.0 / COUNT(cents), 4) AS mean, MAX(cents) AS largest, MAX(CASE "
           "WHEN cents < 0 THEN 1 ELSE 0 END) AS refunds, COUNT(DISTINCT clerk) AS clerks FROM "
           "sales WHERE void = 0 GROUP BY shop, day";
  }
  // Every group by hand has a sale, so none is empty: count(*) > 0.
  [[nodiscard]] std::string monthly_by_hand() const {
    return fmt::format(
        "SELECT shop, {0} AS month, SUM(total) AS total, COUNT(*) AS days, MAX(total) AS best_day, "
        "MAX(largest) AS largest, MIN(mean) AS worst_mean, SUM(CASE WHEN refunds = 1 THEN 1 ELSE 0 "
        "END) AS refund_days, MAX(clerks) AS busiest, COUNT(DISTINCT sales) AS figures FROM ({1}) "
        "AS d GROUP BY shop, {0}",
        div("day"), daily_by_hand());
  }
  [[nodiscard]] std::string yearly_by_hand() const {
    return fmt::format(
        "SELECT {} AS year, SUM(total) AS total, COUNT(*) AS months FROM ({}) AS m GROUP BY {}",
        div("month"), monthly_by_hand(), div("month"));
  }
  void check() {
    expect_equal(daily_by_hand(), 0);
    expect_monthly();
    expect_equal(yearly_by_hand(), 2);
  }
  // SQLite's means are floats of all digits, of which the test writes four.
  void expect_monthly() {
    if (on_mariadb()) {
      expect_equal(monthly_by_hand(), 1);
      return;
    }
    std::string text = monthly_by_hand();
    const std::string rounded = "ROUND(SUM(cents) * 1.0 / COUNT(cents), 4)";
    text.replace(text.find(rounded), rounded.size(), "SUM(cents) * 1.0 / COUNT(cents)");
    expect_equal(text, 1);
  }
  lifecycle::State state_of(const std::string& name) {
    const auto record = lifecycle::Control(database()).find(name).value();
    return record ? record->state : lifecycle::State::absent;
  }
};
KEEPSUM_ON_BOTH(Levels);

TEST_P(Levels, HoldAfterEveryStatement) {
  apply(of({daily, monthly, yearly}));
  check();
  for (const char* statement :
       {"INSERT INTO sales VALUES (10, 1, 20260105, 900, 'd', 0), (11, 3, 20260105, 1, NULL, 0)",
        "UPDATE sales SET cents = cents + 1", "UPDATE sales SET day = day + 100 WHERE shop = 1",
        "UPDATE sales SET clerk = 'A' WHERE id IN (1, 2)", "UPDATE sales SET void = 1 - void",
        "UPDATE sales SET void = 0, cents = -cents",
        "UPDATE sales SET shop = 2 WHERE cents IS NULL OR id = 10",
        "DELETE FROM sales WHERE shop = 2",
        "INSERT INTO sales SELECT id + 1000, shop, day + 1, NULL, clerk, 0 FROM sales",
        "DELETE FROM sales WHERE cents IS NULL", "DELETE FROM sales",
        "INSERT INTO sales VALUES (20, 1, 20260105, 3, 'x', 0)"}) {
    run(statement);
    check();
    if (HasFailure()) return;
  }
}

TEST_P(Levels, PruningChangesNothing) {
  apply(of({daily, monthly, yearly}));
  run("DELETE FROM sales WHERE day = 20260105 OR day = 20270301");
  const std::string stored = "SELECT shop, month, days, total FROM shop_monthly ORDER BY 1, 2";
  const auto before = lines(stored);
  EXPECT_THAT(lines("SELECT COUNT(*) FROM shop_daily"), ElementsAre("4"));
  check();
  EXPECT_THAT(reconcile_all(), IsEmpty());
  EXPECT_THAT(lines("SELECT COUNT(*) FROM shop_daily"), ElementsAre("2"));
  check();
  EXPECT_THAT(
      lines("SELECT shop, month, days, total FROM shop_monthly WHERE days > 0 ORDER BY 1, 2"),
      ElementsAre("1|202601|1|0", "1|202602|1|7"));
  EXPECT_THAT(before, ElementsAre("1|202601|1|0", "1|202602|1|7", "2|202703|0|0"));
}

TEST_P(Levels, ARepairOfTheFirstIsPassedOn) {
  apply(of({daily, monthly, yearly}));
  run("UPDATE shop_daily SET total = 555, largest = 999 WHERE day = 20260105");
  EXPECT_THAT(lines("SELECT best_day FROM shop_monthly WHERE shop = 1 AND month = 202601"),
              ElementsAre("555"));
  const auto drifted = reconcile_all();
  ASSERT_EQ(drifted.size(), 1U);  // the second level followed both times
  EXPECT_EQ(drifted[0].name, "shop_daily");
  check();
  run("UPDATE shop_monthly SET total = 1, largest = 2");
  ASSERT_EQ(reconcile_all().size(), 1U);  // the year followed the month's wrong figures, and back
  check();
}

TEST_P(Levels, ReadsBeforeTheyAreLiveComeFromTheBaseTables) {
  const auto codes = error_codes(compile(of({yearly, monthly, daily})));
  EXPECT_THAT(codes, IsEmpty());  // whatever their order in the file, and before any table is there
  EXPECT_EQ(plan(0).spec.name, "shop_daily");
  ASSERT_TRUE(migrations::run(database()).has_value());
  const auto read = lifecycle::read(database(), plan(2), {std::int64_t{2026}}).value();
  EXPECT_FALSE(read.from_summary);
  EXPECT_EQ(db::display(read.values[0]), "67");
  EXPECT_EQ(db::display(read.values[1]), "2");
}

TEST_P(Levels, AreNotAppliedBeforeWhatTheyAreMadeFrom) {
  compile(of({daily, monthly}));
  ASSERT_TRUE(migrations::run(database()).has_value());
  const auto refused = lifecycle::apply(database(), plan(1), {});
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::plan_moved);
  EXPECT_EQ(state_of("shop_monthly"), lifecycle::State::absent);
}

TEST_P(Levels, ATriggerThatIsMissingBelowTakesAllLevelsBack) {
  apply(of({daily, monthly, yearly}));
  run(on_mariadb() ? "DROP TRIGGER `ks_shop_daily$s_ins`" : "DROP TRIGGER \"ks_shop_daily$s_ins\"");
  run("INSERT INTO sales VALUES (30, 1, 20260105, 1000, 'z', 0)");
  lifecycle::ApplyOptions options;
  const auto& first = plan::plan_named(plans(), "shop_daily");
  for (const plan::SummaryPlan& plan : plans()) {
    const auto set = lifecycle::compare_with_database(database(), plan).value();
    EXPECT_EQ(set.must_build || set.has_changes(), plan.side_of != "shop_daily") << plan.spec.name;
  }
  ASSERT_TRUE(lifecycle::apply(database(), first, options).has_value());
  // Killed here, nobody believes what has not been verified against the new figures.
  EXPECT_EQ(state_of("shop_daily"), lifecycle::State::live);
  EXPECT_EQ(state_of("shop_monthly"), lifecycle::State::building);
  EXPECT_EQ(state_of("yearly"), lifecycle::State::building);
  apply(of({daily, monthly, yearly}));
  EXPECT_EQ(state_of("yearly"), lifecycle::State::live);
  check();
}

TEST_P(Levels, AnotherMeaningBelowBuildsAllLevelsAnew) {
  apply(of({daily, monthly, yearly}));
  std::string other = daily;
  other.replace(other.find("s.void = 0"), 10, "s.void = 1");
  apply(of({other.c_str(), monthly, yearly}));
  run("INSERT INTO sales VALUES (40, 5, 20260105, 8, 'z', 1)");
  EXPECT_THAT(lines("SELECT year, total, months FROM yearly WHERE total <> 0"),
              ElementsAre("2026|13|2"));
  EXPECT_EQ(verify(1).drifted, 0);
  EXPECT_EQ(verify(2).drifted, 0);
}

TEST_P(Levels, AreDroppedFromTheTop) {
  apply(of({daily, monthly, yearly}));
  const auto refused = lifecycle::drop(database(), "shop_daily");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().message, "`shop_monthly` is made from `shop_daily`");
  const auto side = lifecycle::drop(database(), "ks_shop_daily$clerks");
  ASSERT_TRUE(side.has_error());
  EXPECT_EQ(side.error().hint, "it goes with it: `keepsum drop shop_daily`");
  for (const char* name : {"yearly", "shop_monthly", "shop_daily"}) {
    const auto done = lifecycle::drop(database(), name);
    EXPECT_TRUE(done.has_value()) << describe(done.error());
  }
  EXPECT_THAT(lifecycle::Control(database()).all().value(), IsEmpty());
  EXPECT_THAT(database().catalog.triggers("ks_").value(), IsEmpty());
  for (const std::string& table : database().catalog.table_names().value()) {
    EXPECT_TRUE(table == "sales" || table.starts_with("keepsum_") || table == "sqlite_sequence")
        << table;
  }
}

TEST_P(Levels, RandomChangesOfEveryKind) {
  Dice dice(7);
  apply(of({daily, monthly, yearly}));
  const auto number = [&](std::size_t below) { return std::to_string(dice.roll(below)); };
  const auto day = [&] { return std::to_string(20260100 + 100 * dice.roll(2) + dice.roll(3)); };
  for (int i = 0; i < 60 && !HasFailure(); ++i) {
    run("BEGIN");
    for (std::size_t n = 1 + dice.roll(4); n > 0; --n) {
      const std::string id = number(12);
      const std::string cents = dice.chance(20) ? "NULL" : number(5) + " - 2";
      const std::string clerk = dice.chance(20) ? "NULL" : "'" + number(3) + "'";
      switch (dice.roll(6)) {
        case 0:
        case 1:
          try_to_run(fmt::format("INSERT INTO sales VALUES ({}, {}, {}, {}, {}, {})", id, number(2),
                                 day(), cents, clerk, number(5) == "0" ? 1 : 0),
                     [](const Error&) { return true; });
          break;
        case 2: run("DELETE FROM sales WHERE id = " + id); break;
        case 3:
          run(fmt::format("UPDATE sales SET cents = {}, clerk = {} WHERE id = {}", cents, clerk,
                          id));
          break;
        case 4:
          run(fmt::format("UPDATE sales SET shop = {}, day = {} WHERE id > {}", number(2), day(),
                          id));
          break;
        default: run(fmt::format("UPDATE sales SET void = 1 - void WHERE shop = {}", number(2)));
      }
    }
    run(dice.chance(20) ? "ROLLBACK" : "COMMIT");
    if (dice.chance(10)) {
      EXPECT_THAT(reconcile_all(), IsEmpty());
    }
    check();
  }
}

}  // namespace
}  // namespace keepsum::test
