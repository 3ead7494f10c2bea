// Contributions that are read before a change and merged after it: out of the database and back
// in, without a loss on the way.
//
//   Δ = Σ joined rows that hold a noted row, now     +contribution
//     + Σ what was carried, with its sign             −contribution
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum::sql {

// What the joined rows of `branch` contribute, negated and grouped, under the branch's lock:
// the key's columns, then one column for each stored one. An additive column holds minus the sum,
// one that keeps an extreme the extreme itself, the terms of an order the place of the row that
// ranks first; what follows an order NULL, and a latch 0.
[[nodiscard]] std::string read_taken(const plan::SummaryPlan& plan, const Dialect& dialect,
                                     const Branch& branch);

// One carried row as a branch of an upsert: "SELECT ? AS k0, …, ? AS c0, …". Parameters: the
// columns of read_taken() that carries() names, in order.
// `condition` is SQL, "" for none.
[[nodiscard]] std::string carried_select(const plan::SummaryPlan& plan, const Dialect& dialect,
                                         const std::string& condition);
// Whether a stored column's value is a parameter of carried_select(): true for additive ones.
[[nodiscard]] bool carries(const plan::StateColumn& column);

// "`p`.`id` IN (?, ?)", or for a key of several columns "((… = ? AND … = ?) OR (…))".
[[nodiscard]] std::string primary_key_in(const plan::BaseTable& table, const Dialect& dialect,
                                         std::size_t rows);

}  // namespace keepsum::sql
