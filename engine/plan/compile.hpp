// Spec + live catalog → plan, or every reason why not.
#pragma once

#include <keepsum/session.hpp>
#include <optional>
#include <vector>

#include "engine/db/catalog.hpp"
#include "engine/plan/plan.hpp"
#include "engine/plan/steps.hpp"
#include "schema/diagnostic.hpp"

namespace keepsum::plan {

struct CompileResult {
  std::optional<SummaryPlan> plan;              // nothing if there is any error
  std::vector<schema::Diagnostic> diagnostics;  // in the order of the file
};

// Resolves one summary; `sources` are those it may be made from. Reads the catalog and describes
// queries; runs none and writes nothing. An Error means the database could not be asked; what is
// wrong with the spec is a diagnostic.
Result<CompileResult> compile(const schema::SummarySpec& spec, db::Session& session,
                              db::Catalog& catalog, const sql::Dialect& dialect,
                              const Sources& sources = {});

struct CompiledSpec {
  // Each after what it is made from and kept by: side tables, then their summary.
  std::vector<SummaryPlan> plans;
  std::vector<schema::Diagnostic> diagnostics;
};

// Resolves the summaries of a spec that the parser has accepted, or those named and what these are
// made from; the latter stay out of `plans` unless named. As compile().
Result<CompiledSpec> compile_all(const std::vector<schema::SummarySpec>& summaries,
                                 db::Session& session, db::Catalog& catalog,
                                 const sql::Dialect& dialect,
                                 const std::vector<std::string>& names = {});

// The plan of that name. Precondition: it is there.
[[nodiscard]] const SummaryPlan& plan_named(const std::vector<SummaryPlan>& plans,
                                            std::string_view name);

}  // namespace keepsum::plan
