#include "tests/integration/engine_cascade_cases.hpp"

#include <fmt/format.h>

namespace keepsum::test {

namespace {

using Lines = std::vector<std::string>;

std::string references(const std::string& column, const std::string& table,
                       const std::string& actions) {
  return fmt::format(", FOREIGN KEY ({}) REFERENCES {} (id) {}", column, table, actions);
}

std::string payments(const std::string& keys) {
  return "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT, "
         "kind VARCHAR(10) NOT NULL" +
         keys + ")";
}

std::string items(const std::string& keys) {
  return "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT" +
         keys + ")";
}

const Lines payment_rows = {
    "INSERT INTO payments VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'a'), (4, 3, 'b'), (5, 3, 'a'), "
    "(6, 4, 'c')",
    "INSERT INTO items VALUES (1, 1, 10), (2, 1, 40), (3, 2, 40), (4, 3, NULL), (5, 4, 9), "
    "(6, 4, 9), (7, 5, 30), (8, NULL, 5)"};

// Payments and their items, grouped by a column of the parent.
CascadeCase joined(const std::string& name, const std::string& actions, Lines statements) {
  return {.name = name,
          .tables = {payments(""), items(references("payment_id", "payments", actions))},
          .rows = payment_rows,
          .spec = R"json("from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
                     "where": "p.card_id IS NOT NULL", "group_by": {"card": "p.card_id"})json",
          .value = "t.amount",
          .hand_keys = "p.card_id AS card",
          .hand_from =
              "FROM payments p JOIN items t ON t.payment_id = p.id "
              "WHERE p.card_id IS NOT NULL",
          .hand_groups = "p.card_id",
          .statements = std::move(statements)};
}

// Items alone; their parent is not in the spec.
CascadeCase child_alone(const std::string& name, const std::string& actions, Lines statements) {
  CascadeCase each = joined(name, actions, std::move(statements));
  each.spec = R"json("from": "items t", "where": "t.payment_id IS NOT NULL",
                     "group_by": {"payment": "t.payment_id"})json";
  each.hand_keys = "t.payment_id AS payment";
  each.hand_from = "FROM items t WHERE t.payment_id IS NOT NULL";
  each.hand_groups = "t.payment_id";
  return each;
}

// customers → cards → payments → items, all with one action; the spec names what `from` says.
CascadeCase chain(const std::string& name, const std::string& actions, Lines statements) {
  CascadeCase each = joined(name, actions, std::move(statements));
  each.tables = {"CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY)",
                 "CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY, customer_id BIGINT, "
                 "brand VARCHAR(10) NOT NULL" +
                     references("customer_id", "customers", actions) + ")",
                 payments(references("card_id", "cards", actions)),
                 items(references("payment_id", "payments", actions))};
  Lines rows = {"INSERT INTO customers VALUES (1), (2), (3)",
                "INSERT INTO cards VALUES (1, 1, 'x'), (2, 1, 'y'), (3, 2, 'x'), (4, 3, 'y')"};
  rows.insert(rows.end(), payment_rows.begin(), payment_rows.end());
  each.rows = rows;
  return each;
}

const Lines deletes = {"DELETE FROM payments WHERE id = 1",
                       "DELETE FROM payments WHERE id IN (3, 4)",
                       "INSERT INTO payments VALUES (1, 1, 'z'), (9, 2, 'z')",
                       "INSERT INTO items VALUES (20, 1, 3), (21, 9, 50), (22, 9, 50)",
                       "UPDATE payments SET card_id = 7 WHERE card_id = 1",
                       "DELETE FROM items WHERE amount = 50",
                       "DELETE FROM payments"};

const Lines key_updates = {"UPDATE payments SET id = 100 WHERE id = 1",
                           "UPDATE payments SET id = id + 1000, card_id = 8 WHERE id IN (2, 3)",
                           "UPDATE payments SET card_id = 1 WHERE id = 4",
                           "UPDATE payments SET id = 101, card_id = NULL WHERE id = 4",
                           "UPDATE payments SET id = 6000 WHERE id = 6",
                           "UPDATE payments SET id = id + 20000"};

