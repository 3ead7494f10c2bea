// The commands. Each returns the process's exit code, or an Error that main() reports.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/workspace.hpp"

namespace keepsum::cli {

struct PlanOptions {
  bool sql = true;  // print the SQL of each object
};
// Of a run's pace; what is not given here is the spec's, or the default.
struct RunOptions {
  std::string chunk_time, snapshot_max, throttle_wait;  // durations
  std::string order;                                    // "auto", "one-pass", "key-ranges"
  std::string pace;                                     // "auto", "gentle", "full"
  int workers = 0;
  int work_percent = 0;
  std::int64_t threads_running_max = 0;
};
struct ApplyCommandOptions {
  bool yes = false;
  std::string plan_hash;
  int lock_wait_ms = 20;  // how long writers may queue behind a change of triggers
  RunOptions run;
};
// Of who is told of a run; what is not given here is the spec's, or the default.
struct TellingOptions {
  std::string status_every, on_drift_time;  // durations; status_every may be "0"
  std::string metrics_file, on_drift;
  std::string ping;  // a secret; ${ENV} not yet expanded
  bool ping_start = false;
};
// What a run looks at; at most one kind of them. All empty: the whole, in tours.
struct SelectionOptions {
  std::vector<std::string> keys;
  std::string keys_file;  // "-": stdin
  std::string since;      // "1h", "2026-03-01 04:00"
  std::string sample;     // "1%"
};
struct ReconcileCommandOptions {
  std::vector<std::string> names;
  bool verify_only = false;
  bool deep = false;
  std::optional<double> guard_percent;
  std::string time_budget;
  RunOptions run;
  TellingOptions telling;
  SelectionOptions selection;
  std::string control, pause_file;  // paths
};
struct CtlOptions {
  std::string command;                // "status", "pause", "resume", "set", "stop"
  std::vector<std::string> settings;  // of set: "chunk-ms=100"
  std::string control;                // the socket's path
};
struct ReadOptions {
  std::string name;
  std::vector<std::string> key;       // column=value; every key, or those that are fixed
  std::string last, from, to, as_of;  // of buckets: "30d", "2026-10-01"
  bool each = false;
  std::int64_t top = 0;
  std::vector<std::string> rank_of;  // column=value
  std::string by;                    // the column of the order
  bool ascending = false;
};
struct KeyOptions {
  std::string name;
  std::vector<std::string> key;  // column=value
  std::int64_t limit = 20;       // explain: rows shown
};
struct SnapshotCommandOptions {
  std::string name;
  std::string from, to, into;
  std::string every = "1d";
  std::string time_budget;  // a duration
  int workers = 2;
  bool again = false;
};
struct DropCommandOptions {
  std::string name;
  bool yes = false;
};
struct DriftCommandOptions {
  std::string name;              // "": every summary of the database
  std::int64_t run = 0;          // 0: every run
  std::vector<std::string> key;  // column=value; needs a name
  std::string since;             // "2026-03-01 04:00", UTC, or "2h" ago; "": ever
  std::int64_t limit = 20;
  bool runs = false;  // list the runs instead
};
struct UndoCommandOptions {
  std::int64_t run = 0;
  bool dry_run = false;
};
struct GrantsCommandOptions {
  std::string as;    // "apply", "cron", "service", "reader"; "": all of them
  std::string user;  // 'u'@'h'; "": keepsum_<as>@%
};
struct SqlOptions {
  std::vector<std::string> names;
  bool hooks = false;
  bool triggers = false;
  bool tables = false;
};

Result<int> run_check(const GlobalOptions& global);
Result<int> run_plan(const GlobalOptions& global, const PlanOptions& options);
Result<int> run_apply(const GlobalOptions& global, const ApplyCommandOptions& options);
Result<int> run_reconcile(const GlobalOptions& global, const ReconcileCommandOptions& options);
Result<int> run_ctl(const GlobalOptions& global, const CtlOptions& options);
Result<int> run_read(const GlobalOptions& global, const ReadOptions& options);
Result<int> run_snapshot(const GlobalOptions& global, const SnapshotCommandOptions& options);
Result<int> run_explain(const GlobalOptions& global, const KeyOptions& options);
Result<int> run_status(const GlobalOptions& global);
Result<int> run_drop(const GlobalOptions& global, const DropCommandOptions& options);
Result<int> run_drift(const GlobalOptions& global, const DriftCommandOptions& options);
Result<int> run_drift_undo(const GlobalOptions& global, const UndoCommandOptions& options);
Result<int> run_grants(const GlobalOptions& global, const GrantsCommandOptions& options);
Result<int> run_sql(const GlobalOptions& global, const SqlOptions& options);

}  // namespace keepsum::cli
