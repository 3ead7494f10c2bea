// SQLite's own ways with types and statements: exact, or an error that leaves no trace, or a
// bypass that the contract names and the reconciler mends.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using testing::HasSubstr;

class SqliteTypes : public EngineOnSqlite {
 protected:
  // Whatever becomes of the statement, the summary is as its source.
  void either(const std::string& statement, const std::string& recompute) {
    try_to_run(statement, [](const Error&) { return true; });
    expect_equal(recompute);
  }
  std::string bypasses() {
    std::string all;
    for (const plan::Clause& clause : plan().contract) {
      if (clause.kind == plan::ClauseKind::bypass) all += clause.text + "\n";
    }
    return all;
  }
};

// A column of a table that is not STRICT holds what it is given.
TEST_F(SqliteTypes, ValuesThatAreNotOfTheirColumnsType) {
  run_all({"CREATE TABLE payments (id INTEGER PRIMARY KEY, card INTEGER NOT NULL, amount INTEGER)",
           "INSERT INTO payments VALUES (1, 1, 10), (2, '2', '20')"});
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount)", "n": "count(p.amount)"}})json");
  const std::string recompute =
      "SELECT card, COALESCE(SUM(amount), 0) AS total, COUNT(amount) AS n FROM payments "
      "GROUP BY card";
  run("INSERT INTO payments VALUES (3, '1', '7'), (4, 1.0, 8.0), (5, 1, NULL)");
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (10, 1, 1.5)", "INSERT INTO payments VALUES (11, 1, 'abc')",
        "INSERT INTO payments VALUES (12, 'abc', 1)", "INSERT INTO payments VALUES (13, 1, x'01')",
        "INSERT INTO payments VALUES (14, 2.5, 1)", "UPDATE payments SET amount = 0.25",
        "UPDATE payments SET amount = amount * 1.0", "UPDATE payments SET card = 'x'",
        "UPDATE OR IGNORE payments SET amount = 'many' WHERE id = 1", "DELETE FROM payments"}) {
    either(statement, recompute);
  }
}

// DATE and DATETIME are numeric to SQLite: '2026' becomes an integer there, '2026-01-01' does not.
TEST_F(SqliteTypes, DatesOfEveryMaking) {
  run_all({"CREATE TABLE payments (id INTEGER PRIMARY KEY, day DATE NOT NULL, at DATETIME)",
           "INSERT INTO payments VALUES (1, '2026-01-01', '2026-01-01 10:00:00'), "
           "(2, 20260101, 1767261600), (3, '20260101', 1767261600.5), (4, 2461041.5, NULL)"});
  apply(R"json("days": {"from": "payments p", "group_by": {"day": "p.day"},
      "aggregates": {"n": "count(*)", "first": "min(p.at)", "last": "max(p.at)"}})json");
  const std::string recompute =
      "SELECT day, COUNT(*) AS n, MIN(at) AS first, MAX(at) AS last FROM payments GROUP BY day";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (5, '2026-01-01', 5), (6, 20260101, '2026-01-02')",
        "UPDATE payments SET at = 1767261601 WHERE id < 3", "UPDATE payments SET day = 2461041.5",
        "UPDATE payments SET day = '2026-01-03', at = NULL", "DELETE FROM payments WHERE id > 1"}) {
    run(statement);
    expect_equal(recompute);
  }
}

TEST_F(SqliteTypes, BytesAndNumbersInTextColumns) {
  run_all({"CREATE TABLE payments (id INTEGER PRIMARY KEY, name TEXT NOT NULL, tag BLOB NOT NULL)",
           "INSERT INTO payments VALUES (1, 5, x'00ff'), (2, '5', x'00ff')"});
  apply(R"json("names": {"from": "payments p", "group_by": {"name": "p.name"},
      "aggregates": {"n": "count(*)", "last": "max(p.name)", "tag": "max(p.tag)"}})json");
  const std::string recompute =
      "SELECT name, COUNT(*) AS n, MAX(name) AS last, MAX(tag) AS tag FROM payments GROUP BY name";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (3, 5.0, x''), (4, 'a', x'ff')",
        "INSERT INTO payments VALUES (5, x'61', x'61')", "UPDATE payments SET name = x'62'",
        "UPDATE payments SET tag = 'text' WHERE id = 1", "DELETE FROM payments"}) {
    either(statement, recompute);
  }
}

