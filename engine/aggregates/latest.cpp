// latest(x ORDER BY a, b …), earliest(x ORDER BY …): the x of the row that comes last (first) by
// the order, NULL if there is none. The primary keys of the joined rows' tables break ties, in the
// order of the spec, so that the order is total: all columns of one order and filter are of one
// row.
//
// Stored beside x: the row's place in the order, o = (a, b, …, primary keys), hidden, once for all
// columns that share order and filter.
//   Adding a row:       (x', o') = (x, o) of the row if o is not before o', else (x', o').
//   Taking a row away:  unless its o is before o', the group alone is read again, under the summary
//                       row's lock, by an index on (key, order).
#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {
namespace {

class Followed final : public Aggregate {
 public:
  explicit Followed(Follows follows)
      : signature_{follows == Follows::last ? "latest" : "earliest",
                   schema::AggregateArgument::value, schema::AggregateOrder::required, false},
        follows_(follows) {}

  const schema::AggregateSignature& signature() const noexcept override { return signature_; }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::recompute;
  }
  std::string_view reason() const noexcept override {
    return follows_ == Follows::last ? "when the last row goes, the next one must be looked up"
                                     : "when the first row goes, the next one must be looked up";
  }
  Follows follows() const noexcept override { return follows_; }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::ranked, StorageType::argument, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return filtered(row, row.argument, "NULL");
  }

 private:
  schema::AggregateSignature signature_;
  Follows follows_;
};

}  // namespace

const Aggregate& latest_aggregate() {
  static const Followed instance(Follows::last);
  return instance;
}

const Aggregate& earliest_aggregate() {
  static const Followed instance(Follows::first);
  return instance;
}

}  // namespace keepsum::aggregates
