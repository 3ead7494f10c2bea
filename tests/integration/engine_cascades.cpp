// Foreign key actions: exact after every statement, or refused with a reason. The same statements
// run on SQLite with enforcement on, where actions fire triggers, and off, where nothing acts.
#include <fmt/format.h>

#include "tests/integration/engine_cascade_cases.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

enum class Keys { mariadb, sqlite_enforced, sqlite_ignored };

std::string name_of(Keys keys) {
  switch (keys) {
    case Keys::mariadb: return "mariadb";
    case Keys::sqlite_enforced: return "sqlite";
    case Keys::sqlite_ignored: return "sqlite_not_enforced";
  }
  return "";
}

void PrintTo(Keys keys, std::ostream* out) { *out << name_of(keys); }

std::string summary_of(const CascadeCase& each, bool extremes) {
  return fmt::format(
      R"json("summary": {{{0}, "aggregates": {{"total": "sum({1})", "n": "count(*)",
             "mean": "avg({1})", "big": "any({1} > 20)"{2}}}}})json",
      each.spec, each.value,
      extremes ? fmt::format(R"json(, "most": "max({0})", "least": "min({0})")json", each.value)
               : std::string());
}

std::string recompute_of(const CascadeCase& each, bool extremes) {
  const std::string& v = each.value;
  std::string columns =
      fmt::format("{}, {} AS total, COUNT(*) AS n, {} AS mean, {} AS big", each.hand_keys,
                  by_hand("sum", v, "", false), by_hand("avg", v, "", false),
                  by_hand("any", v + " > 20", "", false));
  if (extremes) columns += fmt::format(", MAX({0}) AS most, MIN({0}) AS least", v);
  return fmt::format("SELECT {} {} GROUP BY {}", columns, each.hand_from, each.hand_groups);
}

class CascadeLaw : public testing::TestWithParam<std::tuple<Keys, std::size_t, bool>>,
                   public Scene {
 protected:
  CascadeLaw()
      : Scene(std::get<0>(GetParam()) == Keys::mariadb ? Server::mariadb : Server::sqlite) {}
};

TEST_P(CascadeLaw, HoldsAfterEveryStatement) {
  const CascadeCase& each = cascade_cases()[std::get<1>(GetParam())];
  const bool extremes = std::get<2>(GetParam());
  run_all(each.tables);
  run_all(each.rows);
  const auto diagnostics = compile(summary_of(each, extremes));
  if (on_mariadb() && each.refused_on_mariadb) {
    EXPECT_EQ(error_codes(diagnostics), std::vector<std::string>{"cascade"});
    return;
  }
  ASSERT_EQ(schema::render(diagnostics, "", "").find("error:"), std::string::npos)
      << schema::render(diagnostics, "", "");
  if (!on_mariadb()) {
    const bool enforced = std::get<0>(GetParam()) == Keys::sqlite_enforced;
    run(fmt::format("PRAGMA foreign_keys = {}", enforced ? "ON" : "OFF"));
  }
  apply(summary_of(each, extremes));
  const std::string recompute = recompute_of(each, extremes);
  expect_equal(recompute);
  for (const std::string& statement : each.statements) {
    run("BEGIN");
    run(statement);
    run("ROLLBACK");
    expect_equal(recompute);
    run(statement);
    expect_equal(recompute);
    if (HasFailure()) return;
  }
}

std::string name_of_case(const testing::TestParamInfo<CascadeLaw::ParamType>& each) {
  return fmt::format("{}_{}{}", name_of(std::get<0>(each.param)),
                     cascade_cases()[std::get<1>(each.param)].name,
                     std::get<2>(each.param) ? "_with_extremes" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Cascades, CascadeLaw,
    testing::Combine(testing::Values(Keys::mariadb, Keys::sqlite_enforced, Keys::sqlite_ignored),
                     testing::Range<std::size_t>(0, cascade_cases().size()), testing::Bool()),
    name_of_case);

// The root of a cascade under MariaDB's further ways to change a row.
class CascadeRoot : public EngineOnMariadb {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE payments (id BIGINT PRIMARY KEY, card BIGINT NOT NULL, "
         "half BIGINT AS (card * 10 + id % 2), ref VARCHAR(10) UNIQUE)",
         "CREATE TABLE items (id BIGINT PRIMARY KEY, payment_id BIGINT, amount BIGINT, "
         "FOREIGN KEY (payment_id) REFERENCES payments (id) "
         "ON DELETE CASCADE ON UPDATE CASCADE)",
         "INSERT INTO payments (id, card, ref) VALUES (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c'), "
         "(4, 2, 'd')",
         "INSERT INTO items VALUES (1, 1, 10), (2, 1, 40), (3, 2, 5), (4, 3, 40), (5, 4, 1)"});
    apply(R"json("cards": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
               "where": "p.half IS NOT NULL",
               "group_by": {"card": "p.card", "half": "p.half"},
               "aggregates": {"total": "sum(t.amount)", "most": "max(t.amount)"}})json");
  }
  void check() {
    expect_equal(
        "SELECT p.card AS card, p.half AS half, COALESCE(SUM(t.amount), 0) AS total, "
        "MAX(t.amount) AS most FROM payments p JOIN items t ON t.payment_id = p.id "
        "GROUP BY p.card, p.half");
  }
};

