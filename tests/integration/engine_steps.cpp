// sum(… prev(x) …): what a row that comes, goes or changes does to the steps beside it, what it
// costs, and what it is refused with. engine_aggregates.cpp and engine_random.cpp have it among all
// aggregates.
#include <fmt/format.h>

#include <cstdlib>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

std::string vehicles(const std::string& aggregates, const std::string& more = "") {
  return fmt::format(R"json("vehicles": {{"from": "positions p", "group_by": {{"v": "p.vehicle"}},
                        "aggregates": {{{}}}{}}})json",
                     aggregates, more);
}

constexpr const char* distance = R"json("distance": "sum(p.x - prev(p.x) ORDER BY p.seen)",
    "climbed": "sum(CASE WHEN p.x > prev(p.x) THEN 1 ELSE 0 END ORDER BY p.seen)")json";

class Steps : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE positions (id BIGINT NOT NULL PRIMARY KEY, vehicle INT NOT NULL, "
         "seen INT NOT NULL, x INT)",
         "CREATE INDEX positions_seen ON positions (vehicle, seen)",
         "INSERT INTO positions VALUES (1, 1, 10, 100), (2, 1, 20, 130), (3, 2, 5, 7)"});
  }
  void expect_figures(const std::vector<std::string>& figures) {
    EXPECT_EQ(lines("SELECT v, distance, climbed FROM vehicles WHERE distance <> 0 OR climbed <> 0 "
                    "ORDER BY v"),
              figures);
    EXPECT_EQ(verify().drifted, 0);
  }
};
KEEPSUM_ON_BOTH(Steps);

TEST_P(Steps, FollowTheRows) {
  apply(vehicles(distance));
  EXPECT_TRUE(plan().warnings.empty());
  expect_figures({"1|30|1"});
  run("INSERT INTO positions VALUES (4, 1, 30, 90)");
  expect_figures({"1|-10|1"});
  // Late, between the first two: one step of 30 becomes two.
  run("INSERT INTO positions VALUES (5, 1, 15, 140)");
  expect_figures({"1|-10|1"});
  run("UPDATE positions SET x = 110 WHERE id = 5");
  expect_figures({"1|-10|2"});
  // A row without a value has no step, and the next has none from it.
  run("UPDATE positions SET x = NULL WHERE id = 2");
  expect_figures({"1|10|1"});
  run("DELETE FROM positions WHERE id = 2");
  expect_figures({"1|-10|1"});
  // Of one moment: the lesser key is first.
  run("INSERT INTO positions VALUES (7, 1, 30, 95), (6, 1, 30, 99)");
  expect_figures({"1|-5|2"});
  // The first goes to the end, the others to another vehicle.
  run("UPDATE positions SET seen = 40 WHERE id = 1");
  expect_figures({"1|-10|2"});
  run("UPDATE positions SET vehicle = 2 WHERE id IN (5, 4, 6, 7)");
  expect_figures({"2|88|2"});
  run("UPDATE positions SET id = 100 - id");
  expect_figures({"2|83|2"});
  run("DELETE FROM positions");
  expect_figures({});
}

TEST_P(Steps, AreMendedLikeAnySum) {
  apply(vehicles(distance));
  run("UPDATE vehicles SET distance = distance + 4 WHERE v = 1");
  const auto report = reconcile::reconcile(database(), plan(), {});
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->drifted, 1);
  EXPECT_EQ(report->repaired, 1);
  expect_figures({"1|30|1"});
}

// The cause is looked for in the columns that rows contribute to by themselves.
TEST_P(Steps, HaveTheirCauseLookedForBesideOtherColumns) {
  apply(vehicles(std::string(distance) + R"json(, "n": "count(*)", "sum": "sum(p.x)")json"));
  run("UPDATE vehicles SET distance = distance + 4, n = n - 5, sum = sum + 1 WHERE v = 1");
  const auto report = reconcile::reconcile(database(), plan(), {});
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->repaired, 1);
  EXPECT_EQ(lines("SELECT n, sum FROM vehicles WHERE v = 1"), std::vector<std::string>{"2|230"});
  expect_figures({"1|30|1"});
}

