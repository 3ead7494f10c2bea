// What must change in the database for a summary to be as planned: the words of `plan`, and the
// work of `apply`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/changes.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

enum class Action { create, change, drop, keep };
[[nodiscard]] char sign(Action action) noexcept;  // + ~ - =

// A further table, of a column the summary no longer has.
inline constexpr std::string_view side_table_kind = "side table";

struct ObjectChange {
  Action action = Action::keep;
  std::string kind;  // "table", "totals" (of sealed history), "trigger", "capture", side_table_kind
  std::string name;
  std::string on;      // trigger: its table
  std::string reason;  // why, if it is not plain creation
  std::vector<std::string> create_sql;
  std::vector<std::string> drop_sql;  // done first
};

struct Step {
  std::string title;
  std::vector<std::string> statements;
  bool alone = false;  // in one moment, in which nobody else uses the base tables
};

// What a live summary goes through when another capture takes over.
struct CaptureMove {
  schema::Capture from, to;
  std::vector<Step> steps;
  // Whether each change is counted just once after every single statement. If not, readers use the
  // source until the last one.
  bool seamless = true;
};

// What a live summary goes through when its spec says something else (see spec_change.hpp).
struct SpecChange {
  Way way = Way::in_place;
  bool under_way = false;            // begun by an apply that was interrupted
  bool back = false;                 // what was begun is undone: the spec is the applied one again
  std::vector<std::string> added;    // aggregates …
  std::vector<std::string> removed;  // … in the order of their names
  std::string reason;                // why this way
  std::string cost;                  // for people
  std::vector<Step> steps;           // of those under way, what is left
};

struct ChangeSet {
  std::string summary;
  State state = State::absent;                           // before
  schema::Capture in_force = schema::Capture::triggers;  // who writes now
  // The tables, then the triggers, then the capture, then side tables that go.
  std::vector<ObjectChange> objects;
  // Set if the summary is live and exact, and a change of capture is all there is to do.
  std::optional<CaptureMove> move;
  // Set if the summary is live, or was until a change of its spec was interrupted, and goes over to
  // the plan without being taken away from its readers.
  std::optional<SpecChange> change;
  std::vector<std::string> notes;  // what must be deployed when, in order
  std::string definition_hash;     // of table and meaning, whatever is there
  bool must_build = false;         // not live, or will not be after the changes

  [[nodiscard]] bool has_changes() const noexcept;
  // Whether the table, the triggers or the capture are not as planned: side tables that go change
  // nothing about the summary.
  [[nodiscard]] bool objects_differ() const noexcept;
};

// Reads the catalog and the control tables; writes nothing.
// Errors: invalid_spec if a table of the summary's name is there and not keepsum's, or if the
// spec of a live summary cannot be changed so; the hint has the way round.
Result<ChangeSet> compare_with_database(Database& database, const plan::SummaryPlan& plan);

// The columns of a table as the catalog gives them back; "" if it is not there.
Result<std::string> layout_of(Database& database, const std::string& table);

// The summary's table and what it means, as text: what the control tables remember.
[[nodiscard]] std::string definition_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

// The mark of a live summary that means what the plan means (see marks.hpp).
[[nodiscard]] std::string live_mark(const plan::SummaryPlan& plan, const sql::Dialect& dialect);
// The same of what was applied with this hash.
[[nodiscard]] std::string live_mark_of(const std::string& plan_hash);

// A digest of all change sets: what `apply --plan-hash` is held against.
[[nodiscard]] std::string plan_hash(const std::vector<ChangeSet>& sets);

}  // namespace keepsum::lifecycle
