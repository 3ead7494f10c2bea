#include "engine/plan/expr_type.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "schema/bucket.hpp"

namespace keepsum::plan {

using db::TypeFamily;
using schema::CastKind;
using schema::Expr;
using schema::ExprKind;
using schema::ExprPtr;
using schema::is_comparison;
using schema::Operator;

namespace {

ExprType of(TypeFamily family, bool nullable) {
  ExprType type;
  type.family = family;
  type.nullable = nullable;
  return type;
}

bool any_nullable(const std::vector<ExprType>& types) {
  return std::any_of(types.begin(), types.end(), [](const ExprType& t) { return t.nullable; });
}

bool is_date_part(const std::string& name) {
  return name == "date" || name == "year" || name == "month" || name == "day" || name == "hour" ||
         name == "minute";
}

}  // namespace

std::string_view to_string(TypeFamily family) noexcept {
  switch (family) {
    case TypeFamily::boolean_: return "boolean";
    case TypeFamily::integer: return "integer";
    case TypeFamily::decimal: return "decimal";
    case TypeFamily::floating: return "floating-point";
    case TypeFamily::text: return "text";
    case TypeFamily::binary: return "binary";
    case TypeFamily::date: return "date";
    case TypeFamily::datetime: return "date-time";
    case TypeFamily::timestamp: return "timestamp";
    case TypeFamily::time: return "time";
    case TypeFamily::other: return "unsupported";
  }
  return "unsupported";
}

const db::ColumnInfo* find_column(const Scope& scope, const Expr& reference) {
  const auto table = scope.find(reference.qualifier);
  return table == scope.end() ? nullptr : table->second->find_column(reference.text);
}

void TypeChecker::report(const Expr& at, std::string code, std::string message, std::string hint) {
  diagnostics_.push_back(
      {schema::Severity::error, std::move(code), at.place, std::move(message), std::move(hint)});
}

void TypeChecker::assume(const ExprPtr& condition) {
  for (const ExprPtr& term : schema::conjuncts(condition)) {
    if (term->kind == ExprKind::is_null && term->negated) never_null_.push_back(term->args[0]);
    // A comparison is not true when either side is NULL.
    const bool rejects_null = (term->kind == ExprKind::binary && is_comparison(term->op)) ||
                              term->kind == ExprKind::between || term->kind == ExprKind::like ||
                              (term->kind == ExprKind::in && !term->args.empty());
    if (!rejects_null) continue;
    if (term->kind == ExprKind::binary) {
      never_null_.insert(never_null_.end(), {term->args[0], term->args[1]});
    } else {
      never_null_.push_back(term->args[0]);
    }
  }
}

ExprType TypeChecker::infer(const ExprPtr& expr) {
  ExprType type = infer_node(*expr);
  const bool proven = std::any_of(never_null_.begin(), never_null_.end(),
                                  [&](const ExprPtr& e) { return schema::same(*e, *expr); });
  if (proven) type.nullable = false;
  return type;
}

void TypeChecker::check_condition(const ExprPtr& expr) {
  const ExprType type = infer(expr);
  if (type.family == TypeFamily::boolean_ || type.is_null) return;
  // A bare integer column is MySQL's BOOLEAN: zero is false.
  if (expr->kind == ExprKind::column &&
      (type.family == TypeFamily::integer || type.family == TypeFamily::other)) {
    return;
  }
  if (type.family == TypeFamily::integer && expr->kind != ExprKind::integer) return;
  report(*expr, "not-a-condition",
         fmt::format("a condition is wanted here, and `{}` is {}", schema::to_text(*expr),
                     to_string(type.family)),
         fmt::format("compare it with something, e.g. `{} <> 0`", schema::to_text(*expr)));
}

ExprType TypeChecker::infer_node(const Expr& expr) {
  switch (expr.kind) {
    case ExprKind::column: return infer_column(expr);
    case ExprKind::integer: return of(TypeFamily::integer, false);
    case ExprKind::decimal:
      return of(exact_decimals_ ? TypeFamily::decimal : TypeFamily::floating, false);
    case ExprKind::string: {
      ExprType type = of(TypeFamily::text, false);
      type.forms = forms_of(expr.text);
      return type;
    }
    case ExprKind::boolean: return of(TypeFamily::boolean_, false);
    case ExprKind::null: {
      ExprType type = of(TypeFamily::other, true);
      type.is_null = true;
      return type;
    }
    case ExprKind::unary: {
      if (expr.op == Operator::logical_not) {
        check_condition(expr.args[0]);
        return of(TypeFamily::boolean_, infer(expr.args[0]).nullable);
      }
      ExprType type = infer(expr.args[0]);
      if (!type.is_number() && !type.is_null) {
        report(expr, "not-a-number",
               fmt::format("`-` wants a number, and `{}` is {}", schema::to_text(*expr.args[0]),
                           to_string(type.family)),
               "");
      }
      if (type.is_unsigned && exact_decimals_) type.family = TypeFamily::decimal;
      type.is_unsigned = false;
      return type;
    }
    case ExprKind::binary: return infer_binary(expr);
    case ExprKind::is_null: infer(expr.args[0]); return of(TypeFamily::boolean_, false);
    case ExprKind::in:
    case ExprKind::between: {
      std::vector<ExprType> types;
      for (const ExprPtr& arg : expr.args) types.push_back(infer(arg));
      for (std::size_t i = 1; i < types.size(); ++i) {
        check_comparable(*expr.args[i], types[0], types[i]);
      }
      return of(TypeFamily::boolean_, any_nullable(types));
    }
    case ExprKind::like: {
      const ExprType type = infer(expr.args[0]);
      if (type.family != TypeFamily::text && !type.is_null) {
        report(expr, "like-wants-text",
               fmt::format("LIKE wants text, and `{}` is {}", schema::to_text(*expr.args[0]),
                           to_string(type.family)),
               "");
      }
      return of(TypeFamily::boolean_, type.nullable);
    }
    case ExprKind::case_when: return infer_case(expr);
    case ExprKind::function: return infer_function(expr);
    case ExprKind::cast: return infer_cast(expr);
  }
  return {};
}

ExprType TypeChecker::infer_column(const Expr& expr) {
  ExprType type;
  const db::ColumnInfo* column = find_column(scope_, expr);
  if (column == nullptr) {
    type.is_null = true;  // said once, by the resolver; fits everything from here on
    type.nullable = false;
    return type;
  }
  type.family = column->family;
  type.form = form_of(*column);
  type.is_unsigned = column->is_unsigned;
  type.nullable = column->nullable;
  type.precision = column->precision;
  type.scale = column->scale;
  type.length = column->length;
  type.charset = column->charset;
  type.collation = column->collation;
  // Read as UTC wherever it is read.
  if (type.family == TypeFamily::timestamp) type.family = TypeFamily::datetime;
  return type;
}

ExprType TypeChecker::infer_binary(const Expr& expr) {
  if (expr.op == Operator::logical_and || expr.op == Operator::logical_or) {
    check_condition(expr.args[0]);
    check_condition(expr.args[1]);
    std::vector<schema::Diagnostic> said_already;
    TypeChecker quiet(scope_, exact_decimals_, said_already);
    quiet.never_null_ = never_null_;
    return of(TypeFamily::boolean_,
              quiet.infer(expr.args[0]).nullable || quiet.infer(expr.args[1]).nullable);
  }
  const ExprType left = infer(expr.args[0]);
  const ExprType right = infer(expr.args[1]);
  const bool nullable = left.nullable || right.nullable;
  if (is_comparison(expr.op)) {
    check_comparable(expr, left, right);
    return of(TypeFamily::boolean_, nullable);
  }
  for (const auto& [type, arg] : {std::pair{left, expr.args[0]}, std::pair{right, expr.args[1]}}) {
    if (type.is_number() || type.is_null) continue;
    report(*arg, "not-a-number",
           fmt::format("arithmetic wants numbers, and `{}` is {}", schema::to_text(*arg),
                       to_string(type.family)),
           type.family == TypeFamily::text
               ? exact_decimals_ ? "text in arithmetic becomes a float; store it as a number"
                                 : "text in arithmetic becomes a float; CAST it AS INTEGER"
           : type.family == TypeFamily::boolean_ ? "write CASE WHEN … THEN 1 ELSE 0 END"
                                                 : "");
  }
  TypeFamily family = TypeFamily::integer;
  if (left.family == TypeFamily::floating || right.family == TypeFamily::floating) {
    family = TypeFamily::floating;
  } else if (left.family == TypeFamily::decimal || right.family == TypeFamily::decimal ||
             (exact_decimals_ && (left.is_unsigned || right.is_unsigned))) {
    family = TypeFamily::decimal;
  }
  // x % 0 is NULL.
  const bool may_be_undefined =
      expr.op == Operator::modulo && expr.args[1]->kind != ExprKind::integer;
  return of(family, nullable || may_be_undefined);
}

ExprType TypeChecker::common(const Expr& expr, const std::vector<ExprType>& types) {
  ExprType result;
  result.is_null = true;
  result.nullable = false;
  for (const ExprType& type : types) {
    if (type.is_null) {
      result.nullable = result.nullable || type.nullable;
      continue;
    }
    if (result.is_null) {
      const bool nullable = result.nullable || type.nullable;
      result = type;
      result.nullable = nullable;
      continue;
    }
    check_comparable(expr, result, type);
    std::erase_if(result.forms, [&](Form form) { return !type.has(form); });
    if (type.is_number() && result.is_number() && type.family != result.family) {
      const bool floating =
          type.family == TypeFamily::floating || result.family == TypeFamily::floating;
      result.family = floating ? TypeFamily::floating : TypeFamily::decimal;
    }
    result.is_unsigned = result.is_unsigned && type.is_unsigned;
    result.nullable = result.nullable || type.nullable;
    result.length = std::max(result.length, type.length);
    if (result.collation.empty()) result.collation = type.collation;
  }
  return result;
}

ExprType TypeChecker::infer_case(const Expr& expr) {
  std::vector<ExprType> results;
  const std::size_t pairs = (expr.args.size() - (expr.has_else ? 1 : 0)) / 2;
  for (std::size_t i = 0; i < pairs; ++i) {
    check_condition(expr.args[2 * i]);
    results.push_back(infer(expr.args[2 * i + 1]));
  }
  if (expr.has_else) results.push_back(infer(expr.args.back()));
  ExprType type = common(expr, results);
  if (!expr.has_else) type.nullable = true;
  return type;
}

ExprType TypeChecker::infer_function(const Expr& expr) {
  std::vector<ExprType> types;
  for (const ExprPtr& arg : expr.args) types.push_back(infer(arg));
  const std::string& name = expr.text;
  const bool nullable = any_nullable(types);
  const auto wants_number = [&](std::size_t i) {
    if (types[i].is_number() || types[i].is_null) return;
    report(*expr.args[i], "not-a-number",
           fmt::format("{}() wants a number, and `{}` is {}", name, schema::to_text(*expr.args[i]),
                       to_string(types[i].family)),
           "");
  };
  if (schema::is_bucket(expr)) return infer_bucket(expr, types[1]);
  if (name == "prev") {
    types[0].nullable = true;  // there may be no row before
    // An ENUM is a number beside numbers, but only as long as it is a column: as text it is one
    // thing in a trigger and in a recompute.
    if (exact_decimals_ && types[0].family == TypeFamily::other) types[0].family = TypeFamily::text;
    return types[0];
  }
  if (name == "coalesce") {
    ExprType type = common(expr, types);
    type.nullable =
        std::all_of(types.begin(), types.end(), [](const ExprType& t) { return t.nullable; });
    return type;
  }
  if (name == "nullif") {
    check_comparable(expr, types[0], types[1]);
    types[0].nullable = true;
    return types[0];
  }
  if (name == "greatest" || name == "least") return common(expr, types);
  if (name == "abs") {
    wants_number(0);
    return types[0];
  }
  if (name == "sign") {
    wants_number(0);
    return of(TypeFamily::integer, nullable);
  }
  if (name == "div" || name == "mod") {
    for (std::size_t i = 0; i < 2; ++i) {
      if (types[i].family == TypeFamily::integer || types[i].is_null) continue;
      report(*expr.args[i], "not-an-integer",
             fmt::format("{}() wants integers, and `{}` is {}", name,
                         schema::to_text(*expr.args[i]), to_string(types[i].family)),
             "");
    }
    return of(TypeFamily::integer,
              nullable || expr.args[1]->kind != ExprKind::integer || expr.args[1]->text == "0");
  }
  if (is_date_part(name)) {
    if (exact_decimals_ && types[0].family == TypeFamily::text) {
      report(*expr.args[0], "not-a-date",
             fmt::format("{}() wants a date or date-time, and `{}` is text", name,
                         schema::to_text(*expr.args[0])),
             "what is no date would end a writer's statement: store it as DATE or DATETIME");
    } else if (!types[0].is_temporal() && types[0].family != TypeFamily::text &&
               !types[0].is_null) {
      report(*expr.args[0], "not-a-date",
             fmt::format("{}() wants a date or date-time, and `{}` is {}", name,
                         schema::to_text(*expr.args[0]), to_string(types[0].family)),
             "");
    }
    // Text may be no date, and SQLite stores any text in a DATE column.
    const bool may_fail = !types[0].is_temporal() || !exact_decimals_;
    return of(name == "date" ? TypeFamily::date : TypeFamily::integer, nullable || may_fail);
  }
  if (name == "length") return of(TypeFamily::integer, nullable);
  // What is left takes text and gives text.
  ExprType type = of(TypeFamily::text, nullable);
  for (const ExprType& t : types) {
    if (type.collation.empty()) type.collation = t.collation;
    type.length += t.length;
  }
  return type;
}

// NULL of NULL alone: whatever is no instant has a bucket of its own.
ExprType TypeChecker::infer_bucket(const Expr& expr, const ExprType& instant) {
  const schema::Bucket bucket = schema::bucket_of(expr);
  const Expr& arg = *expr.args[1];
  const std::string text = schema::to_text(arg);
  const bool is_day = exact_decimals_ && instant.family == TypeFamily::date;
  const bool fits = instant.is_null || instant.family == TypeFamily::integer ||
                    instant.family == TypeFamily::datetime || instant.family == TypeFamily::date ||
                    // SQLite keeps dates as text, or as whatever was put into the column.
                    (!exact_decimals_ &&
                     (instant.family == TypeFamily::text || instant.family == TypeFamily::other));
  if (!fits) {
    report(arg, "not-an-instant",
           fmt::format("bucket() wants a point in time, and `{}` is {}", text,
                       to_string(instant.family)),
           instant.family == TypeFamily::text
               ? "what is no date would end a strict writer's statement: store it as DATETIME"
               : "a date-time in UTC, a TIMESTAMP, or an integer of seconds since 1970");
  } else if (is_day && !bucket.is_date()) {
    report(arg, "not-an-instant",
           fmt::format("`{}` is a day, and a day has no {}s", text, to_string(bucket.unit)), "");
  } else if (is_day && (bucket.zone.is_named() || bucket.zone.offset_minutes != 0)) {
    report(arg, "not-an-instant",
           fmt::format("`{}` is a day of some calendar already, and no point in time: it is the "
                       "same in every zone",
                       text),
           "leave the zone out");
  }
  return of(bucket.is_date() ? TypeFamily::date : TypeFamily::datetime, instant.nullable);
}

ExprType TypeChecker::infer_cast(const Expr& expr) {
  const ExprType from = infer(expr.args[0]);
  if (exact_decimals_ && from.family == TypeFamily::text && expr.cast_type.kind != CastKind::text) {
    report(expr, "cast-of-text",
           fmt::format("`{}` is text, and text that does not fit would end a writer's statement",
                       schema::to_text(*expr.args[0])),
           "store it in a column of that type, or add one that is generated from it");
  }
  ExprType type = of(TypeFamily::integer, from.nullable);
  switch (expr.cast_type.kind) {
    case CastKind::integer: break;
    case CastKind::decimal:
      type.family = exact_decimals_ ? TypeFamily::decimal : TypeFamily::floating;
      type.precision = expr.cast_type.precision;
      type.scale = expr.cast_type.scale;
      break;
    case CastKind::text:
      type.family = TypeFamily::text;
      type.length = expr.cast_type.length;
      type.charset = from.charset;
      type.collation = from.collation;
      break;
    case CastKind::date:
    case CastKind::datetime:
      type.family = expr.cast_type.kind == CastKind::date ? TypeFamily::date : TypeFamily::datetime;
      type.nullable = from.nullable || !from.is_temporal() || !exact_decimals_;
      break;
  }
  return type;
}

}  // namespace keepsum::plan