TEST_P(Steps, AreRefusedWithWhatTheyCannotFollow) {
  run_all({"CREATE TABLE cars (id INT NOT NULL PRIMARY KEY, maker INT NOT NULL)",
           "CREATE TABLE parked (id INT NOT NULL PRIMARY KEY, car INT NOT NULL, x INT NOT NULL, "
           "seen INT, FOREIGN KEY (car) REFERENCES cars (id) ON DELETE CASCADE)"});
  const auto codes = [&](const std::string& summaries) { return error_codes(compile(summaries)); };
  using Codes = std::vector<std::string>;
  const std::string step = R"json("s": "sum(p.x - prev(p.x) ORDER BY p.seen)")json";
  EXPECT_EQ(codes(vehicles(step, R"json(, "joins": ["cars c ON c.id = p.vehicle"])json")),
            Codes{"prev-of-join"});
  EXPECT_EQ(codes(vehicles(step, R"json(, "capture": "hooks")json")), Codes{"prev-by-hooks"});
  EXPECT_EQ(codes(vehicles(R"json("s": "sum(p.seen)")json") +
                  R"json(, "two": {"from": "vehicles w", "group_by": {"k": "w.v"},
                     "aggregates": {"s": "sum(w.s - prev(w.s) ORDER BY w.v)"}})json"),
            Codes{"prev-of-summary"});
  const std::string of_parked =
      R"json("cars_parked": {"from": "parked p", "group_by": {"car": "p.car"},
         "aggregates": {"s": "sum(p.x - prev(p.x) ORDER BY p.x)"}})json";
  // What a foreign key does fires triggers on SQLite.
  EXPECT_EQ(codes(of_parked), on_mariadb() ? Codes{"prev-cascade"} : Codes{});
  EXPECT_EQ(codes(R"json("cars_parked": {"from": "parked p", "group_by": {"x": "p.x"},
         "aggregates": {"s": "sum(p.x - prev(p.x) ORDER BY p.seen)"}})json")
                .front(),
            "nullable-order");
}

class StepsCost : public EngineOnMariadb {
 protected:
  // What a late row in the middle, a correction, a move to the end and a deletion read.
  std::vector<std::int64_t> costs_with(std::int64_t rows) {
    run_all({"DROP TABLE IF EXISTS positions",
             "CREATE TABLE positions (id BIGINT NOT NULL PRIMARY KEY, vehicle INT NOT NULL, "
             "seen INT NOT NULL, x INT, KEY positions_seen (vehicle, seen))",
             fmt::format("INSERT INTO positions SELECT seq, 1, 10 * seq, seq % 97 FROM seq_1_to_{}",
                         rows)});
    apply(vehicles(distance));
    EXPECT_TRUE(plan().warnings.empty());
    std::vector<std::int64_t> costs;
    for (const std::string& change :
         {fmt::format("INSERT INTO positions VALUES (0, 1, {}, 5)", 5 * rows + 5),
          std::string("UPDATE positions SET x = 6 WHERE id = 0"),
          fmt::format("UPDATE positions SET seen = {} WHERE id = 0", 20 * rows),
          std::string("DELETE FROM positions WHERE id = 0")}) {
      const std::int64_t before = rows_read(writer());
      run(change);
      costs.push_back(rows_read(writer()) - before);
    }
    EXPECT_EQ(verify().drifted, 0);
    return costs;
  }
};

// KEEPSUM_TEST_STEPS=1000000: the many.
TEST_F(StepsCost, DoesNotGrowWithTheGroup) {
  const char* const many = std::getenv("KEEPSUM_TEST_STEPS");  // NOLINT(concurrency-mt-unsafe)
  const auto few = costs_with(1'000);
  const auto more = costs_with(many == nullptr ? 30'000 : std::stoll(many));
  for (std::size_t i = 0; i < few.size(); ++i) {
    fmt::print("change {}: {} rows read of few, {} of many\n", i + 1, few[i], more[i]);
    EXPECT_LE(more[i], few[i]);
    EXPECT_LT(few[i], 100);
  }
}

// As the row itself is compared: a column brings its collation and its type to a comparison, and so
// does what the row before has in it.
TEST_P(Steps, TheRowBeforeIsComparedByTheColumnsRules) {
  run_all(
      {"CREATE TABLE doors (id BIGINT NOT NULL PRIMARY KEY, car INT NOT NULL, state VARCHAR(9) " +
           std::string(on_mariadb() ? "COLLATE utf8mb4_general_ci" : "COLLATE NOCASE") +
           " NOT NULL, code VARCHAR(9))",
       "INSERT INTO doors VALUES (1, 7, 'open', '1'), (2, 7, 'OPEN', '01')"});
  apply(fmt::format(
      R"json("doors_of": {{"from": "doors d", "group_by": {{"car": "d.car"}}, "aggregates": {{
      "opens": "sum(CASE WHEN prev(d.state) = 'open' THEN 1 ELSE 0 END ORDER BY d.id)",
      "kept": "sum(CASE WHEN prev(d.state) = d.state THEN 1 ELSE 0 END ORDER BY d.id)",
      "some": "sum(CASE WHEN prev(d.state) IN ('SHUT', 'x') THEN 1 ELSE 0 END ORDER BY d.id)",
      "less": "sum(CASE WHEN prev(d.state) < d.state THEN 1 ELSE 0 END ORDER BY d.id)",
      "ones": "sum(CASE WHEN prev(d.code) = {} THEN 1 ELSE 0 END ORDER BY d.id)"}}}})json",
      "'1'"));
  const std::string recompute =
      "SELECT d.car AS car, SUM(CASE WHEN b.state = 'open' THEN 1 ELSE 0 END) AS opens, "
      "SUM(CASE WHEN b.state = d.state THEN 1 ELSE 0 END) AS kept, "
      "SUM(CASE WHEN b.state IN ('SHUT', 'x') THEN 1 ELSE 0 END) AS some, "
      "SUM(CASE WHEN b.state < d.state THEN 1 ELSE 0 END) AS less, "
      "SUM(CASE WHEN b.code = '1' THEN 1 ELSE 0 END) AS ones FROM doors d LEFT JOIN doors b ON "
      "b.id = "
      "(SELECT MAX(c.id) FROM doors c WHERE c.car = d.car AND c.id < d.id) GROUP BY d.car";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO doors VALUES (3, 7, 'Open', NULL), (5, 7, 'shut', '1'), (6, 7, 'SHUT', '1')",
        "INSERT INTO doors VALUES (4, 7, 'sHUT', '1.0')",
        "UPDATE doors SET state = 'X' WHERE id = 3", "UPDATE doors SET car = 8 WHERE id IN (2, 5)",
        "DELETE FROM doors WHERE car = 7"}) {
    run(statement);
    expect_equal(recompute);
  }
}

