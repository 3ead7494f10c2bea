// count(DISTINCT x): how many values x has over the rows where it is not NULL; 0 if there is none.
// Two values are one where x's collation says so.
//
// Whether a value is new to its group, or was its last, cannot be told from the changed row. So
// each value of a group has a row in a side table, with the number of rows that have it: a count(*)
// like any other. The side table's triggers see that number leave 0 and come back to it:
// Δ = [n' > 0] − [n > 0]. Additive.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class CountDistinct final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"count", schema::AggregateArgument::value,
                                                  schema::AggregateOrder::none, true};
    return value;
  }
  std::string_view name() const noexcept override { return "count_distinct"; }
  bool has_side_table() const noexcept override { return true; }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override {
    return "each value is a row of a side table, which tells when one comes or goes";
  }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::add, StorageType::count, false}};
  }
  // 1 if the row has a value: what it would contribute if it alone had it.
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return fmt::format("CASE WHEN {} IS NOT NULL{} THEN 1 ELSE 0 END", row.argument,
                       row.filter ? " AND " + *row.filter : std::string());
  }
  std::string recompute(std::size_t /*i*/, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    const std::string value = filtered(row, row.argument, "NULL");
    return fmt::format("COUNT(DISTINCT {})", dialect.collated(value, row.type));
  }
};

}  // namespace

const Aggregate& count_distinct_aggregate() {
  static const CountDistinct instance;
  return instance;
}

}  // namespace keepsum::aggregates
