#include "engine/sql/render.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace keepsum::sql {

using schema::Expr;
using schema::ExprKind;
using schema::ExprPtr;
using schema::Operator;

namespace {

std::string_view symbol(Operator op) {
  switch (op) {
    case Operator::add: return "+";
    case Operator::subtract: return "-";
    case Operator::multiply: return "*";
    case Operator::equal: return "=";
    case Operator::not_equal: return "<>";
    case Operator::less: return "<";
    case Operator::less_equal: return "<=";
    case Operator::greater: return ">";
    case Operator::greater_equal: return ">=";
    case Operator::logical_and: return "AND";
    case Operator::logical_or: return "OR";
    default: return "";
  }
}

bool is_arithmetic(Operator op) {
  return op == Operator::add || op == Operator::subtract || op == Operator::multiply;
}

}  // namespace

std::string Renderer::reference(const std::string& alias, const std::string& column) const {
  const auto substitute = binding_.substitutes.find({alias, column});
  if (substitute != binding_.substitutes.end()) return substitute->second;
  const auto qualifier = binding_.qualifiers.find(alias);
  return (qualifier == binding_.qualifiers.end() ? dialect_.identifier(alias) : qualifier->second) +
         "." + dialect_.identifier(column);
}

plan::ExprType Renderer::type_of(const ExprPtr& expr) const {
  std::vector<schema::Diagnostic> said_by_the_resolver;
  return plan::TypeChecker(scope_, dialect_.has_exact_decimals(), said_by_the_resolver).infer(expr);
}

std::string Renderer::operand(const Expr& expr) const {
  return dialect_.exact((*this)(expr), type_of(std::make_shared<const Expr>(expr)));
}

std::string Renderer::operator()(const Expr& expr) const {
  const auto known = binding_.known.find(&expr);
  if (known != binding_.known.end()) return known->second;
  const auto arg = [&](std::size_t i) { return (*this)(*expr.args[i]); };
  const std::string_view negation = expr.negated ? "NOT " : "";
  switch (expr.kind) {
    case ExprKind::column: {
      const db::ColumnInfo* column = plan::find_column(scope_, expr);
      const std::string text = reference(expr.qualifier, column->name);
      return text == "NULL" ? dialect_.null_of(*column) : dialect_.pinned(text, *column);
    }
    case ExprKind::integer:
    case ExprKind::decimal: return expr.text;
    case ExprKind::string: return dialect_.literal(expr.text);
    case ExprKind::boolean: return expr.text == "true" ? "TRUE" : "FALSE";
    case ExprKind::null: return "NULL";
    case ExprKind::unary:
      return expr.op == Operator::logical_not ? fmt::format("(NOT {})", arg(0))
                                              : fmt::format("(- {})", operand(*expr.args[0]));
    case ExprKind::binary: return binary(expr);
    case ExprKind::is_null: return fmt::format("({} IS {}NULL)", arg(0), negation);
    case ExprKind::in: {
      std::vector<std::string> list;
      for (std::size_t i = 1; i < expr.args.size(); ++i) list.push_back(arg(i));
      return fmt::format("({} {}IN ({}))", arg(0), negation, fmt::join(list, ", "));
    }
    case ExprKind::between:
      return fmt::format("({} {}BETWEEN {} AND {})", arg(0), negation, arg(1), arg(2));
    case ExprKind::like: {
      // Parenthesised, because in sql_mode HIGH_NOT_PRECEDENCE NOT binds closer than LIKE.
      const std::string like = dialect_.like(arg(0), expr.args[1]->text, type_of(expr.args[0]));
      return expr.negated ? fmt::format("(NOT ({}))", like) : fmt::format("({})", like);
    }
    case ExprKind::case_when: return case_when(expr);
    case ExprKind::function: {
      if (schema::is_bucket(expr)) {
        return dialect_.bucket(schema::bucket_of(expr), arg(1), type_of(expr.args[1]));
      }
      if (schema::is_prev(expr)) return previous(*expr.args[0]);
      const bool arithmetic = expr.text == "div" || expr.text == "mod";
      std::vector<std::string> args;
      for (const ExprPtr& a : expr.args) args.push_back(arithmetic ? operand(*a) : (*this)(*a));
      return dialect_.function(expr.text, args);
    }
    case ExprKind::cast: return dialect_.cast(arg(0), expr.cast_type);
  }
  return "NULL";
}

std::string Renderer::previous(const Expr& column) const {
  const db::ColumnInfo* info = plan::find_column(scope_, column);
  const bool said = binding_.sequence < binding_.previous.size();
  return dialect_.pinned(said ? binding_.previous[binding_.sequence](info->name)
                              : reference(column.qualifier, info->name),
                         *info);
}

std::string Renderer::binary(const Expr& expr) const {
  if (expr.op == Operator::modulo) {
    return dialect_.function("mod", {operand(*expr.args[0]), operand(*expr.args[1])});
  }
  if (is_arithmetic(expr.op)) {
    return fmt::format("({} {} {})", operand(*expr.args[0]), symbol(expr.op),
                       operand(*expr.args[1]));
  }
  const std::string left = (*this)(*expr.args[0]);
  const std::string right = (*this)(*expr.args[1]);
  if (!binding_.known.empty() &&
      (expr.op == Operator::logical_and || expr.op == Operator::logical_or)) {
    // True of three-valued logic too: TRUE AND x is x, FALSE AND x is FALSE; OR the other way
    // round.
    const std::string_view neutral = expr.op == Operator::logical_and ? "TRUE" : "FALSE";
    const std::string_view decisive = expr.op == Operator::logical_and ? "FALSE" : "TRUE";
    if (left == decisive || right == decisive) return std::string(decisive);
    if (left == neutral) return right;
    if (right == neutral) return left;
  }
  return fmt::format("({} {} {})", left, symbol(expr.op), right);
}

std::string Renderer::case_when(const Expr& expr) const {
  std::string text = "CASE";
  const std::size_t pairs = (expr.args.size() - (expr.has_else ? 1 : 0)) / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    text +=
        fmt::format(" WHEN {} THEN {}", (*this)(*expr.args[2 * i]), (*this)(*expr.args[2 * i + 1]));
  }
  if (expr.has_else) text += " ELSE " + (*this)(*expr.args.back());
  return text + " END";
}

}  // namespace keepsum::sql