TEST_F(CascadeRoot, IsExactUnderReplaceUpsertAndMultiTableStatements) {
  for (const char* statement :
       {"INSERT INTO payments (id, card, ref) VALUES (2, 5, 'x') ON DUPLICATE KEY UPDATE "
        "id = 20, card = 6",
        "INSERT INTO payments (id, card, ref) VALUES (1, 5, 'a') ON DUPLICATE KEY UPDATE card = 9",
        "UPDATE payments p JOIN items t ON t.payment_id = p.id SET p.card = 4, t.amount = 3 "
        "WHERE t.amount = 40",
        "UPDATE payments SET id = id + 100, card = 8 - card ORDER BY id DESC",
        "REPLACE INTO payments (id, card, ref) VALUES (101, 3, 'a')",
        "REPLACE INTO payments (id, card, ref) VALUES (500, 3, 'c')",
        "INSERT INTO items VALUES (10, 500, 7), (11, 101, 8)",
        "UPDATE payments SET id = 501, ref = 'new' WHERE id = 500",
        "DELETE t, p FROM payments p JOIN items t ON t.payment_id = p.id WHERE p.card = 3",
        "DELETE p FROM payments p JOIN items t ON t.payment_id = p.id"}) {
    run(statement);
    check();
  }
}

TEST_F(CascadeRoot, AFailedStatementLeavesNoTrace) {
  run("CREATE TABLE notes (payment_id BIGINT PRIMARY KEY, "
      "FOREIGN KEY (payment_id) REFERENCES payments (id))");
  run("INSERT INTO notes VALUES (3)");
  const auto before = lines("SELECT * FROM cards ORDER BY card, half");
  fails("DELETE FROM payments ORDER BY id");
  fails("UPDATE payments SET id = id + 100 ORDER BY id");
  EXPECT_EQ(lines("SELECT * FROM cards ORDER BY card, half"), before);
  check();
}

// A trigger that reads a table FOR UPDATE is refused where its statement has the table too (1442).
TEST_F(EngineOnMariadb, AStatementMayHaveTheTableThatItsForeignKeyActionReaches) {
  run_all(
      {"CREATE TABLE cards (id INT NOT NULL PRIMARY KEY)",
       "CREATE TABLE auths (id INT NOT NULL PRIMARY KEY, card INT, cents INT NOT NULL, FOREIGN KEY "
       "(card) REFERENCES cards (id) ON DELETE CASCADE)",
       "CREATE TABLE notes (id INT NOT NULL PRIMARY KEY, card INT, cents INT NOT NULL, FOREIGN KEY "
       "(card) REFERENCES cards (id) ON DELETE SET NULL)",
       "INSERT INTO cards VALUES (1), (2), (3), (4)",
       "INSERT INTO auths VALUES (1, 1, 10), (2, 1, 20), (3, 2, 40), (4, 3, 80), (5, 4, 160)",
       "INSERT INTO notes VALUES (1, 1, 10), (2, 1, 20), (3, 2, 40), (4, 3, 80), (5, 4, 160)"});
  apply(R"json("a": {"from": "auths t", "group_by": {"card": "COALESCE(t.card, 0)"},
                  "aggregates": {"total": "sum(t.cents)"}},
               "b": {"from": "notes t", "group_by": {"card": "COALESCE(t.card, 0)"},
                  "aggregates": {"total": "sum(t.cents)"}})json");
  for (const char* statement :
       {"DELETE cards FROM cards JOIN auths ON auths.card = cards.id WHERE cards.id = 2",
        "DELETE c FROM cards c JOIN notes n ON n.card = c.id WHERE n.cents = 80",
        "DELETE c, a FROM cards c JOIN auths a ON a.card = c.id WHERE c.id = 1"}) {
    run(statement);
    expect_equal("SELECT COALESCE(card, 0) AS card, SUM(cents) AS total FROM auths GROUP BY 1");
    expect_equal("SELECT COALESCE(card, 0) AS card, SUM(cents) AS total FROM notes GROUP BY 1", 1);
  }
}

}  // namespace
}  // namespace keepsum::test
