#include "cli/drift_text.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace json = boost::json;

std::string key_text(const std::string& group_key) {
  boost::system::error_code failed;
  const json::value key = json::parse(group_key, failed);
  if (failed || !key.is_object()) return group_key;
  std::string text;
  for (const auto& [name, value] : key.get_object()) {
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : " ", std::string_view(name),
                    value.is_string() ? std::string(value.get_string()) : json::serialize(value));
  }
  return text;
}

std::string time_text(const std::string& time) { return time.substr(0, 19); }

void print_causes(const std::vector<lifecycle::Cause>& causes) {
  for (const lifecycle::Cause& cause : causes) {
    print(fmt::format("  {} {}{}\n", paint(Style::yellow, "→"),
                      cause.group_key ? key_text(*cause.group_key) + ": " : "", cause.sentence));
  }
}

}  // namespace keepsum::cli
