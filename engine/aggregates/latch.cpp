// latch(c): whether c was ever true of a row since the summary was made; never goes back to
// false. s' = s OR c, so a removal changes nothing, and only a missing true is drift.
#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Latch final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"latch", schema::AggregateArgument::condition};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::monotone;
  }
  std::string_view reason() const noexcept override { return "once true it stays true"; }
  bool is_shown_by_one_row() const noexcept override { return true; }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::latch, StorageType::flag, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return one_if(both({row.argument, row.argument_is_flag}, filter_of(row)));
  }
};

}  // namespace

const Aggregate& latch_aggregate() {
  static const Latch instance;
  return instance;
}

}  // namespace keepsum::aggregates
