// Literals, parentheses, CASE and CAST. Columns and calls are in expression_names.cpp.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "schema/expression_parser.hpp"
#include "schema/functions.hpp"
#include "schema/limits.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

constexpr int varchar_length_max = 16383;

struct RefusedType {
  std::string_view name;
  std::string_view hint;
};

constexpr RefusedType refused_types[] = {
    {"signed", "write `INTEGER`"},
    {"unsigned", "write `INTEGER`"},
    {"bigint", "write `INTEGER`"},
    {"int", "write `INTEGER`"},
    {"smallint", "write `INTEGER`"},
    {"tinyint", "write `INTEGER`"},
    {"char", "write `VARCHAR(n)`"},
    {"text", "write `VARCHAR(n)`"},
    {"nchar", "write `VARCHAR(n)`"},
    {"binary", "write `VARCHAR(n)`"},
    {"timestamp", "write `DATETIME`"},
    {"numeric", "write `DECIMAL(p, s)`"},
    {"double", "write `DECIMAL(p, s)`: a DOUBLE is not exact"},
    {"float", "write `DECIMAL(p, s)`: a FLOAT is not exact"},
    {"real", "write `DECIMAL(p, s)`: a REAL is not exact"},
};

}  // namespace

ExprPtr ExpressionParser::parse_primary() {
  const Token token = cursor_.peek();
  Expr literal;
  literal.text = token.text;
  literal.place = cursor_.place(token);
  switch (token.kind) {
    case TokenKind::integer: literal.kind = ExprKind::integer; break;
    case TokenKind::decimal: literal.kind = ExprKind::decimal; break;
    case TokenKind::string: literal.kind = ExprKind::string; break;
    case TokenKind::quoted_name: return parse_column();
    case TokenKind::end: return unexpected(token, "a value");
    case TokenKind::symbol:
      if (token.text == "(") return parse_parenthesis();
      return unexpected(token, "a value");
    case TokenKind::word:
      if (is_keyword(token.lower)) return parse_keyword();
      return cursor_.at_symbol("(", 1) ? parse_function() : parse_column();
  }
  cursor_.next();
  return finish(std::move(literal));
}

ExprPtr ExpressionParser::parse_parenthesis() {
  const Token open = cursor_.next();
  if (cursor_.at_keyword("select") || cursor_.at_keyword("with")) {
    return cursor_.error(open,
                         Complaint{"subquery", "a subquery reads rows that no change tells of",
                                   "add the table to `joins`"});
  }
  ExprPtr inner = parse_or();
  if (!inner) return nullptr;
  if (cursor_.at_symbol(",")) {
    return cursor_.error(open, Complaint{"row-value", "a list of values is not a value",
                                         "compare them one by one: `a = x AND b = y`"});
  }
  if (!cursor_.accept_symbol(")")) {
    return unexpected(cursor_.peek(), "an operator or `)`");
  }
  return inner;
}

// A word of the grammar where a value is asked for.
ExprPtr ExpressionParser::parse_keyword() {
  const Token token = cursor_.peek();
  const std::string& word = token.lower;
  if (word == "case") return parse_case();
  if (word == "cast") return parse_cast();
  if (word == "true" || word == "false" || word == "null") {
    cursor_.next();
    Expr literal;
    literal.kind = word == "null" ? ExprKind::null : ExprKind::boolean;
    literal.text = word == "null" ? "" : word;
    literal.place = cursor_.place(token);
    return finish(std::move(literal));
  }
  const bool call = cursor_.at_symbol("(", 1);
  if ((call && find_function(word)) || find_refused_function(word)) {
    if (call || word.starts_with("current_") || word.starts_with("local")) {
      return call && find_function(word) ? parse_function() : refuse_call(token);
    }
  }
  if (word == "select" || word == "exists" || word == "with") {
    return cursor_.error(token,
                         Complaint{"subquery", "a subquery reads rows that no change tells of",
                                   "add the table to `joins`"});
  }
  if (word == "distinct") {
    return cursor_.error(token, Complaint{"distinct", "`DISTINCT` is not supported"});
  }
  if (word == "interval") {
    return cursor_.error(token, Complaint{"interval", "`INTERVAL` is not portable",
                                          "compare with a date, or store the result in a column"});
  }
  if (word == "where" || word == "on") {
    return cursor_.error(token, Complaint{"syntax",
                                          fmt::format("the word {} is not part of the expression",
                                                      quoted(token.text)),
                                          "leave it out"});
  }
  if (word == "not") {
    return cursor_.error(token,
                         Complaint{"syntax", "`NOT` needs parentheses here", "write `(NOT c)`"});
  }
  return cursor_.error(
      token,
      Complaint{"syntax", fmt::format("expected a value, found the keyword {}", quoted(token.text)),
                fmt::format("if it is a name, write `\"{}\"`", token.text)});
}

