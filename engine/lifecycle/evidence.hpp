// What runs have written down: the differences they found, why, and which repairs were taken back.
//
// Control writes the evidence of a repair, in the repair's own transaction. What is here is written
// beside repairs, and is read by people.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"

namespace keepsum::lifecycle {

// A fact that explains a difference. Facts alone: where nothing can be shown there is no Cause.
struct Cause {
  std::optional<std::string> group_key;  // as DriftRow's; nothing: of the run as a whole
  std::string code;                      // "row_not_counted"; stable, for programs
  std::string sentence;                  // the same for people, with names and times
};

struct DriftRecord {
  std::int64_t id = 0, run = 0;
  std::string summary;
  DriftRow row;
  std::string found_at;  // UTC
  // What an undo took back and no drift: `stored` is what the repair had made of it, `expected`
  // what it was before the repair, and is again.
  bool by_undo = false;
};

struct PastRun {
  RunRecord record;
  std::string summary;
  std::optional<std::int64_t> undone_by;  // the run that took its repairs back
  bool undo_finished = false;
};

// Which of them; everything given must hold.
struct DriftFilter {
  std::optional<std::string> summary;
  std::optional<std::int64_t> run;
  std::optional<std::string> group_key;
  std::string since_sql;         // an SQL expression that gives a UTC time; "" for no bound
  std::vector<db::Value> since;  // its parameters
};

// The last row of a run's evidence that has been taken back.
struct UndoRecord {
  std::int64_t run = 0, undo_run = 0, drift_id = 0;
  bool finished = false;
};

// Every call is one statement (several for long lists) in whatever transaction the session is in.
// Where the control tables are older than this version, finds answer "nothing", and what would be
// written is left out: `keepsum apply` brings them up to date.
class Evidence {
 public:
  explicit Evidence(Database& database) : database_(database) {}

  // Newest first, until `handler` says stop. It must not use the session.
  Result<void> each_drift(const DriftFilter& filter,
                          const std::function<db::Flow(const DriftRecord&)>& handler);
  // Newest first; group_key is not looked at.
  Result<std::vector<PastRun>> runs(const DriftFilter& filter, std::int64_t limit);
  // The repaired rows of a run with an id above `after`, oldest first.
  Result<std::vector<DriftRecord>> repaired_rows(std::int64_t run, std::int64_t after,
                                                 std::int64_t limit);

  Result<void> add_causes(std::int64_t run, const std::string& summary,
                          const std::vector<Cause>& causes);
  Result<std::vector<Cause>> causes(std::int64_t run);

  // Notes which of the plan's triggers are in place now, and when each was made.
  Result<void> note_triggers(const std::string& summary, const Capturing& now);
  // For a summary that has other triggers now.
  Result<void> forget_triggers(const std::string& summary);
  struct SeenTrigger {
    std::string name;
    std::string made_at;  // "" where the database does not say
    std::string seen_at;  // UTC: when it was last seen as it should be
  };
  Result<std::vector<SeenTrigger>> seen_triggers(const std::string& summary);

  Result<std::optional<UndoRecord>> undo_of(std::int64_t run);
  Result<void> put_undo(const std::string& summary, const UndoRecord& undo);

  // Whether the control tables have what this version writes; undo needs them.
  Result<bool> is_complete();

 private:
  Result<bool> has(std::string_view table);
  Database& database_;
};

}  // namespace keepsum::lifecycle
