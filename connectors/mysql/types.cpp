#include "connectors/mysql/types.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <charconv>
#include <string>
#include <utility>

namespace keepsum::mysql {

namespace {

constexpr unsigned binary_charset = 63;

template <class Number>
Number parse(std::string_view text) noexcept {
  Number number{};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

db::TypeFamily family_of(const MYSQL_FIELD& field) noexcept {
  using enum db::TypeFamily;
  if ((field.flags & (ENUM_FLAG | SET_FLAG)) != 0) return other;
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR: return integer;
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL: return decimal;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE: return floating;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE: return date;
    case MYSQL_TYPE_DATETIME: return datetime;
    case MYSQL_TYPE_TIMESTAMP: return timestamp;
    case MYSQL_TYPE_TIME: return time;
    case MYSQL_TYPE_VARCHAR:
    case MYSQL_TYPE_VAR_STRING:
    case MYSQL_TYPE_STRING:
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB: return field.charsetnr == binary_charset ? binary : text;
    default: return other;
  }
}

}  // namespace

ValueKind value_kind(const MYSQL_FIELD& field) noexcept {
  switch (family_of(field)) {
    case db::TypeFamily::integer:
      return (field.flags & UNSIGNED_FLAG) != 0 ? ValueKind::uint64 : ValueKind::int64;
    case db::TypeFamily::decimal: return ValueKind::decimal;
    case db::TypeFamily::floating:
      return field.type == MYSQL_TYPE_FLOAT ? ValueKind::float_ : ValueKind::double_;
    case db::TypeFamily::binary: return ValueKind::blob;
    case db::TypeFamily::other:
      // BIT and GEOMETRY are bytes; ENUM, SET and JSON are text.
      return field.type == MYSQL_TYPE_BIT || field.type == MYSQL_TYPE_GEOMETRY ? ValueKind::blob
                                                                               : ValueKind::text;
    default: return ValueKind::text;
  }
}

db::Value value_from_text(ValueKind kind, std::string_view text) {
  switch (kind) {
    case ValueKind::int64: return parse<std::int64_t>(text);
    case ValueKind::uint64: return parse<std::uint64_t>(text);
    case ValueKind::float_: return static_cast<double>(parse<float>(text));
    case ValueKind::double_: return parse<double>(text);
    default: return value_from_bytes(kind, std::string(text));
  }
}

db::Value value_from_bytes(ValueKind kind, std::string bytes) {
  if (kind == ValueKind::decimal) return db::Decimal{std::move(bytes)};
  if (kind == ValueKind::blob) return db::Blob{std::move(bytes)};
  return bytes;
}

db::ResultColumn describe_field(const MYSQL_FIELD& field, unsigned bytes_per_character) {
  constexpr int fractional_digits_max = 6;
  db::ResultColumn column;
  column.name = std::string(field.name, field.name_length);
  column.family = family_of(field);
  column.nullable = (field.flags & NOT_NULL_FLAG) == 0;
  const int decimals = static_cast<int>(field.decimals);
  const auto length = static_cast<std::int64_t>(field.length);
  switch (column.family) {
    case db::TypeFamily::integer: column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0; break;
    case db::TypeFamily::decimal:
      column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0;
      column.scale = decimals;
      // The length counts the point and, unless unsigned, the sign.
      column.precision =
          static_cast<int>(length) - (decimals > 0 ? 1 : 0) - (column.is_unsigned ? 0 : 1);
      break;
    case db::TypeFamily::floating: column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0; break;
    case db::TypeFamily::datetime:
    case db::TypeFamily::timestamp:
    case db::TypeFamily::time: column.scale = std::min(decimals, fractional_digits_max); break;
    case db::TypeFamily::text: column.length = length / std::max(bytes_per_character, 1U); break;
    case db::TypeFamily::binary: column.length = length; break;
    default: break;
  }
  return column;
}

db::TypeFamily family_of_type_name(std::string_view data_type) noexcept {
  using enum db::TypeFamily;
  constexpr std::pair<std::string_view, db::TypeFamily> families[] = {
      {"tinyint", integer},     {"smallint", integer},  {"mediumint", integer},
      {"int", integer},         {"bigint", integer},    {"year", integer},
      {"decimal", decimal},     {"float", floating},    {"double", floating},
      {"char", text},           {"varchar", text},      {"tinytext", text},
      {"text", text},           {"mediumtext", text},   {"longtext", text},
      {"binary", binary},       {"varbinary", binary},  {"tinyblob", binary},
      {"blob", binary},         {"mediumblob", binary}, {"longblob", binary},
      {"date", date},           {"datetime", datetime}, {"time", time},
      {"timestamp", timestamp},
  };
  for (const auto& [name, family] : families) {
    if (boost::algorithm::iequals(name, data_type)) return family;
  }
  return other;
}

}  // namespace keepsum::mysql
