// The operators, from OR down to the minus sign; comparisons are in expression_comparison.cpp, and
// what the operators join in expression_primary.cpp.
#include "schema/expression_parser.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "schema/limits.hpp"
#include "schema/shape.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

// CASE with an operand copies the operand, so the text limit alone does not bound the tree.
constexpr std::size_t nodes_max = 4096;

// What SQL would let follow an expression, and the grammar does not.
struct RefusedWord {
  std::string_view word;
  std::string_view code;
  std::string_view message;
  std::string_view hint;
};

constexpr RefusedWord refused_words[] = {
    {"collate", "collate", "`COLLATE` is not supported",
     "give the column the collation in the database"},
    {"over", "window-function", "window functions are not supported", ""},
    {"regexp", "regular-expression", "regular expressions are not portable", "write `LIKE`"},
    {"rlike", "regular-expression", "regular expressions are not portable", "write `LIKE`"},
    {"glob", "regular-expression", "`GLOB` is not portable", "write `LIKE`"},
    {"xor", "xor", "`XOR` is not portable", "write `a <> b`"},
    {"div", "operator-word", "`DIV` between two values is not portable", "write `div(a, b)`"},
    {"mod", "operator-word", "`MOD` between two values is not portable", "write `a % b`"},
    {"escape", "like-escape", "`ESCAPE` is not supported", "compare with `substr(…)` instead"},
    {"as", "syntax", "an expression has no alias", "its name is that of the property"},
    {"where", "syntax", "`WHERE` has no place here", "put the condition in the property `where`"},
    {"group", "syntax", "`GROUP BY` has no place here", "put the keys in `group_by`"},
    {"having", "syntax", "`HAVING` is not supported", "filter where the summary is read"},
    {"order", "syntax", "`ORDER BY` has no place here", "order where the summary is read"},
    {"limit", "syntax", "`LIMIT` is not supported", "limit where the summary is read"},
    {"->", "json-operator", "JSON operators differ between databases",
     "add a generated column for the value, and use that"},
    {"->>", "json-operator", "JSON operators differ between databases",
     "add a generated column for the value, and use that"},
};

std::optional<Complaint> refuse_continuation(const Token& token) {
  for (const RefusedWord& refused : refused_words) {
    if (refused.word == (token.kind == TokenKind::symbol ? token.text : token.lower)) {
      return Complaint{std::string(refused.code), std::string(refused.message),
                       std::string(refused.hint)};
    }
  }
  return std::nullopt;
}

}  // namespace

ExprPtr ExpressionParser::parse() {
  if (cursor_.failed()) return nullptr;
  if (cursor_.at_end()) {
    return cursor_.error(cursor_.peek(), Complaint{"empty-expression", "an expression is missing"});
  }
  ExprPtr expr = parse_or();
  return cursor_.failed() ? nullptr : expr;
}

ExprPtr ExpressionParser::parse_condition() {
  ExprPtr expr = parse();
  check_condition(expr);
  return cursor_.failed() ? nullptr : expr;
}

void ExpressionParser::check_condition(const ExprPtr& expr) {
  if (!expr) return;
  if (std::optional<Complaint> complaint = refuse_as_condition(*expr)) {
    cursor_.error_at(expr->place, std::move(*complaint));
  }
}

void ExpressionParser::check_number(const ExprPtr& expr) {
  if (!expr) return;
  if (std::optional<Complaint> complaint = refuse_as_number(*expr)) {
    cursor_.error_at(expr->place, std::move(*complaint));
  }
}

ExprPtr ExpressionParser::finish(Expr node) {
  if (++nodes_ > nodes_max) {
    return cursor_.error_at(
        node.place, Complaint{"expression-too-large",
                              fmt::format("this expression has more than {} parts", nodes_max)});
  }
  return std::make_shared<const Expr>(std::move(node));
}

ExprPtr ExpressionParser::make_binary(std::size_t start, Operator op, ExprPtr left, ExprPtr right) {
  Expr node;
  node.kind = ExprKind::binary;
  node.op = op;
  node.place = cursor_.place(start);
  node.args = {std::move(left), std::move(right)};
  return finish(std::move(node));
}

std::nullptr_t ExpressionParser::unexpected(const Token& token, std::string_view wanted) {
  if (const std::optional<Complaint> known = refuse_continuation(token)) {
    return cursor_.error(token, *known);
  }
  return cursor_.error(
      token, Complaint{"syntax", fmt::format("expected {}, found {}", wanted, describe(token))});
}