Lines plus(Lines first, const Lines& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

CascadeCase grandparent_outside() {
  CascadeCase each = chain("grandparent_outside", "ON DELETE CASCADE",
                           {"DELETE FROM customers WHERE id = 1", "DELETE FROM cards WHERE id = 3",
                            "DELETE FROM payments WHERE id = 6", "DELETE FROM customers"});
  return each;
}

CascadeCase grandparent_of_parent_inside() {
  CascadeCase each = grandparent_outside();
  each.name = "grandparent_of_joined_parent";
  each.spec = R"json("from": "payments p", "joins": ["cards c ON c.id = p.card_id",
                     "items t ON t.payment_id = p.id"], "group_by": {"brand": "c.brand"})json";
  each.hand_keys = "c.brand AS brand";
  each.hand_from =
      "FROM payments p JOIN cards c ON c.id = p.card_id "
      "JOIN items t ON t.payment_id = p.id";
  each.hand_groups = "c.brand";
  return each;
}

// The middle of the chain is not in the spec: items hang on cards through payments.
CascadeCase middle_outside() {
  CascadeCase each = grandparent_outside();
  each.name = "middle_outside";
  each.spec = R"json("from": "items t", "where": "t.payment_id IS NOT NULL",
                     "group_by": {"payment": "t.payment_id"})json";
  each.hand_keys = "t.payment_id AS payment";
  each.hand_from = "FROM items t WHERE t.payment_id IS NOT NULL";
  each.hand_groups = "t.payment_id";
  return each;
}

CascadeCase set_null_in_a_chain() {
  CascadeCase each = chain("set_null_at_the_end_of_a_chain", "ON DELETE CASCADE",
                           {"DELETE FROM customers WHERE id = 1", "DELETE FROM cards WHERE id = 3",
                            "DELETE FROM customers"});
  each.tables[2] = payments(references("card_id", "cards", "ON DELETE SET NULL"));
  return each;
}

CascadeCase not_read() {
  CascadeCase each = joined("set_null_of_a_column_not_read", "ON DELETE SET NULL",
                            {"DELETE FROM payments WHERE id IN (1, 4)", "DELETE FROM payments"});
  each.spec = R"json("from": "items t", "group_by": {"odd": "t.id % 2"})json";
  each.hand_keys = "t.id % 2 AS odd";
  each.hand_from = "FROM items t";
  each.hand_groups = "t.id % 2";
  return each;
}

// What becomes NULL is counted, not only dropped.
CascadeCase set_null_counted() {
  CascadeCase each = not_read();
  each.name = "set_null_counted";
  each.spec = R"json("from": "items t", "group_by": {"loose":
                     "CASE WHEN t.payment_id IS NULL THEN 1 ELSE 0 END"})json";
  each.hand_keys = "CASE WHEN t.payment_id IS NULL THEN 1 ELSE 0 END AS loose";
  each.hand_groups = "CASE WHEN t.payment_id IS NULL THEN 1 ELSE 0 END";
  return each;
}

CascadeCase several_children(const std::string& name, bool card_inside) {
  CascadeCase each;
  each.name = name;
  const std::string both = "ON DELETE CASCADE ON UPDATE CASCADE";
  each.tables = {"CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY, brand VARCHAR(10) NOT NULL)",
                 payments(references("card_id", "cards", both)),
                 "CREATE TABLE refunds (id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT, "
                 "back BIGINT" +
                     references("card_id", "cards", both) + ")"};
  each.rows = {"INSERT INTO cards VALUES (1, 'x'), (2, 'y'), (3, 'x'), (4, 'y')", payment_rows[0],
               "INSERT INTO refunds VALUES (1, 1, 3), (2, 1, 30), (3, 2, 7), (4, 3, NULL)"};
  each.value = "r.back * p.id";
  if (card_inside) {
    each.spec = R"json("from": "cards c", "joins": ["payments p ON p.card_id = c.id",
                       "refunds r ON r.card_id = c.id"], "group_by": {"brand": "c.brand"})json";
    each.hand_keys = "c.brand AS brand";
    each.hand_from =
        "FROM cards c JOIN payments p ON p.card_id = c.id "
        "JOIN refunds r ON r.card_id = c.id";
    each.hand_groups = "c.brand";
    each.statements = {"UPDATE cards SET id = id + 10 WHERE id = 1",
                       "UPDATE cards SET id = id + 100, brand = 'z' WHERE id > 1"};
  } else {
    // By the children's own columns: one delete strikes both sides of the join.
    each.spec = R"json("from": "payments p", "joins": ["refunds r ON r.card_id = p.card_id"],
                       "group_by": {"kind": "p.kind"})json";
    each.hand_keys = "p.kind AS kind";
    each.hand_from = "FROM payments p JOIN refunds r ON r.card_id = p.card_id";
    each.hand_groups = "p.kind";
    each.tables[1] = payments(references("card_id", "cards", "ON DELETE CASCADE"));
    each.tables[2] =
        "CREATE TABLE refunds (id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT, "
        "back BIGINT" +
        references("card_id", "cards", "ON DELETE CASCADE") + ")";
  }
  each.statements =
      plus(each.statements, {"DELETE FROM cards WHERE brand = 'z'",
                             "DELETE FROM cards WHERE id IN (1, 2)", "DELETE FROM cards"});
  return each;
}

