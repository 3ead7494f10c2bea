// Schemas as they are found: names that are words of SQL, generated columns, columns that set
// themselves, long keys, triggers of the application's own.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class Schemas : public EngineOnBoth {
 protected:
  void play(const std::vector<std::string>& statements, const std::string& recompute) {
    expect_equal(recompute);
    for (const std::string& statement : statements) {
      run(statement);
      expect_equal(recompute);
      if (HasFailure()) return;
    }
  }
  // A name in the database's own quotes.
  std::string q(const std::string& name) { return database().dialect.identifier(name); }
};
KEEPSUM_ON_BOTH(Schemas);

TEST_P(Schemas, NamesThatAreWordsOfSqlOrHaveSpaces) {
  const std::string orders = q("order");
  const std::string lines_table = q("order lines");
  run_all({fmt::format("CREATE TABLE {} ({} BIGINT NOT NULL PRIMARY KEY, {} BIGINT NOT NULL)",
                       orders, q("select"), q("group by")),
           fmt::format("CREATE TABLE {} (id BIGINT NOT NULL PRIMARY KEY, {} BIGINT, {} BIGINT)",
                       lines_table, q("order"), q("it's \"odd`")),
           fmt::format("INSERT INTO {} VALUES (1, 1), (2, 1), (3, 2)", orders),
           fmt::format("INSERT INTO {} VALUES (1, 1, 10), (2, 2, 20), (3, 3, 30)", lines_table)});
  apply(R"json("values": {"from": "\"order\" \"a-b\"",
      "joins": ["\"order lines\" \"a b\" ON \"a b\".\"order\" = \"a-b\".\"select\""],
      "group_by": {"key": "\"a-b\".\"group by\""},
      "aggregates": {"sum": "sum(\"a b\".\"it's \"\"odd`\")",
                     "table": "max(\"a b\".\"it's \"\"odd`\")", "delta": "count(*)"},
      "indexes": [["sum", "delta"]]})json");
  play({fmt::format("INSERT INTO {} VALUES (4, 3, 5)", lines_table),
        fmt::format("UPDATE {} SET {} = 3", orders, q("group by")),
        fmt::format("UPDATE {0} SET {1} = {1} + 1, {2} = 2", lines_table, q("it's \"odd`"),
                    q("order")),
        fmt::format("DELETE FROM {} WHERE id = 1", lines_table),
        fmt::format("DELETE FROM {}", orders)},
       fmt::format("SELECT o.{0} AS {1}, SUM(l.{2}) AS {3}, MAX(l.{2}) AS {4}, COUNT(*) AS delta "
                   "FROM {5} o JOIN {6} l ON l.{7} = o.{8} GROUP BY o.{0}",
                   q("group by"), q("key"), q("it's \"odd`"), q("sum"), q("table"), orders,
                   lines_table, q("order"), q("select")));
}

// Aliases that the generated SQL uses for itself.
TEST_P(Schemas, AliasesThatTheGeneratedSqlUsesToo) {
  run_all({"CREATE TABLE delta (id BIGINT NOT NULL PRIMARY KEY, k0 BIGINT NOT NULL)",
           "CREATE TABLE gone (id BIGINT NOT NULL PRIMARY KEY, delta BIGINT, c0 BIGINT, m BIGINT)",
           "CREATE TABLE excluded (id BIGINT NOT NULL PRIMARY KEY, open INT NOT NULL)",
           "INSERT INTO delta VALUES (1, 1), (2, 1), (3, 2)",
           "INSERT INTO gone VALUES (1, 1, 1, 10), (2, 2, 2, 20), (3, 3, 1, 30)",
           "INSERT INTO excluded VALUES (1, 1), (2, 1)"});
  apply(R"json("taken": {"from": "delta", "joins": ["gone ON gone.delta = delta.id",
      "excluded ON excluded.id = gone.c0"], "where": "excluded.open = 1",
      "group_by": {"k0": "delta.k0"},
      "aggregates": {"c0": "sum(gone.c0)", "m": "max(gone.m)", "c1": "min(gone.m)"}})json");
  play({"INSERT INTO gone VALUES (4, 3, 1, 5), (5, 1, 1, 50)", "UPDATE delta SET k0 = 3 - k0",
        "UPDATE gone SET m = m + 1, c0 = 3 - c0", "UPDATE excluded SET open = 0 WHERE id = 1",
        "DELETE FROM gone WHERE id IN (2, 5)", "UPDATE excluded SET open = 1", "DELETE FROM delta"},
       "SELECT d.k0 AS k0, SUM(g.c0) AS c0, MAX(g.m) AS m, MIN(g.m) AS c1 FROM delta d JOIN gone g "
       "ON g.delta = d.id JOIN excluded e ON e.id = g.c0 WHERE e.open = 1 GROUP BY d.k0");
}

