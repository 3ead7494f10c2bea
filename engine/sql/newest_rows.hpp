// Do the newest rows of a group explain a difference? Rows that were written while nobody counted
// them are usually the last by the primary key of one of the tables.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// The least number of a group's last joined rows, by the primary key of `alias`, whose
// contributions are the given differences: that number, then the primary key from which on they
// are. No row if there is none. Parameters: the key, then the difference of each column that adds
// up.
[[nodiscard]] std::string newest_rows_that_give(const plan::SummaryPlan& plan,
                                                const Dialect& dialect, std::string_view alias);

}  // namespace keepsum::sql
