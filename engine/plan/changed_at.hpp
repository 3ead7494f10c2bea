// The column of the spec's "changed_at", by which `reconcile --since` finds what to look at.
#pragma once

#include <string>

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

struct ChangedAt {
  std::string alias, column;
  bool is_integer = false;  // seconds since 1970; otherwise a date and time, UTC
  std::string index;        // that begins with it; "" if there is none
};

// Errors: invalid_argument where the spec declares none, or no index begins with it.
Result<ChangedAt> changed_at_of(const SummaryPlan& plan, const sql::Dialect& dialect);

// Refuses a column that is not there, or holds no time; warns of one without an index. A step of
// compile(), after resolve_tables().
void check_changed_at(Compilation& compilation, const SummaryPlan& plan);

}  // namespace keepsum::plan
