// The expression tree: one tree for each expression of a spec. Every statement keepsum generates
// renders this tree; nothing ever evaluates it in C++.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace keepsum::schema {

// Where something stands in the spec file. Lines and columns count from 1; columns count bytes.
struct Place {
  std::size_t line = 1;
  std::size_t column = 1;
  std::string pointer;  // RFC 6901 JSON pointer, e.g. "/summaries/card_activity/where"
};

enum class ExprKind {
  column,   // qualifier.name
  integer,  // text: digits
  decimal,  // text: digits with a point, no exponent
  string,   // text: the decoded value
  boolean,  // text: "true" or "false"
  null,
  unary,      // op; args[0]
  binary,     // op; args[0], args[1]
  is_null,    // args[0]; negated
  in,         // args[0] IN (args[1], …); negated
  between,    // args[0] BETWEEN args[1] AND args[2]; negated
  like,       // args[0] LIKE args[1] (a string literal); negated
  case_when,  // args = when1, then1, when2, then2, …, [else]; the operand form is desugared
  function,   // text: canonical lower-case name; args
  cast,       // args[0]; cast_type
};

enum class Operator {
  none,
  negate,
  logical_not,
  add,
  subtract,
  multiply,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  logical_and,
  logical_or
};

// The portable types of CAST.
enum class CastKind { integer, decimal, text, date, datetime };
struct CastType {
  CastKind kind = CastKind::integer;
  int precision = 0;  // decimal
  int scale = 0;      // decimal
  int length = 0;     // text, characters; always given
};

[[nodiscard]] constexpr bool is_comparison(Operator op) noexcept {
  return op == Operator::equal || op == Operator::not_equal || op == Operator::less ||
         op == Operator::less_equal || op == Operator::greater || op == Operator::greater_equal;
}

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;

struct Expr {
  ExprKind kind = ExprKind::null;
  Operator op = Operator::none;
  bool negated = false;
  bool has_else = false;  // case_when
  std::string qualifier;  // column: the table alias, never empty after parsing a spec
  std::string text;       // column name, literal or function name
  CastType cast_type;
  std::vector<ExprPtr> args;
  Place place;  // where its first character stands in the file
};

// Whether the trees are the same, places aside. Names compare without regard to case.
[[nodiscard]] bool same(const Expr& a, const Expr& b);

// The conjuncts of an AND tree, left to right; a null pointer has none.
[[nodiscard]] std::vector<ExprPtr> conjuncts(const ExprPtr& expr);

// Calls `visit` for the node and all below it, parents first.
template <class Visit>
void walk(const ExprPtr& expr, Visit&& visit) {
  if (!expr) return;
  visit(*expr);
  for (const ExprPtr& arg : expr->args) walk(arg, visit);
}

// Whether it is a comparison, a test or a combination of such, of columns and literals alone: 0 or
// 1 as long as none of the columns in it is NULL or of a type that makes NULL of some values. What
// arithmetic or a function makes of its arguments may be NULL by itself.
[[nodiscard]] bool is_plain_condition(const Expr& expr);

// prev(column): the column's value in the row before, by the order of the aggregate it stands in.
[[nodiscard]] bool is_prev(const Expr& expr);
[[nodiscard]] bool has_prev(const ExprPtr& expr);

// The expression in the spec's own grammar, fully parenthesised where needed; for messages.
[[nodiscard]] std::string to_text(const Expr& expr);

}  // namespace keepsum::schema
