#include "engine/lifecycle/load_plans.hpp"

#include "engine/plan/compile.hpp"
#include "schema/parse.hpp"

namespace keepsum::lifecycle {

Result<std::vector<plan::SummaryPlan>> load_plans(std::string_view spec_text, db::Session& session,
                                                  db::Catalog& catalog,
                                                  const sql::Dialect& dialect) {
  const auto signatures = aggregates::signatures();
  schema::ParseResult parsed = schema::parse_spec(spec_text, signatures);
  std::vector<schema::Diagnostic> diagnostics = std::move(parsed.diagnostics);
  std::vector<plan::SummaryPlan> plans;
  if (parsed.spec) {
    KEEPSUM_ASSIGN(auto compiled,
                   plan::compile_all(parsed.spec->summaries, session, catalog, dialect));
    diagnostics.insert(diagnostics.end(), compiled.diagnostics.begin(), compiled.diagnostics.end());
    plans = std::move(compiled.plans);
  }
  if (!schema::has_errors(diagnostics)) return plans;
  Error error;
  error.code = ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.message = schema::render(diagnostics, "spec", std::string(spec_text));
  return error;
}

}  // namespace keepsum::lifecycle
