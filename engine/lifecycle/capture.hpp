// Who writes a summary, and moving that from triggers to the service's hooks or back while it is
// live.
//
// keepsum_captures says who writes, and each hook asks it in the statement that would write. A
// plain trigger writes without asking, so it may be there only while triggers write. A gated one
// asks; it may always be there. So a move puts gated triggers in place, one by one, changes the row
// at one moment, and then makes the triggers plain, or drops them. At each step every change is
// counted by one of the two and not by both, so a move that was interrupted leaves a summary that
// is exact.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/change_set.hpp"
#include "engine/maintain/trigger_set.hpp"

namespace keepsum::lifecycle {

// One of the plan's triggers, and what stands under its name.
struct PlannedTrigger {
  enum class Found { nothing, plain, gated, altered };
  sql::TriggerText plain, gated;
  Found found = Found::nothing;
  std::string made_at;        // as db::TriggerInfo's
  db::TriggerInfo installed;  // what was found

  // Whether it writes what the plan wants, while triggers do.
  [[nodiscard]] bool in_place() const noexcept {
    return found == Found::plain || found == Found::gated;
  }
};

// How a summary is written now, seen from the plan.
struct Capturing {
  schema::Capture in_force = schema::Capture::triggers;
  bool recorded = false;                   // keepsum_captures has its row
  std::optional<db::TableInfo> table;      // the summary's
  std::vector<PlannedTrigger> triggers;    // those that writing by triggers takes
  std::vector<PlannedTrigger> fixed;       // those on side tables, which are there whoever writes
  std::vector<db::TriggerInfo> strangers;  // further ones under the summary's prefix

  // Whether every change is counted just once: nothing is missing, nothing too much.
  [[nodiscard]] bool is_exact() const;
  // Whether gated triggers are there, which only a move makes.
  [[nodiscard]] bool is_moving() const;
};

// Reads the catalog and the control tables; writes nothing. Errors: access_denied if a trigger is
// hidden from this user, who would else take it for missing.
Result<Capturing> capturing(Database& database, const plan::SummaryPlan& plan);

// The triggers and the row of keepsum_captures, as the spec's capture wants them.
[[nodiscard]] std::vector<ObjectChange> capture_changes(const Capturing& now,
                                                        const plan::SummaryPlan& plan,
                                                        const sql::Dialect& dialect);

// From what is there to the spec's capture. Precondition: now.is_exact().
[[nodiscard]] CaptureMove plan_move(const Capturing& now, const plan::SummaryPlan& plan,
                                    const sql::Dialect& dialect);

// What must be deployed when, for people.
[[nodiscard]] std::vector<std::string> deployment_notes(schema::Capture from, schema::Capture to);

// The tables that whoever changes keepsum_captures must have to itself: nobody may be between a
// change of a row and what follows it.
[[nodiscard]] std::vector<std::string> captured_tables(const plan::SummaryPlan& plan);

// "What is wrong with the installed triggers", one line each; empty if nothing is.
[[nodiscard]] std::vector<std::string> capture_faults(const Capturing& now);

}  // namespace keepsum::lifecycle
