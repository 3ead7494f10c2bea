#include "engine/sql/compare.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"
#include "engine/sql/recompute.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

using plan::Merge;

std::vector<std::string> range_terms(const std::string& column, const RangeShape& shape) {
  std::vector<std::string> terms;
  if (shape.has_from) terms.push_back(column + " >= ?");
  if (shape.has_to) terms.push_back(column + " < ?");
  return terms;
}

std::string recompute_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                             const std::vector<std::string>& restriction, std::string_view flags) {
  const Recompute recompute = recompute_by_key(plan, dialect, {}, restriction);
  std::vector<std::string> columns, groups;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    columns.push_back(fmt::format("{} AS k{}", recompute.keys[i], i));
    groups.push_back(dialect.collated(recompute.keys[i], plan.keys[i].type));
  }
  columns.emplace_back(flags);
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    columns.push_back(fmt::format("{0} AS e{1}, {2} AS s{1}", recompute.columns[i], i,
                                  aggregates::empty_value(plan.state[i].merge)));
  }
  return fmt::format("SELECT {} {} GROUP BY {}", fmt::join(columns, ", "), recompute.from,
                     fmt::join(groups, ", "));
}

std::string stored_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const std::vector<std::string>& restriction) {
  std::vector<std::string> columns = key_names(plan, dialect);
  columns.push_back("0, 1");
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(fmt::format("{}, {}", aggregates::empty_value(column.merge),
                                  dialect.identifier(column.name)));
  }
  return fmt::format(
      "SELECT {} FROM {}{}", fmt::join(columns, ", "), dialect.identifier(plan.spec.name),
      restriction.empty() ? "" : fmt::format(" WHERE {}", fmt::join(restriction, " AND ")));
}

namespace {

Comparison compare_column(const plan::StateColumn& column, std::size_t i, const Dialect& dialect) {
  const auto merged = [&](char side) {
    return aggregates::merge_rows(column.merge,
                                  dialect.collated(fmt::format("{}{}", side, i), column.type));
  };
  return compare_values(column, merged('e'), merged('s'), dialect);
}

}  // namespace

Comparison compare_values(const plan::StateColumn& column, const std::string& merged_expected,
                          const std::string& merged_stored, const Dialect& dialect) {
  Comparison c;
  c.expected = merged_expected;
  c.stored = merged_stored;
  c.difference = "NULL";
  switch (column.merge) {
    case Merge::add:
      c.difference = fmt::format("{} - {}", merged_expected, merged_stored);
      // Floats, where they are allowed at all, differ by the order of addition.
      c.differs = column.floating ? fmt::format("ABS({0} - {1}) > 1e-9 * (ABS({0}) + ABS({1}) + 1)",
                                                merged_expected, merged_stored)
                                  : fmt::format("{} <> {}", merged_expected, merged_stored);
      break;
    case Merge::latch:
      // A true that the source no longer shows is what a latch is for.
      c.difference = merged_expected;
      c.differs = fmt::format("{} > {}", merged_expected, merged_stored);
      break;
    case Merge::greatest:
    case Merge::least:
      c.differs = fmt::format(
          "NOT {}", dialect.null_safe_equal(dialect.collated(merged_expected, column.type),
                                            dialect.collated(merged_stored, column.type)));
      break;
    case Merge::ranked:
      // Of two sides one is NULL, or both are the same: whichever merges them will do. A value is
      // one row's own, to the byte; a place in the order is what the order makes of it.
      c.differs =
          column.term
              ? fmt::format("NOT {}",
                            dialect.null_safe_equal(dialect.collated(merged_expected, column.type),
                                                    dialect.collated(merged_stored, column.type)))
              : fmt::format("NOT {}",
                            dialect.same_value(merged_expected, merged_stored, column.type));
      break;
  }
  return c;
}

std::string compare_sides(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const std::string& source, const std::string& stored) {
  std::vector<std::string> keys, groups, differs, values;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    keys.push_back(fmt::format("k{}", i));
    groups.push_back(dialect.collated(keys.back(), plan.keys[i].type));
  }
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const Comparison c = compare_column(plan.state[i], i, dialect);
    differs.push_back(c.differs);
    values.push_back(fmt::format("{}, {}, {}", c.expected, c.stored, c.difference));
  }
  return fmt::format(
      "SELECT {}, MAX(in_source), MAX(in_summary), CASE WHEN {} THEN 1 ELSE 0 END, {} FROM ({} "
      "UNION ALL {}) AS both_sides GROUP BY {} ORDER BY {}",
      fmt::join(keys, ", "), fmt::join(differs, " OR "), fmt::join(values, ", "), source, stored,
      fmt::join(groups, ", "), fmt::join(groups, ", "));
}

