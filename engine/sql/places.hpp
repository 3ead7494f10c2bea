// A change of a base row as statements on the columns that number the rows of a list.
//
// Let k be the place of the row r, and p that of the row before it, as they are stored.
//   r comes:  its place is p + 1; all that had this place or a later one move one on
//   r goes:   its place is 0; all that had a later place than k move one back
//   r moves within its list: those between its two places move one, and its place is p + 1
// So a row at the end costs the lookup of the one before it. Which row that is the base table says,
// by the order; which rows are behind is said by their stored places, by an index of these.
//
// Why it is exact beside other writers: before it reads anything, a trigger locks the slot of the
// list in keepsum_slots until the transaction ends. So the changes of one list follow one another,
// each seeing all that the ones before it have committed, source and places. A row that another
// transaction has changed but not numbered yet can only be met as the row before, by a locking read,
// which waits or is ended as a deadlock. Inserts lock the slot before they have a row, so that
// writers at the end of a list wait for one another without that.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/neighbours.hpp"

namespace keepsum::sql {

// For the aggregates of one sequence, an index in SummaryPlan::sequences, in the order in which
// they run.
[[nodiscard]] std::vector<std::string> place_statements(const plan::SummaryPlan& plan,
                                                        const Dialect& dialect,
                                                        std::size_t sequence,
                                                        const ChangedRow& row);

// What takes the slots for a row that is about to be inserted; empty where there is one writer.
[[nodiscard]] std::vector<std::string> turns_for_insert(const plan::SummaryPlan& plan,
                                                        const Dialect& dialect);

}  // namespace keepsum::sql
