// Rows that break a declared key are all found, each once, however often the search is cut short.
#include <fmt/format.h>

#include "engine/reconcile/scan.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace std::chrono_literals;
using reconcile::Outcome;
using reconcile::ReconcileOptions;
using reconcile::RunReport;
using testing::ElementsAre;
using testing::IsEmpty;

// 6,000 histories, of which three have no payment and one has no transaction.
class KeyCheck : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE digits (n INT NOT NULL)",
         "INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)",
         "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL)",
         "CREATE TABLE transactions (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT)",
         "CREATE TABLE histories (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, "
         "transaction_id BIGINT)",
         "CREATE INDEX payments_card ON payments (card)",
         "CREATE INDEX histories_payment ON histories (payment_id)",
         "CREATE INDEX histories_transaction ON histories (transaction_id)",
         "INSERT INTO payments SELECT a.n + 10 * b.n, a.n FROM digits a, digits b",
         "INSERT INTO transactions SELECT id, id FROM payments",
         "INSERT INTO histories SELECT i, i % 100, i % 100 FROM (SELECT a.n + 10 * b.n + 100 * "
         "c.n + 1000 * d.n AS i FROM digits a, digits b, digits c, digits d) AS numbers WHERE i "
         "< 6000",
         "UPDATE histories SET payment_id = 777 WHERE id IN (0, 3000, 5999)",
         "UPDATE histories SET transaction_id = 777 WHERE id = 4000",
         "UPDATE histories SET transaction_id = NULL WHERE id = 4001"});
    apply(R"json("cards": {"from": "payments p", "joins":
      ["histories h ON h.payment_id = p.id", "transactions t ON t.id = h.transaction_id"],
      "group_by": {"card": "p.card"}, "aggregates": {"spent": "sum(t.amount)", "n": "count(*)"},
      "declared_keys": ["h.payment_id -> p.id", "h.transaction_id -> t.id"]})json");
    run("DELETE FROM keepsum_key_checks");
  }

  RunReport reconciled(const ReconcileOptions& options) {
    auto report = reconcile::reconcile(database(), plan(), options);
    if (report.has_error()) throw std::runtime_error(describe(report.error()));
    return *std::move(report);
  }

  static std::vector<std::string> broken(const RunReport& report) {
    std::vector<std::string> all;
    for (const auto& key : report.broken_keys)
      all.push_back(fmt::format("{}: {}", key.key, key.rows));
    return all;
  }

  static testing::Matcher<std::vector<std::string>> all_of_them() {
    return ElementsAre("h.(payment_id) -> p.(id): 3", "h.(transaction_id) -> t.(id): 1");
  }
};
KEEPSUM_ON_BOTH(KeyCheck);

TEST_P(KeyCheck, GoesOnWhereTheRunBeforeWasStopped) {
  std::stop_source stop;
  ReconcileOptions options;
  options.control.stop = stop.get_token();
  options.on_progress = [&](const reconcile::Progress& progress) {
    if (progress.phase == "parents" && progress.done > 0) stop.request_stop();
  };
  const RunReport stopped = reconciled(options);
  EXPECT_EQ(stopped.outcome, Outcome::consistent);
  ASSERT_TRUE(stopped.key_check.has_value());
  EXPECT_EQ(stopped.key_check->stopped_by, "it was asked to stop");
  EXPECT_GT(stopped.key_check->share, 0);
  EXPECT_LT(stopped.key_check->share, 0.5);
  EXPECT_THAT(broken(stopped), ElementsAre("h.(payment_id) -> p.(id): 1"));

  // Nobody looks at that range again: what is broken there since is for the next time round.
  run("UPDATE histories SET payment_id = 777 WHERE id = 1");
  const RunReport rest = reconciled({});
  EXPECT_EQ(rest.key_check->stopped_by, "");
  EXPECT_EQ(rest.key_check->share, 1);
  EXPECT_THAT(broken(rest), all_of_them());
  EXPECT_THAT(broken(reconciled({})),
              ElementsAre("h.(payment_id) -> p.(id): 4", "h.(transaction_id) -> t.(id): 1"));
}

