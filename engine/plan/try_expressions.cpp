// The server's own verdict on every expression of the spec.
//
// Some things only it can know: whether two collations compare, whether a literal fits a column's
// character set, whether a function takes what it is given.
#include <fmt/format.h>

#include "engine/plan/steps.hpp"
#include "engine/sql/composed.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::plan {

Result<void> try_expressions(Compilation& compilation, const SummaryPlan& plan) {
  const sql::Binding own = sql::composed(plan, compilation.dialect, {}, sql::SourceRows::none);
  const Scope scope = plan.scope();
  const sql::Renderer render(scope, compilation.dialect, own);
  std::string list;
  const auto add = [&list](const std::string& expr) { list += (list.empty() ? "" : ", ") + expr; };
  for (const KeyColumn& key : plan.keys) add(render(*key.expr));
  for (const StateColumn& column : plan.state) {
    add(sql::contribution(plan, compilation.dialect, column, own));
  }
  const auto tried = compilation.session.rows(fmt::format(
      "SELECT {} {}", list, sql::joined(plan, compilation.dialect, own, {}, {"FALSE"}).sql));
  if (tried.has_value()) return {};
  if (tried.error().code != ErrorCode::statement_failed) return tried.error();
  compilation.refuse(plan.spec.place, "refused-by-server",
                     fmt::format("the database refuses an expression of this summary: {} ({})",
                                 tried.error().server_message, tried.error().native_code),
                     "a trigger with it would refuse every write; change the expression, or CAST "
                     "one side of the comparison");
  return {};
}

}  // namespace keepsum::plan