TEST_F(SqliteTypes, ReplaceWithoutRecursiveTriggersIsABypass) {
  run_all({"CREATE TABLE payments (id INTEGER PRIMARY KEY, card INTEGER NOT NULL, amount INTEGER)",
           "INSERT INTO payments VALUES (1, 1, 10)"});
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount)"}})json");
  EXPECT_THAT(bypasses(), HasSubstr("PRAGMA recursive_triggers"));
  run("REPLACE INTO payments VALUES (1, 1, 7)");
  EXPECT_EQ(verify().drifted, 1);
  ASSERT_TRUE(reconcile::reconcile(database(), plan(), {}).has_value());
  expect_equal("SELECT card, SUM(amount) AS total FROM payments GROUP BY card");
}

// A hook that runs before the change has run when OR IGNORE skips the row.
TEST_F(SqliteTypes, UpdateOrIgnoreOfACascadesRootIsABypass) {
  run_all({"CREATE TABLE payments (id INTEGER PRIMARY KEY, card INTEGER NOT NULL, ref TEXT UNIQUE)",
           "CREATE TABLE items (id INTEGER PRIMARY KEY, payment_id INTEGER, amount INTEGER, "
           "FOREIGN KEY (payment_id) REFERENCES payments (id) ON UPDATE CASCADE)",
           "INSERT INTO payments VALUES (1, 1, 'a'), (2, 2, 'b')",
           "INSERT INTO items VALUES (1, 1, 10)"});
  apply(R"json("cards": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
      "group_by": {"card": "p.card"}, "aggregates": {"total": "sum(t.amount)"}})json");
  EXPECT_THAT(bypasses(), HasSubstr("UPDATE OR IGNORE"));
  run("UPDATE OR IGNORE payments SET card = 9, ref = 'b' WHERE id = 1");
  EXPECT_EQ(verify().drifted, 2);
  ASSERT_TRUE(reconcile::reconcile(database(), plan(), {}).has_value());
  EXPECT_EQ(verify().drifted, 0);
}

// An UPSERT of SQLite 3.40 rounds integers of a table that has a column declared REAL beside one
// that is computed. No table of keepsum's has.
TEST_F(SqliteTypes, LargeIntegersBesideMeansAndFloats) {
  run("CREATE TABLE t (id INTEGER PRIMARY KEY, g INTEGER NOT NULL, x INTEGER, y INTEGER, r REAL) "
      "STRICT");
  apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {
      "mean": "avg(t.x)", "total": "sum(t.y)", "most": "max(t.y)", "real": "max(t.r)",
      "spread": "var_pop(t.id)", "least": "min(t.y)", "newest": "latest(t.y ORDER BY t.id)"},
      "allow_float": true})json");
  run("INSERT INTO t VALUES (5, 1, 9007199254740993, 9007199254740993, 0.5)");
  EXPECT_EQ(verify().drifted, 0);
  run("INSERT INTO t VALUES (6, 1, 2, 9007199254740995, 1.5)");
  EXPECT_EQ(verify().drifted, 0);
  EXPECT_EQ(lines("SELECT ks_mean_sum, total, most, least, newest FROM s"),
            std::vector<std::string>{
                "9007199254740995|18014398509481988|9007199254740995|9007199254740993|"
                "9007199254740995"});
  run("UPDATE t SET x = 9223372036854775800 WHERE id = 5");
  run("UPDATE t SET x = 1");
  EXPECT_EQ(lines("SELECT mean FROM s"), std::vector<std::string>{"1"});
  EXPECT_EQ(verify().drifted, 0);
  // Columns that come later stand after those that are computed.
  apply(R"json("s": {"from": "t", "group_by": {"g": "t.g"}, "aggregates": {
      "mean": "avg(t.x)", "total": "sum(t.y)", "most": "max(t.y)", "real": "max(t.r)",
      "spread": "var_pop(t.id)", "least": "min(t.y)", "newest": "latest(t.y ORDER BY t.id)",
      "late": "sum(t.y)", "late_real": "min(t.r)", "later": "sum(t.y - 1)"}, "allow_float": true})json");
  run("INSERT INTO t VALUES (7, 1, 2, 1, 0.25), (8, 2, 1, 9007199254740993, 1)");
  run("UPDATE t SET g = 2 WHERE id = 5");
  EXPECT_EQ(verify().drifted, 0);
  EXPECT_EQ(lines("SELECT g, total, late, later FROM s ORDER BY g"),
            (std::vector<std::string>{"1|9007199254740996|9007199254740996|9007199254740994",
                                      "2|18014398509481986|18014398509481986|18014398509481984"}));
}

}  // namespace
}  // namespace keepsum::test
