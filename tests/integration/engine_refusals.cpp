// What cannot be exact is refused, with a code that stays and the words that mend it.
#include <fmt/format.h>

#include <algorithm>

#include "engine/lifecycle/apply.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

struct Refusal {
  std::string name;
  std::string summary;  // after "summary":
  std::string code;
  std::string hint;  // a part of it
  bool on_mariadb = true;
  bool on_sqlite = true;
};

std::string counted(const std::string& from, const std::string& key) {
  return fmt::format(
      R"json({{"from": "{}", "group_by": {{"k": "{}"}}, "aggregates": {{"n": "count(*)"}}}})json",
      from, key);
}

std::string aggregated(const std::string& aggregate) {
  return fmt::format(
      R"json({{"from": "payments p", "group_by": {{"k": "p.card"}},
              "aggregates": {{"x": "{}"}}}})json",
      aggregate);
}

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> all = {
      {"no_primary_key", counted("keyless p", "p.card"), "no-primary-key", "add a primary key"},
      {"view", counted("some_view p", "p.card"), "view", "the tables the view is made of"},
      {"nullable_key", counted("payments p", "p.shop"), "nullable-key", "p.shop IS NOT NULL"},
      {"nullable_expression", counted("payments p", "p.shop + 1"), "nullable-key",
       "p.shop + 1 IS NOT NULL"},
      {"float_key", counted("payments p", "p.rate"), "float-key", "group by an integer"},
      {"float_money", aggregated("sum(p.rate)"), "float-money", "allow_float"},
      {"float_money_of_decimals_on_sqlite", aggregated("sum(p.amount * 1.5)"), "float-money",
       "integer of minor units", false, true},
      {"not_transactional", counted("old p", "p.card"), "not-transactional", "ENGINE=InnoDB", true,
       false},
      {"nullable_order", aggregated("latest(p.amount ORDER BY p.shop)"), "nullable-order",
       "FILTER (WHERE p.shop IS NOT NULL)"},
      {"float_order", aggregated("earliest(p.amount ORDER BY p.rate) FILTER (WHERE p.rate > 0)"),
       "float-order", "allow_float"},
      {"variance_of_floats", aggregated("var_pop(p.rate)"), "float-money", "allow_float"},
      {"deviation_on_sqlite", aggregated("stddev_samp(p.card)"), "not-exact", "var_samp(x)", false,
       true},
      {"division", aggregated("sum(p.amount / 2)"), "division", "div("},
      {"text_in_arithmetic", aggregated("sum(p.name + 1)"), "not-a-number", "becomes a float"},
      {"sum_of_text", aggregated("sum(p.name)"), "not-a-number", "number"},
      {"number_as_condition", aggregated("any(p.amount + 1)"), "not-a-condition", "compare"},
      {"incomparable", aggregated("any(p.name = 5)"), "incomparable", "quote the literal"},
      {"unknown_table", counted("paymnets p", "p.card"), "unknown-table", "`payments`"},
      {"unknown_column", counted("payments p", "p.crad"), "unknown-column", "`card`"},
      {"unknown_column_in_a_sum", aggregated("sum(p.amuont)"), "unknown-column", "`amount`"},
      {"alias_is_the_summary", counted("payments summary", "summary.card"), "alias-taken",
       "some_other_alias"},
      {"alias_is_new", counted("payments new", "new.card"), "reserved-alias", "another alias"},
      {"too_long_key", counted("payments p", "p.essay"), "key-too-long", "VARCHAR(191)", true,
       false},
      {"too_long_order", aggregated("latest(p.amount ORDER BY p.essay)"), "order-too-long",
       "CAST(p.essay AS VARCHAR(255))", true, false},
      {"too_long_steps", aggregated("sum(p.card - prev(p.card) ORDER BY p.essay)"),
       "order-too-long", "CAST(p.essay AS VARCHAR(255))", true, false},
      {"too_long_value", aggregated("max(lower(p.letter))"), "value-too-long",
       "CAST(lower(p.letter) AS VARCHAR(1000))", true, false},
      {"nullable_tie",
       R"json({"from": "loose p", "group_by": {"k": "p.card"},
              "aggregates": {"x": "latest(p.card ORDER BY p.card)"}})json",
       "nullable-order", "declare it NOT NULL", false, true},
      {"left_join_of_a_row_without_key",
       R"json({"from": "payments p", "joins": ["LEFT JOIN loose l ON l.code = p.card"],
              "group_by": {"k": "p.card"}, "aggregates": {"n": "count(l.card)"}})json",
       "left-join-key", "declare it NOT NULL", false, true},
      {"self_join",
       R"json({"from": "payments p", "joins": ["payments q ON q.id = p.card"],
              "group_by": {"k": "p.card"}, "aggregates": {"n": "count(*)"}})json",
       "self-join", ""},
      {"declared_key_not_joined",
       R"json({"from": "payments p", "joins": ["cards c ON c.id = p.card"],
              "declared_keys": ["p.shop -> c.id"],
              "group_by": {"k": "p.card"}, "aggregates": {"n": "count(*)"}})json",
       "declared-key-not-joined", "join c ON"},
      {"unsupported_key", counted("payments p", "p.spot"), "unsupported-key", "CAST", true, false},
  };
  return all;
}

class RefusalLaw : public testing::TestWithParam<std::tuple<Server, std::size_t>>, public Scene {
 protected:
  RefusalLaw() : Scene(std::get<0>(GetParam())) {}
};

