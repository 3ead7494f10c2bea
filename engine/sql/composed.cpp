#include "engine/sql/composed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/recompute.hpp"

namespace keepsum::sql {

std::string source_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                          std::string_view lock, SourceRows rows) {
  std::vector<std::string> nothing;
  if (rows == SourceRows::none) nothing.emplace_back("FALSE");
  const Recompute recompute =
      recompute_by_key(plan, dialect, composed(plan, dialect, lock, rows), nothing, lock);
  std::vector<std::string> seen, computed, groups;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    const std::string name = dialect.identifier(plan.keys[i].name);
    seen.push_back(name);
    computed.push_back(fmt::format("{} AS {}", recompute.keys[i], name));
    groups.push_back(dialect.collated(recompute.keys[i], plan.keys[i].type));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    computed.push_back(
        fmt::format("{} AS {}", recompute.columns[i], dialect.identifier(plan.state[i].name)));
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    const std::string name = dialect.identifier(aggregate.column.name);
    seen.push_back(aggregate.visible ? fmt::format("{} AS {}", aggregate.visible->expression, name)
                                     : name);
  }
  return fmt::format("SELECT {} FROM (SELECT {} {} GROUP BY {}) AS ks_groups",
                     fmt::join(seen, ", "), fmt::join(computed, ", "), recompute.from,
                     fmt::join(groups, ", "));
}

Binding composed(const plan::SummaryPlan& plan, const Dialect& dialect, std::string_view lock,
                 SourceRows rows) {
  Binding binding;
  for (const plan::BaseTable& base : plan.tables) {
    if (!base.summary) continue;
    binding.sources[base.alias] =
        fmt::format("({})", source_groups(*base.summary, dialect, lock, rows));
  }
  return binding;
}

}  // namespace keepsum::sql
