// One key recomputed by pieces, for a key that alone has too many source rows for one statement.
//
// The pieces are half-open ranges of the primary key of the table that holds the key, read one
// after the other in one snapshot. Each statement adds what its rows contribute to what came before
// it, which goes in and out as parameters, so that the database does the arithmetic:
//
//   a0 = 0;  a(i+1) = a(i) + recompute(piece i)
#pragma once

#include <string>

#include "engine/plan/plan.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// One integer key, read by an index in the order of the primary key, which is one column; sums,
// counts and latches of exact numbers.
[[nodiscard]] bool can_be_cut(const plan::SummaryPlan& plan);

// The primary key some rows of the key after the piece's start: the next piece's start.
// Parameters: the key; the start, if `has_from`; how many rows. No row at the end.
// Precondition of all that follow: can_be_cut().
[[nodiscard]] std::string next_piece(const plan::SummaryPlan& plan, const Dialect& dialect,
                                     bool has_from);

// One row: how many joined rows, and each stored column, up to the end of this piece. Parameters:
// the same up to its start (zeros at first); the key; the bounds given.
[[nodiscard]] std::string sum_piece(const plan::SummaryPlan& plan, const Dialect& dialect,
                                    const RangeShape& shape);

// As compare_key(). Parameters: the key; each stored column as recomputed; how many joined rows;
// the key.
[[nodiscard]] std::string compare_recomputed(const plan::SummaryPlan& plan, const Dialect& dialect);

}  // namespace keepsum::sql