// An item hangs on its payment and on the customer; both go with the customer.
CascadeCase two_paths() {
  CascadeCase each;
  each.name = "two_paths";
  const std::string gone = "ON DELETE CASCADE";
  each.tables = {"CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY)",
                 payments(references("card_id", "customers", gone)),
                 "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, "
                 "customer_id BIGINT, amount BIGINT" +
                     references("payment_id", "payments", gone) +
                     references("customer_id", "customers", gone) + ")"};
  each.rows = {"INSERT INTO customers VALUES (1), (2), (3), (4), (5)", payment_rows[0],
               "INSERT INTO items VALUES (1, 1, 1, 10), (2, 1, 2, 40), (3, 3, 1, 40), "
               "(4, 4, 3, NULL), (5, 5, 5, 30)"};
  each.spec = R"json("from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
                     "group_by": {"kind": "p.kind"})json";
  each.value = "t.amount";
  each.hand_keys = "p.kind AS kind";
  each.hand_from = "FROM payments p JOIN items t ON t.payment_id = p.id";
  each.hand_groups = "p.kind";
  each.statements = {"DELETE FROM customers WHERE id = 1", "DELETE FROM customers WHERE id = 5",
                     "DELETE FROM payments WHERE id = 4", "DELETE FROM customers"};
  return each;
}

// The join does not follow the key that cascades.
CascadeCase joined_otherwise() {
  CascadeCase each = joined("joined_by_another_column", "ON DELETE CASCADE",
                            {"DELETE FROM payments WHERE id = 2",
                             "DELETE FROM payments WHERE id = 1", "DELETE FROM payments"});
  each.spec = R"json("from": "payments p", "joins": ["items t ON t.id = p.card_id"],
                     "group_by": {"kind": "p.kind"})json";
  each.hand_keys = "p.kind AS kind";
  each.hand_from = "FROM payments p JOIN items t ON t.id = p.card_id";
  each.hand_groups = "p.kind";
  return each;
}

CascadeCase composite() {
  CascadeCase each;
  each.name = "composite_key";
  each.tables = {
      "CREATE TABLE orders (shop BIGINT NOT NULL, number BIGINT NOT NULL, "
      "kind VARCHAR(10) NOT NULL, PRIMARY KEY (shop, number))",
      "CREATE TABLE parts (id BIGINT NOT NULL PRIMARY KEY, number BIGINT, shop BIGINT, "
      "amount BIGINT, FOREIGN KEY (shop, number) REFERENCES orders (shop, number) "
      "ON DELETE CASCADE ON UPDATE CASCADE)"};
  each.rows = {"INSERT INTO orders VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'a'), (2, 2, 'c')",
               "INSERT INTO parts VALUES (1, 1, 1, 10), (2, 1, 1, 40), (3, 2, 1, 40), "
               "(4, 1, 2, NULL), (5, 1, 2, 7), (6, NULL, 2, 5)"};
  each.spec = R"json("from": "parts t",
                     "joins": ["orders o ON o.shop = t.shop AND o.number = t.number"],
                     "group_by": {"shop": "o.shop", "kind": "o.kind"})json";
  each.value = "t.amount + t.number";
  each.hand_keys = "o.shop AS shop, o.kind AS kind";
  each.hand_from = "FROM parts t JOIN orders o ON o.shop = t.shop AND o.number = t.number";
  each.hand_groups = "o.shop, o.kind";
  each.statements = {"UPDATE orders SET number = 10 WHERE shop = 1 AND number = 1",
                     "UPDATE orders SET shop = shop + 5, kind = 'd' WHERE shop = 2",
                     "UPDATE orders SET kind = 'e' WHERE number = 2",
                     "DELETE FROM orders WHERE shop = 7", "DELETE FROM orders WHERE number = 10"};
  return each;
}

