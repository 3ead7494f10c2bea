// A condition that is one OR of what the row itself says, where a trigger's SELECT has an outer
// join: a trigger that first met a row for which it is false must count those for which it is true.
// MariaDB forgets it otherwise: docs/decisions/0012-an-or-beside-a-left-join.md.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class OrConditions : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, g INT NOT NULL, at INT NOT NULL, "
         "flag INT NOT NULL, u_id BIGINT)",
         "CREATE INDEX t_at ON t (g, at)",
         "CREATE TABLE u (id BIGINT NOT NULL PRIMARY KEY, w INT NOT NULL)",
         "INSERT INTO u VALUES (1, 0), (2, 5)"});
  }

  // What no row counts for comes first, by each event.
  void change_rows() {
    run("INSERT INTO t VALUES (1, 1, 1, 0, 1)");
    run("UPDATE t SET at = 2");
    run("DELETE FROM t");
    run("INSERT INTO t VALUES (2, 2, 1, 1, 1), (3, 2, 4, 2, 2), (4, 1, 1, 0, 2), (5, 1, 3, 1, 9)");
    run("UPDATE t SET at = 9 WHERE id IN (2, 4)");
    run("UPDATE t SET flag = 2 WHERE id = 4");
    run("UPDATE t SET flag = 0 WHERE id = 5");
    run("INSERT INTO t VALUES (6, 2, 2, 1, NULL), (7, 2, 3, 2, NULL)");
    run("DELETE FROM t WHERE id = 3");
  }
};
KEEPSUM_ON_BOTH(OrConditions);

constexpr const char* condition = "t.flag = 1 OR t.flag = 2";

TEST_P(OrConditions, BesideALeftJoin) {
  apply(fmt::format(R"json("s": {{"from": "t",
      "joins": ["LEFT JOIN u ON u.id = t.u_id AND u.w > 0"], "where": "{}",
      "group_by": {{"g": "t.g"}}, "aggregates": {{"n": "count(*)", "w": "sum(u.w)",
      "least": "min(t.at)", "first_id": "earliest(t.id ORDER BY t.at)"}}}})json",
                    condition));
  change_rows();
  expect_equal(fmt::format(
      "SELECT g, COUNT(*) AS n, COALESCE(SUM(u.w), 0) AS w, MIN(t.at) AS least, (SELECT x.id FROM "
      "t x WHERE x.g = t.g AND (x.flag = 1 OR x.flag = 2) ORDER BY x.at, x.id LIMIT 1) AS first_id "
      "FROM t LEFT JOIN u ON u.id = t.u_id AND u.w > 0 WHERE {} GROUP BY g",
      condition));
}

// One term is the row's own, the other that of a row that may be missing; and an inner join beside
// it.
TEST_P(OrConditions, AcrossTables) {
  run("CREATE TABLE groups_of_t (id BIGINT NOT NULL PRIMARY KEY, w INT NOT NULL)");
  run("INSERT INTO groups_of_t VALUES (1, 3), (2, 4)");
  apply(R"json("s": {"from": "t",
      "joins": ["groups_of_t g ON g.id = t.g AND (g.w = 4 OR t.flag = 1)",
                "LEFT JOIN u ON u.id = t.u_id"],
      "where": "u.w > 3 OR t.at > 2", "group_by": {"g": "t.g"},
      "aggregates": {"n": "count(*)", "w": "sum(u.w)"}})json");
  change_rows();
  run("INSERT INTO t VALUES (10, 1, 1, 1, 9), (11, 1, 5, 1, 9), (12, 1, 0, 1, 2), (13, 2, 7, 0, "
      "NULL)");
  run("UPDATE t SET at = 0 WHERE id IN (11, 13)");
  run("UPDATE t SET at = 8");
  expect_equal(
      "SELECT t.g, COUNT(*) AS n, COALESCE(SUM(u.w), 0) AS w FROM t JOIN groups_of_t g ON g.id = "
      "t.g "
      "AND (g.w = 4 OR t.flag = 1) LEFT JOIN u ON u.id = t.u_id WHERE u.w > 3 OR t.at > 2 GROUP BY "
      "t.g");
}

// That a row was the group's first and is no more is an OR too, of what it is ordered by.
TEST_P(OrConditions, OfWhatARowIsOrderedBy) {
  apply(R"json("s": {"from": "t", "joins": ["LEFT JOIN u ON u.id = t.u_id AND u.w > 0"],
      "group_by": {"g": "t.g"}, "aggregates": {
      "of_flagged": "earliest(t.id ORDER BY t.flag) FILTER (WHERE t.flag IN (1, 3))",
      "of_all": "earliest(u.w ORDER BY t.at)"}})json");
  const auto of_flagged = [&] { return lines("SELECT g, of_flagged FROM s ORDER BY g"); };
  run("INSERT INTO t VALUES (8, 1, 1, 1, 1), (9, 1, 1, 3, 1)");
  EXPECT_EQ(of_flagged(), std::vector<std::string>{"1|8"});
  run("UPDATE t SET at = 2");
  run("UPDATE t SET flag = 2 WHERE id = 8");
  EXPECT_EQ(of_flagged(), std::vector<std::string>{"1|9"});
  run("DELETE FROM t WHERE id = 9");
  change_rows();
  EXPECT_EQ(verify().drifted, 0);
}

TEST_P(OrConditions, BesideSteps) {
  apply(fmt::format(R"json("s": {{"from": "t", "where": "{}", "group_by": {{"g": "t.g"}},
      "aggregates": {{"d": "sum(COALESCE(t.at - prev(t.at), 100) ORDER BY t.at)"}}}})json",
                    condition));
  change_rows();
  expect_equal(fmt::format(
      "SELECT g, SUM(d) AS d FROM (SELECT g, COALESCE(at - LAG(at) OVER (PARTITION BY g ORDER BY "
      "at, id), 100) AS d FROM t WHERE {}) AS steps GROUP BY g",
      condition));
}

TEST_P(OrConditions, BesidePlaces) {
  apply(fmt::format(R"json("s": {{"from": "t", "where": "{}",
      "group_by": {{"g": "t.g", "id": "t.id"}},
      "aggregates": {{"place": "ordinal(PARTITION BY t.g ORDER BY t.at)"}}}})json",
                    condition));
  change_rows();
  expect_equal(
      fmt::format("SELECT g, id, ROW_NUMBER() OVER (PARTITION BY g ORDER BY at, id) AS "
                  "place FROM t WHERE {}",
                  condition));
}

}  // namespace
}  // namespace keepsum::test