TEST_P(Schemas, GeneratedColumns) {
  const std::string stored = on_mariadb() ? "PERSISTENT" : "STORED";
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
       "half BIGINT AS (card % 2) VIRTUAL)",
       "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT "
       "NOT NULL, fee BIGINT AS (amount * 2) " +
           stored +
           ", FOREIGN KEY (payment_id) "
           "REFERENCES payments (id) ON DELETE CASCADE ON UPDATE CASCADE)",
       "INSERT INTO payments (id, card) VALUES (1, 1), (2, 2), (3, 3)",
       "INSERT INTO items (id, payment_id, amount) VALUES (1, 1, 10), (2, 2, 20), (3, 3, 5)"});
  if (!on_mariadb()) run("PRAGMA foreign_keys = ON");
  apply(R"json(
      "halves": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
          "where": "p.half IS NOT NULL", "group_by": {"half": "p.half"},
          "aggregates": {"total": "sum(t.amount)", "most": "max(t.amount)"}},
      "fees": {"from": "items t", "where": "t.fee > 0", "group_by": {"odd": "t.id % 2"},
          "aggregates": {"fees": "sum(t.fee)", "most": "max(t.fee)"}})json");
  const std::string halves =
      "SELECT p.half AS half, SUM(t.amount) AS total, MAX(t.amount) AS most FROM payments p JOIN "
      "items t ON t.payment_id = p.id GROUP BY p.half";
  const std::string fees =
      "SELECT id % 2 AS odd, SUM(fee) AS fees, MAX(fee) AS most FROM items GROUP BY id % 2";
  for (const char* statement :
       {"INSERT INTO items (id, payment_id, amount) VALUES (4, 1, 30)",
        "UPDATE items SET amount = amount + 1", "UPDATE payments SET card = card + 1 WHERE id < 3",
        "UPDATE payments SET id = id + 10, card = card + 1", "DELETE FROM payments WHERE id = 11",
        "UPDATE items SET payment_id = 12"}) {
    run(statement);
    expect_equal(halves, 0);
    expect_equal(fees, 1);
  }
}

// Triggers of the application: beside the join, and before the change on a table of the join. One
// that runs after the change and before keepsum's is named in the contract.
TEST_P(Schemas, TheApplicationsOwnTriggers) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
       "amount BIGINT)",
       "CREATE TABLE fees (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT)",
       "CREATE TABLE audit (id BIGINT, what VARCHAR(10))",
       "INSERT INTO payments VALUES (1, 1, 10), (2, 2, 20)",
       "CREATE TRIGGER own_1 BEFORE INSERT ON payments FOR EACH ROW BEGIN "
       "INSERT INTO fees VALUES (NEW.id, 1); END",
       "CREATE TRIGGER own_2 AFTER UPDATE ON payments FOR EACH ROW BEGIN "
       "INSERT INTO audit VALUES (NEW.id, 'upd'); END"});
  apply(R"json("cards": {"from": "payments p", "joins": ["fees f ON f.id = p.id"],
      "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount + f.amount)", "most": "max(f.amount)"}})json");
  run("CREATE TRIGGER own_3 BEFORE UPDATE ON payments FOR EACH ROW BEGIN UPDATE fees SET amount = "
      "amount + 1 WHERE id = NEW.id; END");
  run("CREATE TRIGGER own_4 BEFORE DELETE ON payments FOR EACH ROW BEGIN DELETE FROM fees WHERE id "
      "= OLD.id; END");
  play({"INSERT INTO payments VALUES (3, 1, 5), (4, 2, 7)", "UPDATE payments SET card = 2",
        "UPDATE payments SET amount = amount + 1", "DELETE FROM fees WHERE id = 3",
        "DELETE FROM payments WHERE id = 4", "REPLACE INTO payments VALUES (9, 4, 4)"},
       "SELECT p.card AS card, SUM(p.amount + f.amount) AS total, MAX(f.amount) AS most FROM "
       "payments p JOIN fees f ON f.id = p.id GROUP BY p.card");
  std::string contract;
  for (const plan::Clause& clause : plan().contract) contract += clause.text + "\n";
  EXPECT_THAT(contract, testing::HasSubstr("an AFTER trigger of your own"));
}

