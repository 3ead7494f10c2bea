// A row of the summary that another transaction holds for long: a run repairs all others, holds
// none of them while it waits, says what it has left, and comes back for it.
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;

class LockedRows : public EngineOnMariadb {
 protected:
  static constexpr int groups = 40;

  void SetUp() override {
    run_all({"CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, v INT NOT NULL, KEY (g))",
             fmt::format("INSERT INTO t SELECT seq, 1 + seq % {}, seq FROM seq_1_to_400", groups)});
    apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"},
          "aggregates": {"total": "sum(t.v)", "most": "max(t.v)"}})json");
    run("UPDATE s SET total = total + 1, most = most + 1");
    holder_ = connect();
    hold("SELECT * FROM s WHERE g = 3 FOR UPDATE");
  }

  void hold(const std::string& statement) {
    ASSERT_TRUE(holder_->execute("BEGIN").has_value());
    ASSERT_TRUE(holder_->rows(statement).has_value());
  }
  void let_go() { ASSERT_TRUE(holder_->execute("COMMIT").has_value()); }

  RunReport reconcile_now(ReconcileOptions options = {}) {
    options.guard.share_max = 1;
    auto report = reconcile::reconcile(database(), plan(), options);
    if (report.has_error()) {
      ADD_FAILURE() << describe(report.error());
      return {};
    }
    return *report;
  }
  void expect_all_but_one(const RunReport& report) {
    EXPECT_EQ(report.outcome, Outcome::drift_left);
    EXPECT_EQ(report.repaired, report.drifted - 1);
    EXPECT_EQ(report.unrepaired, 1);
    EXPECT_EQ(report.locked, 1);
    EXPECT_FALSE(report.tour.complete);
    EXPECT_EQ(lines("SELECT DISTINCT group_key, repaired FROM keepsum_drift WHERE repaired = 0"),
              std::vector<std::string>{R"({"g":3}|0)"});
    EXPECT_EQ(verify().drifted, 1);
  }
  void expect_mended(const RunReport& report, int drifted) {
    EXPECT_EQ(report.outcome, Outcome::repaired);
    EXPECT_EQ(report.drifted, drifted);
    EXPECT_EQ(report.repaired, drifted);
    EXPECT_EQ(report.locked, 0);
    EXPECT_TRUE(report.tour.complete);
    expect_equal("SELECT g, SUM(v) AS total, MAX(v) AS most FROM t GROUP BY g");
  }

  std::unique_ptr<db::Session> holder_;
};

TEST_F(LockedRows, AreLeftAndHoldNobodyUp) {
  std::atomic<bool> done = false;
  std::vector<std::string> failures;
  std::thread payments([&] {
    const auto session = connect();
    if (session->execute("SET SESSION innodb_lock_wait_timeout = 1").has_error()) return;
    for (int i = 0; !done; ++i) {
      const int g = 1 + i % 2;  // before the one that is held
      const auto paid =
          session->execute(fmt::format("INSERT INTO t VALUES ({}, {}, {})", 1000 + i, g, 1000 + i));
      if (paid.has_error()) failures.push_back(describe(paid.error()));
    }
  });
  const RunReport first = reconcile_now();
  done = true;
  payments.join();
  EXPECT_THAT(failures, testing::IsEmpty());
  EXPECT_EQ(first.drifted, groups);
  expect_all_but_one(first);
  const RunReport second = reconcile_now();
  EXPECT_EQ(second.drifted, 1);
  EXPECT_EQ(second.locked, 1);
  let_go();
  expect_mended(reconcile_now(), 1);
}

TEST_F(LockedRows, AreMendedByTheSameRunIfTheyAreFreeByThen) {
  ReconcileOptions options;
  bool is_held = true;
  options.on_progress = [&](const Progress& progress) {
    // The first are mended; the one that is held is behind it, and has had its wait.
    if (!is_held || progress.phase != "repair" || progress.done <= 5) return;
    let_go();
    is_held = false;
  };
  const RunReport report = reconcile_now(options);
  EXPECT_FALSE(is_held);
  expect_mended(report, groups);
  EXPECT_EQ(lines("SELECT COUNT(*) FROM keepsum_drift WHERE repaired = 0"),
            std::vector<std::string>{"0"});
}

// It goes on to the end of the key space, and the next run begins where the key lies.
TEST_F(LockedRows, HoldBackATourAndNotTheRun) {
  run("UPDATE s SET total = total - 1, most = most - 1 WHERE g <> 3");
  ReconcileOptions options;
  options.order = plan::Pass::key_ranges;
  options.chunk_rows = 20;
  const RunReport first = reconcile_now(options);
  EXPECT_EQ(first.keys_checked, groups);
  EXPECT_EQ(first.drifted, 1);
  expect_all_but_one(first);
  EXPECT_LT(first.tour.share, 0.2);
  let_go();
  const RunReport second = reconcile_now(options);
  EXPECT_EQ(second.tour.from, first.tour.to);
  EXPECT_EQ(second.tour.keys, groups);
  expect_mended(second, 1);
}

TEST_F(LockedRows, AreLeftByASelectionToo) {
  ReconcileOptions options;
  options.selection = Selection{};
  for (const int g : {5, 3, 2}) options.selection->keys.push_back({db::Value(std::int64_t{g})});
  const RunReport report = reconcile_now(options);
  EXPECT_EQ(report.outcome, Outcome::drift_left);
  EXPECT_EQ(report.drifted, 3);
  EXPECT_EQ(report.repaired, 2);
  EXPECT_EQ(report.locked, 1);
  let_go();
  EXPECT_EQ(reconcile_now(options).outcome, Outcome::repaired);
  expect_mended(reconcile_now(), groups - 3);
}

TEST_F(LockedRows, ThatAreEmptyStayUntilTheyAreFree) {
  let_go();
  expect_mended(reconcile_now(), groups);
  run("DELETE FROM t WHERE g IN (2, 3, 4)");
  hold("SELECT * FROM s WHERE g = 3 FOR UPDATE");
  const RunReport report = reconcile_now();
  EXPECT_EQ(report.outcome, Outcome::consistent);
  EXPECT_EQ(report.pruned, 2);
  let_go();
  EXPECT_EQ(reconcile_now().pruned, 1);
  EXPECT_EQ(lines("SELECT COUNT(*) FROM s"), std::vector<std::string>{std::to_string(groups - 3)});
}

}  // namespace
}  // namespace keepsum::test
