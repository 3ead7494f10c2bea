#include "engine/reconcile/evidence_values.hpp"

#include <boost/json.hpp>
#include <charconv>

namespace keepsum::reconcile {

namespace {

template <class Number>
std::optional<Number> parse(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, number);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// X'0a' as db::display() writes bytes.
db::Value parse_bytes(const std::string& text) {
  db::Blob blob;
  for (std::size_t at = 2; at + 2 < text.size(); at += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + at, text.data() + at + 2, byte, 16);
    blob.bytes += static_cast<char>(byte);
  }
  return blob;
}

db::Value parse_value(const std::string& text, const plan::ExprType& type, bool any) {
  const bool integer =
      any || type.family == db::TypeFamily::integer || type.family == db::TypeFamily::boolean_;
  if (integer) {
    if (const auto number = parse<std::int64_t>(text)) return *number;
    if (const auto number = parse<std::uint64_t>(text)) return *number;
  }
  if (integer && !any) return db::Decimal{text};  // a sum of integers may be beyond 64 bits
  if (type.family == db::TypeFamily::decimal) return db::Decimal{text};
  if (type.family == db::TypeFamily::binary) return parse_bytes(text);
  if (type.family == db::TypeFamily::floating) {
    if (const auto number = parse<double>(text)) return *number;
  }
  return text;
}

// SQLite's dates may be numbers.
bool is_any(const std::string& sql_type) { return sql_type == "ANY"; }

}  // namespace

std::optional<std::vector<db::Value>> key_of_json(const plan::SummaryPlan& plan,
                                                  const std::string& text) {
  boost::system::error_code failed;
  const boost::json::value parsed = boost::json::parse(text, failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  if (parsed.get_object().size() != plan.keys.size()) return std::nullopt;
  std::vector<db::Value> key;
  for (const plan::KeyColumn& column : plan.keys) {
    const boost::json::value* value = parsed.get_object().if_contains(column.name);
    if (value == nullptr) return std::nullopt;
    if (value->is_int64()) {
      key.emplace_back(value->get_int64());
    } else if (value->is_uint64()) {
      key.emplace_back(value->get_uint64());
    } else if (value->is_string()) {
      key.push_back(parse_value(std::string(value->get_string()), column.type, false));
    } else {
      return std::nullopt;
    }
  }
  return key;
}

db::Value value_of(const plan::StateColumn& column, const std::optional<std::string>& text) {
  if (!text) return {};
  return parse_value(*text, column.type, is_any(column.sql_type));
}

std::string operand_of(const plan::StateColumn& column, const sql::Dialect& dialect) {
  if (column.floating || !dialect.has_exact_decimals()) return "?";
  schema::CastType exact;
  exact.kind = schema::CastKind::decimal;
  exact.precision = 65;
  exact.scale = column.type.scale;
  return dialect.cast("?", exact);
}

}  // namespace keepsum::reconcile
