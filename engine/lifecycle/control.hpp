// What keepsum remembers about its summaries, in its control tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "schema/spec.hpp"

namespace keepsum::lifecycle {

// `lazy`: its triggers are there, and its latches are set by whoever reads them.
enum class State { absent, building, lazy, live };
[[nodiscard]] std::string_view to_string(State state) noexcept;

struct SummaryRecord {
  std::string name;
  State state = State::absent;
  std::string plan_hash;
  std::string definition;                 // the CREATE TABLE it was made with
  std::string layout;                     // its columns as the catalog gave them back
  std::optional<std::string> checkpoint;  // building: where the backfill goes on
  std::string applied_at;                 // UTC
  std::optional<std::string> live_at;
  std::optional<std::string> verified_at;
  std::optional<std::int64_t> keys_verified;
};

// As it stands in keepsum_runs. "failed" is that of a run that ended with an error. "running" is what a run that was killed leaves behind until the
// next one finds it, and calls it "lost": finished_at is then when that was noticed.
struct RunRecord {
  std::int64_t id = 0, fence = 0;
  std::string kind, started_at, outcome;
  std::optional<std::string> finished_at;  // UTC
  std::int64_t keys_checked = 0, drifted = 0, repaired = 0;
};

// How long source and summary have been equal, by what the runs have left.
struct Equality {
  std::string since;               // UTC: live_at, or when drift was last found if that is later
  std::int64_t verifications = 0;  // that found no difference, since then
  std::int64_t keys = 0;           // in all of them
  std::optional<std::string> last_at;
  bool drift_left = false;  // what was found last has not been repaired
};

// One column of one key that differed.
struct DriftRow {
  std::string group_key;  // JSON object: {"card_id": 42}
  std::string column;
  std::optional<std::string> stored;
  std::optional<std::string> expected;
  bool repaired = false;
};

// "UPDATE keepsum_captures …", for a plan to show and to be run where nobody else writes.
[[nodiscard]] std::string put_capture_sql(const sql::Dialect& dialect, const std::string& name,
                                          schema::Capture capture);

// Every call is one statement in whatever transaction the session is in. Before the control
// tables exist, finds answer "nothing".
class Control {
 public:
  explicit Control(Database& database) : database_(database) {}

  Result<bool> exists();
  Result<std::optional<SummaryRecord>> find(const std::string& name);
  Result<std::vector<SummaryRecord>> all();

  // Starts building, from the beginning of the key space.
  Result<void> put_building(const std::string& name, const std::string& plan_hash,
                            const std::string& definition);
  Result<void> set_layout(const std::string& name, const std::string& layout);
  // Nothing: from the beginning.
  Result<void> set_checkpoint(const std::string& name,
                              const std::optional<std::string>& checkpoint);
  Result<void> set_live(const std::string& name, std::int64_t keys_verified);
  // Live with another meaning, from this moment on. `verified`: the keys of a whole verification;
  // nothing if what was live before was verified, and only what is new has been now.
  Result<void> set_applied(const std::string& name, const std::string& plan_hash,
                           const std::string& definition, const std::string& layout,
                           std::optional<std::int64_t> verified);
  // Not live, and of no layout: whatever reads or writes by the record lets the table alone.
  Result<void> set_turning(const std::string& name);
  // And nothing else of the record. Precondition: not absent.
  Result<void> set_state(const std::string& name, State state);
  Result<void> set_verified(const std::string& name, std::int64_t keys_verified);
  Result<void> remove(const std::string& name);
  // Nothing of its history counts as sealed any more.
  Result<void> forget_seal(const std::string& name);

  // Runs that are "running" still are written down as lost, with the repairs their evidence shows.
  // Precondition: the caller holds the lease, so that none of them can be at work.
  Result<std::int64_t> start_run(const std::string& summary, const std::string& kind,
                                 std::int64_t fence);
  Result<void> finish_run(const RunRecord& run);
  // In as few statements as the database allows.
  Result<void> add_drift(std::int64_t run, const std::string& summary,
                         const std::vector<DriftRow>& rows);
  Result<std::optional<RunRecord>> last_run(const std::string& summary);
  // Precondition: the summary is live.
  Result<Equality> equality(const SummaryRecord& record);

  // Who writes the summary; nothing if that was never written down, which hooks take for triggers.
  Result<std::optional<schema::Capture>> capture(const std::string& name);

 private:
  Database& database_;
};

}  // namespace keepsum::lifecycle
