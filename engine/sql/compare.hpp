// The recompute of a range of keys beside what is stored, in one statement.
//
//   SELECT key, expected, stored FROM (recompute GROUP BY key ∪ stored) GROUP BY key
//
// The union and the outer grouping are a full outer join that reads the source once: a key that
// is missing on either side is found like any other difference.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// A half-open range of the leading key column: [from, to). Bounds are parameters.
struct RangeShape {
  bool has_from = false;
  bool has_to = false;
};

// Result columns: the keys; in_source, in_summary (0 or 1); differs (0 or 1); then for each
// stored column: expected, stored, difference (expected - stored where it adds, else NULL).
// One row for each key, in key order. Parameters: the bounds given, twice. With `rests` the
// statement sleeps now and then, where the dialect can.
[[nodiscard]] std::string compare_range(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const RangeShape& shape,
                                        const std::optional<Rests>& rests = std::nullopt);

// The same for one key: at most one row. Parameters: the key, twice. With fewer `columns`, for the
// keys that begin so.
[[nodiscard]] std::string compare_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      std::size_t columns = static_cast<std::size_t>(-1));

// The parts of a comparison. `source` and `stored` have the columns k0…; in_source, in_summary; and
// for each stored column e0, s0, e1, …: expected and stored, each with the empty value on the other
// side. compare_sides() has the result columns of compare_range().
[[nodiscard]] std::string compare_sides(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const std::string& source, const std::string& stored);
// One side by the source; `flags` are the columns between the keys and the rest.
[[nodiscard]] std::string recompute_select(
    const plan::SummaryPlan& plan, const Dialect& dialect,
    const std::vector<std::string>& restriction,
    std::string_view flags = "1 AS in_source, 0 AS in_summary");
// The other side, by the summary's table.
[[nodiscard]] std::string stored_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const std::vector<std::string>& restriction);
[[nodiscard]] std::vector<std::string> range_terms(const std::string& column,
                                                   const RangeShape& shape);
// How the two sides of one stored column are told apart.
struct Comparison {
  std::string expected, stored, difference, differs;
};
[[nodiscard]] Comparison compare_values(const plan::StateColumn& column,
                                        const std::string& expected, const std::string& stored,
                                        const Dialect& dialect);

// By which a table is cut into ranges: the first column of an index.
struct RangeColumn {
  std::string table, column;
};
// The leading key of the source, where it is read by ranges.
[[nodiscard]] RangeColumn leading_key(const plan::SummaryPlan& plan);

// The value some rows after the range's start: the next range's start. Parameters: the start, if
// `has_from`; how many rows. No row at the end.
[[nodiscard]] std::string next_bound(const RangeColumn& by, const Dialect& dialect, bool has_from);
// The least value above the parameter: where one value alone fills a range.
[[nodiscard]] std::string next_value(const RangeColumn& by, const Dialect& dialect);

// How many child rows break a link's promise: their parent is missing. Parameters: the bounds
// given, of `by`, a column of the child. With `rests` it sleeps now and then, where the dialect
// can. Precondition: the parent's columns are unique.
[[nodiscard]] std::string count_orphans(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const plan::ParentLink& link, const std::string& by,
                                        const RangeShape& shape,
                                        const std::optional<Rests>& rests = std::nullopt);

// Deletes the key's row if every stored column has its empty value. Parameters: the key.
[[nodiscard]] std::string prune(const plan::SummaryPlan& plan, const Dialect& dialect);

// Merges one row of differences into the summary. Parameters: the key, then each stored column's
// difference (0 for nothing; NULL for extremes).
[[nodiscard]] std::string merge_differences(const plan::SummaryPlan& plan, const Dialect& dialect,
                                            std::size_t rows);

// The same for rows that are not there yet, and fails where one is. Parameters: the key, then each
// stored column's value.
[[nodiscard]] std::string insert_differences(const plan::SummaryPlan& plan, const Dialect& dialect,
                                             std::size_t rows);

}  // namespace keepsum::sql
