#include "tests/integration/engine_shapes.hpp"

#include <initializer_list>

namespace keepsum::test {

namespace {

using Lines = std::vector<std::string>;

Lines join(std::initializer_list<Lines> parts) {
  Lines all;
  for (const Lines& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

Shape single() {
  Shape shape;
  shape.name = "single";
  shape.tables = {
      "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
      "amount BIGINT, kind VARCHAR(10), voided INT NOT NULL)",
      "CREATE INDEX payments_card ON payments (card)"};
  shape.spec =
      R"json("from": "payments p", "where": "p.voided = 0", "group_by": {"card": "p.card"})json";
  shape.value = "p.amount";
  shape.condition = "p.kind = 'refund'";
  shape.filter = "p.amount > 10 OR p.kind = 'fee'";
  shape.order = {{"COALESCE(p.amount, 3) % 4"}, {"p.voided", false, true}};
  shape.ties = {{"p.id"}};
  shape.hand_keys = "p.card AS card";
  shape.hand_from = "FROM payments p WHERE p.voided = 0";
  shape.hand_groups = "p.card";
  shape.rows_by_hand = HandRows{"payments", "p", {"p.card"}, "p.voided = 0"};
  shape.rows = {
      "INSERT INTO payments VALUES (1, 1, 10, 'sale', 0), (2, 1, 40, 'sale', 0), "
      "(3, 2, NULL, 'refund', 0), (4, 2, -7, 'fee', 1), (5, 3, 11, NULL, 0), "
      "(6, 4, 12, 'fee', 0), (7, 4, 12, 'fee', 0)"};
  shape.changes = {
      "INSERT INTO payments VALUES (10, 1, 40, 'refund', 0)",
      "INSERT INTO payments VALUES (11, 1, NULL, NULL, 0), (12, 9, 5, 'fee', 0), "
      "(13, 9, 6, 'x', 1), (14, 2, 99, 'sale', 0)",
      "UPDATE payments SET amount = amount + 3 WHERE card = 1",
      "UPDATE payments SET amount = NULL WHERE id = 2",
      "UPDATE payments SET amount = 1000 WHERE id = 2",
      "UPDATE payments SET kind = 'refund' WHERE card IN (1, 4)",
      "UPDATE payments SET kind = NULL WHERE kind = 'refund'",
      "UPDATE payments SET voided = 1 - voided",
      "UPDATE payments SET voided = 0",
      "UPDATE payments SET card = card + 1",
      "UPDATE payments SET card = 2, amount = -amount, kind = 'fee' WHERE id IN (1, 14, 6)",
      "UPDATE payments SET id = id + 1000 WHERE id < 5",
      "UPDATE payments SET amount = amount",
      "DELETE FROM payments WHERE amount = (SELECT m FROM (SELECT MAX(amount) m FROM payments) x)",
      "DELETE FROM payments WHERE card = 2",
      "INSERT INTO payments VALUES (20, 2, 4, 'sale', 0)",
      "INSERT INTO payments SELECT id + 5000, card, amount, kind, voided FROM payments",
      "DELETE FROM payments WHERE id > 5000",
      "DELETE FROM payments",
      "INSERT INTO payments VALUES (30, 1, NULL, 'refund', 0)",
      "UPDATE payments SET amount = 11",
  };
  return shape;
}

Lines two_tables(bool foreign_keys) {
  const std::string reference =
      foreign_keys ? ", FOREIGN KEY (payment_id) REFERENCES payments (id)" : "";
  return {
      "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
      "account_id BIGINT, voided INT NOT NULL)",
      "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT, "
      "kind VARCHAR(10)" +
          reference + ")",
      "CREATE INDEX payments_card ON payments (card)",
      "CREATE INDEX payments_account ON payments (account_id)",
      "CREATE INDEX items_payment ON items (payment_id)"};
}

const Lines two_tables_rows = {
    "INSERT INTO payments VALUES (1, 1, 1, 0), (2, 1, 2, 0), (3, 2, 1, 0), (4, 3, NULL, 1), "
    "(5, 4, 2, 0)",
    "INSERT INTO items VALUES (1, 1, 10, 'sale'), (2, 1, 40, 'sale'), (3, 2, -7, 'fee'), "
    "(4, 3, NULL, 'refund'), (5, 4, 11, NULL), (6, NULL, 9, 'sale'), (7, 5, 12, 'fee'), "
    "(8, 5, 12, 'fee')"};

// Parents before children, so that they run with foreign keys as well.
const Lines two_tables_changes = {
    "INSERT INTO payments VALUES (10, 1, 1, 0), (11, 9, 2, 0), (12, 9, 2, 1)",
    "INSERT INTO items VALUES (10, 10, 40, 'refund')",
    "INSERT INTO items VALUES (11, 10, NULL, NULL), (12, 11, 5, 'fee'), (13, 12, 6, 'x'), "
    "(14, 2, 99, 'sale'), (15, NULL, 1, 'sale')",
    "UPDATE items SET amount = amount + 3 WHERE payment_id IN (1, 10)",
    "UPDATE items SET amount = NULL WHERE id = 2",
    "UPDATE items SET amount = 1000 WHERE id = 2",
    "UPDATE items SET kind = 'refund' WHERE payment_id = 5",
    "UPDATE items SET kind = NULL WHERE kind = 'refund'",
    "UPDATE items SET payment_id = 3 WHERE payment_id = 1",
    "UPDATE items SET payment_id = NULL, amount = 3 WHERE id IN (1, 3)",
    "UPDATE items SET payment_id = 5 WHERE payment_id IS NULL",
    "UPDATE payments SET voided = 1 - voided",
    "UPDATE payments SET voided = 0",
    "UPDATE payments SET card = card + 1",
    "UPDATE payments SET card = 2, voided = 0, account_id = 2 WHERE id IN (1, 5, 3)",
    "UPDATE payments SET account_id = 1 + account_id % 2",
    "UPDATE items SET id = id + 1000 WHERE id < 5",
    "UPDATE payments SET id = id + 1000 WHERE id NOT IN "
    "(SELECT payment_id FROM items WHERE payment_id IS NOT NULL)",
    "DELETE FROM items WHERE amount = (SELECT m FROM (SELECT MAX(amount) m FROM items) x)",
    "DELETE FROM items WHERE payment_id = 3",
    "INSERT INTO items VALUES (20, 3, 4, 'sale')",
    "INSERT INTO items SELECT id + 5000, payment_id, amount, kind FROM items",
    "DELETE FROM items WHERE id > 5000",
    "DELETE FROM items",
    "INSERT INTO items VALUES (30, 2, NULL, 'refund'), (31, 2, 17, NULL)",
    "UPDATE payments SET card = card + 40",
};

// Children without parents, which foreign keys would refuse.
const Lines orphans = {
    "INSERT INTO items VALUES (40, 400, 21, 'sale'), (41, 400, 22, 'fee'), (42, 401, 5, 'sale')",
    "INSERT INTO payments VALUES (400, 1, 1, 0), (401, 1, 2, 0)",
    "UPDATE payments SET id = 402 WHERE id = 400",
    "UPDATE items SET payment_id = 402 WHERE payment_id = 400",
    "UPDATE payments SET id = 900 - id, card = card + 1 WHERE id IN (401, 402)",
    "UPDATE payments SET id = 402 WHERE id = 498",
    "DELETE FROM payments WHERE id IN (2, 402)",
    "INSERT INTO payments VALUES (2, 5, 2, 0)",
    "DELETE FROM payments",
    "DELETE FROM items",
};

// The same, row by row.
Shape row_by_row() {
  Shape shape = single();
  shape.name = "row_by_row";
  shape.spec =
      R"json("from": "payments p", "where": "p.voided = 0", "group_by": {"card": "p.card", "id": "p.id"})json";
  shape.hand_keys = "p.card AS card, p.id AS id";
  shape.hand_groups = "p.card, p.id";
  shape.rows_by_hand = HandRows{"payments", "p", {"p.card", "p.id"}, "p.voided = 0"};
  shape.rows_are_groups = true;
  return shape;
}

Shape joined(bool foreign_keys) {
  Shape shape;
  shape.name = foreign_keys ? "joined_by_foreign_key" : "joined";
  shape.tables = two_tables(foreign_keys);
  shape.spec = R"json("from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
                  "where": "p.voided = 0", "group_by": {"card": "p.card"})json";
  shape.value = "t.amount";
  shape.condition = "t.kind = 'refund'";
  shape.filter = "t.amount > 10 OR t.kind = 'fee'";
  shape.order = {{"COALESCE(t.kind, '')", true}, {"p.voided", false, true}};
  shape.ties = {{"p.id"}, {"t.id"}};
  shape.hand_keys = "p.card AS card";
  shape.hand_from = "FROM payments p JOIN items t ON t.payment_id = p.id WHERE p.voided = 0";
  shape.hand_groups = "p.card";
  shape.rows = two_tables_rows;
  shape.changes = foreign_keys ? two_tables_changes : join({two_tables_changes, orphans});
  return shape;
}

Shape three(bool foreign_keys) {
  Shape shape = joined(foreign_keys);
  shape.name = foreign_keys ? "three_by_foreign_keys" : "three";
  shape.tables.insert(shape.tables.begin(),
                      "CREATE TABLE accounts (id BIGINT NOT NULL PRIMARY KEY, "
                      "region VARCHAR(10) NOT NULL, closed INT NOT NULL)");
  if (foreign_keys) {
    shape.tables[1].insert(shape.tables[1].rfind(')'),
                           ", FOREIGN KEY (account_id) REFERENCES accounts (id)");
  }
  shape.spec = R"json("from": "payments p", "joins": ["accounts a ON a.id = p.account_id",
                                                 "items t ON t.payment_id = p.id"],
                  "where": "p.voided = 0 AND a.closed < 2 AND (a.closed = 0 OR t.kind = 'fee')",
                  "group_by": {"region": "a.region",
                               "size": "CASE WHEN p.card > 2 THEN 'high' ELSE 'low' END",
                               "card": "p.card % 4"})json";
  shape.value = "t.amount * (1 + a.closed) - p.card";
  shape.condition = "t.kind = 'refund' OR a.region = 'north'";
  shape.filter = "t.amount > p.card";
  shape.order = {{"p.card", false, true}, {"a.region", true}};
  shape.ties = {{"p.id"}, {"a.id"}, {"t.id"}};
  shape.hand_keys =
      "a.region AS region, CASE WHEN p.card > 2 THEN 'high' ELSE 'low' END AS size, "
      "p.card % 4 AS card";
  shape.hand_from =
      "FROM payments p JOIN accounts a ON a.id = p.account_id JOIN items t ON t.payment_id = p.id "
      "WHERE p.voided = 0 AND a.closed < 2 AND (a.closed = 0 OR t.kind = 'fee')";
  shape.hand_groups = "a.region, CASE WHEN p.card > 2 THEN 'high' ELSE 'low' END, p.card % 4";
  shape.rows.insert(shape.rows.begin(),
                    "INSERT INTO accounts VALUES (1, 'north', 0), (2, 'south', 0), (3, 'east', 1)");
  const Lines of_accounts = {
      "UPDATE accounts SET region = 'west' WHERE id = 2",
      "UPDATE accounts SET closed = 1 - closed",
      "UPDATE accounts SET region = 'north', closed = 0",
      "INSERT INTO accounts VALUES (4, 'east', 0)",
      "UPDATE payments SET account_id = 4 WHERE id IN (2, 3)",
      "UPDATE accounts SET closed = 2 WHERE id = 1",
      "DELETE FROM accounts WHERE id = 3",
  };
  shape.changes = join({of_accounts, two_tables_changes});
  if (!foreign_keys) {
    shape.changes = join({shape.changes,
                          {"DELETE FROM accounts WHERE id = 2", "UPDATE accounts SET id = 10 - id",
                           "INSERT INTO accounts VALUES (2, 'far', 0)"},
                          orphans});
  }
  return shape;
}

// A composite primary key on both sides of the join, which is a composite foreign key or none.
Shape composite(bool foreign_keys) {
  Shape shape;
  shape.name = foreign_keys ? "composite_by_foreign_key" : "composite";
  const std::string reference =
      foreign_keys ? ", FOREIGN KEY (shop, number) REFERENCES orders (shop, number)" : "";
  shape.tables = {
      "CREATE TABLE orders (shop INT NOT NULL, number INT NOT NULL, paid INT NOT NULL, "
      "PRIMARY KEY (shop, number))",
      "CREATE TABLE parts (shop INT NOT NULL, number INT NOT NULL, pos INT NOT NULL, "
      "sku VARCHAR(10) NOT NULL, amount BIGINT, PRIMARY KEY (shop, number, pos)" +
          reference + ")"};
  shape.spec = R"json("from": "orders o",
                  "joins": ["parts t ON t.shop = o.shop AND t.number = o.number"],
                  "group_by": {"sku": "t.sku", "shop": "o.shop"})json";
  shape.value = "t.amount";
  shape.condition = "o.paid = 1 AND t.amount > 3";
  shape.filter = "o.paid = 1";
  shape.order = {{"o.paid"}};
  shape.ties = {{"o.shop"}, {"o.number"}, {"t.pos"}};
  shape.hand_keys = "t.sku AS sku, o.shop AS shop";
  shape.hand_from = "FROM orders o JOIN parts t ON t.shop = o.shop AND t.number = o.number";
  shape.hand_groups = "t.sku, o.shop";
  shape.rows = {"INSERT INTO orders VALUES (1, 1, 1), (1, 2, 0), (2, 1, 1)",
                "INSERT INTO parts VALUES (1, 1, 1, 'pen', 5), (1, 1, 2, 'ink', 7), "
                "(1, 2, 1, 'pen', 2), (2, 1, 1, 'pen', NULL), (2, 1, 2, 'ink', 9)"};
  shape.changes = {
      "INSERT INTO orders VALUES (3, 1, 1), (3, 2, 1)",
      "INSERT INTO parts VALUES (3, 1, 1, 'pen', 4), (3, 1, 2, 'pen', 6)",
      "UPDATE parts SET number = 2, amount = amount + 1 WHERE shop = 3 AND pos = 2",
      "UPDATE orders SET paid = 1 - paid",
      "UPDATE parts SET sku = 'ink' WHERE sku = 'pen' AND shop < 3",
      "UPDATE parts SET pos = pos + 10",
      "UPDATE parts SET shop = 1, number = 1, pos = pos + 100 WHERE shop = 2",
      "DELETE FROM orders WHERE shop = 2",
      "DELETE FROM parts WHERE amount = (SELECT m FROM (SELECT MIN(amount) m FROM parts) x)",
      "DELETE FROM parts WHERE shop = 3",
      "UPDATE orders SET number = number + 7 WHERE shop = 3",
  };
  if (!foreign_keys) {
    shape.changes =
        join({shape.changes,
              {"UPDATE orders SET number = number + 1 WHERE shop = 1 AND number = 2",
               "UPDATE orders SET shop = 5 WHERE shop = 1",
               "INSERT INTO parts VALUES (5, 3, 1, 'nib', 1), (5, 1, 1, 'nib', 3)",
               "UPDATE parts SET shop = 5 WHERE shop = 1", "DELETE FROM orders WHERE number = 1"}});
  }
  return shape;
}

