// count(DISTINCT x): the side table and the column, whichever of them is spoilt, and by whoever
// they are kept.
#include <fmt/format.h>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Distinct : public EngineOnBoth {
 protected:
  static constexpr const char* side = "ks_cards$shops";

  void SetUp() override {
    run_all(
        {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, shop "
         "BIGINT, "
         "city VARCHAR(20)" +
             std::string(on_mariadb() ? " COLLATE utf8mb4_general_ci" : " COLLATE NOCASE") +
             ", amount BIGINT)",
         "CREATE INDEX payments_card ON payments (card)",
         "INSERT INTO payments VALUES (1, 1, 7, 'Kobe', 10), (2, 1, 7, 'KOBE', 20), "
         "(3, 1, 8, 'Nara', -3), (4, 1, NULL, NULL, 4), (5, 2, 7, 'nara', 5)"});
  }
  [[nodiscard]] static std::string spec(const std::string& further = "",
                                        const std::string& capture = "triggers") {
    return fmt::format(R"json("cards": {{"from": "payments p", "group_by": {{"card": "p.card"}},
        "aggregates": {{"shops": "count(DISTINCT p.shop)", "spent": "sum(p.amount)"{}}},
        "capture": "{}"}})json",
                       further, capture);
  }
  void check() {
    expect_equal(
        "SELECT card, COUNT(DISTINCT shop) AS shops, COALESCE(SUM(amount), 0) AS spent FROM "
        "payments GROUP BY card");
  }
  // As one without triggers would: the way of somebody who loads a table behind their back.
  void spoil_side(const std::string& statement) {
    const auto triggers = maintain::trigger_set(plan(), database().dialect);
    for (const auto& trigger : triggers) {
      if (trigger.installed.table == side) run(trigger.drop_sql);
    }
    run(statement);
    for (const auto& trigger : triggers) {
      if (trigger.installed.table == side) run(trigger.create_sql);
    }
  }
};
KEEPSUM_ON_BOTH(Distinct);

TEST_P(Distinct, ASpoiltSideTableIsMendedInOneRun) {
  apply(spec());
  for (const char* statement : {"UPDATE {} SET ks_rows = 0 WHERE card = 1 AND ks_value = 7",
                                "UPDATE {} SET ks_rows = 9 WHERE card = 1 AND ks_value = 8",
                                "DELETE FROM {} WHERE card = 1",
                                "INSERT INTO {} (card, ks_value, ks_rows) VALUES (5, 5, 2)",
                                "UPDATE {} SET ks_rows = -1 WHERE ks_value = 7"}) {
    const std::string text =
        fmt::format(fmt::runtime(statement), database().dialect.identifier(side));
    spoil_side(text);
    auto drifted = reconcile_all();
    ASSERT_FALSE(drifted.empty()) << text;
    EXPECT_EQ(drifted[0].name, side) << text;
    EXPECT_EQ(drifted[0].drift.at(0).column, "ks_rows");
    check();
    EXPECT_THAT(reconcile_all(), IsEmpty()) << text;
    // The same by hand, which the triggers see: the column follows, and back.
    run(text);
    drifted = reconcile_all();
    ASSERT_EQ(drifted.size(), 1U) << text;
    check();
    if (HasFailure()) return;
  }
}

TEST_P(Distinct, ASpoiltColumnIsMendedAndNamed) {
  apply(spec());
  run("UPDATE cards SET shops = shops + 5");
  const auto drifted = reconcile_all();
  ASSERT_EQ(drifted.size(), 1U);
  EXPECT_EQ(drifted[0].name, "cards");
  EXPECT_EQ(drifted[0].drift.at(0).column, "shops");
  check();
}

TEST_P(Distinct, BothSpoiltAtOnceAreMendedInOneRun) {
  apply(spec());
  run("UPDATE cards SET shops = 0, spent = 1");
  spoil_side(fmt::format("DELETE FROM {}", database().dialect.identifier(side)));
  EXPECT_EQ(reconcile_all().size(), 2U);
  check();
  EXPECT_THAT(reconcile_all(), IsEmpty());
}

TEST_P(Distinct, ValuesAreToldApartAsTheirCollationDoes) {
  apply(spec(R"json(, "cities": "count(DISTINCT p.city)",
                     "good": "count(DISTINCT p.city) FILTER (WHERE p.amount > 0)")json"));
  const std::string stored = "SELECT card, cities, good FROM cards ORDER BY card";
  EXPECT_THAT(lines(stored), ElementsAre("1|2|1", "2|1|1"));
  run("UPDATE payments SET city = 'kobe' WHERE id = 1");
  run("DELETE FROM payments WHERE id = 2");
  EXPECT_THAT(lines(stored), ElementsAre("1|2|1", "2|1|1"));
  run("UPDATE payments SET city = 'KOBE', amount = 0 WHERE id = 1");
  EXPECT_THAT(lines(stored), ElementsAre("1|2|0", "2|1|1"));
  run("UPDATE payments SET city = 'nARA', amount = 9 WHERE card = 1 AND city IS NOT NULL");
  EXPECT_THAT(lines(stored), ElementsAre("1|1|1", "2|1|1"));
  EXPECT_EQ(verify().drifted, 0);
}

TEST_P(Distinct, AnExpressionIsAValueToo) {
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"}, "aggregates":
        {"cities": "count(DISTINCT coalesce(p.city, 'none'))", "signs": "count(DISTINCT sign(p.amount))"}})json");
  const std::string by_hand =
      "SELECT card, COUNT(DISTINCT COALESCE(city, 'none')) AS cities, COUNT(DISTINCT SIGN(amount)) "
      "AS signs FROM payments GROUP BY card";
  expect_equal(by_hand);
  run("UPDATE payments SET city = NULL, amount = 0 WHERE id IN (1, 5)");
  expect_equal(by_hand);
}

