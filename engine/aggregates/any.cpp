// any(c): whether c is true of at least one row; false if there is none. Counted, so that it
// goes back to false with the last such row: Δ = ±1 where c is true. Additive.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Any final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"any", schema::AggregateArgument::condition};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override { return "kept as a count"; }
  bool is_shown_by_one_row() const noexcept override { return true; }
  std::vector<StateColumn> state() const override {
    return {{"count", Merge::add, StorageType::count, true}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return one_if(condition(row));
  }
  std::string recompute(std::size_t /*i*/, const RowInput& row,
                        const sql::Dialect& /*dialect*/) const override {
    return count_if(condition(row));
  }
  std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                       const plan::ExprType& /*argument*/,
                                       const sql::Dialect& /*dialect*/) const override {
    return VisibleColumn{fmt::format("CASE WHEN {} > 0 THEN 1 ELSE 0 END", state[0]), flag_type()};
  }

 private:
  static Condition condition(const RowInput& row) {
    return both({row.argument, row.argument_is_flag}, filter_of(row));
  }
};

}  // namespace

const Aggregate& any_aggregate() {
  static const Any instance;
  return instance;
}

}  // namespace keepsum::aggregates
