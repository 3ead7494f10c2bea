// A change of a base row as statements on the columns that number the rows of a list.
//
// Let a row r come to place k: r gets +k, and each row behind it +1. That it goes takes the same
// away. k is one more than the stored place of the row before r; the rows behind it are found in
// the base table, by the order.
//
// Why it is exact beside other writers: before anything is read, the transaction locks the slot of
// the list in keepsum_slots, and holds it until it ends. So the changes of one list happen one
// after the other, each seeing what the ones before it have committed, source and places; what a
// transaction without the slot has written so far, a locking read comes upon and waits for, or the
// server ends one of the two. Without the slot one transaction could read the rows behind its own
// before another one adds a row there, which then takes its place from one that has not been moved.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/neighbours.hpp"

namespace keepsum::sql {

// For the aggregates of one sequence, an index in SummaryPlan::sequences, in the order in which
// they run. They may run where the row's place does not change, and then move no other row.
[[nodiscard]] std::vector<std::string> place_statements(const plan::SummaryPlan& plan,
                                                        const Dialect& dialect,
                                                        std::size_t sequence,
                                                        const ChangedRow& row);

}  // namespace keepsum::sql
