// A summary as the source of another: its table, known from its plan alone.
#pragma once

#include "engine/db/catalog.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::plan {

// Whether readers see NULL in a group without rows; else it is 0.
[[nodiscard]] bool is_null_when_empty(const SummaryPlan& plan, const AggregatePlan& aggregate);

// The summary's table as its triggers and readers find it: the key, and what readers see. Without
// foreign keys; `estimated_rows` is for whoever asks the catalog.
[[nodiscard]] db::TableInfo table_of(const SummaryPlan& plan);

// "One of the columns that readers see is not at its value for no rows." A missing row and a row of
// those values mean the same, so a summary made from this one leaves such rows out: whether they
// have been pruned makes no difference then.
[[nodiscard]] schema::ExprPtr is_not_empty(const SummaryPlan& plan, const std::string& alias,
                                           const schema::Place& place);

// a AND b; either may be null.
[[nodiscard]] schema::ExprPtr both(const schema::ExprPtr& a, const schema::ExprPtr& b);
// x IS NOT NULL
[[nodiscard]] schema::ExprPtr is_not_null(const schema::ExprPtr& expr);
// alias.name
[[nodiscard]] schema::ExprPtr column_ref(const std::string& alias, const std::string& name,
                                         const schema::Place& place);

}  // namespace keepsum::plan
