// A key recomputed by pieces is the key recomputed at once: the same differences of sums, averages,
// conditions and latches, to the last digit, beside writers that commit between two pieces. And
// what a run that goes gently makes of a key that has most of the rows.
#include <fmt/format.h>

#include <thread>

#include "engine/reconcile/scan.hpp"
#include "engine/sql/pieces.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;
using std::chrono::milliseconds;

// As one compares by eye.
std::string text_of(const ScanResult& result) {
  std::string text = fmt::format("{} keys", result.keys_checked);
  for (const DriftedKey& key : result.drifted) {
    text += fmt::format("; {} {}{}:", db::display(key.key.front()), key.in_source, key.in_summary);
    for (std::size_t i = 0; i < key.expected.size(); ++i) {
      text += fmt::format(" {}/{}/{}", db::as_text(key.expected[i]), db::as_text(key.stored[i]),
                          db::as_text(key.difference[i]));
    }
  }
  for (const auto& key : result.emptied) text += "; emptied " + db::display(key.front());
  return text;
}

class Pieces : public EngineOnBoth {
 protected:
  static constexpr int hot = 7;

  void SetUp() override {
    const std::string money = on_mariadb() ? "DECIMAL(18,4)" : "INTEGER";
    const std::string strict = on_mariadb() ? "" : " STRICT";
    run_all(
        {fmt::format("CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER NOT NULL, v {}, ok "
                     "INTEGER NOT NULL){}",
                     money, strict),
         fmt::format("CREATE TABLE n (id INTEGER PRIMARY KEY, t_id INTEGER NOT NULL){}", strict),
         "CREATE INDEX t_g ON t (g)", "CREATE INDEX n_t ON n (t_id)"});
    const std::string v = on_mariadb() ? "i * 1000000.0001" : "i * 10000000001";
    const std::string numbers =
        "(WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 900) SELECT i "
        "FROM c) AS numbers";
    run(
        fmt::format("INSERT INTO t SELECT i, CASE WHEN i % 100 = 0 THEN i ELSE {} END, CASE WHEN i "
                    "% 7 = 0 THEN NULL ELSE {} END, i % 2 FROM {}",
                    hot, v, numbers));
    // Some rows have no partner, some two.
    run(fmt::format("INSERT INTO n SELECT i, i FROM {} WHERE i % 6 <> 0", numbers));
    run(fmt::format("INSERT INTO n SELECT 10000 + i, i FROM {} WHERE i % 11 = 0", numbers));
    apply(R"json("s": {"from": "t", "joins": ["n ON n.t_id = t.id"], "group_by": {"g": "t.g"},
          "aggregates": {"total": "sum(t.v)", "rows_": "count(*)", "mean": "avg(t.v)",
            "good": "any(t.ok = 1)", "ever": "latch(t.ok = 1 AND t.id > 890)"}})json");
    ASSERT_TRUE(sql::can_be_cut(plan()));
  }

  std::string at_once(int key) {
    auto result = scan_key(database().session, plan(), database().dialect,
                           {db::Value(std::int64_t{key})}, {});
    return result.has_error() ? describe(result.error()) : text_of(*result);
  }
  std::string in_pieces(
      int key, std::uint64_t rows, const std::function<void()>& between = [] {}) {
    Pace pace({.first = rows, .least = rows, .most = rows});
    auto result = scan_key_in_pieces(database().session, plan(), database().dialect,
                                     db::Value(std::int64_t{key}), {}, pace, between);
    return result.has_error() ? describe(result.error()) : text_of(*result);
  }
};
KEEPSUM_ON_BOTH(Pieces);

