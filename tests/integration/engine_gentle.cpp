// Writers that come while a pass is under way at full speed: it gives way, and goes on gently.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <atomic>
#include <thread>

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
  // It is expected to take 0.6 s, and rests for nine times as long.
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

}  // namespace
}  // namespace keepsum::test