// An account may be missing, or closed for good: the payment counts all the same.
Shape left() {
  Shape shape = three(false);
  shape.name = "left";
  shape.spec = R"json("from": "payments p",
                  "joins": ["LEFT JOIN accounts a ON a.id = p.account_id AND a.closed < 2",
                            "items t ON t.payment_id = p.id"],
                  "where": "p.voided = 0 AND (a.id IS NULL OR a.closed = 0 OR t.kind = 'fee')",
                  "group_by": {"region": "COALESCE(a.region, 'none')", "card": "p.card % 4"})json";
  shape.value = "t.amount * (1 + COALESCE(a.closed, 4)) - p.card";
  shape.filter = "t.amount > p.card OR a.region IS NULL";
  shape.order = {{"p.card", false, true}, {"COALESCE(a.region, 'm')", true}};
  shape.ties = {{"p.id"}, {"t.id"}};
  shape.hand_keys = "COALESCE(a.region, 'none') AS region, p.card % 4 AS card";
  shape.hand_from =
      "FROM payments p LEFT JOIN accounts a ON a.id = p.account_id AND a.closed < 2 JOIN items t "
      "ON "
      "t.payment_id = p.id WHERE p.voided = 0 AND (a.id IS NULL OR a.closed = 0 OR t.kind = 'fee')";
  shape.hand_groups = "COALESCE(a.region, 'none'), p.card % 4";
  shape.changes = join({{"INSERT INTO accounts VALUES (7, 'south', 0)",
                         "UPDATE payments SET account_id = 7 WHERE id = 4",
                         "DELETE FROM accounts WHERE id IN (1, 2)",
                         "INSERT INTO accounts VALUES (1, 'north', 0), (2, 'west', 1)",
                         "UPDATE accounts SET id = id + 10", "UPDATE accounts SET id = id - 10",
                         "UPDATE accounts SET region = 'far', closed = 2 WHERE id = 2"},
                        shape.changes});
  return shape;
}

}  // namespace

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> all = {single(),        joined(false), joined(true),
                                         three(false),    three(true),   composite(false),
                                         composite(true), left(),        row_by_row()};
  return all;
}

}  // namespace keepsum::test
