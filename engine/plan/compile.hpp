// Spec + live catalog → plan, or every reason why not.
#pragma once

#include <optional>
#include <vector>

#include "engine/db/catalog.hpp"
#include <keepsum/session.hpp>
#include "engine/plan/plan.hpp"
#include "schema/diagnostic.hpp"

namespace keepsum::plan {

struct CompileResult {
  std::optional<SummaryPlan> plan;              // nothing if there is any error
  std::vector<schema::Diagnostic> diagnostics;  // in the order of the file
};

// Resolves one summary. Reads the catalog and describes queries; runs none and writes nothing.
// An Error means the database could not be asked; what is wrong with the spec is a diagnostic.
Result<CompileResult> compile(const schema::SummarySpec& spec, db::Session& session,
                              db::Catalog& catalog, const sql::Dialect& dialect);

}  // namespace keepsum::plan
