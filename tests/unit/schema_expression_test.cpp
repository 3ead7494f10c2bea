// The grammar: what groups with what, what is read as the same tree, and that a tree written as
// text is read back as itself.
#include <gtest/gtest.h>

#include <random>

#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

std::string normal(const std::string& text) {
  const ExprResult result = parse_expression(text);
  if (!result.expr) return render(result.diagnostics, "x", "");
  return to_text(*result.expr);
}

struct Case {
  std::string text;
  std::string normal;
};

TEST(Expression, GroupsAndNormalises) {
  const std::vector<Case> cases{
      {"a.b", "a.b"},
      {"b", "b"},
      {"`a b`.\"c\"\"d\"", "\"a b\".\"c\"\"d\""},
      {"\"plain\"", "plain"},
      {"\"select\"", "\"select\""},
      {"p.select", "p.\"select\""},
      {"p.date", "p.date"},
      {"date", "date"},
      {"1+2*3", "1 + 2 * 3"},
      {"(1+2)*3", "(1 + 2) * 3"},
      {"1-2-3", "1 - 2 - 3"},
      {"1-(2-3)", "1 - (2 - 3)"},
      {"-a*b", "-a * b"},
      {"-(a*b)", "-(a * b)"},
      {"- -a", "-(-a)"},
      {"a-(-b)", "a - -b"},
      {"a % b % c", "a % b % c"},
      {"007", "7"},
      {"0", "0"},
      {"00.50", "0.50"},
      {"9223372036854775807", "9223372036854775807"},
      {"'it''s'", "'it''s'"},
      {"'a\\b'", "'a\\b'"},
      {"''", "''"},
      {"true", "TRUE"},
      {"null", "NULL"},
      {"a = 1 or b = 2 and c = 3", "a = 1 OR b = 2 AND c = 3"},
      {"(a = 1 or b = 2) and c = 3", "(a = 1 OR b = 2) AND c = 3"},
      {"a or (b or c)", "a OR (b OR c)"},
      {"not a = 1 and b", "NOT a = 1 AND b"},
      {"not (a and b)", "NOT (a AND b)"},
      {"not not a", "NOT NOT a"},
      {"a != 1", "a <> 1"},
      {"(a > 1) = (b > 1)", "(a > 1) = (b > 1)"},
      {"a + 1 >= b - 1", "a + 1 >= b - 1"},
      {"a is null", "a IS NULL"},
      {"a + b is not null", "a + b IS NOT NULL"},
      {"(a is null) is null", "(a IS NULL) IS NULL"},
      {"a in (1,'x',b+1)", "a IN (1, 'x', b + 1)"},
      {"a not in (1)", "a NOT IN (1)"},
      {"a between 1 and 2 and b", "a BETWEEN 1 AND 2 AND b"},
      {"a not between -1 and b + 1", "a NOT BETWEEN -1 AND b + 1"},
      {"a like 'x%'", "a LIKE 'x%'"},
      {"a not like '_'", "a NOT LIKE '_'"},
      {"case when a then 1 end", "CASE WHEN a THEN 1 END"},
      {"case when a=1 then 1 when b then 2 else 3 end",
       "CASE WHEN a = 1 THEN 1 WHEN b THEN 2 ELSE 3 END"},
      {"case a when 1 then 'x' when 2 then 'y' end",
       "CASE WHEN a = 1 THEN 'x' WHEN a = 2 THEN 'y' END"},
      {"Coalesce(a, 0)", "coalesce(a, 0)"},
      {"div(a, b) + mod(a, b)", "div(a, b) + mod(a, b)"},
      {"replace(a, 'x', 'y')", "replace(a, 'x', 'y')"},
      {"cast(a as integer)", "CAST(a AS INTEGER)"},
      {"cast(a as Decimal(10))", "CAST(a AS DECIMAL(10, 0))"},
      {"cast(a as decimal(10,2))", "CAST(a AS DECIMAL(10, 2))"},
      {"cast(a or b as varchar(5))", "CAST(a OR b AS VARCHAR(5))"},
      {"cast(a as date)", "CAST(a AS DATE)"},
      {"cast(a as datetime)", "CAST(a AS DATETIME)"},
      {"\ta\n+\r b", "a + b"},
  };
  for (const Case& each : cases) EXPECT_EQ(normal(each.text), each.normal) << each.text;
}

TEST(Expression, SameLooksAtEverythingButPlacesAndTheCaseOfNames) {
  const auto equal = [](const char* a, const char* b) {
    return same(*parse_expression(a).expr, *parse_expression(b).expr);
  };
  EXPECT_TRUE(equal("P.Card_ID + 1", "p.card_id   + 1"));
  EXPECT_TRUE(equal("ABS(x)", "abs(X)"));
  EXPECT_TRUE(equal("case a when 1 then 2 end", "case when a = 1 then 2 end"));
  EXPECT_FALSE(equal("'a'", "'A'"));
  EXPECT_FALSE(equal("1", "'1'"));
  EXPECT_FALSE(equal("a.x", "b.x"));
  EXPECT_FALSE(equal("a.x", "x"));
  EXPECT_FALSE(equal("a < b", "a <= b"));
  EXPECT_FALSE(equal("a IS NULL", "a IS NOT NULL"));
  EXPECT_FALSE(equal("case when a then 1 else 2 end", "case when a then 1 end"));
  EXPECT_FALSE(equal("cast(a as varchar(1))", "cast(a as varchar(2))"));
  EXPECT_FALSE(equal("cast(a as decimal(3,1))", "cast(a as decimal(3,2))"));
  EXPECT_FALSE(equal("(a - b) - c", "a - (b - c)"));
}

