// Spec text → plans, for programs that embed keepsum.
#pragma once

#include <string_view>
#include <vector>

#include "engine/db/catalog.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

// All summaries of the spec and their side tables, resolved against the catalog, each after what it
// is made from or kept by. Errors: invalid_spec, with every
// diagnostic in `message`; those of the session.
Result<std::vector<plan::SummaryPlan>> load_plans(std::string_view spec_text, db::Session& session,
                                                  db::Catalog& catalog,
                                                  const sql::Dialect& dialect);

}  // namespace keepsum::lifecycle
