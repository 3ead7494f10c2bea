// A whole spec, in the order in which its summaries follow from one another.
#include <algorithm>
#include <set>
#include <stdexcept>

#include "engine/plan/compile.hpp"
#include "schema/sources.hpp"
#include "schema/text.hpp"

namespace keepsum::plan {

namespace {

// Those named, and what they are made from.
std::set<std::size_t> wanted(const std::vector<schema::SummarySpec>& summaries,
                             const std::vector<std::string>& names) {
  std::set<std::size_t> all;
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    const bool named =
        names.empty() || std::find(names.begin(), names.end(), summaries[i].name) != names.end();
    if (!named) continue;
    for (std::optional<std::size_t> at = i; at;
         at = schema::find_summary(summaries, summaries[*at].from.table)) {
      all.insert(*at);
    }
  }
  return all;
}

}  // namespace

Result<CompiledSpec> compile_all(const std::vector<schema::SummarySpec>& summaries,
                                 db::Session& session, db::Catalog& catalog,
                                 const sql::Dialect& dialect,
                                 const std::vector<std::string>& names) {
  CompiledSpec result;
  Sources sources;
  const std::set<std::size_t> needed = wanted(summaries, names);
  std::set<std::string> refused;
  for (const std::size_t i : schema::by_sources(summaries)) {
    if (!needed.contains(i)) continue;
    const schema::SummarySpec& spec = summaries[i];
    // What is made from a refused summary has no types to be checked by.
    if (refused.contains(schema::to_lower(spec.from.table))) {
      refused.insert(schema::to_lower(spec.name));
      continue;
    }
    KEEPSUM_ASSIGN(auto compiled, compile(spec, session, catalog, dialect, sources));
    std::ranges::move(compiled.diagnostics, std::back_inserter(result.diagnostics));
    if (!compiled.plan) {
      refused.insert(schema::to_lower(spec.name));
      continue;
    }
    sources[schema::to_lower(spec.name)] = std::make_shared<const SummaryPlan>(*compiled.plan);
    const bool named =
        names.empty() || std::find(names.begin(), names.end(), spec.name) != names.end();
    if (!named) continue;
    for (const SideTable& side : compiled.plan->sides) result.plans.push_back(*side.plan);
    result.plans.push_back(std::move(*compiled.plan));
  }
  // In the order of the file, whatever the order of work.
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const schema::Diagnostic& a, const schema::Diagnostic& b) {
                     return std::pair(a.place.line, a.place.column) <
                            std::pair(b.place.line, b.place.column);
                   });
  return result;
}

const SummaryPlan& plan_named(const std::vector<SummaryPlan>& plans, std::string_view name) {
  for (const SummaryPlan& plan : plans) {
    if (plan.spec.name == name) return plan;
  }
  throw std::logic_error("no such plan: " + std::string(name));
}

}  // namespace keepsum::plan
