// A summary of a summary, asked of the base tables: the source's own recompute in the place of its
// table.
#pragma once

#include <string>
#include <string_view>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// `none` is for questions about types: no row is looked at.
enum class SourceRows { all, none };

// What the summary's table would hold: its key and what readers see, of every group that has source
// rows. Reads base tables only, however many summaries lie in between. With a lock clause as they
// are now, and kept so.
[[nodiscard]] std::string source_groups(const plan::SummaryPlan& plan, const Dialect& dialect,
                                        std::string_view lock = {},
                                        SourceRows rows = SourceRows::all);

// Makes statements of the plan read source_groups() of the summaries it is made from, and not their
// tables, which need not be there, or true. Without such summaries it changes nothing.
[[nodiscard]] Binding composed(const plan::SummaryPlan& plan, const Dialect& dialect,
                               std::string_view lock = {}, SourceRows rows = SourceRows::all);

}  // namespace keepsum::sql