TEST_P(Pieces, AreTheWhole) {
  for (const char* spoil :
       {"UPDATE s SET total = total WHERE g = 7", "UPDATE s SET total = total + 1 WHERE g = 7",
        "UPDATE s SET rows_ = rows_ - 1, ever = 0 WHERE g = 7", "DELETE FROM s WHERE g = 7"}) {
    run(spoil);
    for (const std::uint64_t rows : {1U, 13U, 400U, 10'000U}) {
      EXPECT_EQ(in_pieces(hot, rows), at_once(hot)) << spoil << ", " << rows;
    }
  }
  EXPECT_NE(at_once(hot).find(';'), std::string::npos) << "nothing differed";
  // Keys of one row, of none that joins, and of none at all; and one that the summary alone has.
  run("INSERT INTO t VALUES (5000, 4999, 1, 1)");
  run("UPDATE s SET g = 6000 WHERE g = 500");
  for (const int key : {100, 300, 500, 4999, 5999, 6000}) {
    EXPECT_EQ(in_pieces(key, 3), at_once(key)) << key;
  }
}

TEST_P(Pieces, AreOfOneMoment) {
  if (!on_mariadb()) lines("PRAGMA journal_mode = WAL");  // where readers hold up no writer
  int moves = 0;
  const auto move = [&] {
    // Rows before and after the piece, in and out of the key.
    run(fmt::format("UPDATE t SET v = v + 1 WHERE id = {}", 1 + moves));
    run(fmt::format("DELETE FROM n WHERE id = {}", 899 - 3 * moves));
    run(fmt::format("INSERT INTO n VALUES ({}, {})", 20'000 + moves, 898 - moves));
    ++moves;
  };
  EXPECT_EQ(in_pieces(hot, 100, move), "1 keys");
  EXPECT_GT(moves, 5);
  EXPECT_EQ(in_pieces(hot, 100), at_once(hot));
}

TEST_P(Pieces, EndWhenTheSnapshotHasLastedLongEnough) {
  Pace pace({.first = 10, .least = 10, .most = 10});
  const auto scanned = [&](milliseconds rest, int& rests) {
    return scan_key_in_pieces(database().session, plan(), database().dialect,
                              db::Value(std::int64_t{hot}), {.time = milliseconds{4000}}, pace,
                              [&] {
                                ++rests;
                                std::this_thread::sleep_for(rest);
                              });
  };
  // Rests end at half of the time, so that there is some left to work in.
  int rests = 0;
  const auto result = scanned(milliseconds{1200}, rests);
  ASSERT_TRUE(result.has_value()) << describe(result.error());
  EXPECT_LE(rests, 2);
  const auto late = scanned(milliseconds{4100}, rests);
  ASSERT_TRUE(late.has_error());
  EXPECT_EQ(late.error().code, ErrorCode::statement_timed_out);
}

TEST_P(Pieces, OfAGentleRun) {
  run("UPDATE s SET total = total + 1 WHERE g IN (7, 400)");
  run("DELETE FROM s WHERE g = 800");
  ReconcileOptions options;
  options.guard.share_max = 1;
  options.control.pacing = Pacing::gentle;
  options.control.gentle_share = 0.9;
  options.order = plan::Pass::key_ranges;
  options.chunk_rows = 20;
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->order, plan::Pass::key_ranges);
  EXPECT_EQ(report->repaired, 3);
  EXPECT_TRUE(report->tour.complete);
  EXPECT_GT(report->rested_s, 0);
  EXPECT_GT(report->longest_locks_s, 0);
  EXPECT_LT(report->longest_locks_s, report->seconds);
  EXPECT_EQ(verify().drifted, 0);
}

TEST_P(Pieces, OnlyOfWhatAddsUp) {
  run("CREATE INDEX t_ok_g ON t (ok, g)");
  apply(R"json(
    "by_another_index": {"from": "t", "group_by": {"ok": "t.ok"}, "aggregates": {"a": "sum(t.v)"}},
    "distinct": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {"a": "count(DISTINCT t.v)"}},
    "extremes": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {"a": "max(t.v)"}},
    "latches": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {"a": "latch(t.ok = 1)"}},
    "two_keys": {"from": "t", "group_by": {"g": "t.g", "ok": "t.ok"},
                 "aggregates": {"a": "sum(t.v)"}})json");
  EXPECT_FALSE(sql::can_be_cut(plan(0)));
  EXPECT_FALSE(sql::can_be_cut(plan(1)));
  EXPECT_FALSE(sql::can_be_cut(plan(2)));
  EXPECT_TRUE(sql::can_be_cut(plan(3)));
  EXPECT_FALSE(sql::can_be_cut(plan(4)));
}

}  // namespace
}  // namespace keepsum::test
