#include "engine/sql/composed.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::sql {

std::string source_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                          std::string_view lock, SourceRows rows) {
  const Binding binding = composed(plan, dialect, lock, rows);
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  std::vector<std::string> nothing;
  if (rows == SourceRows::none) nothing.emplace_back("FALSE");
  std::vector<std::string> seen, computed, groups;
  for (const plan::KeyColumn& key : plan.keys) {
    const std::string name = dialect.identifier(key.name);
    const std::string value = render(*key.expr);
    seen.push_back(name);
    computed.push_back(fmt::format("{} AS {}", value, name));
    groups.push_back(dialect.collated(value, key.type));
  }
  for (const plan::StateColumn& column : plan.state) {
    const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
    computed.push_back(
        fmt::format("{} AS {}",
                    aggregate.aggregate->recompute(
                        column.part, row_input(plan, aggregate, dialect, binding), dialect),
                    dialect.identifier(column.name)));
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    const std::string name = dialect.identifier(aggregate.column.name);
    seen.push_back(aggregate.visible ? fmt::format("{} AS {}", aggregate.visible->expression, name)
                                     : name);
  }
  return fmt::format("SELECT {} FROM (SELECT {} {} GROUP BY {}{}) AS ks_groups",
                     fmt::join(seen, ", "), fmt::join(computed, ", "),
                     joined(plan, dialect, binding, {}, nothing).sql, fmt::join(groups, ", "),
                     lock);
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
