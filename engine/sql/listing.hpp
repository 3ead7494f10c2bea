// Reads of many groups at once: lists in an order, the place of one group in it, and groups merged
// over a range of one key. From the summary's table or from its source: the same columns, the same
// rows. Groups at "no rows" are left out: a missing row and an empty one mean the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// Which groups. Parameters: the values of `equal`, then the first and the last of the range.
struct Groups {
  bool from_source = false;
  std::vector<std::size_t> equal;  // keys that have one value
  struct Range {
    std::size_t key = 0;
    bool has_first = false, has_last = false;  // both belong to it
  };
  std::optional<Range> range;
};

enum class Nulls { are_values, left_out, alone };

// By a visible column; groups that tie come by their keys, in the same direction, so that one index
// gives both.
struct ListOrder {
  std::size_t aggregate = 0;
  bool ascending = false;
  Nulls nulls = Nulls::are_values;
};

// The keys, then the visible columns. Without an order: by the keys.
[[nodiscard]] std::string list_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      const Groups& groups, const std::optional<ListOrder>& order,
                                      std::optional<std::uint64_t> limit);

// How many groups stand before a value of the order: those with a greater one, or a lesser one if
// it ascends; all that are not NULL if the value is. Parameters: the groups', then the value, if
// any.
[[nodiscard]] std::string count_before(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const Groups& groups, const ListOrder& order, bool of_null);

// The groups that differ in the key of the range alone, merged: the keys of `by`, then the visible
// columns of `aggregates`. Without `by`: one row, of empty values if there are no groups.
// Precondition: the aggregates are mergeable(). `first`: SQL of a column before all others, "" for
// none; its parameters come first.
[[nodiscard]] std::string merge_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const Groups& groups, const std::vector<std::size_t>& by,
                                       const std::vector<std::size_t>& aggregates,
                                       const std::string& first = {});

// Whether the figure of several groups follows from what is stored of each.
[[nodiscard]] bool mergeable(const plan::AggregatePlan& aggregate);

}  // namespace keepsum::sql
