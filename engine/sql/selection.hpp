// Which keys a run looks at that does not look at all.
#pragma once

#include <cstdint>
#include <string>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::sql {

// The keys, each once and in order, of joined rows whose `changed_at` is not before the parameter.
// Precondition: the spec declares one.
[[nodiscard]] std::string keys_changed_since(const plan::SummaryPlan& plan, const Dialect& dialect);

// The next `rows` stored values of the leading key column, each once and in order. Parameter: the
// one they come after, if `has_from`.
[[nodiscard]] std::string stored_leading_keys(const plan::SummaryPlan& plan, const Dialect& dialect,
                                              bool has_from, std::uint64_t rows);

}  // namespace keepsum::sql
