// every(c): whether c is true of all rows of which it is true or false, as SQL's EVERY: false if it
// is false of one, NULL if there is no such row. Both are counted: Δ = ±1 where c is true, and ±1
// where it is false. Additive.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Every final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"every", schema::AggregateArgument::condition};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override { return "kept as two counts"; }
  std::vector<StateColumn> state() const override {
    return {{"true", Merge::add, StorageType::count, true},
            {"false", Merge::add, StorageType::count, true}};
  }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return one_if(condition(i, row));
  }
  std::string recompute(std::size_t i, const RowInput& row,
                        const sql::Dialect& /*dialect*/) const override {
    return count_if(condition(i, row));
  }
  std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                       const plan::ExprType& /*argument*/,
                                       const sql::Dialect& /*dialect*/) const override {
    plan::ExprType type = flag_type();
    type.nullable = true;
    return VisibleColumn{
        fmt::format("CASE WHEN {} > 0 THEN 0 WHEN {} > 0 THEN 1 END", state[1], state[0]), type};
  }

 private:
  // NOT of NULL is NULL: such a row counts on neither side.
  static Condition condition(std::size_t i, const RowInput& row) {
    const std::string argument = i == 0 ? row.argument : fmt::format("(NOT {})", row.argument);
    return both({argument, row.argument_is_flag}, filter_of(row));
  }
};

}  // namespace

const Aggregate& every_aggregate() {
  static const Every instance;
  return instance;
}

}  // namespace keepsum::aggregates
