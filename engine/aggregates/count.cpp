// count(*): the number of rows. count(x): of those where x is not NULL. 0 if there is none.
// Δ = ±1. Additive.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Count final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"count", schema::AggregateArgument::value_or_star,
                                                  schema::AggregateOrder::none, true};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override { return "differences add up in any order"; }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::add, StorageType::count, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return one_if(counted(row));
  }
  std::string recompute(std::size_t /*i*/, const RowInput& row,
                        const sql::Dialect& /*dialect*/) const override {
    return count_if(counted(row));
  }

 private:
  // The condition under which a row counts.
  static Condition counted(const RowInput& row) {
    if (row.argument.empty() || !row.argument_nullable) return filter_of(row);
    return both({fmt::format("{} IS NOT NULL", row.argument), true, false}, filter_of(row));
  }
};

}  // namespace

const Aggregate& count_aggregate() {
  static const Count instance;
  return instance;
}

}  // namespace keepsum::aggregates
