#include "engine/plan/compile.hpp"

#include <algorithm>

#include "engine/plan/changed_at.hpp"
#include "engine/plan/seal.hpp"
#include "engine/plan/steps.hpp"

namespace keepsum::plan {

void Compilation::refuse(const schema::Place& place, std::string code, std::string message,
                         std::string hint) {
  diagnostics.push_back(
      {schema::Severity::error, std::move(code), place, std::move(message), std::move(hint)});
}

void Compilation::warn(const schema::Place& place, std::string code, std::string message,
                       std::string hint) {
  diagnostics.push_back(
      {schema::Severity::warning, std::move(code), place, std::move(message), std::move(hint)});
}

namespace {

CompileResult finish(std::vector<schema::Diagnostic> diagnostics, std::optional<SummaryPlan> plan) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const schema::Diagnostic& a, const schema::Diagnostic& b) {
                     return std::pair(a.place.line, a.place.column) <
                            std::pair(b.place.line, b.place.column);
                   });
  // One mistake in an expression used twice is still one mistake.
  const auto last = std::unique(diagnostics.begin(), diagnostics.end(),
                                [](const schema::Diagnostic& a, const schema::Diagnostic& b) {
                                  return a.place.line == b.place.line &&
                                         a.place.column == b.place.column && a.code == b.code &&
                                         a.message == b.message;
                                });
  diagnostics.erase(last, diagnostics.end());
  if (schema::has_errors(diagnostics)) plan.reset();
  if (plan) plan->warnings = diagnostics;
  return {std::move(plan), std::move(diagnostics)};
}

}  // namespace

Result<CompileResult> compile(const schema::SummarySpec& spec, db::Session& session,
                              db::Catalog& catalog, const sql::Dialect& dialect,
                              const Sources& sources) {
  std::vector<schema::Diagnostic> diagnostics;
  Compilation compilation{session, catalog, dialect, diagnostics, sources};
  SummaryPlan plan;
  plan.spec = spec;

  KEEPSUM_TRY(resolve_tables(compilation, plan));
  check_changed_at(compilation, plan);
  KEEPSUM_TRY(check_zones(compilation, plan));
  check_seal(compilation, plan);
  if (schema::has_errors(diagnostics)) return finish(std::move(diagnostics), std::nullopt);
  find_equalities(plan);
  KEEPSUM_TRY(resolve_columns(compilation, plan));
  check_sealed_columns(compilation, plan);
  find_links(compilation, plan);
  if (!schema::has_errors(diagnostics)) KEEPSUM_TRY(find_side_tables(compilation, spec, plan));
  KEEPSUM_TRY(find_own_changes(compilation, plan));
  check_left_joins(compilation, plan);
  if (schema::has_errors(diagnostics)) return finish(std::move(diagnostics), std::nullopt);
  KEEPSUM_TRY(try_expressions(compilation, plan));
  choose_scans(plan);
  write_contract(compilation, plan);
  say_of_seal(plan);
  return finish(std::move(diagnostics), std::move(plan));
}

}  // namespace keepsum::plan
