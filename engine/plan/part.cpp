#include "engine/plan/part.hpp"

namespace keepsum::plan {

SummaryPlan part_of(const SummaryPlan& whole, const std::set<std::string>& aggregates) {
  SummaryPlan part = whole;
  part.state.clear();
  part.aggregates.clear();
  for (const AggregatePlan& aggregate : whole.aggregates) {
    const bool kept = aggregates.contains(aggregate.column.name);
    AggregatePlan copy = aggregate;
    copy.state.clear();
    for (const std::size_t i : aggregate.state) {
      StateColumn column = whole.state[i];
      if (!kept) {
        part.apart.push_back(std::move(column));
        continue;
      }
      column.aggregate = part.aggregates.size();
      copy.state.push_back(part.state.size());
      part.state.push_back(std::move(column));
    }
    if (kept) part.aggregates.push_back(std::move(copy));
  }
  for (const RowOrder& order : whole.orders) {
    for (const std::size_t i : order.state) part.apart.push_back(whole.state[i]);
  }
  part.orders.clear();
  part.sides.clear();
  if (!part.has_sequences()) part.sequences.clear();
  return part;
}

}  // namespace keepsum::plan
