// Which member can hold which column.
#pragma once

#include <keepsum/reader.hpp>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/reading.hpp"

namespace keepsum::reading {

// A visible column as readers get it.
struct VisibleColumn {
  plan::ExprType type;
  bool nullable = true;  // without it, a group without rows has `empty`
  db::Value empty;       // in the type that a stored zero would have
};
[[nodiscard]] VisibleColumn visible_column(const plan::AggregatePlan& aggregate,
                                           const plan::SummaryPlan& plan);

// The columns of the fields. Errors: invalid_argument with every fault.
Result<sql::Columns> resolve(const plan::SummaryPlan& plan, const std::vector<FieldSpec>& fields);

}  // namespace keepsum::reading
