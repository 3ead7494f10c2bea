// min(x): the least x of the group by the database's own order; NULL if there is none.
// Adding a row: s' = the lesser of s and x. Taking away a row whose x is s: that group alone is
// read again, under the summary row's lock, by an index on the key.
#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Min final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"min", schema::AggregateArgument::value};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::recompute;
  }
  std::string_view reason() const noexcept override {
    return "when the least row goes, the next one must be looked up";
  }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::least, StorageType::argument, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return filtered(row, row.argument, "NULL");
  }
};

}  // namespace

const Aggregate& min_aggregate() {
  static const Min instance;
  return instance;
}

}  // namespace keepsum::aggregates
