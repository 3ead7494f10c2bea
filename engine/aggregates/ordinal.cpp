// ordinal(PARTITION BY l ORDER BY a, b): the place of the group's row in a list, from 1, without
// gaps. Each group is one row, as its key holds the primary key; a group without it has 0.
// Rows that agree in the terms of PARTITION BY, all of them keys, are one list; without it all rows
// are. Primary keys break ties.
//
// Let r come to place k: its place is k, and each row behind it moves one on; that it goes is the
// same backwards. k follows from the stored place of the row before r (engine/sql/places.hpp), so a
// row at the end costs a lookup, and one before it as many rows as are behind it.
//
// With FILTER the rows that do not meet it keep their place and do not show it: they leave a gap.
// Stored are then the place and whether it is shown; readers see the place, or 0.
#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {

namespace {

constexpr const char* reason_of_places = "a row that comes or goes moves those behind it";

const schema::AggregateSignature& ordinal_signature() {
  static const schema::AggregateSignature value{"ordinal", schema::AggregateArgument::none,
                                                schema::AggregateOrder::required};
  return value;
}

class Ordinal : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    return ordinal_signature();
  }
  bool has_places() const noexcept override { return true; }
  MaintenanceClass maintenance_class() const noexcept override { return MaintenanceClass::places; }
  std::string_view reason() const noexcept override { return reason_of_places; }
  std::vector<StateColumn> state() const override {
    return {{"", Merge::add, StorageType::count, false}};
  }
  std::string contribution(std::size_t /*i*/, const RowInput& row,
                           const sql::Dialect& /*dialect*/) const override {
    return row.argument;
  }
  // Of one row.
  std::string recompute(std::size_t i, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    return fmt::format("COALESCE(MAX({}), 0)", contribution(i, row, dialect));
  }
};

class OrdinalShown final : public Ordinal {
 public:
  std::string_view name() const noexcept override { return "ordinal_shown"; }
  std::vector<StateColumn> state() const override {
    return {{"place", Merge::add, StorageType::count, true},
            {"shown", Merge::add, StorageType::count, true}};
  }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    return i == 0 ? Ordinal::contribution(i, row, dialect) : filtered(row, "1", "0");
  }
  std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                       const plan::ExprType& /*argument*/,
                                       const sql::Dialect& /*dialect*/) const override {
    plan::ExprType type;
    type.family = db::TypeFamily::integer;
    type.nullable = false;
    return VisibleColumn{fmt::format("({} * {})", state[0], state[1]), type};
  }
};

}  // namespace

const Aggregate& ordinal_aggregate() {
  static const Ordinal instance;
  return instance;
}

const Aggregate& ordinal_shown_aggregate() {
  static const OrdinalShown instance;
  return instance;
}

}  // namespace keepsum::aggregates