TEST(Expression, ConjunctsAreTheLeavesOfAnd) {
  const ExprPtr tree = parse_expression("a = 1 AND (b = 2 AND (c OR d)) AND NOT (e AND f)").expr;
  std::vector<std::string> texts;
  for (const ExprPtr& part : conjuncts(tree)) texts.push_back(to_text(*part));
  EXPECT_EQ(texts, (std::vector<std::string>{"a = 1", "b = 2", "c OR d", "NOT (e AND f)"}));
  EXPECT_TRUE(conjuncts(nullptr).empty());
}

TEST(Expression, APlainConditionIsMadeOfComparisonsOfColumnsAndLiterals) {
  const auto is_plain = [](const char* text) {
    const ExprPtr expr = parse_expression(text).expr;
    EXPECT_NE(expr, nullptr) << text;
    return expr != nullptr && is_plain_condition(*expr);
  };
  for (const char* text : {"a = 1", "a <> b", "a < 1.5", "a >= 'x'", "a IS NULL",
                           "a + 1 IS NOT NULL", "a IN (1, b)", "a NOT IN (1)", "a BETWEEN 1 AND b",
                           "a LIKE 'x%'", "NOT (a = 1)", "a = 1 AND (b = 2 OR NOT (c IS NULL))"}) {
    EXPECT_TRUE(is_plain(text)) << text;
  }
  // A bare column may be 5, and what is computed may be NULL though no column is.
  for (const char* text : {"a", "NOT a", "a = 1 AND b", "a OR b = 1", "true", "a + 1", "a + 1 = 2",
                           "-a = 1", "abs(a) = 1", "nullif(a, 1) = 2", "a IN (abs(b))",
                           "a BETWEEN b AND c + 1", "lower(a) LIKE 'x'", "(a = 1) = (b = 1)",
                           "CASE WHEN a = 1 THEN 1 ELSE 0 END", "CAST(a AS INTEGER) = 1"}) {
    EXPECT_FALSE(is_plain(text)) << text;
  }
}

TEST(Expression, PlacesAreThoseOfTheFirstCharacter) {
  const ExprPtr tree = parse_expression("a = 1 AND\n (b + 2) * c > abs( d )").expr;
  ASSERT_NE(tree, nullptr);
  std::vector<std::string> places;
  walk(tree, [&](const Expr& node) {
    places.push_back(std::to_string(node.place.line) + ":" + std::to_string(node.place.column));
  });
  EXPECT_EQ(places, (std::vector<std::string>{"1:1", "1:1", "1:1", "1:5",         // a = 1
                                              "2:2", "2:2", "2:3", "2:3", "2:7",  // (b + 2)
                                              "2:12", "2:16", "2:21"}));          // c, abs(d)
}

