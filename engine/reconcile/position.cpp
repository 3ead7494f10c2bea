#include "engine/reconcile/position.hpp"

#include <boost/algorithm/hex.hpp>
#include <boost/json.hpp>
#include <charconv>
#include <iterator>

namespace keepsum::reconcile {

namespace json = boost::json;

namespace {

template <class Integer>
std::optional<db::Value> integer_from(const std::string& text) {
  Integer number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return db::Value(number);
}

std::string hex(const std::string& bytes) {
  std::string text;
  boost::algorithm::hex_lower(bytes, std::back_inserter(text));
  return text;
}

std::optional<db::Value> blob_from(const std::string& text) {
  db::Blob blob;
  try {
    boost::algorithm::unhex(text, std::back_inserter(blob.bytes));
  } catch (const boost::algorithm::hex_decode_error&) {
    return std::nullopt;
  }
  return db::Value(std::move(blob));
}

}  // namespace

bool can_be_kept(const db::Value& value) {
  return !std::holds_alternative<double>(value) && !db::is_null(value);
}

std::string to_json_text(const db::Value& value) {
  const auto* blob = std::get_if<db::Blob>(&value);
  return json::serialize(json::object{{"kind", value.index()},
                                      {"value", blob ? hex(blob->bytes) : db::as_text(value)}});
}

std::optional<db::Value> value_from_json_text(const std::string& text) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object()) return std::nullopt;
  const auto* kind = parsed.get_object().if_contains("kind");
  const auto* value = parsed.get_object().if_contains("value");
  if (!kind || !value || !value->is_string() || !kind->is_int64()) return std::nullopt;
  const std::string shown(value->get_string());
  switch (kind->get_int64()) {
    case 1: return integer_from<std::int64_t>(shown);
    case 2: return integer_from<std::uint64_t>(shown);
    case 4: return db::Value(db::Decimal{shown});
    case 5: return db::Value(shown);
    case 6: return blob_from(shown);
    default: return std::nullopt;
  }
}

}  // namespace keepsum::reconcile
