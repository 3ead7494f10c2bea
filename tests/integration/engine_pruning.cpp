// What the catalog proves need not run does not run; what it does not prove, does.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

// A payment, its request histories, and the balance transaction each of them points at.
std::vector<std::string> payment_tables(bool foreign_keys) {
  const std::string references = foreign_keys
                                     ? ", FOREIGN KEY (payment_id) REFERENCES payments (id), "
                                       "FOREIGN KEY (transaction_id) REFERENCES transactions (id)"
                                     : "";
  return {
      "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
      "voided INT NOT NULL, note VARCHAR(20))",
      "CREATE TABLE transactions (id BIGINT NOT NULL PRIMARY KEY, amount BIGINT, "
      "currency VARCHAR(3))",
      "CREATE TABLE histories (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, "
      "transaction_id BIGINT NOT NULL, note VARCHAR(20)" +
          references + ")",
      "CREATE INDEX histories_payment ON histories (payment_id)",
      "CREATE INDEX histories_transaction ON histories (transaction_id)"};
}

std::string payment_summary(const std::string& more) {
  return fmt::format(R"json("cards": {{"from": "payments p", "joins":
      ["histories h ON h.payment_id = p.id", "transactions t ON t.id = h.transaction_id"],
      "where": "p.voided = 0", "group_by": {{"card": "p.card"}},
      "aggregates": {{"spent": "sum(t.amount)", "n": "count(*)"}}{}}})json",
                     more);
}

const char* const payment_recompute =
    "SELECT p.card AS card, COALESCE(SUM(t.amount), 0) AS spent, COUNT(*) AS n FROM payments p "
    "JOIN histories h ON h.payment_id = p.id JOIN transactions t ON t.id = h.transaction_id "
    "WHERE p.voided = 0 GROUP BY p.card";

// How many rows the server wrote or changed for a statement, in all tables.
class Written : public EngineOnBoth {
 protected:
  std::int64_t written(const std::string& statement) {
    const std::int64_t before = counter();
    run(statement);
    return counter() - before;
  }

 private:
  std::int64_t counter() {
    if (!on_mariadb()) return std::stoll(lines("SELECT total_changes()").at(0));
    std::int64_t sum = 0;
    for (const std::string& line : lines("SHOW SESSION STATUS WHERE Variable_name IN "
                                         "('Handler_write', 'Handler_update', 'Handler_delete')")) {
      sum += std::stoll(line.substr(line.find('|') + 1));
    }
    return sum;
  }
};
KEEPSUM_ON_BOTH(Written);

TEST_F(EngineOnMariadb, ForeignKeysLeaveOneUpsertForAPayment) {
  run_all(payment_tables(true));
  apply(payment_summary(""));
  EXPECT_THAT(trigger_names(),
              UnorderedElementsAre("ks_cards$p_upd", "ks_cards$h_ins", "ks_cards$h_upd",
                                   "ks_cards$h_del", "ks_cards$t_upd"));
  EXPECT_THAT(plan().hook("p", sql::Event::update)->watched_columns, ElementsAre("card", "voided"));
  EXPECT_THAT(plan().hook("t", sql::Event::update)->watched_columns, ElementsAre("amount"));
  for (const char* statement :
       {"INSERT INTO payments VALUES (1, 1, 0, NULL), (2, 2, 1, NULL)",
        "INSERT INTO transactions VALUES (1, 10, 'EUR'), (2, NULL, 'EUR')",
        "INSERT INTO histories VALUES (1, 1, 1, NULL), (2, 1, 2, NULL), (3, 2, 1, NULL)",
        "UPDATE payments SET voided = 0", "UPDATE transactions SET amount = 7",
        "UPDATE histories SET payment_id = 2", "UPDATE payments SET id = 9 WHERE id = 1",
        "DELETE FROM payments WHERE id = 9", "DELETE FROM histories WHERE id = 2"}) {
    run(statement);
    expect_equal(payment_recompute);
  }
  fails("DELETE FROM payments");
  fails("UPDATE transactions SET id = id + 10");
  expect_equal(payment_recompute);
}

