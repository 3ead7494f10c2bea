// var_pop(x), var_samp(x), stddev_pop(x), stddev_samp(x): over the rows where x is not NULL; NULL
// if there are too few. Stored as the exact n, Σx and Σx², all additive: Δ = (±1, ±x, ±x²). Readers
// see
//   (n·Σx² − (Σx)²) / n²,  or over n·(n − 1),  or the root of that,
// which the database computes when it is read. Exact sums make the difference exact, where sums of
// floating-point numbers would lose it.
#include <fmt/format.h>

#include <algorithm>

#include "engine/aggregates/aggregate.hpp"
#include "schema/limits.hpp"

namespace keepsum::aggregates {

const Aggregate& sum_aggregate();
const Aggregate& count_aggregate();

namespace {

enum class Of { population, sample };
enum class Gives { variance, deviation };

// A sum has 22 digits more than its terms.
constexpr int digits_of_sum = 22;
constexpr int digits_of_integer = 20;
constexpr int digits_more = 4;

class Spread final : public Aggregate {
 public:
  Spread(std::string name, Of of, Gives gives)
      : signature_{std::move(name), schema::AggregateArgument::value, schema::AggregateOrder::none,
                   false},
        of_(of),
        gives_(gives) {}

  const schema::AggregateSignature& signature() const noexcept override { return signature_; }
  MaintenanceClass maintenance_class() const noexcept override {
    return MaintenanceClass::additive;
  }
  std::string_view reason() const noexcept override {
    return "kept as its count, its sum and its sum of squares";
  }
  bool wants_number() const noexcept override { return true; }

  std::optional<Refusal> refuses(const plan::ExprType& argument,
                                 const sql::Dialect& dialect) const override {
    if (argument.family == db::TypeFamily::floating) {
      return Refusal{
          "sums of squares of floating-point numbers are not exact, and their difference "
          "may be anything",
          dialect.has_exact_decimals() ? "CAST it AS DECIMAL(p,s)"
                                       : "CAST it AS INTEGER, in smaller units"};
    }
    if (gives_ == Gives::deviation && !dialect.has_square_root()) {
      return Refusal{
          "the root is a function that an SQLite library may lack, and a program with "
          "such a library could not read the table",
          fmt::format("keep `{}(x)`, and take the root where it is read",
                      of_ == Of::population ? "var_pop" : "var_samp")};
    }
    if (argument.family == db::TypeFamily::decimal &&
        (2 * argument.precision + digits_of_sum > schema::decimal_precision_max ||
         2 * argument.scale > schema::decimal_scale_max)) {
      return Refusal{
          fmt::format(
              "the sum of the squares of DECIMAL({},{}) has more digits than a DECIMAL holds",
              argument.precision, argument.scale),
          "CAST it AS DECIMAL(p,s) with p up to 21 and s up to 15"};
    }
    return std::nullopt;
  }

  std::vector<StateColumn> state() const override {
    return {{"count", Merge::add, StorageType::count, true},
            {"sum", Merge::add, StorageType::sum, true},
            {"squares", Merge::add, StorageType::squares, true}};
  }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    if (i < 2) return part(i).contribution(0, row, dialect);
    const std::string chosen = filtered(row, dialect.square(row.argument, row.type), "0");
    return row.argument_nullable ? fmt::format("COALESCE({}, 0)", chosen) : chosen;
  }
  std::string recompute(std::size_t i, const RowInput& row,
                        const sql::Dialect& dialect) const override {
    if (i < 2) return part(i).recompute(0, row, dialect);
    return fmt::format("COALESCE(SUM({}), 0)",
                       filtered(row, dialect.square(row.argument, row.type), "NULL"));
  }
  std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                       const plan::ExprType& argument,
                                       const sql::Dialect& dialect) const override {
    plan::ExprType type;
    type.family = db::TypeFamily::floating;
    if (gives_ == Gives::variance && dialect.has_exact_decimals()) {
      const bool decimal = argument.family == db::TypeFamily::decimal;
      const int precision = decimal ? argument.precision : digits_of_integer;
      const int scale = decimal ? argument.scale : 0;
      type.family = db::TypeFamily::decimal;
      type.scale = std::min(2 * scale + digits_more, schema::decimal_scale_max);
      type.precision =
          std::min(2 * (precision - scale) + type.scale, schema::decimal_precision_max);
    }
    return VisibleColumn{dialect.spread(state[0], state[1], state[2], of_ == Of::sample, type),
                         type};
  }

 private:
  static const Aggregate& part(std::size_t i) {
    return i == 0 ? count_aggregate() : sum_aggregate();
  }

  schema::AggregateSignature signature_;
  Of of_;
  Gives gives_;
};

}  // namespace

const Aggregate& var_pop_aggregate() {
  static const Spread instance("var_pop", Of::population, Gives::variance);
  return instance;
}

const Aggregate& var_samp_aggregate() {
  static const Spread instance("var_samp", Of::sample, Gives::variance);
  return instance;
}

const Aggregate& stddev_pop_aggregate() {
  static const Spread instance("stddev_pop", Of::population, Gives::deviation);
  return instance;
}

const Aggregate& stddev_samp_aggregate() {
  static const Spread instance("stddev_samp", Of::sample, Gives::deviation);
  return instance;
}

}  // namespace keepsum::aggregates