TEST_P(RefusalLaw, SaysWhyAndWhatToWrite) {
  const Refusal& each = refusals()[std::get<1>(GetParam())];
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, shop "
       "BIGINT, amount BIGINT, rate DOUBLE NOT NULL, name VARCHAR(20) NOT NULL, "
       "essay VARCHAR(2000) NOT NULL, letter TEXT, " +
           std::string(on_mariadb() ? "spot POINT NOT NULL)" : "spot BLOB)"),
       "CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY)",
       "CREATE TABLE keyless (card BIGINT NOT NULL)",
       "CREATE TABLE loose (id VARCHAR(20) PRIMARY KEY, card BIGINT NOT NULL, code BIGINT NOT NULL "
       "UNIQUE)",
       "CREATE VIEW some_view AS SELECT * FROM payments"});
  if (on_mariadb()) {
    run("CREATE TABLE old (id BIGINT PRIMARY KEY, card BIGINT NOT NULL) ENGINE=MyISAM");
  }
  const auto diagnostics = compile("\"summary\": " + each.summary);
  const auto codes = error_codes(diagnostics);
  if (!(on_mariadb() ? each.on_mariadb : each.on_sqlite)) {
    EXPECT_THAT(codes, testing::Not(testing::Contains(each.code)));
    return;
  }
  ASSERT_EQ(codes, std::vector<std::string>{each.code}) << schema::render(diagnostics, "spec", "");
  const auto found = std::find_if(diagnostics.begin(), diagnostics.end(), [](const auto& d) {
    return d.severity == schema::Severity::error;
  });
  EXPECT_THAT(found->hint, testing::HasSubstr(each.hint));
  EXPECT_GT(found->place.line, 0);
  EXPECT_NE(found->message, "");
}

INSTANTIATE_TEST_SUITE_P(Databases, RefusalLaw,
                         testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                                          testing::Range<std::size_t>(0, refusals().size())),
                         [](const auto& each) {
                           return name_of(std::get<0>(each.param)) + "_" +
                                  refusals()[std::get<1>(each.param)].name;
                         });

class Mended : public EngineOnBoth {};
KEEPSUM_ON_BOTH(Mended);

// The where that the diagnostic proposes is the one that works.
TEST_P(Mended, NullableKeyByTheProposedWhere) {
  run("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT, amount BIGINT)");
  run("INSERT INTO payments VALUES (1, NULL, 5), (2, 1, 6)");
  for (const std::string key : {"p.card", "p.card * 2", "coalesce(p.card, p.amount)"}) {
    const std::string summary = R"json("cards": {"from": "payments p", WHERE
        "group_by": {"card": "KEY"}, "aggregates": {"n": "count(*)"}})json";
    const auto with = [&](const std::string& where) {
      std::string text = summary;
      text.replace(text.find("KEY"), 3, key);
      return text.replace(text.find("WHERE"), 5, where);
    };
    const auto diagnostics = compile(with(""));
    ASSERT_EQ(error_codes(diagnostics), std::vector<std::string>{"nullable-key"});
    const std::string& hint = diagnostics.front().hint;
    const std::size_t first = hint.find('`') + 1;
    const std::string where = hint.substr(first, hint.rfind('`') - first);
    EXPECT_EQ(error_codes(compile(with(fmt::format(R"json("where": "{}",)json", where)))),
              std::vector<std::string>{})
        << where;
  }
  apply(R"json("cards": {"from": "payments p", "where": "p.card IS NOT NULL",
      "group_by": {"card": "p.card"}, "aggregates": {"n": "count(*)"}})json");
  for (const char* statement :
       {"UPDATE payments SET card = 1 WHERE id = 1", "UPDATE payments SET card = NULL",
        "INSERT INTO payments VALUES (3, 4, 4), (4, NULL, 4)", "DELETE FROM payments"}) {
    run(statement);
    expect_equal("SELECT card, COUNT(*) AS n FROM payments WHERE card IS NOT NULL GROUP BY card");
  }
}

TEST_P(Mended, ATableOfThatNameIsNotTouched) {
  run_all({"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL)",
           "CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY)", "INSERT INTO cards VALUES (1)"});
  const std::string summary = R"json("cards": {"from": "payments p",
      "group_by": {"card": "p.card"}, "aggregates": {"n": "count(*)"}})json";
  try {
    apply(summary);
    ADD_FAILURE() << "a table that keepsum did not make was taken over";
  } catch (const std::runtime_error& refused) {
    EXPECT_THAT(refused.what(), testing::HasSubstr("keepsum did not make it"));
  }
  EXPECT_EQ(lines("SELECT * FROM cards"), std::vector<std::string>{"1"});
  EXPECT_EQ(error_codes(compile(R"json("payments": {"from": "payments p",
      "group_by": {"card": "p.card"}, "aggregates": {"n": "count(*)"}})json")),
            std::vector<std::string>{"summary-cycle"});
}

// A refusal leaves nothing behind, and all of a file's come in one go.
TEST_P(Mended, AllRefusalsInOneGo) {
  run("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT, rate DOUBLE)");
  const auto codes = error_codes(compile(R"json(
      "a": {"from": "payments p", "group_by": {"card": "p.card"},
            "aggregates": {"x": "sum(p.rate)", "y": "max(p.rate)"}},
      "b": {"from": "payment p", "group_by": {"card": "p.card"}, "aggregates": {"x": "count(*)"}},
      "c": {"from": "payments p", "group_by": {"card": "p.cart"},
            "aggregates": {"x": "sum(p.rats)"}})json"));
  EXPECT_THAT(codes,
              testing::UnorderedElementsAre("nullable-key", "float-money", "float-money",
                                            "unknown-table", "unknown-column", "unknown-column"));
}

}  // namespace
}  // namespace keepsum::test
