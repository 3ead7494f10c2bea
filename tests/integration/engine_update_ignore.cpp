// UPDATE IGNORE of MariaDB leaves a row alone that a key refuses, and fires its AFTER UPDATE
// trigger all the same, with the values that it did not get.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class UpdateIgnore : public EngineOnMariadb {
 protected:
  void SetUp() override {
    run_all({"CREATE TABLE parents (id INT NOT NULL PRIMARY KEY)", "INSERT INTO parents VALUES (1)",
             "CREATE TABLE o (id INT NOT NULL PRIMARY KEY, k INT NOT NULL, v INT NOT NULL, "
             "ref VARCHAR(9) UNIQUE, parent INT, FOREIGN KEY (parent) REFERENCES parents (id))",
             "CREATE TABLE items (id INT NOT NULL PRIMARY KEY, o_id INT NOT NULL, "
             "amount INT NOT NULL, KEY (o_id))",
             "INSERT INTO o VALUES (1, 1, 5, 'a', 1), (2, 1, 6, 'b', 1), (3, 2, 7, 'c', NULL)",
             "INSERT INTO items VALUES (1, 1, 10), (2, 2, 20), (3, 3, 40)"});
  }
  void expect_exact() {
    expect_equal("SELECT k, SUM(v) AS s, COUNT(*) AS n, MAX(v) AS most FROM o GROUP BY k");
    expect_equal(
        "SELECT o.k AS k, SUM(i.amount + o.v) AS s FROM o JOIN items i ON i.o_id = o.id GROUP BY "
        "o.k",
        1);
    expect_equal(
        "SELECT id, (SELECT COUNT(*) FROM o b WHERE b.v < o.v OR (b.v = o.v AND b.id <= o.id)) AS "
        "place FROM o",
        2);
  }
};

TEST_F(UpdateIgnore, ARowThatIsLeftAloneIsNotCounted) {
  apply(R"json("m": {"from": "o", "group_by": {"k": "o.k"},
      "aggregates": {"s": "sum(o.v)", "n": "count(*)", "most": "max(o.v)"}},
    "joined": {"from": "o", "joins": ["items i ON i.o_id = o.id"], "group_by": {"k": "o.k"},
      "aggregates": {"s": "sum(i.amount + o.v)"}},
    "list": {"from": "o", "group_by": {"id": "o.id"},
      "aggregates": {"place": "ordinal(ORDER BY o.v)"}})json");
  const auto rows = [&] { return lines("SELECT id, k, v, ref, parent FROM o ORDER BY id"); };
  const auto at_first = rows();
  for (const char* refused :
       {"UPDATE IGNORE o SET ref = 'b', v = v + 100 WHERE id = 1",
        "UPDATE IGNORE o SET id = 2, k = 9 WHERE id = 1",
        "UPDATE IGNORE o SET id = 2, ref = 'b', v = 9 WHERE id = 1",
        "UPDATE IGNORE o SET parent = 99, v = 50 WHERE id = 3",
        "UPDATE IGNORE o JOIN items i ON i.o_id = o.id SET o.ref = 'c', o.v = 77 WHERE o.id = 1"}) {
    run(refused);
    EXPECT_EQ(rows(), at_first) << refused;
    expect_exact();
  }
  // Those that are taken count: also where a key changes, or one row is taken and another is not.
  for (const char* taken :
       {"UPDATE IGNORE o SET ref = 'x', v = v + 100 WHERE id = 1",
        "UPDATE IGNORE o SET ref = 'X' WHERE id = 1", "UPDATE IGNORE o SET id = id + 1, v = 3",
        "UPDATE IGNORE o SET id = id + 10, k = 4 ORDER BY id DESC",
        "UPDATE IGNORE o SET ref = 'same', k = k + 1", "UPDATE o SET parent = NULL, v = v + 1",
        "UPDATE IGNORE o SET parent = id, v = v + 1"}) {
    run(taken);
    expect_exact();
  }
}

// The row that a statement of another transaction has just changed is looked at as it is now.
TEST_F(UpdateIgnore, InASnapshotFromBefore) {
  apply(R"json("m": {"from": "o", "group_by": {"k": "o.k"}, "aggregates": {"s": "sum(o.v)"}})json");
  run("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
  const auto other = connect();
  run("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  ASSERT_TRUE(other->execute("UPDATE o SET ref = 'z', v = 60 WHERE id = 1", {}).has_value());
  run("UPDATE IGNORE o SET ref = 'b', v = 1000 WHERE id = 1");
  run("COMMIT");
  expect_equal("SELECT k, SUM(v) AS s FROM o GROUP BY k");
}

}  // namespace
}  // namespace keepsum::test
