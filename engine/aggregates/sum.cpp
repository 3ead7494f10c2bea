// sum(x): the exact sum of x over the rows where x is not NULL; 0 if there is none.
// With prev() in x: see sum_steps.cpp.
// Δ = ±x. Additive: s' = s + Δ commutes, so no writer ever reads the group.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Sum final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"sum", schema::AggregateArgument::value,
                                                  schema::AggregateOrder::none, false, true};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override { return "differences add up in any order"; }
  bool wants_number() const noexcept override { return true; }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::add, StorageType::sum, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    const std::string value = dialect.exact(row.argument, row.type);
    const std::string chosen = row.filter ? filtered(row, value, "0") : value;
    return row.argument_nullable ? fmt::format("COALESCE({}, 0)", chosen) : chosen;
  }
  std::string recompute(std::size_t /*i*/, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    return fmt::format("COALESCE(SUM({}), 0)",
                       filtered(row, dialect.exact(row.argument, row.type), "NULL"));
  }
};

}  // namespace

const Aggregate& sum_aggregate() {
  static const Sum instance;
  return instance;
}

}  // namespace keepsum::aggregates
