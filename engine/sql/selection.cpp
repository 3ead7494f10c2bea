#include "engine/sql/selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/sql/joined.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

std::string keys_changed_since(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> columns, groups;
  const std::size_t count = plan.group_keys > 0 ? plan.group_keys : plan.keys.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string key = render(*plan.keys[i].expr);
    columns.push_back(fmt::format("{} AS k{}", key, i));
    groups.push_back(dialect.collated(key, plan.keys[i].type));
  }
  // A row that its `where` leaves out now may have been counted before it changed.
  std::set<schema::ExprPtr> left_out;
  for (const schema::ExprPtr& term : schema::conjuncts(plan.spec.where)) {
    if (plan::aliases_of(term).size() < 2) left_out.insert(term);
  }
  const std::string since = fmt::format("{} >= ?", render(*plan.spec.changed_at));
  // Grouped, not DISTINCT: what counts as one key is what the summary's own grouping says.
  return fmt::format("SELECT {} {} GROUP BY {} ORDER BY {}", fmt::join(columns, ", "),
                     joined(plan, dialect, own, {}, {since}, left_out).sql, fmt::join(groups, ", "),
                     fmt::join(groups, ", "));
}

std::string stored_leading_keys(const plan::SummaryPlan& plan, const Dialect& dialect,
                                bool has_from, std::uint64_t rows) {
  const std::string column = dialect.identifier(plan.keys.front().name);
  return fmt::format("SELECT DISTINCT {0} FROM {1}{2} ORDER BY {0} LIMIT {3}", column,
                     dialect.identifier(plan.spec.name),
                     has_from ? fmt::format(" WHERE {} > ?", column) : "", rows);
}

}  // namespace keepsum::sql
