#include "schema/expr.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "schema/lexer.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

// How tightly a node holds together; the grammar's levels.
enum class Level {
  logical_or,
  logical_and,
  logical_not,
  comparison,
  sum,
  product,
  negation,
  primary
};

Level above(Level level) { return static_cast<Level>(static_cast<int>(level) + 1); }

struct OperatorText {
  std::string_view text;
  Level level;
};

OperatorText operator_text(Operator op) {
  switch (op) {
    case Operator::none: return {"", Level::primary};
    case Operator::negate: return {"-", Level::negation};
    case Operator::logical_not: return {"NOT", Level::logical_not};
    case Operator::add: return {"+", Level::sum};
    case Operator::subtract: return {"-", Level::sum};
    case Operator::multiply: return {"*", Level::product};
    case Operator::modulo: return {"%", Level::product};
    case Operator::equal: return {"=", Level::comparison};
    case Operator::not_equal: return {"<>", Level::comparison};
    case Operator::less: return {"<", Level::comparison};
    case Operator::less_equal: return {"<=", Level::comparison};
    case Operator::greater: return {">", Level::comparison};
    case Operator::greater_equal: return {">=", Level::comparison};
    case Operator::logical_and: return {"AND", Level::logical_and};
    case Operator::logical_or: return {"OR", Level::logical_or};
  }
  return {"", Level::primary};
}

Level level_of(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::unary:
    case ExprKind::binary: return operator_text(expr.op).level;
    case ExprKind::is_null:
    case ExprKind::in:
    case ExprKind::between:
    case ExprKind::like: return Level::comparison;
    default: return Level::primary;
  }
}

std::string name_text(const std::string& name) {
  if (is_plain_name(name) && !is_keyword(to_lower(name))) return name;
  std::string result = "\"";
  for (const char c : name) {
    if (c == '"') result += '"';
    result += c;
  }
  return result + "\"";
}

std::string string_text(const std::string& value) {
  std::string result = "'";
  for (const char c : value) {
    if (c == '\'') result += '\'';
    result += c;
  }
  return result + "'";
}

std::string type_text(const CastType& type) {
  switch (type.kind) {
    case CastKind::integer: return "INTEGER";
    case CastKind::decimal: return fmt::format("DECIMAL({}, {})", type.precision, type.scale);
    case CastKind::text: return fmt::format("VARCHAR({})", type.length);
    case CastKind::date: return "DATE";
    case CastKind::datetime: return "DATETIME";
  }
  return "";
}

std::string text_of(const ExprPtr& expr, Level least) {
  if (!expr) return "";
  const std::string text = to_text(*expr);
  return level_of(*expr) < least ? "(" + text + ")" : text;
}

std::string list_text(const std::vector<ExprPtr>& args, std::size_t first) {
  std::string result;
  for (std::size_t i = first; i < args.size(); ++i) {
    if (i > first) result += ", ";
    result += text_of(args[i], Level::logical_or);
  }
  return result;
}

std::string case_text(const Expr& expr) {
  std::string result = "CASE";
  const std::size_t branches = expr.args.size() / 2;
  for (std::size_t i = 0; i < branches; ++i) {
    result += fmt::format(" WHEN {} THEN {}", text_of(expr.args[2 * i], Level::logical_or),
                          text_of(expr.args[2 * i + 1], Level::logical_or));
  }
  if (expr.has_else) result += " ELSE " + text_of(expr.args.back(), Level::logical_or);
  return result + " END";
}

std::string unary_text(const Expr& expr) {
  // The operand of a minus is primary: `--` would start a comment.
  if (expr.op == Operator::negate) return "-" + text_of(expr.args[0], Level::primary);
  return "NOT " + text_of(expr.args[0], Level::logical_not);
}

std::string binary_text(const Expr& expr) {
  const OperatorText op = operator_text(expr.op);
  // Comparisons do not chain; the others group to the left.
  const Level left = op.level == Level::comparison ? above(op.level) : op.level;
  return fmt::format("{} {} {}", text_of(expr.args[0], left), op.text,
                     text_of(expr.args[1], above(op.level)));
}

}  // namespace

