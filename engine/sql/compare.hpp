// The recompute of a range of keys beside what is stored, in one statement.
//
//   SELECT key, expected, stored FROM (recompute GROUP BY key ∪ stored) GROUP BY key
//
// The union and the outer grouping are a full outer join that reads the source once: a key that
// is missing on either side is found like any other difference.
#pragma once

#include <string>
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
// One row for each key, in key order. Parameters: the bounds given, twice.
[[nodiscard]] std::string compare_range(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const RangeShape& shape);

// The same for one key: at most one row. Parameters: the key, twice.
[[nodiscard]] std::string compare_key(const plan::SummaryPlan& plan, const Dialect& dialect);

// The same of what `source` gives instead of the recompute: the keys as k0, k1, …; in_source,
// in_summary (1 and 0); for each stored column as e0, s0, …: expected, and its empty value.
// Parameters: those of `source`, then those of the stored rows' restriction.
[[nodiscard]] std::string compare_with(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const std::string& source,
                                       const std::vector<std::string>& stored_restriction);

// The leading key `rows` source rows after the range's start: the next range's start. Parameter:
// the start, if `has_from`. No row at the end.
[[nodiscard]] std::string next_bound(const plan::SummaryPlan& plan, const Dialect& dialect,
                                     bool has_from, std::uint64_t rows);
// The least leading key above the parameter: where one key alone fills a range.
[[nodiscard]] std::string next_key(const plan::SummaryPlan& plan, const Dialect& dialect);

// How many child rows break a link's promise: their parent is missing.
[[nodiscard]] std::string count_orphans(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const plan::ParentLink& link);

// Reads one group again and stores its extremes; "" without extremes. Parameters: the key, once
// for each extreme and once more.
// The group's row must be locked by the transaction already.
[[nodiscard]] std::string store_extremes(const plan::SummaryPlan& plan, const Dialect& dialect);

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
