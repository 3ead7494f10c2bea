#include "cli/run/selection_arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <ctime>
#include <fstream>
#include <iostream>

#include "cli/key_arguments.hpp"
#include "cli/usage_error.hpp"
#include "engine/reconcile/tour.hpp"
#include "schema/duration.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using reconcile::Selection;

namespace {

constexpr std::size_t keys_file_max = std::size_t{64} << 20U;  // bytes

// {"card_id": 42}, as evidence has it.
Result<std::vector<std::string>> from_json(const std::string& text) {
  boost::system::error_code failed;
  const json::value key = json::parse(text, failed);
  if (failed || !key.is_object()) return usage(fmt::format("`{}` is no JSON object", text));
  std::vector<std::string> arguments;
  for (const auto& [name, value] : key.get_object()) {
    arguments.push_back(
        fmt::format("{}={}", std::string_view(name),
                    value.is_string() ? std::string(value.get_string()) : json::serialize(value)));
  }
  return arguments;
}

// "shop=1,number=2". A key of one column is all that follows its name, commas too.
std::vector<std::string> from_list(const std::string& text, std::size_t columns) {
  if (columns == 1) return {text};
  std::vector<std::string> arguments;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    arguments.push_back(text.substr(start, comma - start));
    start = comma + 1;
  }
  return arguments;
}

Result<std::vector<db::Value>> to_key(const plan::SummaryPlan& plan, const std::string& text) {
  if (!text.starts_with('{')) return parse_key(plan, from_list(text, plan.keys.size()));
  KEEPSUM_ASSIGN(const auto arguments, from_json(text));
  return parse_key(plan, arguments);
}

Result<void> read_file(const std::string& path, const plan::SummaryPlan& plan,
                       std::vector<std::vector<db::Value>>& keys) {
  std::ifstream file;
  if (path != "-") file.open(path);
  std::istream& in = path == "-" ? std::cin : file;
  std::size_t bytes = 0;
  std::size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    bytes += line.size() + 1;
    if (bytes > keys_file_max) return usage("the file of keys is larger than 64 MiB");
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty()) continue;
    auto key = to_key(plan, line);
    if (key.has_error()) {
      Error error = key.error();
      error.where = fmt::format("{}, line {}", path == "-" ? "stdin" : path, number);
      return error;
    }
    keys.push_back(std::move(key).value());
  }
  if (in.eof() && (path == "-" || file.is_open())) return {};
  Error error;
  error.code = ErrorCode::io_failed;
  error.where = path;
  error.message = "the file of keys cannot be read";
  return error;
}

// "2026-03-01[ 04:00[:05]]", with a T for the blank if one likes; completed.
std::optional<std::string> moment(const std::string& text) {
  std::tm time{};
  int used = 0;
  const int fields =
      std::sscanf(text.c_str(), "%4d-%2d-%2d%n", &time.tm_year, &time.tm_mon, &time.tm_mday, &used);
  if (fields != 3) return std::nullopt;
  std::string rest = text.substr(static_cast<std::size_t>(used));
  if (rest.starts_with('T')) rest[0] = ' ';
  int end = 0;
  if (!rest.empty()) {
    if (std::sscanf(rest.c_str(), " %2d:%2d%n", &time.tm_hour, &time.tm_min, &end) != 2) {
      return std::nullopt;
    }
    rest = rest.substr(static_cast<std::size_t>(end));
    if (!rest.empty() && (std::sscanf(rest.c_str(), ":%2d%n", &time.tm_sec, &end) != 1 ||
                          static_cast<std::size_t>(end) != rest.size())) {
      return std::nullopt;
    }
  }
  const std::tm asked = time;
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  const std::time_t seconds = timegm(&time);  // puts a 31st of February into March
  if (time.tm_mday != asked.tm_mday || time.tm_hour != asked.tm_hour ||
      time.tm_min != asked.tm_min || time.tm_sec != asked.tm_sec) {
    return std::nullopt;
  }
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char shown[32];
  std::strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S", &utc);
  return std::string(shown);
}

Result<std::string> since_of(const std::string& text, lifecycle::Database& database) {
  if (const auto at = moment(text)) return *at;
  const auto ago = schema::parse_duration(text);
  if (!ago) return usage(fmt::format("`{}` is no time", text));
  // By the server's clock, which is what wrote the rows' times, if anything did.
  KEEPSUM_ASSIGN(const std::string now, reconcile::Tours(database).now());
  const auto seconds = static_cast<std::time_t>(reconcile::Tours::seconds_of(now) -
                                                std::chrono::duration<double>(*ago).count());
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char shown[32];
  std::strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S", &utc);
  return std::string(shown);
}

}  // namespace

std::optional<double> parse_share(const std::string& text) {
  double percent = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, percent, std::chars_format::fixed);
  if (failed != std::errc{} || stop + 1 != end || *stop != '%') return std::nullopt;
  if (!(percent > 0) || percent > 100) return std::nullopt;
  return percent / 100;
}

bool is_since(const std::string& text) {
  return moment(text).has_value() || schema::parse_duration(text).has_value();
}

Result<std::optional<Selection>> selection_of(const SelectionOptions& options,
                                              lifecycle::Database& database,
                                              const std::vector<plan::SummaryPlan>& plans) {
  Selection selection;
  if (!options.keys.empty() || !options.keys_file.empty()) {
    // Side tables go with their summary, by its key.
    const auto summaries =
        std::count_if(plans.begin(), plans.end(),
                      [](const plan::SummaryPlan& plan) { return plan.side_of.empty(); });
    const plan::SummaryPlan& plan = plans.back();
    if (summaries != 1) {
      return usage("keys are of one summary, and the spec has several",
                   "name it: keepsum reconcile NAME --keys …");
    }
    selection.kind = Selection::Kind::keys;
    for (const std::string& text : options.keys) {
      KEEPSUM_ASSIGN(auto key, to_key(plan, text));
      selection.keys.push_back(std::move(key));
    }
    if (!options.keys_file.empty()) {
      KEEPSUM_TRY(read_file(options.keys_file, plan, selection.keys));
    }
    return std::optional(std::move(selection));
  }
  if (!options.since.empty()) {
    selection.kind = Selection::Kind::since;
    KEEPSUM_ASSIGN(selection.since, since_of(options.since, database));
    return std::optional(std::move(selection));
  }
  if (const auto share = parse_share(options.sample)) {
    selection.kind = Selection::Kind::sample;
    selection.share = *share;
    return std::optional(std::move(selection));
  }
  return std::optional<Selection>{};
}

}  // namespace keepsum::cli
