// What must change in the database for a summary to be as planned: the words of `plan`, and the
// work of `apply`.
#pragma once

#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

enum class Action { create, change, drop, keep };
[[nodiscard]] char sign(Action action) noexcept;  // + ~ - =

struct ObjectChange {
  Action action = Action::keep;
  std::string kind;                   // "table", "trigger"
  std::string name;
  std::string on;                     // trigger: its table
  std::string reason;                 // why, if it is not plain creation
  std::vector<std::string> create_sql;
  std::vector<std::string> drop_sql;  // done first
};

struct ChangeSet {
  std::string summary;
  State state = State::absent;        // before
  std::vector<ObjectChange> objects;  // the table, then the triggers
  std::string definition_hash;        // of what is wanted, whatever is there
  bool must_build = false;            // not live, or will not be after the changes

  [[nodiscard]] bool has_changes() const noexcept;
};

// Reads the catalog and the control tables; writes nothing.
// Errors: invalid_spec if a table of the summary's name is there and not keepsum's.
Result<ChangeSet> compare_with_database(Database& database, const plan::SummaryPlan& plan);

// The columns of a table as the catalog gives them back; "" if it is not there.
Result<std::string> layout_of(Database& database, const std::string& table);

// The summary's table and what it means, as text: what the control tables remember.
[[nodiscard]] std::string definition_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

// A digest of all change sets: what `apply --plan-hash` is held against.
[[nodiscard]] std::string plan_hash(const std::vector<ChangeSet>& sets);

// "What is wrong with the installed triggers", one line each; empty if nothing is.
Result<std::vector<std::string>> trigger_faults(Database& database, const plan::SummaryPlan& plan);

}  // namespace keepsum::lifecycle
