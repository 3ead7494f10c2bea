#include <fmt/format.h>

#include "engine/aggregates/aggregate.hpp"

namespace keepsum::aggregates {

const Aggregate& sum_aggregate();
const Aggregate& sum_steps_aggregate();
const Aggregate& count_aggregate();
const Aggregate& count_distinct_aggregate();
const Aggregate& avg_aggregate();
const Aggregate& any_aggregate();
const Aggregate& latch_aggregate();
const Aggregate& min_aggregate();
const Aggregate& max_aggregate();
const Aggregate& latest_aggregate();
const Aggregate& earliest_aggregate();
const Aggregate& every_aggregate();
const Aggregate& var_pop_aggregate();
const Aggregate& var_samp_aggregate();
const Aggregate& stddev_pop_aggregate();
const Aggregate& stddev_samp_aggregate();
const Aggregate& ordinal_aggregate();
const Aggregate& ordinal_shown_aggregate();

const std::vector<const Aggregate*>& registry() {
  static const std::vector<const Aggregate*> all = {
      &sum_aggregate(),        &sum_steps_aggregate(),
      &count_aggregate(),      &count_distinct_aggregate(),
      &avg_aggregate(),        &any_aggregate(),
      &every_aggregate(),      &latch_aggregate(),
      &min_aggregate(),        &max_aggregate(),
      &latest_aggregate(),     &earliest_aggregate(),
      &var_pop_aggregate(),    &var_samp_aggregate(),
      &stddev_pop_aggregate(), &stddev_samp_aggregate(),
      &ordinal_aggregate(),    &ordinal_shown_aggregate(),
  };
  return all;
}

const Aggregate* find(std::string_view name) {
  for (const Aggregate* aggregate : registry()) {
    if (aggregate->name() == name) return aggregate;
  }
  return nullptr;
}

const Aggregate* find(const schema::AggregateColumn& column) {
  if (column.distinct) return find(column.function + "_distinct");
  if (schema::has_prev(column.argument)) return find(column.function + "_steps");
  const Aggregate* const aggregate = find(column.function);
  if (!column.filter || aggregate == nullptr || !aggregate->has_places()) return aggregate;
  return find(column.function + "_shown");
}

// f(DISTINCT x), f of steps, and an ordinal() that leaves gaps, are written by f's own signature.
std::vector<schema::AggregateSignature> signatures() {
  std::vector<schema::AggregateSignature> all;
  for (const Aggregate* aggregate : registry()) {
    if (aggregate->name() == aggregate->signature().name) all.push_back(aggregate->signature());
  }
  return all;
}

std::string_view to_string(MaintenanceClass maintenance_class) noexcept {
  switch (maintenance_class) {
    case MaintenanceClass::additive: return "additive";
    case MaintenanceClass::neighbours: return "neighbours";
    case MaintenanceClass::places: return "places";
    case MaintenanceClass::monotone: return "monotone";
    case MaintenanceClass::recompute: return "recompute";
  }
  return "recompute";
}

std::string merge_rows(Merge merge, const std::string& column) {
  switch (merge) {
    case Merge::add: return fmt::format("SUM({})", column);
    case Merge::latch:
    case Merge::ranked:
    case Merge::greatest: return fmt::format("MAX({})", column);
    case Merge::least: return fmt::format("MIN({})", column);
  }
  return {};
}

std::string_view empty_value(Merge merge) noexcept {
  return merge == Merge::add || merge == Merge::latch ? "0" : "NULL";
}

Condition filter_of(const RowInput& row) {
  return {row.filter.value_or("TRUE"), row.filter_is_flag};
}

Condition both(const Condition& a, const Condition& b) {
  if (a.sql == "FALSE" || b.sql == "TRUE") return a;
  if (b.sql == "FALSE" || a.sql == "TRUE") return b;
  return {fmt::format("{} AND {}", a.sql, b.sql), a.is_flag && b.is_flag, false};
}

std::string one_if(const Condition& condition) {
  if (condition.sql == "TRUE") return "1";
  if (condition.sql == "FALSE") return "0";
  if (condition.is_flag) {
    return condition.is_term ? condition.sql : fmt::format("({})", condition.sql);
  }
  return fmt::format("CASE WHEN {} THEN 1 ELSE 0 END", condition.sql);
}

std::string count_if(const Condition& condition) {
  if (condition.sql == "TRUE") return "COUNT(*)";
  return fmt::format("COUNT(CASE WHEN {} THEN 1 END)", condition.sql);
}

std::string filtered(const RowInput& row, const std::string& value, const std::string& otherwise) {
  if (!row.filter || *row.filter == "TRUE") return value;
  if (*row.filter == "FALSE") return otherwise;
  return fmt::format("CASE WHEN {} THEN {} ELSE {} END", *row.filter, value, otherwise);
}

std::string Aggregate::recompute(std::size_t i, const RowInput& row,
                                 const sql::Dialect& dialect) const {
  const Merge merge = state()[i].merge;
  const std::string merged =
      merge_rows(merge, dialect.collated(contribution(i, row, dialect), row.type));
  return empty_value(merge) == "0" ? fmt::format("COALESCE({}, 0)", merged) : merged;
}

plan::ExprType flag_type() {
  plan::ExprType type;
  type.family = db::TypeFamily::integer;
  type.nullable = false;
  type.precision = 1;
  return type;
}

std::optional<Aggregate::Refusal> Aggregate::refuses(const plan::ExprType& /*argument*/,
                                                     const sql::Dialect& /*dialect*/) const {
  return std::nullopt;
}

std::optional<VisibleColumn> Aggregate::visible(const std::vector<std::string>& /*state*/,
                                                const plan::ExprType& /*argument*/,
                                                const sql::Dialect& /*dialect*/) const {
  return std::nullopt;
}

}  // namespace keepsum::aggregates
