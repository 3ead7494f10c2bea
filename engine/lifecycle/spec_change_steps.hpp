// The steps of a change of spec, as `plan` shows them and `apply` takes them.
#pragma once

#include "engine/lifecycle/spec_change.hpp"

namespace keepsum::lifecycle {

// Fills in steps, cost and whether the summary is live all the while.
void describe_steps(const Database& database, const plan::SummaryPlan& plan, const Standpoint& at,
                    const std::optional<PendingChange>& pending, SpecChange& change);

// The names for the next change beside.
[[nodiscard]] SuccessorNames free_successor(const db::TableInfo& table, const std::string& summary);

}  // namespace keepsum::lifecycle
