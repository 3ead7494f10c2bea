// Reading a group again: what it shows once the row that held an extreme, or ranked first by an
// order, is gone. Always after the upsert, which has locked the group's row: any other transaction
// that changes the group comes wholly before, or wholly after.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum::sql {

// Conditions under which the row that holds an extreme, or ranks first, can have gone, as SQL; ""
// for always. `behind`: the expressions that decide which row it is.
using ExtremeGuard = std::function<std::string(const std::vector<schema::ExprPtr>& behind)>;

struct Reread {
  std::string sql;
  std::size_t reads = 1;  // how often it reads the group, and names `except`
};

// Reads again the groups whose extreme, or first row by an order, the (taken) branch held: one
// UPDATE for each column that keeps an extreme, and one for each order. `except` names rows that
// are still there but are about to go; "" for none.
[[nodiscard]] std::vector<Reread> recompute_extremes(const plan::SummaryPlan& plan,
                                                     const Dialect& dialect, const Branch& taken,
                                                     const std::string& except,
                                                     const ExtremeGuard& guard = {});

// The same for one group whose key, and the row taken, are parameters.
struct GroupReread {
  std::string sql;
  std::size_t held =
      0;  // index in SummaryPlan::state: NULL in what was taken, nothing is to be done
  // Indexes in the row that read_taken() gives: keys, then stored columns.
  std::vector<std::size_t> parameters;
};
[[nodiscard]] std::vector<GroupReread> reread_group(const plan::SummaryPlan& plan,
                                                    const Dialect& dialect);

// Reads one group again and stores its extremes and first rows; "" if there are none. The group's
// row must be locked by the transaction already. Parameters: the key, `store_extremes_keys` times.
[[nodiscard]] std::string store_extremes(const plan::SummaryPlan& plan, const Dialect& dialect);
[[nodiscard]] std::size_t store_extremes_keys(const plan::SummaryPlan& plan);

}  // namespace keepsum::sql
