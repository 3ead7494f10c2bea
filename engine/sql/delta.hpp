// A change of base rows as statements on the summary.
//
//   Δ = Σ over the joined rows the change adds    +contribution
//     − Σ over the joined rows the change takes   contribution
//
// A joined row that is neither added nor taken is never read. Additive columns merge Δ in one
// upsert, groups in key order. A column that keeps an extreme reads its group again when a row
// that held the extreme is taken, after the upsert has locked the group's row.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// Joined rows that are added (+1) or taken (-1).
struct Branch {
  int weight = 1;
  Binding binding;
  std::set<std::string> given;     // aliases bound to NEW or OLD, not read
  std::vector<std::string> extra;  // further conditions, as SQL
  bool single_row = false;         // at most one joined row
};

// Merges the branches into the summary: one INSERT … ON DUPLICATE KEY UPDATE. `further` are
// SELECTs of columns k0…, c0… that read no table.
[[nodiscard]] std::string upsert(const plan::SummaryPlan& plan, const Dialect& dialect,
                                 const std::vector<Branch>& branches,
                                 const std::vector<std::string>& further = {});

// Conditions under which the extreme of an aggregate can have gone, as SQL; "" for always.
using ExtremeGuard = std::function<std::string(const plan::AggregatePlan& aggregate)>;

// Reads again the groups whose extreme the (taken) branch held: one UPDATE for each column that
// keeps an extreme. `except` names rows that are still there but are about to go; "" for none.
[[nodiscard]] std::vector<std::string> recompute_extremes(const plan::SummaryPlan& plan,
                                                          const Dialect& dialect,
                                                          const Branch& taken,
                                                          const std::string& except,
                                                          const ExtremeGuard& guard = {});

// The assignments that merge an incoming row of the summary into the stored one.
[[nodiscard]] std::vector<std::string> merge_assignments(const plan::SummaryPlan& plan,
                                                         const Dialect& dialect);

// "`alias`.`k1` = <value 1> AND …" for the alias's primary key; values by `value(column)`.
template <class Value>
std::string primary_key_equals(const plan::BaseTable& table, const Dialect& dialect,
                               Value&& value) {
  std::string text;
  for (const std::string& column : table.info.primary_key) {
    text += (text.empty() ? "" : " AND ") + dialect.identifier(table.alias) + "." +
            dialect.identifier(column) + " = " + value(column);
  }
  return text;
}

// What the columns of an aggregate's state are made from, for one binding.
[[nodiscard]] aggregates::RowInput row_input(const plan::SummaryPlan& plan,
                                             const plan::AggregatePlan& aggregate,
                                             const Dialect& dialect, const Binding& binding);

// The key columns of the summary as "`k1`, `k2`", each with `prefix` in front.
[[nodiscard]] std::vector<std::string> key_names(const plan::SummaryPlan& plan,
                                                 const Dialect& dialect);

}  // namespace keepsum::sql
