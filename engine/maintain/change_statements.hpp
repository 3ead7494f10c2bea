// The statements that follow a change of one base row: in a trigger, where the row is NEW and
// OLD, or in an embedded hook, where it is found by its primary key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::maintain {

// The body of the trigger for a hook of the plan.
[[nodiscard]] std::vector<std::string> trigger_statements(const plan::SummaryPlan& plan,
                                                          const sql::Dialect& dialect,
                                                          const plan::Hook& hook);

// What a trigger for the hook does besides, for the columns that add up steps: one statement for
// each order.
[[nodiscard]] std::vector<std::string> step_statements(const plan::SummaryPlan& whole,
                                                       const sql::Dialect& dialect,
                                                       const plan::Hook& hook);

// What it does for the columns that number the rows of a list, in a trigger of its own, as any
// other change of the row has nothing to do with them. Nothing if there are none.
struct Places {
  std::vector<std::string> statements;
  std::string guard;  // as trigger_guard()
};
[[nodiscard]] Places places(const plan::SummaryPlan& whole, const sql::Dialect& dialect,
                            const plan::Hook& hook);

// The body of the trigger that makes up for foreign key actions of a root table.
[[nodiscard]] std::vector<std::string> cascade_statements(const plan::SummaryPlan& plan,
                                                          const sql::Dialect& dialect,
                                                          const plan::Cascade& cascade);

// The condition on OLD and NEW under which a trigger has anything to do; "" for always.
[[nodiscard]] std::string trigger_guard(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                        const plan::Hook& hook);
// MariaDB fires the AFTER UPDATE trigger of UPDATE IGNORE also for a row that it left alone, because a
// unique key or a foreign key refused its new values. Such a row still stands there as it was. A row
// that keeps the columns of its keys cannot be refused, and is not looked for.
[[nodiscard]] std::optional<sql::Refusal> refusal(const plan::SummaryPlan& plan,
                                                  const sql::Dialect& dialect,
                                                  const plan::Hook& hook);
[[nodiscard]] std::string cascade_guard(const sql::Dialect& dialect, const plan::Cascade& cascade,
                                        const db::TableInfo& root);

// When an embedded hook runs, seen from the row's own statement.
enum class Moment {
  after_insert,   // the row is there
  before_update,  // the row still has its old values
  after_update,   // the row has its new values
  before_delete,  // the row is still there
};

struct HookStatement {
  std::string sql;
  // How many times the primary key's values follow one another as parameters.
  std::size_t key_repeats = 1;
  // A SELECT that locks the row. Without a result there is no such row: then neither the hook's
  // other statements nor the row's own may run.
  bool locks_row = false;
};

// Nothing if the catalog proves that there is nothing to do, or if triggers alone can keep the
// summary.
[[nodiscard]] std::vector<HookStatement> hook_statements(const plan::SummaryPlan& plan,
                                                         const sql::Dialect& dialect,
                                                         const std::string& alias, Moment moment);

}  // namespace keepsum::maintain
