#include "cli/key_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <chrono>
#include <map>
#include <regex>

#include "cli/usage_error.hpp"
#include "schema/time_text.hpp"

namespace keepsum::cli {

namespace {

using namespace std::chrono_literals;

template <class Integer>
std::optional<Integer> parse_integer(const std::string& text) {
  Integer number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "-012.50" of a key of two decimals: "-12.50". Nothing for what no such key can be.
std::optional<std::string> canonical_decimal(const std::string& text, int scale) {
  static const std::regex form("(-?)0*([0-9]+)(?:[.]([0-9]*))?");
  std::smatch part;
  if (!std::regex_match(text, part, form)) return std::nullopt;
  std::string fraction = part[3].str();
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  const auto digits = static_cast<std::size_t>(scale);
  if (fraction.size() > digits) return std::nullopt;
  fraction.resize(digits, '0');
  const std::string number = part[2].str() + (digits == 0 ? "" : "." + fraction);
  const bool is_zero = number.find_first_not_of("0.") == std::string::npos;
  return (is_zero ? "" : part[1].str()) + number;
}

// "X'00ff'", as binary keys are shown. Nothing for any other text.
std::optional<std::string> bytes_of_hex(const std::string& text) {
  static const std::regex form("[xX]'((?:[0-9a-fA-F]{2})*)'");
  std::smatch part;
  if (!std::regex_match(text, part, form)) return std::nullopt;
  const std::string digits = part[1].str();
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// A key of time as the database writes it: other notations would find nothing, or be cut to fit.
Result<db::Value> parse_moment(const plan::KeyColumn& key, const std::string& text) {
  const bool is_date = key.type.family == db::TypeFamily::date;
  if (text.starts_with("0000-00-00")) return db::Value(text);  // MySQL's own
  const auto written = schema::parse_time_text(text);
  if (!written || (is_date && !written->is_day && written->time.time_since_epoch() % 24h != 0s)) {
    return usage(fmt::format("`{}` is no {}, and the key {} is one", text,
                             is_date ? "day" : "point in time", key.name),
                 is_date ? "write it as 2026-10-01" : "write it as \"2026-10-01 09:15:00\"");
  }
  if (is_date) return db::Value(schema::day_text(written->time));
  const std::string fraction = written->fraction.empty() ? "" : "." + written->fraction;
  return db::Value(schema::moment_text(written->time) + fraction);
}

Result<db::Value> parse_value(const plan::KeyColumn& key, const std::string& text) {
  if (key.type.family == db::TypeFamily::integer || key.type.family == db::TypeFamily::boolean_) {
    if (const auto number = parse_integer<std::int64_t>(text)) return db::Value(*number);
    if (const auto number = parse_integer<std::uint64_t>(text)) return db::Value(*number);
    static const std::regex digits("[+-]?[0-9]+");
    return usage(fmt::format("`{}` is {}, and the key {} is one of 64 bits", text,
                             std::regex_match(text, digits) ? "too large an integer" : "no integer",
                             key.name),
                 "");
  }
  // SQLite's dates may be numbers.
  if (key.sql_type == "ANY") {
    if (const auto number = parse_integer<std::int64_t>(text)) return db::Value(*number);
  }
  // What SQLite keeps in a column of dates is the application's choice; a bucket is keepsum's.
  const bool is_moment =
      key.type.family == db::TypeFamily::date || key.type.family == db::TypeFamily::datetime;
  if (is_moment && key.sql_type != "ANY") return parse_moment(key, text);
  if (key.type.family == db::TypeFamily::decimal) {
    if (auto number = canonical_decimal(text, key.type.scale)) {
      return db::Value(db::Decimal{*std::move(number)});
    }
    return usage(fmt::format("`{}` is no number of {} decimals, and the key {} is one", text,
                             key.type.scale, key.name),
                 "");
  }
  if (key.type.family == db::TypeFamily::binary) {
    return db::Value(db::Blob{bytes_of_hex(text).value_or(text)});
  }
  return db::Value(text);
}

std::string form_of(const plan::SummaryPlan& plan) {
  std::vector<std::string> names;
  for (const plan::KeyColumn& key : plan.keys) names.push_back(key.name);
  return fmt::format("write {}=…", fmt::join(names, "=… "));
}

}  // namespace

Result<std::vector<std::optional<db::Value>>> parse_some_keys(
    const plan::SummaryPlan& plan, const std::vector<std::string>& arguments) {
  std::vector<std::string> names;
  for (const plan::KeyColumn& key : plan.keys) names.push_back(key.name);
  const std::string form = form_of(plan);
  std::map<std::string, std::string> given;
  for (const std::string& argument : arguments) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      return usage(fmt::format("`{}` is not of the form column=value", argument), form);
    }
    const std::string name = argument.substr(0, equals);
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return usage(fmt::format("`{}` is no group key of {}", name, plan.spec.name), form);
    }
    if (!given.emplace(name, argument.substr(equals + 1)).second) {
      return usage(fmt::format("the key `{}` stands twice", name), form);
    }
  }
  std::vector<std::optional<db::Value>> values;
  for (const plan::KeyColumn& key : plan.keys) {
    values.emplace_back();
    const auto found = given.find(key.name);
    if (found == given.end()) continue;
    KEEPSUM_ASSIGN(values.back(), parse_value(key, found->second));
  }
  return values;
}

Result<std::vector<db::Value>> parse_key(const plan::SummaryPlan& plan,
                                         const std::vector<std::string>& arguments) {
  KEEPSUM_ASSIGN(const auto some, parse_some_keys(plan, arguments));
  std::vector<db::Value> values;
  for (std::size_t i = 0; i < some.size(); ++i) {
    if (!some[i]) {
      return usage(fmt::format("the key `{}` is missing", plan.keys[i].name), form_of(plan));
    }
    values.push_back(*some[i]);
  }
  return values;
}

}  // namespace keepsum::cli
