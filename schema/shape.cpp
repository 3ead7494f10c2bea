#include "schema/shape.hpp"

#include <fmt/format.h>

#include "schema/text.hpp"

namespace keepsum::schema {

Shape shape_of(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::is_null:
    case ExprKind::in:
    case ExprKind::between:
    case ExprKind::like: return Shape::condition;
    case ExprKind::column:
    case ExprKind::boolean:
    case ExprKind::case_when: return Shape::either;
    case ExprKind::function:
      return expr.text == "coalesce" || expr.text == "nullif" ? Shape::either : Shape::value;
    case ExprKind::unary: return expr.op == Operator::logical_not ? Shape::condition : Shape::value;
    case ExprKind::binary:
      switch (expr.op) {
        case Operator::add:
        case Operator::subtract:
        case Operator::multiply:
        case Operator::modulo: return Shape::value;
        default: return Shape::condition;
      }
    case ExprKind::integer:
    case ExprKind::decimal:
    case ExprKind::string:
    case ExprKind::null:
    case ExprKind::cast: return Shape::value;
  }
  return Shape::value;
}

bool is_constant(const ExprPtr& expr) {
  bool constant = true;
  walk(expr, [&constant](const Expr& node) {
    if (node.kind == ExprKind::column) constant = false;
  });
  return constant;
}

std::optional<Complaint> refuse_as_condition(const Expr& expr) {
  if (shape_of(expr) != Shape::value) return std::nullopt;
  std::string hint;
  switch (expr.kind) {
    case ExprKind::null:
      return Complaint{"not-a-condition", "NULL is not a condition: it never holds",
                       "write `FALSE`, or test a column with `IS NULL`"};
    case ExprKind::integer:
    case ExprKind::decimal: hint = "write `TRUE` or `FALSE`"; break;
    case ExprKind::string: hint = "compare it with something: `… = 'text'`"; break;
    case ExprKind::cast: hint = "compare it with something: `… = value`"; break;
    default:
      hint = fmt::format("compare it with something, as in {}", quoted(to_text(expr) + " <> 0"));
  }
  return Complaint{
      "not-a-condition",
      fmt::format("{} is a value, and a condition is needed here", quoted(to_text(expr))), hint};
}

std::optional<Complaint> refuse_as_number(const Expr& expr) {
  if (expr.kind == ExprKind::string) {
    return Complaint{"string-arithmetic",
                     "a string in arithmetic becomes a DOUBLE, and that is not exact",
                     "write the number without quotes"};
  }
  if (shape_of(expr) == Shape::condition || expr.kind == ExprKind::boolean) {
    return Complaint{
        "condition-arithmetic",
        fmt::format("{} is a condition, and a number is needed here", quoted(to_text(expr))),
        fmt::format("write `CASE WHEN {} THEN 1 ELSE 0 END`", to_text(expr))};
  }
  return std::nullopt;
}

}  // namespace keepsum::schema
