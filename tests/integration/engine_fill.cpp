// What a run is made of: the pace, the kept position, the pace of a tour; and that what a fill
// writes of an old snapshot is exact whatever was committed since. And the ports it stands on: a
// statement's limit of time, and its interruption.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "engine/reconcile/mend.hpp"
#include "engine/reconcile/position.hpp"
#include "engine/reconcile/tour.hpp"
#include "schema/duration.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

TEST(Pace, GrowsAtMostTwofoldAndShrinksAtOnce) {
  Pace pace({.target = milliseconds{500}, .first = 1000, .least = 100, .most = 10'000});
  pace.took(1000, Seconds{0.001});
  EXPECT_EQ(pace.rows(), 2000U);
  pace.took(2000, Seconds{1.0});
  EXPECT_EQ(pace.rows(), 1000U);
  // Four times the target: to half of what would fit.
  pace.took(1000, Seconds{2.0});
  EXPECT_EQ(pace.rows(), 125U);
  pace.ran_out();
  EXPECT_EQ(pace.rows(), 100U);
  EXPECT_TRUE(pace.is_least());
  for (int i = 0; i < 20; ++i) pace.took(pace.rows(), Seconds{0.0});
  EXPECT_EQ(pace.rows(), 10'000U);
}

TEST(Position, ComesBackAsItWas) {
  for (const db::Value& value :
       {db::Value(std::int64_t{-42}), db::Value(std::uint64_t{18446744073709551615ULL}),
        db::Value(db::Decimal{"12.50"}), db::Value(std::string("é\"\n")),
        db::Value(db::Blob{std::string("\0\xff", 2)})}) {
    ASSERT_TRUE(can_be_kept(value));
    EXPECT_THAT(value_from_json_text(to_json_text(value)), Optional(value));
  }
  EXPECT_FALSE(can_be_kept(db::Value(1.5)));
  for (const char* text : {"", "{}", "42", R"({"kind":1,"value":"x"})", R"({"kind":9,"value":"1"})",
                           R"({"kind":6,"value":"0"})", R"({"kind":1,"value":1})"}) {
    EXPECT_FALSE(value_from_json_text(text).has_value()) << text;
  }
}

TEST(TourPace, CountsTheTimeBetweenRunsAndNoticesThatTheyEnded) {
  Tour tour;
  EXPECT_FALSE(tour.seconds_per_round(0).has_value());
  tour.recent = {{1000, 0.1}};
  EXPECT_FALSE(tour.seconds_per_round(2000).has_value());
  // A tenth every 600 s.
  tour.recent = {{1000, 0.1}, {1600, 0.1}, {2200, 0.1}};
  EXPECT_THAT(tour.seconds_per_round(2210), Optional(testing::DoubleNear(6000, 1)));
  EXPECT_GT(*tour.seconds_per_round(1000 + 86400), 86400);
  tour.recent = {{1000, 0}, {1600, 0}};
  EXPECT_FALSE(tour.seconds_per_round(2000).has_value());
}

TEST(Duration, IsAWholeNumberAndAUnit) {
  EXPECT_EQ(schema::parse_duration("500ms"), milliseconds{500});
  EXPECT_EQ(schema::parse_duration("2h"), milliseconds{7'200'000});
  for (const char* text :
       {"", "5", "0s", "-1s", "+1s", "1.5s", "1 s", "9999999h", "1d", "99999999999999999999s"}) {
    EXPECT_FALSE(schema::parse_duration(text).has_value()) << text;
  }
}

class Fill : public EngineOnBoth {
 protected:
  const std::string recompute =
      "SELECT g, SUM(v) AS total, MAX(v) AS most, MIN(v) AS least FROM t GROUP BY g";

  void SetUp() override {
    run(on_mariadb()
            ? "CREATE TABLE t (id INT PRIMARY KEY, g INT NOT NULL, v INT NOT NULL, KEY (g))"
            : "CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER NOT NULL, v INTEGER NOT "
              "NULL) STRICT");
    if (!on_mariadb()) run("CREATE INDEX t_g ON t (g)");
    run("INSERT INTO t VALUES (1, 1, 5), (2, 1, 9), (3, 2, 7), (4, 2, 8), (5, 3, 6)");
    apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"}, "aggregates":
          {"total": "sum(t.v)", "most": "max(t.v)", "least": "min(t.v)"}})json");
  }
};

TEST_P(Fill, WhatWasSeenIsExactWhateverIsCommittedSince) {
  run("DELETE FROM s");
  auto seen = scan(database().session, plan(), database().dialect, {}, {});
  ASSERT_TRUE(seen.has_value()) << describe(seen.error());
  ASSERT_EQ(seen->drifted.size(), 3U);
  // The greatest of one group goes, the least of another, before what was seen of them is written;
  // the third is left alone.
  run("DELETE FROM t WHERE id = 2");
  run("UPDATE t SET v = 70 WHERE id = 3");
  auto lease = Lease::acquire(database(), "s", {});
  ASSERT_TRUE(lease.has_value());
  const ControlOptions options;
  RunControl control(database(), "s", options, true);
  RepairContext context{database(), plan(), **lease, std::nullopt};
  Mender mender(context, control, Mender::Locked::insisted_on);
  const auto filled = mender.fill(seen->drifted);
  ASSERT_TRUE(filled.has_value()) << describe(filled.error());
  EXPECT_EQ(*filled, 3U);
  expect_equal(recompute);
}

TEST_P(Fill, AStatementEndsAtItsLimit) {
  const std::string endless =
      "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i "
      "< 900000000) SELECT COUNT(*) FROM c";
  const auto session = connect();
  if (on_mariadb()) {
    ASSERT_TRUE(session->execute("SET max_recursive_iterations = 900000000").has_value());
  }
  ASSERT_TRUE(session->limit_statements(milliseconds{100}).has_value());
  const auto late = session->scalar(endless);
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().code, ErrorCode::statement_timed_out);
  ASSERT_TRUE(session->limit_statements(std::nullopt).has_value());
  std::thread other([&] {
    std::this_thread::sleep_for(milliseconds{150});
    session->interrupt();
  });
  const auto interrupted = session->scalar(endless);
  other.join();
  ASSERT_TRUE(interrupted.has_error());
  EXPECT_EQ(interrupted.error().code, ErrorCode::interrupted);
  // One that comes when nothing runs ends nothing.
  for (int i = 0; i < 20; ++i) {
    session->interrupt();
    EXPECT_TRUE(session->scalar("SELECT 1").has_value());
  }
}

