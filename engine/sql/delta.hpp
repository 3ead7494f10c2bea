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
#include <span>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// Joined rows that are added (+1) or taken (-1).
struct Branch {
  int weight = 1;
  Binding binding;
  std::set<std::string> given;        // aliases bound to NEW or OLD, not read
  std::vector<std::string> extra;     // further conditions, as SQL
  bool single_row = false;            // at most one joined row
  std::set<schema::ExprPtr> settled;  // conditions of the spec that are known to hold
  std::string from;  // FROM and WHERE in the place of the join's, with its locks; "": the join's
};

struct UpsertOptions {
  std::vector<std::string> further;  // SELECTs of columns k0…, c0… that read no table
  bool plain_hook = false;           // names hooks_marker
};

// Hooks are plain or ask, as triggers are. A plain one names this column, which the summary's table
// has only while the services' hooks alone write: at any other time the statement fails before it
// has done anything, and at that time it costs nothing. One that asks reads keepsum_captures under
// a shared lock in the statement that writes, and is right at any time.
inline constexpr std::string_view hooks_marker = "ks$by_hooks";

// Merges the branches into the summary: one INSERT … ON DUPLICATE KEY UPDATE.
[[nodiscard]] std::string upsert(const plan::SummaryPlan& plan, const Dialect& dialect,
                                 const std::vector<Branch>& branches,
                                 const UpsertOptions& options = {});

// "The hooks write this summary": keepsum_captures says so. Fixed for each transaction that has
// touched a base table.
[[nodiscard]] std::string hooks_write(const plan::SummaryPlan& plan, const Dialect& dialect);

// upsert() by a plain hook, for one joined row of which every table is given: VALUES, which is what
// one would write by hand. Where the conditions fail, an empty contribution. `whole` may rewrite
// what stands for a value of the row, as a whole. Precondition: no key can be NULL.
[[nodiscard]] std::string upsert_given(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const Branch& branch,
                                       const std::function<std::string(std::string)>& whole);

// What one joined row contributes to a stored column.
[[nodiscard]] std::string contribution(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const plan::StateColumn& column, const Binding& binding);

// The assignments that merge an incoming row of the summary into the stored one. `values`: what the
// row has in each stored column, as SQL, if all incoming rows have the same; a number that stands
// there need not be looked up.
[[nodiscard]] std::vector<std::string> merge_assignments(const plan::SummaryPlan& plan,
                                                         const Dialect& dialect,
                                                         std::span<const std::string> values = {});

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