// Columns of SQLite that hold what they are given, by the affinity of what they were declared as.
TEST_F(EngineOnSqlite, TheRowBeforeIsComparedByTheColumnsAffinity) {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER NOT NULL, a TEXT, b NUMERIC, c)");
  apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {
      "x": "sum(CASE WHEN prev(t.a) = t.a THEN 1 ELSE 0 END ORDER BY t.id)",
      "y": "sum(CASE WHEN prev(t.a) IN ('5', '6') THEN 1 ELSE 0 END ORDER BY t.id)",
      "z": "sum(CASE WHEN prev(t.b) = t.b THEN 1 ELSE 0 END ORDER BY t.id)"}})json");
  const std::string recompute =
      "SELECT d.g AS g, SUM(CASE WHEN b.a = d.a THEN 1 ELSE 0 END) AS x, "
      "SUM(CASE WHEN b.a IN ('5', '6') THEN 1 ELSE 0 END) AS y, "
      "SUM(CASE WHEN b.b = d.b THEN 1 ELSE 0 END) AS z FROM t d LEFT JOIN t b ON b.id = "
      "(SELECT MAX(c.id) FROM t c WHERE c.g = d.g AND c.id < d.id) GROUP BY d.g";
  for (const char* statement :
       {"INSERT INTO t VALUES (1, 1, 5, '5', 5), (2, 1, '5', 5, '5'), (3, 1, 5.0, 5.0, 5)",
        "INSERT INTO t VALUES (5, 1, x'35', 'abc', 1), (6, 1, '5', 'abc', 1)",
        "INSERT INTO t VALUES (4, 1, 6, 7, 1)", "UPDATE t SET g = 2 WHERE id % 2 = 0",
        "DELETE FROM t WHERE id = 3"}) {
    run(statement);
    expect_equal(recompute);
  }
}

// An ENUM is its number beside a number, and its text elsewhere.
TEST_F(EngineOnMariadb, AnEnumOfTheRowBeforeIsText) {
  run_all(
      {"CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, g INT NOT NULL, n INT NOT NULL, "
       "e ENUM ('shut', 'open', '9'))",
       "INSERT INTO t VALUES (1, 1, 2, 'open'), (2, 1, 9, '9'), (3, 1, 1, NULL)"});
  const auto spec = [](const std::string& condition) {
    return fmt::format(R"json("s": {{"from": "t", "group_by": {{"g": "t.g"}}, "aggregates": {{
        "x": "sum(CASE WHEN {} THEN 1 ELSE 0 END ORDER BY t.id)"}}}})json",
                       condition);
  };
  for (const char* refused :
       {"prev(t.e) = 2", "prev(t.e) IN (0, 9)", "greatest(prev(t.e), t.n) > 1"}) {
    EXPECT_THAT(error_codes(compile(spec(refused))), testing::Contains("incomparable")) << refused;
  }
  apply(spec("prev(t.e) IN ('open', '9') OR prev(t.e) > t.e"));
  run("INSERT INTO t VALUES (4, 1, 5, 'open'), (5, 1, 5, 'shut'), (6, 1, 5, 'open')");
  run("UPDATE t SET e = 'OPEN' WHERE id = 5");
  expect_equal(
      "SELECT d.g AS g, SUM(CASE WHEN b.e IN ('open', '9') OR CONCAT(b.e) > CONCAT(d.e) THEN 1 "
      "ELSE 0 "
      "END) AS x FROM t d LEFT JOIN t b ON b.id = d.id - 1 GROUP BY d.g");
}

}  // namespace
}  // namespace keepsum::test
