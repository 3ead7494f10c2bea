// A good spec becomes the tree it says, with the place of each part.
#include <gtest/gtest.h>

#include "schema/functions.hpp"
#include "schema/object_reader.hpp"
#include "schema/summary_reader.hpp"
#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

std::string at(const Place& place) {
  return std::to_string(place.line) + ":" + std::to_string(place.column) + " " + place.pointer;
}

const std::string& full_spec() {
  static const std::string text = R"json({
  "$schema": "./keepsum.schema.json",
  "keepsum": 1,
  "database": "${DATABASE_URL}", // expanded later
  /* two summaries */
  "summaries": {
    "card_activity": {
      "comment": "what a card has done",
      "from": "payments p",
      "joins": [
        "request_histories AS h ON h.payment_id = p.id",
        "`balance transactions` t ON t.id = h.balance_transaction_id AND t.kind <> 'fee'",
      ],
      "where": "P.voided = 0",
      "group_by": { "card_id": "p.card_id", "day": "date(p.created_at)" },
      "aggregates": {
        "total_spent": "sum(t.amount)",
        "payments": "Count(*)",
        "refunds": "count(*) FILTER (WHERE t.amount < 0)",
        "seen": "latch(h.approved = 1 AND h.kind = 'authorization')",
        "largest": "max(t.amount)",
      },
      "indexes": [["TOTAL_SPENT"], ["day", "payments"]],
      "declared_keys": ["h.payment_id -> p.id", "H.(a, \"b c\") -> T.(d, e)"],
      "capture": "hooks",
      "allow_float": true,
      "shadow": true,
      "sealed": {"by": "p.id", "after": "2h", "audit": "24h"},
    },
    "daily": {
      "from": "events",
      "group_by": { "day": "date(created_at)" },
      "aggregates": { "n": "count(id)" },
    },
  },
})json";
  return text;
}

class GoodSpec : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(testing::rendered(full_spec()), "");
    spec_ = *testing::parse(full_spec()).spec;
    ASSERT_EQ(spec_.summaries.size(), 2U);
  }
  Spec spec_;
};

TEST_F(GoodSpec, Top) {
  EXPECT_EQ(spec_.database, "${DATABASE_URL}");
  EXPECT_EQ(at(spec_.database_place), "4:15 /database");
  EXPECT_EQ(spec_.summaries[0].name, "card_activity");
  EXPECT_EQ(at(spec_.summaries[0].place), "7:5 /summaries/card_activity");
  EXPECT_EQ(spec_.summaries[0].capture, Capture::hooks);
  EXPECT_TRUE(spec_.summaries[0].allow_float);
  EXPECT_TRUE(spec_.summaries[0].shadow);
  ASSERT_TRUE(spec_.summaries[0].sealed.has_value());
  EXPECT_EQ(to_text(*spec_.summaries[0].sealed->by), "p.id");
  EXPECT_EQ(spec_.summaries[0].sealed->after, std::chrono::hours{2});
  EXPECT_EQ(spec_.summaries[0].sealed->audit, std::chrono::hours{24});
  EXPECT_FALSE(spec_.summaries[1].sealed.has_value());
  EXPECT_EQ(spec_.summaries[1].capture, Capture::triggers);
  EXPECT_FALSE(spec_.summaries[1].allow_float);
  EXPECT_FALSE(spec_.summaries[1].shadow);
}

TEST_F(GoodSpec, Tables) {
  const SummarySpec& cards = spec_.summaries[0];
  EXPECT_EQ(cards.from.table, "payments");
  EXPECT_EQ(cards.from.alias, "p");
  EXPECT_EQ(at(cards.from.place), "9:16 /summaries/card_activity/from");
  ASSERT_EQ(cards.joins.size(), 2U);
  EXPECT_EQ(cards.joins[0].table.table, "request_histories");
  EXPECT_EQ(cards.joins[0].table.alias, "h");
  EXPECT_EQ(to_text(*cards.joins[0].on), "h.payment_id = p.id");
  EXPECT_EQ(cards.joins[1].table.table, "balance transactions");
  EXPECT_EQ(at(cards.joins[1].table.place), "12:10 /summaries/card_activity/joins/1");
  EXPECT_EQ(to_text(*cards.joins[1].on), "t.id = h.balance_transaction_id AND t.kind <> 'fee'");
  EXPECT_EQ(at(cards.joins[1].on->place), "12:38 /summaries/card_activity/joins/1");
  EXPECT_EQ(spec_.summaries[1].from.alias, "events");
}

