// The past, recorded: for each day the figures as they were at its end, in a table that stays.
//
// A summary's buckets say what came to pass in each; merged up to a day they say how things stood
// then. `read --as-of` merges them anew each time, and gives what is known today of that day. A
// record keeps what was known when it was made.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

struct SnapshotOptions {
  std::string from;               // the first day, "2026-01-01", by the clocks of the buckets' zone
  std::optional<std::string> to;  // the last; nothing: the last that is over
  std::string every = "1d";       // from one to the next: d, w, mo or y
  std::string table;              // "": the summary's name and `_history`
  std::size_t workers = 2;        // days made side by side, each on a connection; SQLite: one
  bool again = false;             // also days that are recorded already
  std::optional<std::chrono::steady_clock::time_point> until;  // begin no day after that
  // Called by several threads, one at a time, after each day.
  std::function<void(std::size_t done, std::size_t all)> progress = [](std::size_t, std::size_t) {};
};

struct SnapshotReport {
  std::string table;
  std::size_t days = 0;               // that were asked for
  std::size_t recorded = 0;           // now
  std::size_t there = 0;              // recorded before
  std::vector<std::string> left_out;  // aggregates that do not follow from those of the buckets
  [[nodiscard]] bool is_whole() const noexcept { return recorded + there == days; }
};

// Makes the table if it is not there: `as_of`, the keys beside the bucket, the aggregates that can
// be merged. Each day is a transaction of its own: it is there whole or not at all, so a run that
// was killed goes on with the days that lack. Keys without rows by then are left out. Nothing is
// locked but the day's own rows; the summary is read without locks, at READ COMMITTED or in
// SQLite's snapshot.
// Errors: invalid_argument (no bucket, no such day, a table of that name with other columns, a
// summary that is not live); those of the session.
Result<SnapshotReport> record(Database& database, const plan::SummaryPlan& plan,
                              const SnapshotOptions& options);

}  // namespace keepsum::lifecycle