// Trees of every kind, such as the parser could have made: conditions where it asks for them.
class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  ExprPtr condition(int depth) {
    if (depth == 0) return pick(2) == 0 ? column() : boolean();
    switch (pick(9)) {
      case 0: return node(ExprKind::unary, Operator::logical_not, {condition(depth - 1)});
      case 1: return both(Operator::logical_and, depth);
      case 2: return both(Operator::logical_or, depth);
      case 3: return negatable(ExprKind::is_null, {value(depth - 1)});
      case 4: return negatable(ExprKind::in, {value(depth - 1), value(depth - 1), number()});
      case 5: return negatable(ExprKind::between, {value(depth - 1), number(), value(depth - 1)});
      case 6: return negatable(ExprKind::like, {value(depth - 1), string()});
      case 7: return comparison(depth);
      default: return choice(depth, condition(depth - 1));
    }
  }

  // Never NULL, which the grammar refuses in comparisons and lists.
  ExprPtr value(int depth) {
    if (depth == 0) return pick(2) == 0 ? column() : literal();
    switch (pick(6)) {
      case 0: return arithmetic(depth);
      case 1: return node(ExprKind::unary, Operator::negate, {number_of(depth - 1)});
      case 2: return call(depth);
      case 3: return cast(depth);
      case 4: return choice(depth, value(depth - 1));
      default: return pick(2) == 0 ? column() : literal();
    }
  }

 private:
  int pick(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }

  static ExprPtr make(Expr expr) { return std::make_shared<const Expr>(std::move(expr)); }

  static ExprPtr leaf(ExprKind kind, std::string text) {
    Expr expr;
    expr.kind = kind;
    expr.text = std::move(text);
    return make(std::move(expr));
  }

  static ExprPtr node(ExprKind kind, Operator op, std::vector<ExprPtr> args) {
    Expr expr;
    expr.kind = kind;
    expr.op = op;
    expr.args = std::move(args);
    return make(std::move(expr));
  }

  ExprPtr negatable(ExprKind kind, std::vector<ExprPtr> args) {
    Expr expr;
    expr.kind = kind;
    expr.negated = pick(2) == 0;
    expr.args = std::move(args);
    return make(std::move(expr));
  }

  std::string name() {
    static const std::vector<std::string> names{"a",      "Card_ID", "select", "with space", "q\"q",
                                                "b`tick", "é",       "1st",    "date",       "mod"};
    return names[static_cast<std::size_t>(pick(static_cast<int>(names.size())))];
  }

  ExprPtr column() {
    Expr expr;
    expr.kind = ExprKind::column;
    expr.text = name();
    if (pick(2) == 0) expr.qualifier = name();
    return make(std::move(expr));
  }

  ExprPtr boolean() { return leaf(ExprKind::boolean, pick(2) == 0 ? "true" : "false"); }
  ExprPtr string() {
    static const std::vector<std::string> texts{"", "it's", "%", "a_b", "\"", "--", "日本", ";"};
    return leaf(ExprKind::string,
                texts[static_cast<std::size_t>(pick(static_cast<int>(texts.size())))]);
  }
  ExprPtr number() {
    return pick(2) == 0 ? leaf(ExprKind::integer, std::to_string(pick(1000)))
                        : leaf(ExprKind::decimal, std::to_string(pick(10)) + ".50");
  }
  ExprPtr literal() { return pick(2) == 0 ? number() : string(); }

  ExprPtr number_of(int depth) {
    if (depth == 0) return pick(2) == 0 ? column() : number();
    return pick(3) == 0 ? node(ExprKind::unary, Operator::negate, {number_of(depth - 1)})
                        : arithmetic(depth);
  }

  ExprPtr arithmetic(int depth) {
    static constexpr Operator operators[] = {Operator::add, Operator::subtract, Operator::multiply,
                                             Operator::modulo};
    return node(ExprKind::binary, operators[pick(4)], {number_of(depth - 1), number_of(depth - 1)});
  }

  ExprPtr both(Operator op, int depth) {
    return node(ExprKind::binary, op, {condition(depth - 1), condition(depth - 1)});
  }

  ExprPtr comparison(int depth) {
    static constexpr Operator operators[] = {Operator::equal,   Operator::not_equal,
                                             Operator::less,    Operator::less_equal,
                                             Operator::greater, Operator::greater_equal};
    const auto side = [&] { return pick(4) == 0 ? condition(depth - 1) : value(depth - 1); };
    const ExprPtr left = side();
    return node(ExprKind::binary, operators[pick(6)], {left, side()});
  }

  ExprPtr call(int depth) {
    Expr expr;
    expr.kind = ExprKind::function;
    expr.text = pick(2) == 0 ? "concat" : "div";
    expr.args = {value(depth - 1), value(depth - 1)};
    return make(std::move(expr));
  }

  ExprPtr cast(int depth) {
    Expr expr;
    expr.kind = ExprKind::cast;
    expr.args = {pick(3) == 0 ? condition(depth - 1) : value(depth - 1)};
    static constexpr CastType types[] = {{CastKind::integer, 0, 0, 0},
                                         {CastKind::decimal, 18, 2, 0},
                                         {CastKind::text, 0, 0, 20},
                                         {CastKind::date, 0, 0, 0},
                                         {CastKind::datetime, 0, 0, 0}};
    expr.cast_type = types[pick(5)];
    return make(std::move(expr));
  }

  ExprPtr choice(int depth, const ExprPtr& result) {
    Expr expr;
    expr.kind = ExprKind::case_when;
    for (int branches = pick(2) + 1; branches > 0; --branches) {
      expr.args.push_back(condition(depth - 1));
      expr.args.push_back(result);
    }
    expr.has_else = pick(2) == 0;
    if (expr.has_else) expr.args.push_back(leaf(ExprKind::null, ""));
    return make(std::move(expr));
  }

  std::mt19937 random_;
};

TEST(Expression, TextIsReadBackAsTheSameTree) {
  for (unsigned seed = 0; seed < 5000; ++seed) {
    Generator generator(seed);
    const ExprPtr tree =
        seed % 2 == 0 ? generator.condition(1 + static_cast<int>(seed % 5)) : generator.value(4);
    const std::string text = to_text(*tree);
    const ExprResult again = parse_expression(text);
    ASSERT_NE(again.expr, nullptr) << "seed " << seed << "\n"
                                   << render(again.diagnostics, "x", text);
    ASSERT_TRUE(same(*tree, *again.expr)) << "seed " << seed << "\n"
                                          << text << "\n"
                                          << to_text(*again.expr);
    ASSERT_EQ(to_text(*again.expr), text) << "seed " << seed;
  }
}

}  // namespace
}  // namespace keepsum::schema
