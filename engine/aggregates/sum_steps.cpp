// sum(x … prev(y) … ORDER BY a, b …): the sum of a step for each row, an expression of the row and
// of the one before it; NULL adds nothing. Rows follow one another by the order, within their
// group; primary keys break ties. Of a group's first row every prev() is NULL. FILTER chooses among
// the steps: the row before is one of all rows of the group.
//
// Δ of a row r that comes between p and n:  + step(p → r) + step(r → n) − step(p → n)
// Δ of a row that goes:                     the same with the other sign
// A change takes the old row away and adds the new one. So a row costs the lookup of its two
// neighbours, wherever in the order it is, and no other row is read (engine/sql/steps.cpp).
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {

const Aggregate& sum_aggregate();

namespace {

class SumSteps final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    return sum_aggregate().signature();
  }
  std::string_view name() const noexcept override { return "sum_steps"; }
  bool has_steps() const noexcept override { return true; }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::neighbours;
  }
  std::string_view reason() const noexcept override {
    return "a row that comes or goes changes its own step and that of the next";
  }
  bool wants_number() const noexcept override { return true; }
  std::vector<StateColumn> state() const override { return sum_aggregate().state(); }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    return sum_aggregate().contribution(i, row, dialect);
  }
  std::string recompute(std::size_t i, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    return sum_aggregate().recompute(i, row, dialect);
  }
};

}  // namespace

const Aggregate& sum_steps_aggregate() {
  static const SumSteps instance;
  return instance;
}

}  // namespace keepsum::aggregates