TEST_F(GoodSpec, WhereAndKeys) {
  const SummarySpec& cards = spec_.summaries[0];
  ASSERT_NE(cards.where, nullptr);
  EXPECT_EQ(to_text(*cards.where), "p.voided = 0") << "the alias as it was declared";
  EXPECT_EQ(at(cards.where_place), "14:17 /summaries/card_activity/where");
  ASSERT_EQ(cards.group_by.size(), 2U);
  EXPECT_EQ(cards.group_by[0].name, "card_id");
  EXPECT_EQ(to_text(*cards.group_by[0].expr), "p.card_id");
  EXPECT_EQ(at(cards.group_by[1].place), "15:45 /summaries/card_activity/group_by/day");
  EXPECT_EQ(at(cards.group_by[1].expr->place), "15:53 /summaries/card_activity/group_by/day");
  EXPECT_EQ(spec_.summaries[1].where, nullptr);
  EXPECT_EQ(to_text(*spec_.summaries[1].group_by[0].expr), "date(events.created_at)");
}

TEST_F(GoodSpec, Aggregates) {
  const std::vector<AggregateColumn>& columns = spec_.summaries[0].aggregates;
  ASSERT_EQ(columns.size(), 5U);
  EXPECT_EQ(columns[0].function, "sum");
  EXPECT_EQ(to_text(*columns[0].argument), "t.amount");
  EXPECT_EQ(columns[0].filter, nullptr);
  EXPECT_EQ(columns[0].text, "sum(t.amount)");
  EXPECT_EQ(at(columns[0].name_place), "17:9 /summaries/card_activity/aggregates/total_spent");
  EXPECT_EQ(at(columns[0].place), "17:25 /summaries/card_activity/aggregates/total_spent");
  EXPECT_EQ(columns[1].function, "count");
  EXPECT_EQ(columns[1].argument, nullptr);
  EXPECT_EQ(to_text(*columns[2].filter), "t.amount < 0");
  EXPECT_EQ(columns[3].function, "latch");
  EXPECT_EQ(to_text(*columns[3].argument), "h.approved = 1 AND h.kind = 'authorization'");
}

TEST_F(GoodSpec, IndexesAndDeclaredKeys) {
  const SummarySpec& cards = spec_.summaries[0];
  ASSERT_EQ(cards.indexes.size(), 2U);
  EXPECT_EQ(cards.indexes[0].columns, std::vector<std::string>{"total_spent"});
  EXPECT_EQ(cards.indexes[1].columns, (std::vector<std::string>{"day", "payments"}));
  ASSERT_EQ(cards.declared_keys.size(), 2U);
  EXPECT_EQ(cards.declared_keys[0].child_alias, "h");
  EXPECT_EQ(cards.declared_keys[0].child_columns, std::vector<std::string>{"payment_id"});
  EXPECT_EQ(cards.declared_keys[0].parent_alias, "p");
  EXPECT_EQ(cards.declared_keys[0].parent_columns, std::vector<std::string>{"id"});
  EXPECT_EQ(cards.declared_keys[1].child_alias, "h");
  EXPECT_EQ(cards.declared_keys[1].child_columns, (std::vector<std::string>{"a", "b c"}));
  EXPECT_EQ(cards.declared_keys[1].parent_alias, "t");
}

std::string small_spec(const std::string& where) {
  return R"j({"keepsum": 1, "summaries": {"s": {"from": "t", "group_by": {"k": "k"},
"aggregates": {"n": "count(*)"}, "where": ")j" +
         where + "\"}}}";
}

TEST(Places, GoThroughEscapes) {
  // Each escape is longer in the file than in the text: the columns must follow the file.
  const std::string text = small_spec(R"(t.a = '\u00e9\n\ud83d\ude00\/' AND \u0074.b = 1)");
  const ParseResult result = testing::parse(text);
  ASSERT_TRUE(result.spec.has_value()) << testing::rendered(text);
  const std::vector<ExprPtr> parts = conjuncts(result.spec->summaries[0].where);
  EXPECT_EQ(parts[0]->args[1]->text, "é\n😀/");
  const std::size_t line_start = text.rfind('\n') + 1;
  EXPECT_EQ(parts[1]->place.column, text.find("\\u0074") - line_start + 1);
  EXPECT_EQ(parts[1]->args[1]->place.column, text.rfind('1') - line_start + 1);
}

TEST(Places, IgnoreAByteOrderMark) {
  const std::string text = "\xEF\xBB\xBF{\"keepsum\": 2, \"summaries\": {}}";
  const std::string shown = testing::rendered(text);
  EXPECT_NE(shown.find("keepsum.json:1:13: error"), std::string::npos) << shown;
  EXPECT_NE(shown.find(" 1 | {\"keepsum\": 2"), std::string::npos) << shown;
}

TEST(Places, SurviveWindowsLineEnds) {
  const std::string text = "{\r\n  \"keepsum\": 2,\r\n  \"summaries\": {}\r\n}\r\n";
  const std::string shown = testing::rendered(text);
  EXPECT_NE(shown.find("keepsum.json:2:14: error"), std::string::npos) << shown;
  EXPECT_EQ(shown.find('\r'), std::string::npos);
}

