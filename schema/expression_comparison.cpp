// Comparisons: =, <, IS NULL, IN, BETWEEN, LIKE. They do not chain.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "schema/expression_parser.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

std::optional<Operator> comparison_operator(const Token& token) {
  if (token.kind != TokenKind::symbol) return std::nullopt;
  if (token.text == "=") return Operator::equal;
  if (token.text == "<>" || token.text == "!=") return Operator::not_equal;
  if (token.text == "<") return Operator::less;
  if (token.text == "<=") return Operator::less_equal;
  if (token.text == ">") return Operator::greater;
  if (token.text == ">=") return Operator::greater_equal;
  return std::nullopt;
}

}  // namespace

ExprPtr ExpressionParser::parse_comparison() {
  const std::size_t start = cursor_.peek().begin;
  ExprPtr left = parse_sum();
  bool compared = false;
  while (left) {
    const Token token = cursor_.peek();
    const std::optional<Operator> op = comparison_operator(token);
    const bool negated = cursor_.at_keyword("not");
    const std::size_t ahead = negated ? 1 : 0;
    const bool in = cursor_.at_keyword("in", ahead);
    const bool between = cursor_.at_keyword("between", ahead);
    const bool like = cursor_.at_keyword("like", ahead);
    const bool is = cursor_.at_keyword("is");
    if (!op && !in && !between && !like && !is) {
      if (negated) return unexpected(cursor_.peek(1), "`IN`, `BETWEEN` or `LIKE` after `NOT`");
      return left;
    }
    if (compared) {
      return cursor_.error(token, Complaint{"chained-comparison", "comparisons do not chain",
                                            "write `a = b AND b = c`, or use parentheses"});
    }
    compared = true;
    cursor_.next();
    if (negated) cursor_.next();
    if (op) {
      left = parse_relation(start, std::move(left), *op);
    } else if (is) {
      left = parse_is(start, std::move(left));
    } else if (in) {
      left = parse_in(start, std::move(left), negated);
    } else {
      left = between ? parse_between(start, std::move(left), negated)
                     : parse_like(start, std::move(left), negated);
    }
  }
  return left;
}

ExprPtr ExpressionParser::parse_relation(std::size_t start, ExprPtr left, Operator op) {
  ExprPtr right = parse_sum();
  if (!right) return nullptr;
  if (left->kind == ExprKind::null || right->kind == ExprKind::null) {
    const bool equal = op == Operator::equal || op == Operator::not_equal;
    const Expr& other = left->kind == ExprKind::null ? *right : *left;
    const Expr& null = left->kind == ExprKind::null ? *left : *right;
    return cursor_.error_at(
        null.place,
        Complaint{"compare-null", "a comparison with NULL never holds",
                  equal ? fmt::format("write {}",
                                      quoted(to_text(other) +
                                             (op == Operator::equal ? " IS NULL" : " IS NOT NULL")))
                        : "write `IS NULL` or `IS NOT NULL`"});
  }
  return make_binary(start, op, std::move(left), std::move(right));
}

ExprPtr ExpressionParser::parse_is(std::size_t start, ExprPtr left) {
  const bool negated = cursor_.accept_keyword("not");
  const Token token = cursor_.peek();
  if (cursor_.at_keyword("true") || cursor_.at_keyword("false")) {
    return cursor_.error(
        token, Complaint{"is-true", "`IS TRUE` and `IS FALSE` are not portable",
                         "write the condition itself; if it can be NULL, `coalesce(c, FALSE)`"});
  }
  if (cursor_.at_keyword("distinct")) {
    return cursor_.error(token, Complaint{"is-distinct", "`IS DISTINCT FROM` is not portable",
                                          "write `a <> b`, and `IS NULL` for what may be NULL"});
  }
  if (!cursor_.accept_keyword("null")) return unexpected(token, "`NULL` or `NOT NULL` after `IS`");
  Expr node;
  node.kind = ExprKind::is_null;
  node.negated = negated;
  node.place = cursor_.place(start);
  node.args = {std::move(left)};
  return finish(std::move(node));
}

ExprPtr ExpressionParser::parse_in(std::size_t start, ExprPtr left, bool negated) {
  Expr node;
  node.kind = ExprKind::in;
  node.negated = negated;
  node.place = cursor_.place(start);
  node.args = {std::move(left)};
  if (!cursor_.accept_symbol("(")) return unexpected(cursor_.peek(), "`(` after `IN`");
  if (cursor_.at_symbol(")")) {
    return cursor_.error(cursor_.peek(), Complaint{"empty-list", "an empty list after `IN`",
                                                   "write at least one value"});
  }
  do {
    ExprPtr item = parse_or();
    if (!item) return nullptr;
    if (item->kind == ExprKind::null) {
      cursor_.error_at(item->place, Complaint{"compare-null", "NULL in a list is never found",
                                              "leave it out, and add `OR … IS NULL`"});
    }
    node.args.push_back(std::move(item));
  } while (cursor_.accept_symbol(","));
  if (!cursor_.accept_symbol(")")) return unexpected(cursor_.peek(), "`,` or `)`");
  return finish(std::move(node));
}

ExprPtr ExpressionParser::parse_between(std::size_t start, ExprPtr left, bool negated) {
  Expr node;
  node.kind = ExprKind::between;
  node.negated = negated;
  node.place = cursor_.place(start);
  ExprPtr low = parse_sum();
  if (!low) return nullptr;
  if (!cursor_.accept_keyword("and")) return unexpected(cursor_.peek(), "`AND` of the `BETWEEN`");
  ExprPtr high = parse_sum();
  if (!high) return nullptr;
  node.args = {std::move(left), std::move(low), std::move(high)};
  return finish(std::move(node));
}

ExprPtr ExpressionParser::parse_like(std::size_t start, ExprPtr left, bool negated) {
  const Token pattern = cursor_.peek();
  if (pattern.kind != TokenKind::string) {
    return cursor_.error(pattern,
                         Complaint{"like-pattern", "the pattern of `LIKE` must be a string",
                                   "write it in single quotes: `LIKE 'card%'`"});
  }
  if (pattern.text.find('\\') != std::string::npos) {
    return cursor_.error(pattern,
                         Complaint{"like-backslash",
                                   "a backslash in a pattern has different meanings on different "
                                   "databases",
                                   "write `_` in its place, or compare with `substr(…)`"});
  }
  Expr node;
  node.kind = ExprKind::like;
  node.negated = negated;
  node.place = cursor_.place(start);
  node.args = {std::move(left), parse_primary()};
  if (!node.args[1]) return nullptr;
  return finish(std::move(node));
}

}  // namespace keepsum::schema