// A run that has no time left gets on by one range.
TEST_P(KeyCheck, GetsRoundWithoutAnyTime) {
  ReconcileOptions options;
  options.order = plan::Pass::key_ranges;
  options.chunk_rows = 1'000'000;
  options.control.time_budget = 0ms;
  double share = 0;
  int runs = 0;
  for (;;) {
    const RunReport report = reconciled(options);
    ++runs;
    ASSERT_TRUE(report.key_check.has_value());
    ASSERT_GT(report.key_check->share, share);
    share = report.key_check->share;
    if (report.key_check->stopped_by.empty()) {
      EXPECT_THAT(broken(report), all_of_them());
      break;
    }
    EXPECT_EQ(report.key_check->stopped_by, "the time budget is spent");
  }
  // 2,000 rows at a time.
  EXPECT_EQ(runs, 6);
}

TEST_P(KeyCheck, BeginsAnewWhereItsPlaceDoesNotHold) {
  ReconcileOptions options;
  options.order = plan::Pass::key_ranges;
  options.chunk_rows = 1'000'000;
  options.control.time_budget = 0ms;
  reconciled(options);
  run("CREATE TABLE kept AS SELECT place FROM keepsum_key_checks");
  // Where it does hold, nobody looks at this row.
  run("UPDATE histories SET payment_id = 777 WHERE id = 1");
  for (const auto& [was, is] : {std::pair<std::string, std::string>{"payment_id", "payment_id"},
                                {"payment_id", "order_id"},
                                {"histories", "stories"},
                                {R"("by":"id")", R"("by":"number")"},
                                {R"("version":1)", R"("version":2)"},
                                {R"("at":0)", R"("at":2)"},
                                {"kind", "sort"},
                                {"{", "["}}) {
    run(fmt::format(
        "UPDATE keepsum_key_checks SET place = (SELECT REPLACE(place, '{}', '{}') FROM kept)", was,
        is));
    const std::string other = lines("SELECT place FROM keepsum_key_checks").at(0);
    ASSERT_NE(other.find(is), std::string::npos) << other;
    EXPECT_THAT(broken(reconciled({})),
                ElementsAre(fmt::format("h.(payment_id) -> p.(id): {}", was == is ? 3 : 4),
                            "h.(transaction_id) -> t.(id): 1"))
        << other;
  }
}

TEST_P(KeyCheck, KeepsNoPlaceWhereItVerifiesOnly) {
  ReconcileOptions options;
  options.verify_only = true;
  EXPECT_THAT(broken(reconciled(options)), all_of_them());
  EXPECT_THAT(lines("SELECT place FROM keepsum_key_checks"), IsEmpty());
}

TEST_P(KeyCheck, NeedsNoTableOfItsOwn) {
  run("DROP TABLE keepsum_key_checks");
  EXPECT_THAT(broken(reconciled({})), all_of_them());
}

// It waits as a gentle pass does, and counts what it counts at full speed.
TEST_P(KeyCheck, GoesGently) {
  ReconcileOptions options;
  options.control.pacing = reconcile::Pacing::gentle;
  std::optional<std::chrono::steady_clock::time_point> begun;
  options.on_progress = [&](const reconcile::Progress& progress) {
    if (progress.phase == "parents" && !begun) begun = std::chrono::steady_clock::now();
  };
  EXPECT_THAT(broken(reconciled(options)), all_of_them());
  ASSERT_TRUE(begun.has_value());
  // One of 100 rows, 1.4 ms each, of 12,000 rows: 168 ms.
  if (on_mariadb()) {
    EXPECT_GT(std::chrono::steady_clock::now() - *begun, 80ms);
  }
}