// What SQLite proves is that one connection enforced the key once, which is nothing.
TEST_F(EngineOnSqlite, ForeignKeysProveNothing) {
  run_all(payment_tables(true));
  apply(payment_summary(""));
  EXPECT_EQ(trigger_names().size(), 9U);
}

TEST_P(Written, DeclaredKeysLeaveOneUpsertForAPayment) {
  run_all(payment_tables(false));
  apply(payment_summary(
      R"json(, "declared_keys": ["h.payment_id -> p.id", "h.transaction_id -> t.id"])json"));
  EXPECT_THAT(trigger_names(),
              UnorderedElementsAre("ks_cards$p_upd", "ks_cards$h_ins", "ks_cards$h_upd",
                                   "ks_cards$h_del", "ks_cards$t_upd"));
  EXPECT_EQ(written("INSERT INTO payments VALUES (1, 1, 0, NULL)"), 1);
  EXPECT_EQ(written("INSERT INTO transactions VALUES (1, 10, 'EUR')"), 1);
  EXPECT_EQ(written("INSERT INTO histories VALUES (1, 1, 1, NULL)"), 2);
  expect_equal(payment_recompute);
  EXPECT_THAT(verify().broken_keys, IsEmpty());
}

// A key that is vouched for and broken: the reconciler says which, and mends what came of it.
TEST_P(Written, BrokenDeclaredKeysAreReported) {
  run_all(payment_tables(false));
  apply(payment_summary(
      R"json(, "declared_keys": ["h.payment_id -> p.id", "h.transaction_id -> t.id"])json"));
  run("INSERT INTO transactions VALUES (1, 10, 'EUR')");
  run("INSERT INTO histories VALUES (1, 50, 1, NULL), (2, 51, 1, NULL), (3, 51, 2, NULL)");
  const reconcile::RunReport orphans = verify();
  EXPECT_EQ(orphans.drifted, 0);
  ASSERT_EQ(orphans.broken_keys.size(), 2U);
  EXPECT_EQ(orphans.broken_keys[0].key, "h.(payment_id) -> p.(id)");
  EXPECT_EQ(orphans.broken_keys[0].rows, 3);
  EXPECT_EQ(orphans.broken_keys[1].key, "h.(transaction_id) -> t.(id)");
  EXPECT_EQ(orphans.broken_keys[1].rows, 1);
  run("INSERT INTO payments VALUES (50, 7, 0, NULL)");
  const reconcile::RunReport late_parent = verify();
  EXPECT_EQ(late_parent.drifted, 1);
  EXPECT_EQ(late_parent.broken_keys.size(), 2U);
}

TEST_P(Written, NothingForAnUpdateOfWhatIsNotRead) {
  run_all(payment_tables(false));
  run("INSERT INTO payments VALUES (1, 1, 0, 'a'), (2, 1, 1, 'b')");
  run("INSERT INTO transactions VALUES (1, 10, 'EUR'), (2, 20, 'USD')");
  run("INSERT INTO histories VALUES (1, 1, 1, NULL), (2, 2, 2, NULL), (3, 1, 2, NULL)");
  apply(payment_summary(""));
  const std::string stored = "SELECT * FROM cards ORDER BY card";
  const auto before = lines(stored);
  EXPECT_EQ(written("UPDATE payments SET note = 'c' WHERE id = 1"), 1);
  EXPECT_EQ(written("UPDATE transactions SET currency = 'CHF' WHERE id = 1"), 1);
  EXPECT_EQ(written("UPDATE histories SET note = 'x' WHERE id = 1"), 1);
  // Read, but in no joined row that counts: the differences are none or cancel out.
  EXPECT_EQ(written("UPDATE payments SET card = 9 WHERE id = 2"), 1);
  EXPECT_EQ(written("UPDATE histories SET transaction_id = 1 WHERE id = 2"), 1);
  EXPECT_EQ(written("UPDATE histories SET id = 9 WHERE id = 1"), 1);
  EXPECT_EQ(lines(stored), before);
  // SQLite and MariaDB count differently what changes a row into itself; neither touches more.
  EXPECT_LE(written("UPDATE payments SET card = card, voided = voided WHERE id = 1"), 1);
  EXPECT_LE(written("UPDATE histories SET payment_id = 1 WHERE payment_id = 1"), 2);
  EXPECT_EQ(lines(stored), before);
  // The payment and two groups; MariaDB counts an upsert's attempt to insert too.
  EXPECT_EQ(written("UPDATE payments SET card = 3 WHERE id = 1"), on_mariadb() ? 4 : 3);
  expect_equal(payment_recompute);
}