namespace {

std::string compare(const plan::SummaryPlan& plan, const Dialect& dialect,
                    const std::vector<std::string>& source_restriction,
                    const std::vector<std::string>& stored_restriction) {
  return compare_sides(plan, dialect, recompute_select(plan, dialect, source_restriction),
                       stored_select(plan, dialect, stored_restriction));
}

}  // namespace

std::string compare_range(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const RangeShape& shape, const std::optional<Rests>& rests) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> of_source = range_terms(render(*plan.keys.front().expr), shape);
  const std::string resting = rests ? dialect.resting(*rests) : "";
  if (!resting.empty()) of_source.push_back(resting);
  return compare(plan, dialect, of_source,
                 range_terms(dialect.identifier(plan.keys.front().name), shape));
}

std::string compare_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                        std::size_t columns) {
  return compare(plan, dialect, source_key_equals(plan, dialect, columns),
                 {summary_key_equals(plan, dialect, columns)});
}

RangeColumn leading_key(const plan::SummaryPlan& plan) {
  const plan::ScanPlan& scan = plan.backfill_scan;
  return {plan.table(scan.alias).info.name, scan.column};
}

std::string next_bound(const RangeColumn& by, const Dialect& dialect, bool has_from) {
  const std::string column = dialect.identifier(by.column);
  return fmt::format("SELECT {0} FROM {1}{2} ORDER BY {0} LIMIT 1 OFFSET ?", column,
                     dialect.identifier(by.table),
                     has_from ? fmt::format(" WHERE {} >= ?", column) : "");
}

std::string next_value(const RangeColumn& by, const Dialect& dialect) {
  return fmt::format("SELECT {0} FROM {1} WHERE {0} > ? ORDER BY {0} LIMIT 1",
                     dialect.identifier(by.column), dialect.identifier(by.table));
}

// A child is joined with one parent, or with a row of NULLs. What is asked of each joined row must
// not be whether that is so, or the database has nothing to ask of those with a parent, and never
// sleeps.
std::string count_orphans(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const plan::ParentLink& link, const std::string& by,
                          const RangeShape& shape, const std::optional<Rests>& rests) {
  std::vector<std::string> equal;
  const std::string column = "child." + dialect.identifier(by);
  std::vector<std::string> terms = range_terms(column, shape);
  // SQLite has primary keys with NULLs; they come first.
  if (shape.has_to && !shape.has_from) {
    terms.back() = fmt::format("({} OR {} IS NULL)", terms.back(), column);
  }
  for (std::size_t i = 0; i < link.child_columns.size(); ++i) {
    const std::string child = "child." + dialect.identifier(link.child_columns[i]);
    equal.push_back(
        fmt::format("parent.{} = {}", dialect.identifier(link.parent_columns[i]), child));
    terms.push_back(child + " IS NOT NULL");
  }
  const std::string resting = rests ? dialect.resting(*rests) : "";
  if (!resting.empty()) terms.push_back(resting);
  return fmt::format(
      "SELECT COUNT(*) - COUNT(parent.{}) FROM {} child LEFT JOIN {} parent ON {} WHERE {}",
      dialect.identifier(link.parent_columns.front()),
      dialect.identifier(plan.table(link.child_alias).info.name),
      dialect.identifier(plan.table(link.parent_alias).info.name), fmt::join(equal, " AND "),
      fmt::join(terms, " AND "));
}

std::string prune(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> empty;
  for (const auto* columns : {&plan.state, &plan.apart}) {
    for (const plan::StateColumn& column : *columns) {
      const std::string name = dialect.identifier(column.name);
      empty.push_back(aggregates::empty_value(column.merge) == "0" ? name + " = 0"
                                                                   : name + " IS NULL");
    }
  }
  return fmt::format("DELETE FROM {} WHERE {} AND {}", dialect.identifier(plan.spec.name),
                     summary_key_equals(plan, dialect), fmt::join(empty, " AND "));
}

std::string insert_differences(const plan::SummaryPlan& plan, const Dialect& dialect,
                               std::size_t rows) {
  std::vector<std::string> columns = key_names(plan, dialect);
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(dialect.identifier(column.name));
  }
  std::string one;
  for (std::size_t i = 0; i < columns.size(); ++i) one += i == 0 ? "?" : ", ?";
  const std::vector<std::string> all(rows, "(" + one + ")");
  return fmt::format("INSERT INTO {} ({}) VALUES {}", dialect.identifier(plan.spec.name),
                     fmt::join(columns, ", "), fmt::join(all, ", "));
}

std::string merge_differences(const plan::SummaryPlan& plan, const Dialect& dialect,
                              std::size_t rows) {
  return fmt::format(
      "{} {}", insert_differences(plan, dialect, rows),
      dialect.upsert_clause(key_names(plan, dialect), merge_assignments(plan, dialect)));
}

}  // namespace keepsum::sql