bool same(const Expr& a, const Expr& b) {
  const bool by_name = a.kind == ExprKind::column || a.kind == ExprKind::function;
  if (a.kind != b.kind || a.op != b.op || a.negated != b.negated || a.has_else != b.has_else ||
      a.args.size() != b.args.size()) {
    return false;
  }
  if (by_name ? !same_name(a.text, b.text) : a.text != b.text) return false;
  if (!same_name(a.qualifier, b.qualifier)) return false;
  if (a.kind == ExprKind::cast &&
      (a.cast_type.kind != b.cast_type.kind || a.cast_type.precision != b.cast_type.precision ||
       a.cast_type.scale != b.cast_type.scale || a.cast_type.length != b.cast_type.length)) {
    return false;
  }
  return std::equal(a.args.begin(), a.args.end(), b.args.begin(),
                    [](const ExprPtr& x, const ExprPtr& y) { return same(*x, *y); });
}

bool is_plain_condition(const Expr& expr) {
  const auto all = [&](const auto& fits) {
    return std::all_of(expr.args.begin(), expr.args.end(),
                       [&](const ExprPtr& arg) { return fits(*arg); });
  };
  const auto is_operand = [](const Expr& arg) {
    return arg.kind == ExprKind::column || arg.kind == ExprKind::integer ||
           arg.kind == ExprKind::decimal || arg.kind == ExprKind::string;
  };
  switch (expr.kind) {
    case ExprKind::is_null: return true;
    case ExprKind::in:
    case ExprKind::between:
    case ExprKind::like: return all(is_operand);
    case ExprKind::unary: return expr.op == Operator::logical_not && all(is_plain_condition);
    case ExprKind::binary:
      return expr.op == Operator::logical_and || expr.op == Operator::logical_or
                 ? all(is_plain_condition)
                 : is_comparison(expr.op) && all(is_operand);
    default: return false;
  }
}

bool is_prev(const Expr& expr) { return expr.kind == ExprKind::function && expr.text == "prev"; }

bool has_prev(const ExprPtr& expr) {
  bool found = false;
  walk(expr, [&](const Expr& node) { found = found || is_prev(node); });
  return found;
}

std::vector<ExprPtr> conjuncts(const ExprPtr& expr) {
  if (!expr) return {};
  if (expr->kind != ExprKind::binary || expr->op != Operator::logical_and) return {expr};
  std::vector<ExprPtr> result = conjuncts(expr->args[0]);
  for (ExprPtr& part : conjuncts(expr->args[1])) result.push_back(std::move(part));
  return result;
}

std::string to_text(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::column:
      return expr.qualifier.empty() ? name_text(expr.text)
                                    : name_text(expr.qualifier) + "." + name_text(expr.text);
    case ExprKind::integer:
    case ExprKind::decimal: return expr.text;
    case ExprKind::string: return string_text(expr.text);
    case ExprKind::boolean: return expr.text == "true" ? "TRUE" : "FALSE";
    case ExprKind::null: return "NULL";
    case ExprKind::unary: return unary_text(expr);
    case ExprKind::binary: return binary_text(expr);
    case ExprKind::is_null:
      return text_of(expr.args[0], Level::sum) + (expr.negated ? " IS NOT NULL" : " IS NULL");
    case ExprKind::in:
      return fmt::format("{}{} IN ({})", text_of(expr.args[0], Level::sum),
                         expr.negated ? " NOT" : "", list_text(expr.args, 1));
    case ExprKind::between:
      return fmt::format("{}{} BETWEEN {} AND {}", text_of(expr.args[0], Level::sum),
                         expr.negated ? " NOT" : "", text_of(expr.args[1], Level::sum),
                         text_of(expr.args[2], Level::sum));
    case ExprKind::like:
      return fmt::format("{}{} LIKE {}", text_of(expr.args[0], Level::sum),
                         expr.negated ? " NOT" : "", text_of(expr.args[1], Level::sum));
    case ExprKind::case_when: return case_text(expr);
    case ExprKind::function: return expr.text + "(" + list_text(expr.args, 0) + ")";
    case ExprKind::cast:
      return fmt::format("CAST({} AS {})", text_of(expr.args[0], Level::logical_or),
                         type_text(expr.cast_type));
  }
  return "";
}

}  // namespace keepsum::schema
