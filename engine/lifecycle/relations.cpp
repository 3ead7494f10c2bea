#include "engine/lifecycle/relations.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view made_from = "-- made from ";
constexpr std::string_view side_table_of = "-- side table of ";

Result<std::vector<std::string>> names_of(Database& database,
                                          const std::function<bool(const Relations&)>& wanted) {
  std::vector<std::string> names;
  KEEPSUM_ASSIGN(const auto records, Control(database).all());
  for (const SummaryRecord& record : records) {
    if (wanted(relations_in(record.definition))) names.push_back(record.name);
  }
  return names;
}

}  // namespace

std::string relations_text(const plan::SummaryPlan& plan) {
  std::string text;
  for (const plan::SummaryPlan* foundation : plan.foundations()) {
    text += fmt::format("{}{}\n", made_from, foundation->spec.name);
  }
  if (!plan.side_of.empty()) text += fmt::format("{}{}\n", side_table_of, plan.side_of);
  return text;
}

// From the end: what stands before is SQL, and its literals may look like anything.
Relations relations_in(const std::string& definition) {
  Relations relations;
  std::string_view left = definition;
  while (left.ends_with('\n')) {
    left.remove_suffix(1);
    const std::size_t before = left.rfind('\n');
    const std::string_view line = left.substr(before == std::string_view::npos ? 0 : before + 1);
    if (line.starts_with(made_from)) {
      relations.foundations.emplace_back(line.substr(made_from.size()));
    } else if (line.starts_with(side_table_of)) {
      relations.side_of = line.substr(side_table_of.size());
    } else {
      break;
    }
    left.remove_suffix(line.size());
  }
  return relations;
}

Result<std::vector<std::string>> dependents(Database& database, const std::string& name) {
  return names_of(database, [&](const Relations& relations) {
    return std::find(relations.foundations.begin(), relations.foundations.end(), name) !=
           relations.foundations.end();
  });
}

Result<std::vector<std::string>> side_tables(Database& database, const std::string& name) {
  return names_of(database, [&](const Relations& relations) { return relations.side_of == name; });
}

}  // namespace keepsum::lifecycle
