#include "engine/embed/reader_fields.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cmath>

namespace keepsum::reading {

using db::TypeFamily;

namespace {

template <class Integer>
bool integer_of(const db::Value& value, Integer& field) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    field = static_cast<Integer>(*number);
    return std::in_range<Integer>(*number);
  }
  if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    field = static_cast<Integer>(*number);
    return std::in_range<Integer>(*number);
  }
  const auto* decimal = std::get_if<db::Decimal>(&value);
  if (decimal == nullptr) return false;
  const char* const end = decimal->text.data() + decimal->text.size();
  const auto [stop, failed] = std::from_chars(decimal->text.data(), end, field);
  return failed == std::errc{} && stop == end;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::integer: return "std::int64_t";
    case Kind::unsigned_integer: return "std::uint64_t";
    case Kind::boolean: return "bool";
    case Kind::floating: return "double";
    case Kind::decimal: return "keepsum::db::Decimal";
    case Kind::text: return "std::string";
    case Kind::blob: return "keepsum::db::Blob";
    case Kind::any: return "keepsum::db::Value";
  }
  return "";
}

// The first is what to write instead of a type that does not fit.
std::vector<Kind> kinds_for(const plan::AggregatePlan& aggregate, const plan::ExprType& type) {
  if (aggregate.aggregate->is_condition()) {
    return {Kind::boolean, Kind::integer, Kind::unsigned_integer, Kind::any};
  }
  switch (type.family) {
    case TypeFamily::boolean_:
    case TypeFamily::integer:
      return {Kind::integer, Kind::unsigned_integer, Kind::decimal, Kind::any};
    case TypeFamily::decimal:
      if (type.scale > 0) return {Kind::decimal, Kind::any};
      return {Kind::decimal, Kind::integer, Kind::unsigned_integer, Kind::any};
    case TypeFamily::floating: return {Kind::floating, Kind::any};
    case TypeFamily::text:
    case TypeFamily::date:
    case TypeFamily::datetime:
    case TypeFamily::timestamp:
    case TypeFamily::time: return {Kind::text, Kind::any};
    case TypeFamily::binary: return {Kind::blob, Kind::any};
    case TypeFamily::other: return {Kind::any};
  }
  return {Kind::any};
}

std::string type_name(const plan::AggregatePlan& aggregate, const plan::ExprType& type) {
  if (aggregate.aggregate->is_condition()) return "true or false";
  if (type.family != TypeFamily::decimal) return std::string(plan::to_string(type.family));
  return fmt::format("decimal({},{})", type.precision, type.scale);
}

// "" if there is none.
std::string fault(const plan::SummaryPlan& plan, const FieldSpec& field,
                  const plan::AggregatePlan* aggregate) {
  if (aggregate == nullptr) {
    for (const plan::KeyColumn& key : plan.keys) {
      if (key.name != field.column) continue;
      return fmt::format("`{}` is part of the key, which the caller has", field.column);
    }
    std::vector<std::string> names;
    for (const plan::AggregatePlan& each : plan.aggregates) names.push_back(each.column.name);
    return fmt::format("there is no column `{}`; there is {}", field.column,
                       fmt::join(names, ", "));
  }
  const VisibleColumn column = visible_column(*aggregate, plan);
  const std::vector<Kind> fitting = kinds_for(*aggregate, column.type);
  if (std::find(fitting.begin(), fitting.end(), field.kind) == fitting.end()) {
    return fmt::format("`{}` is {}: read it into {}, not {}", field.column,
                       type_name(*aggregate, column.type), name_of(fitting.front()),
                       name_of(field.kind));
  }
  if (column.nullable && !field.optional && field.kind != Kind::any) {
    return fmt::format("`{0}` may be NULL: read it into std::optional<{1}>, not {1}", field.column,
                       name_of(field.kind));
  }
  return {};
}

}  // namespace

bool take_integer(const db::Value& value, std::int64_t& field) { return integer_of(value, field); }
bool take_integer(const db::Value& value, std::uint64_t& field) { return integer_of(value, field); }

// A sum of nothing is an integer 0 on SQLite.
bool take(db::Value&& value, double& field) {
  constexpr std::int64_t exact_max = std::int64_t{1} << 53;
  if (const auto* number = std::get_if<double>(&value)) {
    field = *number;
    return true;
  }
  const auto* integer = std::get_if<std::int64_t>(&value);
  if (integer == nullptr || *integer > exact_max || *integer < -exact_max) return false;
  field = static_cast<double>(*integer);
  return true;
}

bool take(db::Value&& value, db::Decimal& field) {
  if (auto* decimal = std::get_if<db::Decimal>(&value)) {
    field = std::move(*decimal);
    return true;
  }
  if (!std::holds_alternative<std::int64_t>(value) &&
      !std::holds_alternative<std::uint64_t>(value)) {
    return false;
  }
  field.text = db::display(value);
  return true;
}

bool take(db::Value&& value, std::string& field) {
  auto* const text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  field = std::move(*text);
  return true;
}

bool take(db::Value&& value, db::Blob& field) {
  auto* const blob = std::get_if<db::Blob>(&value);
  if (blob == nullptr) return false;
  field = std::move(*blob);
  return true;
}

bool take(db::Value&& value, db::Value& field) {
  field = std::move(value);
  return true;
}

VisibleColumn visible_column(const plan::AggregatePlan& aggregate, const plan::SummaryPlan& plan) {
  const plan::StateColumn& first = plan.state[aggregate.state.front()];
  VisibleColumn column;
  column.type = aggregate.visible ? aggregate.visible->type : first.type;
  column.nullable = aggregates::empty_value(first.merge) == "NULL" ||
                    (aggregate.visible && aggregate.visible->type.nullable);
  if (column.nullable) return column;
  if (column.type.family == TypeFamily::decimal) {
    const std::string fraction(static_cast<std::size_t>(column.type.scale), '0');
    column.empty = db::Decimal{fraction.empty() ? "0" : "0." + fraction};
  } else if (column.type.family == TypeFamily::floating) {
    column.empty = 0.0;
  } else {
    column.empty = std::int64_t{0};
  }
  return column;
}

Result<sql::Columns> resolve(const plan::SummaryPlan& plan, const std::vector<FieldSpec>& fields) {
  sql::Columns columns;
  std::string faults;
  for (const FieldSpec& field : fields) {
    const plan::AggregatePlan* aggregate = nullptr;
    for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
      if (plan.aggregates[i].column.name != field.column) continue;
      aggregate = &plan.aggregates[i];
      columns.push_back(i);
    }
    const std::string text = fault(plan, field, aggregate);
    if (!text.empty()) faults += "\n  " + text;
  }
  if (fields.empty()) faults = "\n  there are none: name a column to read, and the member for it";
  if (faults.empty()) return columns;
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = plan.spec.name;
  error.message = "the reader's fields do not fit the summary:" + faults;
  return error;
}

}  // namespace keepsum::reading
