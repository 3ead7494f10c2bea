#include "cli/key_arguments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <map>

#include "cli/usage_error.hpp"

namespace keepsum::cli {

namespace {

template <class Integer>
std::optional<Integer> parse_integer(const std::string& text) {
  Integer number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Result<db::Value> parse_value(const plan::KeyColumn& key, const std::string& text) {
  if (key.type.family == db::TypeFamily::integer || key.type.family == db::TypeFamily::boolean_) {
    if (const auto number = parse_integer<std::int64_t>(text)) return db::Value(*number);
    if (const auto number = parse_integer<std::uint64_t>(text)) return db::Value(*number);
    return usage(fmt::format("`{}` is no integer, and the key {} is one", text, key.name), "");
  }
  // SQLite's dates may be numbers.
  if (key.sql_type == "ANY") {
    if (const auto number = parse_integer<std::int64_t>(text)) return db::Value(*number);
  }
  if (key.type.family == db::TypeFamily::decimal) return db::Value(db::Decimal{text});
  if (key.type.family == db::TypeFamily::binary) return db::Value(db::Blob{text});
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