// A range is never cut inside one value of the first column, whatever is sorted how.
TEST_P(KeyCheck, OfATableWithALongerKey) {
  run_all(
      {"CREATE TABLE bills (shop VARCHAR(10) NOT NULL, number BIGINT NOT NULL, amount BIGINT NOT "
       "NULL, "
       "PRIMARY KEY (shop, number))",
       "CREATE TABLE parts (shop VARCHAR(10) NOT NULL, n BIGINT NOT NULL, number BIGINT, "
       "PRIMARY KEY (shop, n))",
       "CREATE INDEX parts_bill ON parts (shop, number)",
       "INSERT INTO bills SELECT s.shop, n, 5 FROM digits, (SELECT 'a' AS shop UNION SELECT 'ß' "
       "UNION SELECT 'Zürich') AS s",
       "INSERT INTO parts SELECT s.shop, h.id, h.id % 10 FROM histories h, (SELECT 'a' AS shop "
       "UNION "
       "SELECT 'ß' UNION SELECT 'Zürich') AS s WHERE h.id < 3000",
       "UPDATE parts SET number = 99 WHERE n = 17", "UPDATE parts SET number = NULL WHERE n = 18"});
  apply(
      R"json("shops": {"from": "bills b", "joins": ["parts x ON x.shop = b.shop AND x.number = b.number"],
      "group_by": {"shop": "b.shop"}, "aggregates": {"total": "sum(b.amount)"},
      "declared_keys": ["x.(shop, number) -> b.(shop, number)"]})json");
  ReconcileOptions options;
  options.order = plan::Pass::key_ranges;
  options.chunk_rows = 1'000'000;
  options.control.time_budget = 0ms;
  int runs = 0;
  for (RunReport report = reconciled(options);; report = reconciled(options)) {
    ASSERT_LT(++runs, 10);
    if (!report.key_check->stopped_by.empty()) continue;
    EXPECT_THAT(broken(report), ElementsAre("x.(shop, number) -> b.(shop, number): 3"));
    break;
  }
  EXPECT_GT(runs, 1);
}

// 200,000 rows of one shop are one range; with rests they take longer than they may.
TEST_F(EngineOnMariadb, ARangeOfOneValueThatTakesTooLongIsLookedAtWithoutRests) {
  run_all({"CREATE TABLE bills (shop INT NOT NULL PRIMARY KEY, amount BIGINT NOT NULL)",
           "CREATE TABLE parts (shop INT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (shop, n))",
           "INSERT INTO bills VALUES (1, 5), (2, 5)",
           "INSERT INTO parts SELECT 2 + (seq = 7), seq FROM seq_1_to_200000"});
  apply(R"json("shops": {"from": "bills b", "joins": ["parts x ON x.shop = b.shop"],
      "group_by": {"shop": "b.shop"}, "aggregates": {"n": "count(*)"},
      "declared_keys": ["x.shop -> b.shop"]})json");
  ReconcileOptions options;
  options.control.pacing = reconcile::Pacing::gentle;
  options.snapshot_max = 2s;
  options.control.time_budget = 60s;
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  ASSERT_TRUE(report->key_check.has_value());
  EXPECT_EQ(report->key_check->stopped_by, "");
  ASSERT_EQ(report->broken_keys.size(), 1U);
  EXPECT_EQ(report->broken_keys[0].rows, 1);
}

// What is wrong with the table of places is told, and what the run has repaired holds.
TEST_P(KeyCheck, IsNoReasonForARunToFail) {
  run("DROP TABLE keepsum_key_checks");
  run("CREATE TABLE keepsum_key_checks (n INT)");
  run("UPDATE cards SET n = n + 1 WHERE card = 3");
  const RunReport report = reconciled({});
  EXPECT_EQ(report.outcome, Outcome::repaired);
  EXPECT_EQ(report.repaired, 1);
  ASSERT_TRUE(report.key_check.has_value());
  EXPECT_NE(report.key_check->stopped_by, "");
  EXPECT_THAT(lines("SELECT outcome FROM keepsum_runs WHERE kind = 'reconcile'"),
              ElementsAre("repaired"));
}

}  // namespace
}  // namespace keepsum::test