// InnoDB lets a foreign key reference columns that are not unique. A further parent then has
// children from its first moment, and one of several may go: nothing is proved.
TEST_F(EngineOnMariadb, ForeignKeyToAColumnThatIsNotUnique) {
  run_all(
      {"CREATE TABLE offers (id BIGINT PRIMARY KEY, code INT NOT NULL, shop INT NOT NULL, "
       "KEY (code))",
       "CREATE TABLE sales (id BIGINT PRIMARY KEY, code INT, amount BIGINT, "
       "FOREIGN KEY (code) REFERENCES offers (code))",
       "INSERT INTO offers VALUES (1, 1, 1)", "INSERT INTO sales VALUES (1, 1, 10), (2, 1, 5)"});
  apply(R"json("shops": {"from": "offers o", "joins": ["sales s ON s.code = o.code"],
      "group_by": {"shop": "o.shop"},
      "aggregates": {"total": "sum(s.amount)", "n": "count(*)"}})json");
  const std::string recompute =
      "SELECT o.shop AS shop, SUM(s.amount) AS total, COUNT(*) AS n FROM offers o JOIN sales s ON "
      "s.code = o.code GROUP BY o.shop";
  run("INSERT INTO offers VALUES (2, 1, 2), (3, 1, 1)");
  expect_equal(recompute);
  fails("UPDATE offers SET code = 4 WHERE id = 3");  // although another parent is left
  expect_equal(recompute);
}

TEST_P(Written, ADeclaredKeyToAColumnThatIsNotUniqueIsRefused) {
  run_all({"CREATE TABLE offers (id BIGINT NOT NULL PRIMARY KEY, code INT NOT NULL)",
           "CREATE TABLE sales (id BIGINT NOT NULL PRIMARY KEY, code INT NOT NULL)"});
  const std::string summary = R"json("shops": {"from": "offers o",
      "joins": ["sales s ON s.code = o.code"], "declared_keys": ["s.code -> o.code"],
      "group_by": {"code": "o.code"}, "aggregates": {"n": "count(*)"}})json";
  EXPECT_EQ(error_codes(compile(summary)), std::vector<std::string>{"declared-key-not-unique"});
  run("CREATE UNIQUE INDEX offers_code ON offers (code)");
  EXPECT_THAT(error_codes(compile(summary)), IsEmpty());
}

// The law of the tests themselves: it breaks when a trigger is missing.
class TheLaw : public EngineOnBoth {};
KEEPSUM_ON_BOTH(TheLaw);

TEST_P(TheLaw, NoticesEachMissingTrigger) {
  run_all(payment_tables(false));
  apply(payment_summary(""));
  run_all({"INSERT INTO payments VALUES (1, 1, 0, NULL)",
           "INSERT INTO transactions VALUES (1, 5, "
           "NULL)",
           "INSERT INTO histories VALUES (1, 1, 1, NULL)"});
  expect_equal(payment_recompute);
  const std::vector<std::pair<std::string, std::string>> blind = {
      {"ks_cards$h_ins", "INSERT INTO histories VALUES (2, 1, 1, NULL)"},
      {"ks_cards$p_upd", "UPDATE payments SET card = 2"},
      {"ks_cards$t_upd", "UPDATE transactions SET amount = 6"},
      {"ks_cards$h_del", "DELETE FROM histories WHERE id = 2"}};
  for (const auto& [trigger, statement] : blind) {
    run("DROP TRIGGER " + database().dialect.identifier(trigger));
    run(statement);
    EXPECT_NE(differences(plan(), payment_recompute), "") << trigger;
    EXPECT_GT(verify().drifted, 0) << trigger;
    reconcile::ReconcileOptions options;
    const auto mended = reconcile::reconcile(database(), plan(), options);
    ASSERT_TRUE(mended.has_value());
    expect_equal(payment_recompute);
  }
}

}  // namespace
}  // namespace keepsum::test
