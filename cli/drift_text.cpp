#include "cli/drift_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "cli/terminal.hpp"
#include "engine/reconcile/lease.hpp"

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

Result<void> say_if_lost(lifecycle::Database& database, const std::string& summary,
                         lifecycle::RunRecord& run) {
  if (run.outcome != "running") return {};
  KEEPSUM_ASSIGN(const bool at_work, reconcile::may_be_at_work(database, summary, run.fence));
  if (!at_work) run.outcome = "lost";
  return {};
}

void print_causes(std::span<const lifecycle::Cause> causes, std::size_t most) {
  for (const lifecycle::Cause& cause : causes.first(std::min(most, causes.size()))) {
    print(fmt::format("  {} {}{}\n", paint(Style::yellow, "→"),
                      cause.group_key ? key_text(*cause.group_key) + ": " : "", cause.sentence));
  }
  if (causes.size() > most) {
    print(fmt::format("  … and {} more, by `keepsum drift`\n", causes.size() - most));
  }
}

}  // namespace keepsum::cli
