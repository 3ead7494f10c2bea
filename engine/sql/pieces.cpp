#include "engine/sql/pieces.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/sql/recompute.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

using db::TypeFamily;
using plan::Merge;

namespace {

const db::TableInfo& table_of_key(const plan::SummaryPlan& plan) {
  return plan.table(plan.backfill_scan.alias).info;
}

bool is_cut_by_index(const plan::SummaryPlan& plan) {
  const plan::ScanPlan& scan = plan.backfill_scan;
  const db::TableInfo& table = table_of_key(plan);
  if (table.primary_key.size() != 1) return false;
  const auto index = std::find_if(table.indexes.begin(), table.indexes.end(),
                                  [&](const db::IndexInfo& one) { return one.name == scan.index; });
  if (index == table.indexes.end() || index->primary) return false;
  // An index ends with the primary key, said or not.
  return index->columns.size() == 1 ||
         (index->columns.size() == 2 && index->columns[1] == table.primary_key[0]);
}

bool adds_up(const plan::SummaryPlan& plan, const plan::StateColumn& column) {
  // How many different values two pieces have is not the sum of how many each has.
  if (plan.aggregates[column.aggregate].aggregate->has_side_table()) return false;
  // Nor do the steps within each add up to those from one to the next.
  if (plan.aggregates[column.aggregate].sequence) return false;
  const bool exact =
      column.type.family == TypeFamily::integer || column.type.family == TypeFamily::decimal;
  return exact && !column.floating && (column.merge == Merge::add || column.merge == Merge::latch);
}

// A sum in the widest exact type with the column's scale: it may pass what the column holds.
std::string parameter(const plan::StateColumn& column, const Dialect& dialect) {
  constexpr int widest = 65;
  plan::ExprType type;
  type.family = TypeFamily::decimal;
  type.precision = widest;
  type.scale = column.type.family == TypeFamily::decimal ? column.type.scale : 0;
  return dialect.typed_parameter(type);
}

std::string primary_key(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return dialect.identifier(table_of_key(plan).primary_key.at(0));
}

}  // namespace

bool can_be_cut(const plan::SummaryPlan& plan) {
  return plan.backfill_scan.pass == plan::Pass::key_ranges && plan.keys.size() == 1 &&
         plan.keys.front().type.family == TypeFamily::integer && is_cut_by_index(plan) &&
         plan.orders.empty() &&
         std::all_of(plan.state.begin(), plan.state.end(),
                     [&](const plan::StateColumn& column) { return adds_up(plan, column); });
}

std::string next_piece(const plan::SummaryPlan& plan, const Dialect& dialect, bool has_from) {
  const std::string id = primary_key(plan, dialect);
  return fmt::format("SELECT {0} FROM {1} WHERE {2} = ?{3} ORDER BY {0} LIMIT 1 OFFSET ?", id,
                     dialect.identifier(table_of_key(plan).name),
                     dialect.identifier(plan.backfill_scan.column),
                     has_from ? fmt::format(" AND {} >= ?", id) : "");
}

std::string sum_piece(const plan::SummaryPlan& plan, const Dialect& dialect,
                      const RangeShape& shape) {
  std::vector<std::string> restriction = source_key_equals(plan, dialect);
  const std::string id = fmt::format("{}.{}", dialect.identifier(plan.backfill_scan.alias),
                                     primary_key(plan, dialect));
  if (shape.has_from) restriction.push_back(id + " >= ?");
  if (shape.has_to) restriction.push_back(id + " < ?");
  const Recompute piece = recompute_one(plan, dialect, {}, restriction, {});
  std::vector<std::string> columns{"? + COUNT(*)"};
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const std::string before = parameter(plan.state[i], dialect);
    columns.push_back(
        plan.state[i].merge == Merge::add
            ? fmt::format("{} + COALESCE({}, 0)", before, piece.columns[i])
            : fmt::format("CASE WHEN {} <> 0 OR COALESCE({}, 0) <> 0 THEN 1 ELSE 0 END", before,
                          piece.columns[i]));
  }
  return fmt::format("SELECT {} {}", fmt::join(columns, ", "), piece.from);
}

std::string compare_recomputed(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> columns{
      fmt::format("{} AS k0", dialect.typed_parameter(plan.keys.front().type)),
      "1 AS in_source, 0 AS in_summary"};
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    columns.push_back(fmt::format("{0} AS e{1}, {2} AS s{1}", parameter(plan.state[i], dialect), i,
                                  aggregates::empty_value(plan.state[i].merge)));
  }
  // Without a joined row the key is not in the source.
  const std::string source = fmt::format("SELECT {} FROM (SELECT ? AS n) AS counted WHERE n > 0",
                                         fmt::join(columns, ", "));
  return compare_sides(plan, dialect, source,
                       stored_select(plan, dialect, {summary_key_equals(plan, dialect)}));
}

}  // namespace keepsum::sql
