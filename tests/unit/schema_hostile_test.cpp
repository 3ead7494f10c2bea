// Input nobody wrote in good faith: it may be refused, and it may not crash, hang, or answer with
// more than a screenful.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

constexpr std::size_t diagnostics_max = 101;

void expect_refused(const std::string& text, const std::string& code) {
  const ParseResult result = testing::parse(text);
  EXPECT_FALSE(result.spec.has_value());
  ASSERT_FALSE(result.diagnostics.empty());
  EXPECT_LE(result.diagnostics.size(), diagnostics_max);
  EXPECT_EQ(result.diagnostics.front().code, code);
  static_cast<void>(render(result.diagnostics, "x", text));
}

// A valid spec that reaches most of the grammar, to be damaged.
const std::string& sample() {
  static const std::string text = R"json({
  "keepsum": 1, // the format
  "database": "sqlite:x.db",
  "summaries": {
    "cards": {
      "from": "payments p",
      "joins": ["`request histories` h ON h.payment_id = p.id AND h.kind <> 'x''y'"],
      "where": "NOT (p.voided = 1 OR p.a IS NOT NULL) AND p.b BETWEEN -1 AND 2.50",
      "group_by": { "card": "coalesce(p.card, 0)", "day": "date(p.\"created at\")" },
      "aggregates": {
        "spent": "sum(CASE p.kind WHEN 'a' THEN p.amount ELSE -p.amount END)",
        "n": "count(*) FILTER (WHERE p.a IN (1, 2, 3) AND h.b NOT LIKE '%\u00e9%')",
        "seen": "latch(CAST(h.x AS DECIMAL(10, 2)) % 2 > 0.5)",
      },
      "indexes": [["spent"]],
      "declared_keys": ["h.(payment_id, x) -> p.(id, y)"],
    },
  },
})json";
  return text;
}

TEST(Hostile, TheSampleIsGood) { EXPECT_EQ(testing::rendered(sample()), ""); }

TEST(Hostile, DeepJson) {
  expect_refused(std::string(100000, '['), "json-too-deep");
  std::string objects;
  for (int i = 0; i < 10000; ++i) objects += R"j({"a":)j";
  expect_refused(objects, "json-too-deep");
}

TEST(Hostile, LargeFile) { expect_refused(std::string(2U << 20U, ' '), "file-too-large"); }

TEST(Hostile, ManyKeysTwice) {
  std::string text = "{";
  for (int i = 0; i < 100000; ++i) text += R"j("a":1,)j";
  expect_refused(text + "}", "duplicate-key");
}

