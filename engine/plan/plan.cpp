#include "engine/plan/plan.hpp"

#include <algorithm>
#include <stdexcept>

namespace keepsum::plan {

const BaseTable& SummaryPlan::table(std::string_view alias) const {
  for (const BaseTable& base : tables) {
    if (base.alias == alias) return base;
  }
  throw std::logic_error("no such alias in the plan: " + std::string(alias));
}

SummaryPlan SummaryPlan::without_flags() const {
  SummaryPlan plan = *this;
  for (AggregatePlan& aggregate : plan.aggregates) {
    aggregate.argument_is_flag = aggregate.filter_is_flag = false;
  }
  if (own) plan.own = std::make_shared<const SummaryPlan>(own->without_flags());
  return plan;
}

bool SummaryPlan::is_kept_by_side_table(std::size_t aggregate) const noexcept {
  return std::any_of(sides.begin(), sides.end(),
                     [&](const SideTable& side) { return side.aggregate == aggregate; });
}

bool SummaryPlan::has_sequences() const noexcept {
  return std::any_of(aggregates.begin(), aggregates.end(),
                     [](const AggregatePlan& aggregate) { return aggregate.sequence.has_value(); });
}

bool SummaryPlan::has_places() const noexcept {
  return std::any_of(sequences.begin(), sequences.end(),
                     [](const RowOrder& order) { return order.numbered; });
}

bool SummaryPlan::numbers_across_keys() const noexcept {
  return std::any_of(sequences.begin(), sequences.end(), [](const RowOrder& order) {
    const auto& of = order.partition;
    return order.numbered && std::find(of.begin(), of.end(), 0U) == of.end();
  });
}

bool SummaryPlan::needs_triggers() const noexcept {
  return has_sequences() || std::any_of(tables.begin(), tables.end(), [](const BaseTable& table) {
           return table.left_on != nullptr;
         });
}

std::vector<const SummaryPlan*> SummaryPlan::foundations() const {
  std::vector<const SummaryPlan*> all;
  for (const BaseTable& base : tables) {
    if (base.summary) all.push_back(base.summary.get());
  }
  for (const SideTable& side : sides) all.push_back(side.plan.get());
  return all;
}

std::vector<std::vector<std::string>> SummaryPlan::indexes() const {
  std::vector<std::vector<std::string>> all;
  for (const schema::IndexSpec& index : spec.indexes) all.push_back(index.columns);
  for (const AggregatePlan& aggregate : aggregates) {
    if (!aggregate.aggregate->has_places()) continue;
    std::vector<std::string> columns;
    for (const std::size_t k : sequences[*aggregate.sequence].partition) {
      columns.push_back(keys[k].name);
    }
    columns.push_back(state[aggregate.state.front()].name);
    if (std::find(all.begin(), all.end(), columns) == all.end()) all.push_back(std::move(columns));
  }
  return all;
}

Scope SummaryPlan::scope() const {
  Scope scope;
  for (const BaseTable& base : tables) scope[base.alias] = &base.info;
  return scope;
}

std::vector<schema::ExprPtr> SummaryPlan::conditions() const {
  std::vector<schema::ExprPtr> all;
  for (const schema::Join& join : spec.joins) {
    if (join.left) continue;
    const auto terms = schema::conjuncts(join.on);
    all.insert(all.end(), terms.begin(), terms.end());
  }
  const auto terms = schema::conjuncts(spec.where);
  all.insert(all.end(), terms.begin(), terms.end());
  return all;
}

std::vector<schema::ExprPtr> SummaryPlan::all_conditions() const {
  std::vector<schema::ExprPtr> all = conditions();
  for (const schema::Join& join : spec.joins) {
    if (!join.left) continue;
    const auto terms = schema::conjuncts(join.on);
    all.insert(all.end(), terms.begin(), terms.end());
  }
  return all;
}

bool SummaryPlan::has_recompute() const {
  return std::any_of(state.begin(), state.end(), [](const StateColumn& column) {
    return aggregates::recomputes(column.merge);
  });
}

std::vector<std::size_t> SummaryPlan::ranked_by(std::size_t order) const {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < state.size(); ++i) {
    if (state[i].order == order && !state[i].term) columns.push_back(i);
  }
  const std::vector<std::size_t>& terms = orders[order].state;
  columns.insert(columns.end(), terms.begin(), terms.end());
  return columns;
}

const Hook* SummaryPlan::hook(std::string_view alias, sql::Event event) const {
  for (const Hook& hook : hooks) {
    if (hook.alias == alias && hook.event == event) return &hook;
  }
  return nullptr;
}

std::set<std::string> aliases_of(const schema::ExprPtr& expr) {
  std::set<std::string> aliases;
  schema::walk(expr, [&](const schema::Expr& node) {
    if (node.kind == schema::ExprKind::column) aliases.insert(node.qualifier);
  });
  return aliases;
}

}  // namespace keepsum::plan