class Interrupted : public EngineOnMariadb {};

// MariaDB that ends a statement while it opens a table keeps the table with some of its triggers.
TEST_F(Interrupted, LeavesNoTableHalfOpen) {
  run("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, n INT NOT NULL)");
  for (const char* event : {"INSERT", "UPDATE", "DELETE"}) {
    run(fmt::format("CREATE TRIGGER after_{0} AFTER {0} ON t FOR EACH ROW SET @n = 1", event));
  }
  const auto session = connect(), writer = connect();
  std::atomic<bool> done{false};
  std::thread other([&] {
    while (!done) session->interrupt();
  });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{3};
  int ended = 0;
  while (std::chrono::steady_clock::now() < end && !HasFailure()) {
    EXPECT_TRUE(writer->execute("FLUSH TABLES t").has_value());  // it is opened anew
    const auto read = session->scalar("SELECT SLEEP(0.002) + (SELECT COUNT(*) FROM t)");
    if (read.has_error()) {
      EXPECT_EQ(read.error().code, ErrorCode::interrupted) << describe(read.error());
      ++ended;
    }
    const auto wrote = writer->execute("INSERT INTO t (n) VALUES (1)");
    EXPECT_TRUE(wrote.has_value()) << describe(wrote.error());
  }
  done = true;
  other.join();
  EXPECT_GT(ended, 0);
}

KEEPSUM_ON_BOTH(Fill);

}  // namespace
}  // namespace keepsum::test
