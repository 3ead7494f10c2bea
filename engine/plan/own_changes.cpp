// Which changes of base rows the summary's own triggers and hooks follow: all that concern a column
// that no side table keeps.
#include <map>

#include "engine/plan/compile.hpp"
#include "engine/plan/steps.hpp"

namespace keepsum::plan {

namespace {

// The plan without what side tables keep, without steps and places. Its hooks and cascades are
// still to be found.
std::shared_ptr<SummaryPlan> own_part(const SummaryPlan& plan) {
  auto own = std::make_shared<SummaryPlan>(plan);
  own->sides.clear();
  own->sequences.clear();
  own->spec.aggregates.clear();
  own->aggregates.clear();
  own->state.clear();
  std::map<std::size_t, std::size_t> aggregates, state;  // old index → new
  for (std::size_t a = 0; a < plan.aggregates.size(); ++a) {
    if (plan.is_kept_apart(a)) continue;
    aggregates[a] = own->aggregates.size();
    own->spec.aggregates.push_back(plan.aggregates[a].column);
    own->aggregates.push_back(plan.aggregates[a]);
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (!aggregates.contains(plan.state[i].aggregate)) continue;
    state[i] = own->state.size();
    own->state.push_back(plan.state[i]);
    own->state.back().aggregate = aggregates[plan.state[i].aggregate];
  }
  for (AggregatePlan& aggregate : own->aggregates) {
    for (std::size_t& i : aggregate.state) i = state.at(i);
  }
  for (RowOrder& order : own->orders) {
    for (std::size_t& i : order.state) i = state.at(i);
  }
  note_read_columns(*own);
  return own;
}

// The same events for the steps and places and for what else the row contributes to.
Result<void> find_changes_of_sequences(Compilation& compilation, SummaryPlan& plan) {
  KEEPSUM_TRY(find_cascades(compilation, plan));
  if (schema::has_errors(compilation.diagnostics)) return {};
  check_sequences(compilation, plan);
  find_hooks(compilation, plan);
  const std::shared_ptr<SummaryPlan> own = own_part(plan);
  own->hooks = plan.hooks;
  plan.own = own;
  return {};
}

}  // namespace

Result<void> find_own_changes(Compilation& compilation, SummaryPlan& plan) {
  if (plan.has_sequences()) return find_changes_of_sequences(compilation, plan);
  if (plan.sides.empty()) {
    KEEPSUM_TRY(find_cascades(compilation, plan));
    if (!schema::has_errors(compilation.diagnostics)) find_hooks(compilation, plan);
    return {};
  }
  const std::shared_ptr<SummaryPlan> own = own_part(plan);
  if (!own->state.empty()) KEEPSUM_TRY(find_cascades(compilation, *own));
  if (schema::has_errors(compilation.diagnostics)) return {};
  find_hooks(compilation, *own);
  if (own->state.empty()) {
    for (Hook& hook : own->hooks) {
      hook.needed = false;
      hook.reason = "all columns are kept by side tables";
    }
  }
  plan.hooks = own->hooks;
  plan.cascades = own->cascades;
  plan.own = own;
  return {};
}

}  // namespace keepsum::plan
