// Where two parts of one product read a value in two ways.
#include <fmt/format.h>

#include "tests/regressions/regressions.hpp"

namespace keepsum::test {
namespace {

class Values : public EngineOnMariadb {};

// The order of an ENUM is that of its declaration to one evaluator and that of its letters to
// another: filters and extremes differ between them. Here the database alone evaluates.
TEST_F(Values, Vitess15598TwoEvaluatorsDifferOnEnum) {
  run("CREATE TABLE orders (id INT PRIMARY KEY, shop ENUM('west', 'east', 'north') NOT NULL, state "
      "ENUM('open', 'closed', 'absent') NULL, cents INT NOT NULL)");
  run("INSERT INTO orders VALUES (1, 'west', 'open', 5), (2, 'east', 'closed', 6), (3, 'north', "
      "NULL, 7), (4, 'west', 'absent', 8)");
  // Neither of its members, which a session that is not strict may store.
  run("SET sql_mode = ''");
  run("INSERT INTO orders VALUES (5, 'east', 'lost', 9)");
  const auto diagnostics = compile(R"json("per_shop": {
      "from": "orders o", "group_by": {"shop": "o.shop"}, "aggregates": {
        "n": "count(*)", "open": "sum(o.cents) FILTER (WHERE o.state = 'open')",
        "known": "count(*) FILTER (WHERE o.state IN ('closed', 'absent'))",
        "other": "any(o.state <> 'open')"}})json");
  ASSERT_TRUE(error_codes(diagnostics).empty());
  apply(R"json("per_shop": {
      "from": "orders o", "group_by": {"shop": "o.shop"}, "aggregates": {
        "n": "count(*)", "open": "sum(o.cents) FILTER (WHERE o.state = 'open')",
        "known": "count(*) FILTER (WHERE o.state IN ('closed', 'absent'))",
        "other": "any(o.state <> 'open')"}})json");
  const char* const by_hand =
      "SELECT shop, COUNT(*) AS n, COALESCE(SUM(CASE WHEN state = 'open' THEN cents END), 0) AS "
      "open, COUNT(CASE WHEN state IN ('closed', 'absent') THEN 1 END) AS known, MAX(CASE WHEN "
      "state <> 'open' THEN 1 ELSE 0 END) AS other FROM orders GROUP BY shop";
  expect_equal(by_hand);
  run("UPDATE orders SET state = 'open' WHERE shop = 'east'");
  run("UPDATE orders SET shop = 'north' WHERE id IN (1, 2)");
  run("UPDATE orders SET state = 3 WHERE id = 3");
  run("DELETE FROM orders WHERE id = 4");
  expect_equal(by_hand);
}

// Rows near midnight fall into the day of one session and are looked for in the day of another: a
// bucket by time zone loses rows. Here every writer makes the same bucket, and one statement over
// many days loses none.
TEST_F(Values, Timescaledb10296ATimeZoneBucketDropsRows) {
  run("CREATE TABLE readings (id INT PRIMARY KEY AUTO_INCREMENT, at TIMESTAMP NOT NULL DEFAULT "
      "'2026-01-01 00:00:00', v INT NOT NULL)");
  apply(R"json("per_day": {"from": "readings r", "group_by": {"day": "date(r.at)"},
               "aggregates": {"n": "count(*)", "v": "sum(r.v)"}})json");
  const char* const zones[] = {"+00:00", "+09:00", "-11:30", "+13:00"};
  for (const char* zone : zones) {
    run(fmt::format("SET time_zone = '{}'", zone));
    // One row an hour over three weeks, by one statement.
    run("INSERT INTO readings (at, v) WITH RECURSIVE hours (i) AS (SELECT 0 UNION ALL SELECT i + 1 "
        "FROM hours WHERE i < 500) SELECT FROM_UNIXTIME(1774650000 + 3600 * i + 59), i FROM hours");
    run("UPDATE readings SET at = at + INTERVAL 61 MINUTE WHERE id % 7 = 0");
    run("DELETE FROM readings WHERE id % 11 = 0");
  }
  run("SET time_zone = '+00:00'");
  expect_equal(
      "SELECT DATE(at) AS day, COUNT(*) AS n, SUM(v) AS v FROM readings GROUP BY DATE(at)");
}

}  // namespace
}  // namespace keepsum::test
