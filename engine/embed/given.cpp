#include "engine/embed/given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <limits>
#include <tuple>

namespace keepsum::embed {

using db::TypeFamily;

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
bool fits_decimal(const db::Value& value, const db::ColumnInfo& column) {
  std::string text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
  if (const auto* decimal = std::get_if<db::Decimal>(&value)) text = decimal->text;
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  if (negative && column.is_unsigned) return false;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t fraction = point == text.size() ? 0 : text.size() - point - 1;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool digits =
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(point), is_digit) &&
      std::all_of(text.end() - static_cast<std::ptrdiff_t>(fraction), text.end(), is_digit);
  return point > 0 && digits && fraction <= static_cast<std::size_t>(column.scale) &&
         point <= static_cast<std::size_t>(column.precision - column.scale);
}

bool takes_text(const db::ColumnInfo& column, bool mysql) {
  const std::string type = boost::algorithm::to_lower_copy(column.declared_type);
  if (!mysql) return type.find("char") != std::string::npos || type == "text";
  // Plain ASCII is the same bytes in these character sets; CHAR loses spaces at the end.
  static const std::set<std::string> charsets = {"utf8mb4", "utf8mb3", "utf8", "ascii", "latin1"};
  return charsets.contains(column.charset) && type.starts_with("varchar");
}

bool fits_text(const db::Value& value, const GivenType& type) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  if (!type.ascii_only) return true;
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  return text->size() <= type.length_max && std::all_of(text->begin(), text->end(), is_plain);
}

}  // namespace

GivenType given_type(const db::ColumnInfo& column, const sql::Dialect& dialect) {
  const bool mysql = dialect.name() == "mysql";
  GivenType type;
  type.column = &column;
  if (column.generated || column.sets_itself) return type;
  if (column.family == TypeFamily::integer) {
    type.kind = GivenType::Kind::integer;
    std::tie(type.min, type.max) = integer_range(column, mysql);
  } else if (column.family == TypeFamily::decimal && mysql) {
    type.kind = GivenType::Kind::decimal;
  } else if (column.family == TypeFamily::text && takes_text(column, mysql)) {
    type.kind = GivenType::Kind::text;
    type.ascii_only = mysql;
    type.length_max = static_cast<std::size_t>(std::max<std::int64_t>(column.length, 0));
  }
  return type;
}

bool is_stored_as_given(const db::Value& value, const GivenType& type) {
  if (type.kind == GivenType::Kind::unsure) return false;
  if (db::is_null(value)) return type.column->nullable;
  switch (type.kind) {
    case GivenType::Kind::integer: {
      const auto* number = std::get_if<std::int64_t>(&value);
      return number != nullptr && *number >= type.min && *number <= type.max;
    }
    case GivenType::Kind::decimal: return fits_decimal(value, *type.column);
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