// Keys that differ only past the length that MariaDB sorts by (max_sort_length: 1024 bytes).
TEST_P(Schemas, LongKeysThatDifferAtTheEnd) {
  run("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(700) NOT NULL, "
      "amount BIGINT NOT NULL)");
  const std::string head(650, 'x');
  std::string rows;
  for (int i = 0; i < 60; ++i) {
    rows += fmt::format("{}({}, '{}{}', {})", i == 0 ? "" : ", ", i, head, i % 3, i);
  }
  run("INSERT INTO payments VALUES " + rows);
  apply(R"json("names": {"from": "payments p", "group_by": {"name": "p.name"},
      "aggregates": {"n": "count(*)", "total": "sum(p.amount)", "most": "max(p.amount)"}})json");
  play({"UPDATE payments SET amount = amount + 1 WHERE id > 7",
        fmt::format("UPDATE payments SET name = '{}1' WHERE id % 2 = 0", head),
        "DELETE FROM payments WHERE id > 50"},
       "SELECT name, COUNT(*) AS n, SUM(amount) AS total, MAX(amount) AS most FROM payments "
       "GROUP BY name");
}

class MariadbSchemas : public EngineOnMariadb {};

// The server's own assignments, on a table whose update hook runs before the change.
TEST_F(MariadbSchemas, ColumnsThatSetThemselves) {
  run_all(
      {"CREATE TABLE payments (id BIGINT PRIMARY KEY AUTO_INCREMENT, card BIGINT NOT NULL "
       "DEFAULT 7, touched TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE "
       "CURRENT_TIMESTAMP, tried INT NOT NULL DEFAULT 0)",
       "CREATE TABLE items (id BIGINT PRIMARY KEY AUTO_INCREMENT, payment_id BIGINT, amount "
       "BIGINT DEFAULT 3, FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE CASCADE "
       "ON UPDATE CASCADE)",
       "SET timestamp = 1767225600", "INSERT INTO payments (card) VALUES (1), (1), (2)",
       "INSERT INTO items (payment_id, amount) VALUES (1, 10), (2, 20), (3, 30)"});
  apply(R"json("days": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
      "group_by": {"card": "p.card", "day": "date(p.touched)"},
      "aggregates": {"total": "sum(t.amount)", "last": "max(p.touched)"}})json");
  const std::string recompute =
      "SELECT p.card AS card, DATE(p.touched) AS day, SUM(t.amount) AS total, MAX(p.touched) AS "
      "last FROM payments p JOIN items t ON t.payment_id = p.id GROUP BY p.card, DATE(p.touched)";
  expect_equal(recompute);
  int day = 0;
  for (const char* statement :
       {"UPDATE payments SET card = 3 WHERE id = 1", "UPDATE payments SET id = 20 WHERE id = 2",
        "UPDATE payments SET tried = tried + 1", "UPDATE payments SET id = 1 WHERE id = 1",
        "INSERT INTO payments () VALUES ()",
        "INSERT INTO items (payment_id) SELECT id FROM payments",
        "UPDATE payments SET id = id + 100, card = 5", "DELETE FROM payments WHERE id = 120"}) {
    run(fmt::format("SET timestamp = {}", 1767225600 + 86400 * ++day));
    run(statement);
    expect_equal(recompute);
  }
}

// A BEFORE trigger of the application may still change what a later one sees.
TEST_F(MariadbSchemas, ABeforeTriggerThatChangesTheRow) {
  run_all({"CREATE TABLE payments (id BIGINT PRIMARY KEY, card BIGINT NOT NULL)",
           "CREATE TABLE items (id BIGINT PRIMARY KEY, payment_id BIGINT, amount BIGINT, "
           "FOREIGN KEY (payment_id) REFERENCES payments (id) ON UPDATE CASCADE)",
           "INSERT INTO payments VALUES (1, 1), (2, 2)",
           "INSERT INTO items VALUES (1, 1, 10), (2, 2, 20)",
           "CREATE TRIGGER early BEFORE UPDATE ON payments FOR EACH ROW SET NEW.card = NEW.card + "
           "100"});
  apply(R"json("cards": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
      "group_by": {"card": "p.card"}, "aggregates": {"total": "sum(t.amount)"}})json");
  const std::string recompute =
      "SELECT p.card AS card, SUM(t.amount) AS total FROM payments p JOIN items t ON t.payment_id "
      "= p.id GROUP BY p.card";
  for (const char* statement :
       {"UPDATE payments SET card = 5 WHERE id = 1", "UPDATE payments SET id = 10 WHERE id = 1"}) {
    run(statement);
    expect_equal(recompute);
  }
}

}  // namespace
}  // namespace keepsum::test