TEST_P(Distinct, AloneItNeedsNoTriggerOfItsOwn) {
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
                        "aggregates": {"shops": "count(DISTINCT p.shop)"}})json");
  EXPECT_THAT(trigger_names(), UnorderedElementsAre("ks_cards$shops$ins", "ks_cards$shops$upd",
                                                    "ks_cards$shops$del"));
  run("INSERT INTO payments VALUES (10, 3, 1, NULL, 1), (11, 3, 1, NULL, 1), (12, 3, 2, NULL, 1)");
  run("DELETE FROM payments WHERE id IN (10, 12)");
  expect_equal("SELECT card, COUNT(DISTINCT shop) AS shops FROM payments GROUP BY card");
}

TEST_P(Distinct, WithoutTheColumnTheSideTableGoes) {
  apply(spec(R"json(, "cities": "count(DISTINCT p.city)")json"));
  apply(spec());
  check();
  EXPECT_FALSE(database().catalog.table("ks_cards$cities").value());
  EXPECT_TRUE(database().catalog.table(side).value());
  EXPECT_THAT(database().catalog.triggers("ks_ks_cards$cities").value(), IsEmpty());
  ASSERT_TRUE(lifecycle::drop(database(), "cards").has_value());
  EXPECT_FALSE(database().catalog.table(side).value());
  EXPECT_THAT(database().catalog.triggers("ks_").value(), IsEmpty());
  EXPECT_THAT(lifecycle::Control(database()).all().value(), IsEmpty());
}

TEST_P(Distinct, ASelectionLooksAtTheSideTableToo) {
  apply(spec());
  spoil_side(fmt::format("UPDATE {} SET ks_rows = 5 WHERE ks_value = 7",
                         database().dialect.identifier(side)));
  reconcile::ReconcileOptions options;
  reconcile::Selection selection;
  selection.keys = {{std::int64_t{1}}};
  options.selection = selection;
  const auto report = reconcile::reconcile(database(), *plan().sides[0].plan, options).value();
  EXPECT_EQ(report.keys_checked, 2);  // the values of card 1
  EXPECT_EQ(report.repaired, 1);
  EXPECT_EQ(reconcile_all().size(), 1U);  // card 2's
}

TEST_P(Distinct, WhatCannotBeCountedIsRefused) {
  run("CREATE TABLE odd (id BIGINT NOT NULL PRIMARY KEY, k BIGINT NOT NULL, f DOUBLE, long_text "
      "VARCHAR(1500))");
  const auto refused = [&](const std::string& value) {
    return error_codes(compile(fmt::format(
        R"json("odds": {{"from": "odd o", "group_by": {{"k": "o.k"}},
                         "aggregates": {{"n": "count(DISTINCT {})"}}}})json",
        value)));
  };
  EXPECT_THAT(refused("o.f"), ElementsAre("float-distinct"));
  EXPECT_THAT(refused("NULL"), ElementsAre("constant-argument"));
  if (on_mariadb()) {
    EXPECT_THAT(refused("o.long_text"), ElementsAre("distinct-too-long"));
  }
  EXPECT_THAT(refused("CAST(o.long_text AS VARCHAR(100))"), IsEmpty());
}

TEST_P(Distinct, IsKeptByHooksAsByTriggers) {
  apply(spec());
  run("INSERT INTO payments VALUES (6, 2, 9, NULL, 1)");
  apply(spec("", "hooks"));  // moved, and live all the while
  EXPECT_EQ(lifecycle::Control(database()).capture(side).value(), schema::Capture::hooks);
  Application app(*this, {}, spec("", "hooks"));
  app.insert("payments", {std::int64_t{10}}, "INSERT INTO payments VALUES (10, 1, 9, 'x', 1)");
  check();
  app.update("payments", {std::int64_t{10}},
             "UPDATE payments SET shop = 7, card = 2 WHERE id = 10");
  check();
  app.update("payments", {std::int64_t{5}}, "UPDATE payments SET shop = NULL WHERE id = 5");
  check();
  app.remove("payments", {std::int64_t{10}}, "DELETE FROM payments WHERE id = 10");
  check();
  EXPECT_THAT(app.summaries().names(), ElementsAre("cards"));
  apply(spec());
  run("INSERT INTO payments VALUES (11, 1, 9, 'x', 1)");
  check();
}

}  // namespace
}  // namespace keepsum::test
