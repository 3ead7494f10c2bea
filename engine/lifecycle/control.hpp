// What keepsum remembers about its summaries, in its control tables.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "schema/spec.hpp"

namespace keepsum::lifecycle {

enum class State { absent, building, live };
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

struct RunRecord {
  std::int64_t id = 0;
  std::string kind, started_at, outcome;
  std::int64_t keys_checked = 0, drifted = 0, repaired = 0;
};

// One column of one key that differed.
struct DriftRow {
  std::string group_key;  // JSON object: {"card_id": 42}
  std::string column;
  std::optional<std::string> stored;
  std::optional<std::string> expected;
  bool repaired = false;
};

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
  // Who writes the summary from now on.
  Result<void> set_capture(const std::string& name, schema::Capture capture);
  Result<void> set_layout(const std::string& name, const std::string& layout);
  Result<void> set_checkpoint(const std::string& name, const std::string& checkpoint);
  Result<void> set_live(const std::string& name, std::int64_t keys_verified);
  Result<void> set_verified(const std::string& name, std::int64_t keys_verified);
  Result<void> remove(const std::string& name);

  Result<std::int64_t> start_run(const std::string& summary, const std::string& kind,
                                 std::int64_t fence);
  Result<void> finish_run(const RunRecord& run);
  Result<void> add_drift(std::int64_t run, const std::string& summary,
                         const std::vector<DriftRow>& rows);
  Result<std::optional<RunRecord>> last_run(const std::string& summary);

 private:
  Database& database_;
};

}  // namespace keepsum::lifecycle