CascadeCase self_reference() {
  CascadeCase each;
  each.name = "self_reference";
  each.tables = {
      "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, parent_id BIGINT, "
      "kind VARCHAR(10) NOT NULL, amount BIGINT" +
      references("parent_id", "payments", "ON DELETE CASCADE") + ")"};
  each.rows = {
      "INSERT INTO payments VALUES (1, NULL, 'a', 10), (2, 1, 'b', 30), (3, 2, 'a', 40), "
      "(4, NULL, 'b', 1), (5, 4, 'a', NULL)"};
  each.spec = R"json("from": "payments p", "group_by": {"kind": "p.kind"})json";
  each.value = "p.amount";
  each.hand_keys = "p.kind AS kind";
  each.hand_from = "FROM payments p";
  each.hand_groups = "p.kind";
  each.statements = {"DELETE FROM payments WHERE id = 1", "DELETE FROM payments"};
  each.refused_on_mariadb = true;
  return each;
}

// A change that runs down two keys one after the other: no trigger could say where it ends.
CascadeCase update_chain() {
  CascadeCase each;
  each.name = "update_through_two_keys";
  each.tables = {"CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY)",
                 "CREATE TABLE payments (card_id BIGINT NOT NULL, number BIGINT NOT NULL, "
                 "kind VARCHAR(10) NOT NULL, PRIMARY KEY (card_id, number)" +
                     references("card_id", "cards", "ON UPDATE CASCADE") + ")",
                 "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT, "
                 "number BIGINT, amount BIGINT, FOREIGN KEY (card_id, number) "
                 "REFERENCES payments (card_id, number) ON UPDATE CASCADE)"};
  each.rows = {"INSERT INTO cards VALUES (1), (2)",
               "INSERT INTO payments VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'a')",
               "INSERT INTO items VALUES (1, 1, 1, 10), (2, 1, 2, 40), (3, 2, 1, 40)"};
  each.spec = R"json("from": "items t", "where": "t.card_id IS NOT NULL",
                     "group_by": {"card": "t.card_id"})json";
  each.value = "t.amount";
  each.hand_keys = "t.card_id AS card";
  each.hand_from = "FROM items t WHERE t.card_id IS NOT NULL";
  each.hand_groups = "t.card_id";
  each.statements = {"UPDATE cards SET id = 10 WHERE id = 1",
                     "UPDATE payments SET number = 9 WHERE number = 2"};
  each.refused_on_mariadb = true;
  return each;
}

}  // namespace

const std::vector<CascadeCase>& cascade_cases() {
  static const std::vector<CascadeCase> all = {
      joined("delete_cascade", "ON DELETE CASCADE", deletes),
      joined("delete_set_null", "ON DELETE SET NULL", deletes),
      joined("update_cascade", "ON UPDATE CASCADE", key_updates),
      joined("update_set_null", "ON UPDATE SET NULL", key_updates),
      joined("delete_and_update_cascade", "ON DELETE CASCADE ON UPDATE CASCADE",
             plus(key_updates, deletes)),
      joined("delete_set_null_update_cascade", "ON DELETE SET NULL ON UPDATE CASCADE",
             plus(key_updates, deletes)),
      child_alone("parent_outside_delete_cascade", "ON DELETE CASCADE", deletes),
      child_alone("parent_outside_delete_set_null", "ON DELETE SET NULL", deletes),
      child_alone("parent_outside_update_cascade", "ON UPDATE CASCADE", key_updates),
      child_alone("parent_outside_both", "ON DELETE CASCADE ON UPDATE CASCADE",
                  plus(key_updates, deletes)),
      child_alone("parent_outside_set_null_both", "ON DELETE SET NULL ON UPDATE SET NULL",
                  plus(key_updates, deletes)),
      grandparent_outside(),
      grandparent_of_parent_inside(),
      middle_outside(),
      set_null_in_a_chain(),
      not_read(),
      set_null_counted(),
      several_children("several_children", true),
      several_children("several_children_parent_outside", false),
      two_paths(),
      joined_otherwise(),
      composite(),
      self_reference(),
      update_chain(),
  };
  return all;
}

}  // namespace keepsum::test