TEST(Hostile, ManyDifferentKeys) {
  std::string text = "{";
  for (int i = 0; i < 60000; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  expect_refused(text + "}", "unknown-property");
}

TEST(Hostile, ManySummaries) {
  std::string text = R"j({"keepsum":1,"summaries":{)j";
  for (int i = 0; i < 20000; ++i) text += "\"s" + std::to_string(i) + "\":{\"from\":\"t\"},";
  expect_refused(text + "}}", "too-many");
}

TEST(Hostile, ManyColumns) {
  std::string text = R"j({"keepsum":1,"summaries":{"s":{"from":"t","aggregates":{)j";
  for (int i = 0; i < 20000; ++i) text += "\"c" + std::to_string(i) + "\":\"count(*)\",";
  expect_refused(text + R"j(},"group_by":{"k":"t.k"}}}})j", "too-many");
}

TEST(Hostile, ManyJoins) {
  std::string text = R"j({"keepsum":1,"summaries":{"s":{"from":"t","joins":[)j";
  for (int i = 0; i < 20000; ++i) {
    text += "\"u" + std::to_string(i) + " ON u" + std::to_string(i) + ".a=t.a\",";
  }
  expect_refused(text + R"j(],"group_by":{"k":"t.k"},"aggregates":{"n":"count(*)"}}}})j",
                 "too-many");
}

TEST(Hostile, NestedCaseDoesNotMultiply) {
  std::string text = "p.a";
  for (int i = 0; i < 40; ++i) text = "CASE " + text + " WHEN 1 THEN 2 WHEN 3 THEN 4 END";
  const ExprResult result = parse_expression(text);
  EXPECT_EQ(result.expr, nullptr);
  ASSERT_EQ(result.diagnostics.size(), 1U);
  EXPECT_EQ(result.diagnostics.front().code, "expression-too-large");
}

TEST(Hostile, LongChains) {
  std::string sum = "p.a";
  while (sum.size() + 6 < 8192) sum += " + 1";
  EXPECT_NE(parse_expression(sum).expr, nullptr);
  EXPECT_EQ(parse_expression(sum + std::string(8192, ' ')).expr, nullptr);
  for (const std::string repeated :
       {"(", "-", "- ", "NOT ", "abs(", "CASE WHEN ", "p.a IN (", "CAST("}) {
    std::string text;
    while (text.size() + repeated.size() < 8192) text += repeated;
    EXPECT_EQ(parse_expression(text).diagnostics.size(), 1U) << repeated;
  }
}

TEST(Hostile, RandomBytes) {
  std::mt19937 random(20240131);  // NOLINT: the same bytes on every run
  for (int round = 0; round < 3000; ++round) {
    std::string text(random() % 200, '\0');
    for (char& c : text) c = static_cast<char>(random() % 256);
    const ParseResult result = testing::parse(text);
    EXPECT_FALSE(result.spec.has_value());
    EXPECT_FALSE(result.diagnostics.empty());
    static_cast<void>(render(result.diagnostics, "x", text));
    static_cast<void>(parse_expression(text));
  }
}

TEST(Hostile, DamagedSpecs) {
  constexpr std::string_view alphabet = "{}[]\"',:()*+-<>=.`\\/@?;#\n\t\r 01eEx\xC3\xA9\xFF\x80u";
  std::mt19937 random(7);  // NOLINT
  for (int round = 0; round < 6000; ++round) {
    std::string text = sample();
    for (std::size_t change = random() % 4 + 1; change > 0; --change) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = alphabet[random() % alphabet.size()]; break;
        case 1: text.erase(at, random() % 5 + 1); break;
        case 2: text.insert(at, 1, alphabet[random() % alphabet.size()]); break;
        default: text.insert(at, text.substr(random() % text.size(), 20)); break;
      }
    }
    const ParseResult result = testing::parse(text);
    EXPECT_NE(result.spec.has_value(), has_errors(result.diagnostics));
    static_cast<void>(render(result.diagnostics, "x", text));
  }
}

// Words of the grammar in any order reach further into the parser than bytes do.
TEST(Hostile, ShuffledTokens) {
  const std::vector<std::string> tokens{
      "p.a",  "b",    "1",    "1.5",  "'s'",   "(",    ")",        ",",      "+",    "-",
      "*",    "%",    "=",    "<>",   "<",     "and",  "or",       "not",    "in",   "between",
      "like", "is",   "null", "true", "case",  "when", "then",     "else",   "end",  "cast(",
      "as",   "date", "abs(", "sum(", "\"q\"", "->",   "distinct", "filter", "where"};
  std::mt19937 random(99);  // NOLINT
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t length = random() % 12 + 1; length > 0; --length) {
      text += tokens[random() % tokens.size()] + " ";
    }
    const ExprResult result = parse_expression(text);
    EXPECT_NE(result.expr != nullptr, has_errors(result.diagnostics)) << text;
    if (result.expr) {
      const ExprResult again = parse_expression(to_text(*result.expr));
      ASSERT_NE(again.expr, nullptr) << text << " → " << to_text(*result.expr);
      EXPECT_TRUE(same(*result.expr, *again.expr)) << text << " → " << to_text(*result.expr);
    }
  }
}

}  // namespace
}  // namespace keepsum::schema
