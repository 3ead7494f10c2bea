// A change of a base row as a statement on the columns that add up steps from row to row.
//
// Let a row r stand between p and n by the order, in its group. That it comes adds
//   + step(p → r) + step(r → n) − step(p → n)
// and that it goes takes the same away. p and n are looked up among the other rows as they stand,
// each by one seek if an index has the keys and the order.
//
// Why it is exact beside other writers: r is locked by who changes it, and p and n are read by
// locking reads, which wait for who changes them. Let two transactions change rows a and b that
// are neighbours, before or after. The later of the two reads of neighbours comes upon the other's
// row, or upon the place where it was, and waits; if each waits for the other, one is ended by the
// server and run again. Where no row of the other is come upon, the two changes add up in any
// order.
#pragma once

#include <string>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/neighbours.hpp"

namespace keepsum::sql {

// For the aggregates of one sequence, an index in SummaryPlan::sequences.
[[nodiscard]] std::string step_upsert(const plan::SummaryPlan& plan, const Dialect& dialect,
                                      std::size_t sequence, const ChangedRow& row);

}  // namespace keepsum::sql
