// avg(x): the mean of x over the rows where x is not NULL; NULL if there is none.
// Stored as its exact sum and count, both additive; readers see their quotient, which the
// database computes when it is read: with four digits more than x has, if a DECIMAL has room.
#include <fmt/format.h>

#include <algorithm>

#include "engine/aggregates/aggregate.hpp"
#include "schema/limits.hpp"

namespace keepsum::aggregates {

const Aggregate& sum_aggregate();
const Aggregate& count_aggregate();

namespace {

// The digits before the point come first: a mean is as long.
constexpr int digits_more = 4;

class Avg final : public Aggregate {
 public:
  const schema::AggregateSignature& signature() const noexcept override {
    static const schema::AggregateSignature value{"avg", schema::AggregateArgument::value};
    return value;
  }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override { return "kept as its sum and its count"; }
  bool wants_number() const noexcept override { return true; }
  std::vector<StateColumn> state() const override {
    return {{"sum", Merge::add, StorageType::sum, true},
            {"count", Merge::add, StorageType::count, true}};
  }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    return part(i).contribution(0, row, dialect);
  }
  std::string recompute(std::size_t i, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    return part(i).recompute(0, row, dialect);
  }
  std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                       const plan::ExprType& argument,
                                       const sql::Dialect& dialect) const override {
    plan::ExprType type = argument;
    type.nullable = true;
    type.is_unsigned = false;
    if (!dialect.has_exact_decimals() || argument.family == db::TypeFamily::floating) {
      type.family = db::TypeFamily::floating;
    } else {
      type.family = db::TypeFamily::decimal;
      // No integer has more than 20 digits.
      const int precision = argument.family == db::TypeFamily::decimal ? argument.precision : 20;
      const int room = std::min(schema::decimal_precision_max - precision,
                                schema::decimal_scale_max - argument.scale);
      const int more = std::clamp(room, 0, digits_more);
      type.precision = precision + more;
      type.scale = argument.scale + more;
    }
    return VisibleColumn{dialect.average(state[0], state[1], type), type};
  }

 private:
  static const Aggregate& part(std::size_t i) {
    return i == 0 ? sum_aggregate() : count_aggregate();
  }
};

}  // namespace

const Aggregate& avg_aggregate() {
  static const Avg instance;
  return instance;
}

}  // namespace keepsum::aggregates
