#include "engine/sql/joined.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "engine/plan/steps.hpp"

namespace keepsum::sql {

namespace {

std::string table_as(const plan::SummaryPlan& plan, const Dialect& dialect, const Binding& binding,
                     const std::string& alias) {
  const auto source = binding.sources.find(alias);
  if (source != binding.sources.end()) return source->second + " " + dialect.identifier(alias);
  const std::string table = dialect.identifier(plan.table(alias).info.name);
  const std::string name = dialect.identifier(alias);
  return table == name ? table : table + " " + name;
}

}  // namespace

std::string beside_left_join(const std::string& condition) {
  const bool chooses =
      condition.find(" OR ") != std::string::npos || condition.find("NOT (") != std::string::npos;
  return chooses ? fmt::format("({}) IS TRUE", condition) : condition;
}

std::string where_beside_left_join(const std::vector<std::string>& conditions) {
  std::string where;
  for (const std::string& condition : conditions) {
    where += (where.empty() ? "WHERE " : " AND ") + beside_left_join(condition);
  }
  return where;
}

Joined joined(const plan::SummaryPlan& plan, const Dialect& dialect, const Binding& binding,
              const std::set<std::string>& given, const std::vector<std::string>& extra,
              const std::set<schema::ExprPtr>& settled) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  std::vector<schema::ExprPtr> pending = plan.conditions();
  std::erase_if(pending, [&](const schema::ExprPtr& expr) { return settled.contains(expr); });
  std::set<std::string> known = given;
  const std::vector<std::string> order = plan::reading_order(plan, given);
  const bool has_left_join = std::any_of(order.begin(), order.end(), [&](const std::string& alias) {
    return plan.table(alias).left_on != nullptr;
  });
  const auto as_it_stands = [&](const std::string& condition) {
    return has_left_join ? beside_left_join(condition) : condition;
  };

  // The conditions that can be asked once `known` is read, each asked once.
  const auto take = [&] {
    std::vector<std::string> ready;
    std::erase_if(pending, [&](const schema::ExprPtr& condition) {
      const std::set<std::string> needs = plan::aliases_of(condition);
      const bool askable = std::includes(known.begin(), known.end(), needs.begin(), needs.end());
      if (askable) ready.push_back(as_it_stands(render(*condition)));
      return askable;
    });
    return ready;
  };

  std::vector<std::string> where = take();
  std::string from;
  for (const std::string& alias : order) {
    known.insert(alias);
    const std::vector<std::string> ready = take();
    const schema::ExprPtr& left_on = plan.table(alias).left_on;
    if (left_on) {
      // The row may be missing, so something must stand before it.
      if (from.empty()) {
        from = fmt::format("FROM (SELECT 1 AS {0}) AS {0}", dialect.identifier("ks$one"));
      }
      from += fmt::format(" LEFT JOIN {} ON {}", table_as(plan, dialect, binding, alias),
                          render(*left_on));
      where.insert(where.end(), ready.begin(), ready.end());
    } else if (from.empty()) {
      from = "FROM " + table_as(plan, dialect, binding, alias);
      where.insert(where.end(), ready.begin(), ready.end());
    } else {
      from += fmt::format(" JOIN {} ON {}", table_as(plan, dialect, binding, alias),
                          ready.empty() ? "TRUE" : fmt::format("{}", fmt::join(ready, " AND ")));
    }
  }
  const bool reads_table = !from.empty();
  std::transform(extra.begin(), extra.end(), std::back_inserter(where), as_it_stands);
  if (from.empty()) from = dialect.from_nothing();
  if (!where.empty()) {
    from += fmt::format("{}WHERE {}", from.empty() ? "" : " ", fmt::join(where, " AND "));
  }
  return {from, reads_table, !where.empty()};
}

}  // namespace keepsum::sql