void ExpressionParser::expect_end() {
  if (!cursor_.failed() && !cursor_.at_end()) unexpected(cursor_.peek(), "an operator or the end");
}

bool ExpressionParser::expect_close() {
  if (cursor_.failed()) return false;
  if (cursor_.accept_symbol(")")) return true;
  unexpected(cursor_.peek(), "an operator or `)`");
  return false;
}

ExprPtr ExpressionParser::parse_or() {
  if (depth_ >= expression_depth_max) {
    return cursor_.error(cursor_.peek(), Complaint{"expression-too-deep",
                                                   fmt::format("more than {} levels of nesting",
                                                               expression_depth_max)});
  }
  ++depth_;
  const std::size_t start = cursor_.peek().begin;
  ExprPtr left = parse_and();
  while (left && cursor_.accept_keyword("or")) {
    check_condition(left);
    ExprPtr right = parse_and();
    check_condition(right);
    left = right ? make_binary(start, Operator::logical_or, left, right) : nullptr;
  }
  --depth_;
  return left;
}

ExprPtr ExpressionParser::parse_and() {
  const std::size_t start = cursor_.peek().begin;
  ExprPtr left = parse_not();
  while (left && cursor_.accept_keyword("and")) {
    check_condition(left);
    ExprPtr right = parse_not();
    check_condition(right);
    left = right ? make_binary(start, Operator::logical_and, left, right) : nullptr;
  }
  return left;
}

ExprPtr ExpressionParser::parse_not() {
  std::vector<Place> places;
  while (cursor_.at_keyword("not")) places.push_back(cursor_.place(cursor_.next()));
  if (places.size() > expression_depth_max) {
    return cursor_.error_at(places.front(), Complaint{"expression-too-deep",
                                                      fmt::format("more than {} levels of nesting",
                                                                  expression_depth_max)});
  }
  ExprPtr operand = parse_comparison();
  while (operand && !places.empty()) {
    check_condition(operand);
    Expr node;
    node.kind = ExprKind::unary;
    node.op = Operator::logical_not;
    node.place = places.back();
    node.args = {operand};
    operand = finish(std::move(node));
    places.pop_back();
  }
  return operand;
}

ExprPtr ExpressionParser::parse_sum() {
  const std::size_t start = cursor_.peek().begin;
  ExprPtr left = parse_product();
  while (left && (cursor_.at_symbol("+") || cursor_.at_symbol("-"))) {
    const Operator op = cursor_.next().text == "+" ? Operator::add : Operator::subtract;
    check_number(left);
    ExprPtr right = parse_product();
    check_number(right);
    left = right ? make_binary(start, op, left, right) : nullptr;
  }
  return left;
}

ExprPtr ExpressionParser::parse_product() {
  const std::size_t start = cursor_.peek().begin;
  ExprPtr left = parse_negation();
  while (left && (cursor_.at_symbol("*") || cursor_.at_symbol("%"))) {
    const Operator op = cursor_.next().text == "*" ? Operator::multiply : Operator::modulo;
    check_number(left);
    ExprPtr right = parse_negation();
    check_number(right);
    left = right ? make_binary(start, op, left, right) : nullptr;
  }
  return left;
}

ExprPtr ExpressionParser::parse_negation() {
  std::vector<Place> places;
  while (cursor_.at_symbol("-") || cursor_.at_symbol("+")) {
    const Token sign = cursor_.next();
    if (sign.text == "+") {
      return cursor_.error(sign,
                           Complaint{"syntax", "a `+` has nothing to add to", "leave it out"});
    }
    places.push_back(cursor_.place(sign));
  }
  if (places.size() > expression_depth_max) {
    return cursor_.error_at(places.front(), Complaint{"expression-too-deep",
                                                      fmt::format("more than {} levels of nesting",
                                                                  expression_depth_max)});
  }
  ExprPtr operand = parse_primary();
  while (operand && !places.empty()) {
    check_number(operand);
    Expr node;
    node.kind = ExprKind::unary;
    node.op = Operator::negate;
    node.place = places.back();
    node.args = {operand};
    operand = finish(std::move(node));
    places.pop_back();
  }
  return operand;
}

}  // namespace keepsum::schema
