// Sealed history as SQL. The summary's row keeps the least order value that any change of its group
// touched since it was last reset; a table beside it keeps, for each key, the total of the joined
// rows up to an order value.
//
//   summary.touched > W, total not open   ⇒   total = recompute of the rows of the key up to W
//
// Order values are parameters, of the sign of the plan's column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// Of the summary: the least order value touched. A row that says nothing of it counts as touched
// everywhere: that is the column's default, which every upsert of the write path replaces.
inline constexpr std::string_view touched_column = "ks$touched";
[[nodiscard]] TableColumn touched(const plan::SummaryPlan& plan, const Dialect& dialect);
// The assignment that merges an incoming order value into the stored one.
[[nodiscard]] std::string touch_assignment(const plan::SummaryPlan& plan, const Dialect& dialect);

// The table of totals: the keys; ks$sealed_to, up to where; ks$open, not to be used; ks$rows, how
// many joined rows; and the stored columns. A key without a row has an empty total.
[[nodiscard]] std::string seal_table_name(const std::string& summary);
[[nodiscard]] Table seal_table(const plan::SummaryPlan& plan, const Dialect& dialect);

// --- verifying ---

// Keys of the summary and of rows above the seal, each once, in no order: keys; open (0 or 1);
// differs (0 or 1), by the total and the rows above the seal; has a total (0 or 1). No row for a
// key that has a total and is well. Those that are open or differ must be looked at whole; those
// that have no total are there to be counted. Parameters: W, three times.
[[nodiscard]] std::string compare_sealed(const plan::SummaryPlan& plan, const Dialect& dialect);
// Keys of totals that say something and are of no key of the summary. There are none, and no need
// to ask, if there are as many totals as keys of the summary that have one.
[[nodiscard]] std::string totals_without_key(const plan::SummaryPlan& plan, const Dialect& dialect);
// How many rows of the seal's table lie above W. Parameter: W.
[[nodiscard]] std::string rows_above(const plan::SummaryPlan& plan, const Dialect& dialect);
// 1 if some base table is empty, or the seal's table has no row up to W: history that was sealed is
// gone. Parameter: W.
[[nodiscard]] std::string history_is_gone(const plan::SummaryPlan& plan, const Dialect& dialect);

// The totals of a range of keys beside the source up to W; result columns as compare_range(), where
// in_summary says that the key is sealed. Parameters: W and the bounds, twice.
[[nodiscard]] std::string compare_totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                         const RangeShape& shape);
// The same of one key. Parameters: W and the key, twice.
[[nodiscard]] std::string compare_total(const plan::SummaryPlan& plan, const Dialect& dialect);

// --- sealing up to `to` what is sealed up to `from`, if anything is ---

struct SealStep {
  bool has_from = false;
  bool may_be_moved = true;  // some totals may stand at `to` already
};
// Keys that were touched in (from, to] and whose totals have not been moved to `to` yet, from a
// leading key on; at most `keys`, in key order. Parameters: to, and from if it has one; to; the
// leading key, if `has_key`.
[[nodiscard]] std::string touched_keys(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const SealStep& step, bool has_key, std::size_t keys);
// Resets one of them, unless its total has been moved to `to` already. Parameters: the key; to, and
// from if it has one; to.
[[nodiscard]] std::string reset_touched(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        const SealStep& step);
// The totals of the rows in (from, to] of the keys in a range whose totals have not been moved to
// `to` yet: keys, rows, then for each stored column its total and an empty value. In key order.
// Parameters: to, and from if it has one; the bounds; to, if some may be moved.
[[nodiscard]] std::string totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                 const SealStep& step, const RangeShape& shape);
// Adds `rows` of them. Parameters for each: the key, to, rows, the totals.
[[nodiscard]] std::string add_totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                     std::size_t rows);
// The last leading key whose total has been moved to `to`. Parameter: to.
[[nodiscard]] std::string last_total(const plan::SummaryPlan& plan, const Dialect& dialect);

// How many joined rows all totals stand for.
[[nodiscard]] std::string rows_sealed(const plan::SummaryPlan& plan, const Dialect& dialect);

// --- sealing one key anew up to W ---

// Parameters: the key, W.
[[nodiscard]] std::string open_total(const plan::SummaryPlan& plan, const Dialect& dialect);
// Parameters: the key.
[[nodiscard]] std::string untouch(const plan::SummaryPlan& plan, const Dialect& dialect);
// One row: how many rows, then each stored column. Parameters: the key, W.
[[nodiscard]] std::string key_total(const plan::SummaryPlan& plan, const Dialect& dialect);
// Parameters: W, rows, each stored column, the key.
[[nodiscard]] std::string close_total(const plan::SummaryPlan& plan, const Dialect& dialect);

// The bound of a first part of `keys` leading keys of the totals, and what deletes up to a bound.
[[nodiscard]] std::string totals_bound(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       std::size_t keys);
[[nodiscard]] std::string delete_totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        bool has_bound);

}  // namespace keepsum::sql