TEST(SpecErrors, OneSummaryHidesNoneOfAnother) {
  const std::string text = R"j({"keepsum": 1, "summaries": {
"a": {"from": "t", "group_by": {"k": "t.k +"}, "aggregates": {"n": "cont(*)"}},
"b": {"from": "LEFT JOIN u", "group_by": {"k": "x.k"}, "aggregates": {"n": "sum(foo(x.a))"}}}})j";
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : testing::parse(text).diagnostics) {
    codes.push_back(diagnostic.code);
  }
  // Nothing is said of x: its table could not be read, so it may be right.
  EXPECT_EQ(codes, (std::vector<std::string>{"syntax", "unknown-aggregate", "join-kind",
                                             "unknown-function"}));
}

TEST(SpecErrors, AggregatesAreThoseGivenToTheParser) {
  const std::vector<AggregateSignature> only{{"tally", AggregateArgument::value_or_star}};
  const std::string head = R"j({"keepsum": 1, "summaries": {"s": {"from": "t",
"group_by": {"k": "t.k"}, "aggregates": {"n": ")j";
  EXPECT_TRUE(parse_spec(head + "tally(*)\"}}}}", only).spec.has_value());
  EXPECT_FALSE(parse_spec(head + "sum(t.a)\"}}}}", only).spec.has_value());
  EXPECT_FALSE(parse_spec(head + "tally(tally(t.a))\"}}}}", only).spec.has_value());
}

// The reference for users: its example is a spec, and it leaves out no function or aggregate.
TEST(Reference, SaysWhatTheParserDoes) {
  const std::string page =
      testing::read_file(std::filesystem::path(KEEPSUM_SOURCE_DIR) / "docs" / "spec.md");
  const std::string fence = "```jsonc\n";
  const std::size_t begin = page.find(fence) + fence.size();
  const std::string example = page.substr(begin, page.find("```", begin) - begin);
  EXPECT_EQ(testing::rendered(example), "");
  for (const std::string& name : function_names()) {
    EXPECT_NE(page.find("`" + name + "("), std::string::npos) << name;
  }
  for (const AggregateSignature& aggregate : testing::signatures()) {
    EXPECT_NE(page.find("`" + aggregate.name + "("), std::string::npos) << aggregate.name;
  }
  for (const auto* properties : {&spec_properties(), &summary_properties()}) {
    for (const PropertyName& property : *properties) {
      EXPECT_NE(page.find("| `" + std::string(property.name) + "` |"), std::string::npos)
          << property.name;
    }
  }
}

TEST(DidYouMean, FindsSlipsOfThePen) {
  const std::vector<std::string> names{"length", "lower", "upper", "p", "created_at"};
  EXPECT_EQ(did_you_mean("lenght", names), "length");
  EXPECT_EQ(did_you_mean("LOWER", names), "lower");
  EXPECT_EQ(did_you_mean("creatd_at", names), "created_at");
  EXPECT_EQ(did_you_mean("x", names), "");
  EXPECT_EQ(did_you_mean("", names), "");
  EXPECT_EQ(did_you_mean("frobnicate", names), "");
  EXPECT_EQ(did_you_mean(std::string(1000000, 'l'), names), "");
  EXPECT_EQ(did_you_mean("lower", {}), "");
}

TEST(Render, PutsTheCaretUnderTheCharacter) {
  Diagnostic diagnostic;
  diagnostic.code = "some-code";
  diagnostic.place = Place{2, 10, "/a"};
  diagnostic.message = "wrong";
  EXPECT_EQ(render({diagnostic}, "f.json", "first\n\té日本=x\n"),
            "f.json:2:10: error: wrong [some-code]\n"
            " 2 |  é日本=x\n"
            "   |     ^\n"
            "    at /a\n");
  diagnostic.severity = Severity::warning;
  diagnostic.hint = "do this";
  EXPECT_EQ(render({diagnostic}, "f.json", ""),
            "f.json:2:10: warning: wrong [some-code]\n    at /a\n    hint: do this\n");
  EXPECT_FALSE(has_errors({diagnostic}));
}

TEST(Render, NeverShowsAPasswordNorAControlCharacter) {
  Diagnostic diagnostic;
  for (const std::string url : {"mysql://u:s3cr3t@h/db", "mysql://u:s3cr3t/@@h/db",
                                "mariadb://:s3cr3t@h", "a://h/ b://u:s3cr3t@h"}) {
    const std::string shown = render({diagnostic}, "f", "{\"database\": \"" + url + "\"\x1b[31m}");
    EXPECT_EQ(shown.find("s3cr3t"), std::string::npos) << shown;
    EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  }
}

}  // namespace
}  // namespace keepsum::schema
