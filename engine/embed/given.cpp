#include "engine/embed/given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <limits>
#include <set>
#include <tuple>

namespace keepsum::embed {

using db::TypeFamily;
using Kind = db::ValueView::Kind;

namespace {

// The integers a column takes unchanged; none (max < min) for a type that is not known.
std::pair<std::int64_t, std::int64_t> integer_range(const db::ColumnInfo& column, bool mysql) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (!mysql) return {Limits::min(), Limits::max()};
  const std::string type = boost::algorithm::to_lower_copy(column.declared_type);
  static const std::pair<const char*, int> bits[] = {
      {"tinyint", 8}, {"smallint", 16}, {"mediumint", 24}, {"int", 32}, {"bigint", 64}};
  for (const auto& [name, width] : bits) {
    if (!type.starts_with(name)) continue;
    if (width == 64) return {column.is_unsigned ? 0 : Limits::min(), Limits::max()};
    const std::int64_t max = (std::int64_t{1} << (column.is_unsigned ? width : width - 1)) - 1;
    return {column.is_unsigned ? 0 : -max - 1, max};
  }
  return {0, -1};
}

// "-12.3400" into DECIMAL(p,s): no digit is rounded or cut.
bool is_decimal(std::string_view text, const GivenType& type) {
  if (text.starts_with('-')) {
    if (type.is_unsigned) return false;
    text.remove_prefix(1);
  }
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view before = text.substr(0, point);
  const std::string_view after = point == text.size() ? "" : text.substr(point + 1);
  const auto all_digits = [](std::string_view part) {
    return std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  return !before.empty() && before.size() <= type.digits_before &&
         after.size() <= type.digits_after && all_digits(before) && all_digits(after);
}

bool fits_decimal(const db::ValueView& value, const GivenType& type) {
  if (value.kind() == Kind::decimal) return is_decimal(value.bytes(), type);
  return value.kind() == Kind::integer && is_decimal(std::to_string(value.integer()), type);
}

bool takes_text(const db::ColumnInfo& column, bool mysql) {
  const std::string type = boost::algorithm::to_lower_copy(column.declared_type);
  if (!mysql) return type.find("char") != std::string::npos || type == "text";
  // Plain ASCII is the same bytes in these character sets; CHAR loses spaces at the end.
  static const std::set<std::string> charsets = {"utf8mb4", "utf8mb3", "utf8", "ascii", "latin1"};
  return charsets.contains(column.charset) && type.starts_with("varchar");
}

bool fits_text(const db::ValueView& value, const GivenType& type) {
  if (value.kind() != Kind::text) return false;
  if (!type.ascii_only) return true;
  const std::string_view text = value.bytes();
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  return text.size() <= type.length_max && std::all_of(text.begin(), text.end(), is_plain);
}

}  // namespace

GivenType given_type(const db::ColumnInfo& column, const sql::Dialect& dialect) {
  const bool mysql = dialect.name() == "mysql";
  GivenType type;
  type.name = column.name;
  type.nullable = column.nullable;
  if (column.generated || column.sets_itself) return type;
  if (column.family == TypeFamily::integer) {
    type.kind = GivenType::Kind::integer;
    std::tie(type.min, type.max) = integer_range(column, mysql);
  } else if (column.family == TypeFamily::decimal && mysql) {
    type.kind = GivenType::Kind::decimal;
    type.is_unsigned = column.is_unsigned;
    type.digits_before = static_cast<std::uint8_t>(column.precision - column.scale);
    type.digits_after = static_cast<std::uint8_t>(column.scale);
  } else if (column.family == TypeFamily::text && takes_text(column, mysql)) {
    type.kind = GivenType::Kind::text;
    type.ascii_only = mysql;
    constexpr std::int64_t length_max = std::numeric_limits<std::uint32_t>::max();
    type.length_max =
        static_cast<std::uint32_t>(std::clamp<std::int64_t>(column.length, 0, length_max));
  }
  return type;
}

bool is_stored_as_given(const db::ValueView& value, const GivenType& type) {
  if (type.kind == GivenType::Kind::unsure) return false;
  if (value.is_null()) return type.nullable;
  switch (type.kind) {
    case GivenType::Kind::integer:
      return value.kind() == Kind::integer && value.integer() >= type.min &&
             value.integer() <= type.max;
    case GivenType::Kind::decimal: return fits_decimal(value, type);
    case GivenType::Kind::text: return fits_text(value, type);
    case GivenType::Kind::unsure: break;
  }
  return false;
}

std::vector<std::string> given_columns(const plan::BaseTable& table) {
  std::vector<std::string> columns = table.read_columns;
  for (const std::string& name : table.info.primary_key) {
    const bool is_there = std::any_of(columns.begin(), columns.end(), [&](const std::string& c) {
      return boost::algorithm::iequals(c, name);
    });
    if (!is_there) columns.push_back(table.info.find_column(name)->name);
  }
  return columns;
}

}  // namespace keepsum::embed