ExprPtr ExpressionParser::parse_case() {
  Expr node;
  node.kind = ExprKind::case_when;
  node.place = cursor_.place(cursor_.next());
  ExprPtr operand;
  std::size_t operand_nodes = 0;
  if (!cursor_.at_keyword("when")) {
    const std::size_t before = nodes_;
    operand = parse_or();
    if (!operand) return nullptr;
    operand_nodes = nodes_ - before;
  }
  if (!cursor_.at_keyword("when")) return unexpected(cursor_.peek(), "`WHEN`");
  while (cursor_.accept_keyword("when")) {
    const std::size_t start = cursor_.peek().begin;
    ExprPtr when = parse_or();
    if (!when) return nullptr;
    if (operand) {
      if (when->kind == ExprKind::null) {
        return cursor_.error_at(
            when->place,
            Complaint{"compare-null", "a comparison with NULL never holds",
                      fmt::format("write `CASE WHEN {} IS NULL THEN …`", to_text(*operand))});
      }
      when = make_binary(start, Operator::equal, operand, when);
      nodes_ += operand_nodes;
      if (!when) return nullptr;
    } else {
      check_condition(when);
    }
    node.args.push_back(std::move(when));
    if (!cursor_.accept_keyword("then")) return unexpected(cursor_.peek(), "`THEN`");
    ExprPtr then = parse_or();
    if (!then) return nullptr;
    node.args.push_back(std::move(then));
  }
  if (cursor_.accept_keyword("else")) {
    ExprPtr otherwise = parse_or();
    if (!otherwise) return nullptr;
    node.has_else = true;
    node.args.push_back(std::move(otherwise));
  }
  if (!cursor_.accept_keyword("end")) {
    return unexpected(cursor_.peek(), node.has_else ? "`END`" : "`WHEN`, `ELSE` or `END`");
  }
  return finish(std::move(node));
}

ExprPtr ExpressionParser::parse_cast() {
  Expr node;
  node.kind = ExprKind::cast;
  node.place = cursor_.place(cursor_.next());
  if (!cursor_.accept_symbol("(")) return unexpected(cursor_.peek(), "`(` after `CAST`");
  ExprPtr operand = parse_or();
  if (!operand) return nullptr;
  if (!cursor_.accept_keyword("as")) return unexpected(cursor_.peek(), "`AS` and a type");
  if (!parse_type(node.cast_type)) return nullptr;
  if (!cursor_.accept_symbol(")")) return unexpected(cursor_.peek(), "`)` after the type");
  node.args.push_back(std::move(operand));
  return finish(std::move(node));
}

bool ExpressionParser::parse_type(CastType& type) {
  const Token name = cursor_.next();
  if (name.lower == "integer") {
    type.kind = CastKind::integer;
  } else if (name.lower == "date") {
    type.kind = CastKind::date;
  } else if (name.lower == "datetime") {
    type.kind = CastKind::datetime;
  } else if (name.lower == "decimal") {
    type.kind = CastKind::decimal;
    if (!cursor_.accept_symbol("(")) {
      cursor_.error(name, Complaint{"bad-type", "`DECIMAL` needs its digits",
                                    "write `DECIMAL(p, s)`, as in `DECIMAL(18, 2)`"});
      return false;
    }
    if (!parse_type_number(type.precision, 1, decimal_precision_max)) return false;
    if (cursor_.accept_symbol(",") &&
        !parse_type_number(type.scale, 0, std::min(decimal_scale_max, type.precision))) {
      return false;
    }
    if (!cursor_.accept_symbol(")")) return unexpected(cursor_.peek(), "`)`") != nullptr;
  } else if (name.lower == "varchar") {
    type.kind = CastKind::text;
    if (!cursor_.accept_symbol("(")) {
      cursor_.error(name, Complaint{"bad-type", "`VARCHAR` needs its length",
                                    "write `VARCHAR(n)`, n being the most characters it can have"});
      return false;
    }
    if (!parse_type_number(type.length, 1, varchar_length_max)) return false;
    if (!cursor_.accept_symbol(")")) return unexpected(cursor_.peek(), "`)`") != nullptr;
  } else {
    std::string hint = "the types are INTEGER, DECIMAL(p, s), VARCHAR(n), DATE and DATETIME";
    for (const RefusedType& refused : refused_types) {
      if (refused.name == name.lower) hint = refused.hint;
    }
    cursor_.error(name, Complaint{"bad-type",
                                  fmt::format("{} is not a type of `CAST`", describe(name)), hint});
    return false;
  }
  return true;
}

bool ExpressionParser::parse_type_number(int& number, int least, int most) {
  const Token token = cursor_.next();
  const char* const end = token.text.data() + token.text.size();
  const auto [stop, error] = std::from_chars(token.text.data(), end, number);
  if (token.kind == TokenKind::integer && error == std::errc{} && stop == end && number >= least &&
      number <= most) {
    return true;
  }
  cursor_.error(
      token, Complaint{"bad-type", fmt::format("expected a number from {} to {}, found {}", least,
                                               most, describe(token))});
  return false;
}

}  // namespace keepsum::schema
