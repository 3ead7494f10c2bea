// What a run of `keepsum reconcile` came to, for all who are told of it: the person, the JSON line,
// the metrics file, the drift command, the ping.
#pragma once

#include <boost/json.hpp>
#include <keepsum/error.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/reconcile/reconcile.hpp"

namespace keepsum::cli {

struct SummaryResult {
  std::string name;
  std::optional<reconcile::RunReport> report;  // nothing: `error` says why
  std::optional<Error> error;                  // beside a report: what failed after it
  std::vector<std::string> trigger_faults;
};

struct RunResult {
  bool verify_only = false;
  std::vector<SummaryResult> summaries;
  // Names of the spec; nothing if it could not be read.
  std::optional<std::vector<std::string>> in_spec;
  std::optional<Error> error;  // before any summary: the spec, the connection
  int code = 0;                // the exit code
  double seconds = 0;
};

// Outcome::consistent … as to_string() gives them; "lease_held" and "failed" where there is no
// report.
[[nodiscard]] std::string_view outcome_of(const SummaryResult& result);
// Whether it did what it was asked to do, and no drift is left: consistent, repaired, or stopped in
// time for the next run to go on. A run that gave up waiting is none, or it could do so for ever.
[[nodiscard]] bool is_success(const SummaryResult& result);
[[nodiscard]] bool is_success(const RunResult& result);
// Nothing was done because another run is at it, which will tell of itself.
[[nodiscard]] bool is_left_to_another(const RunResult& result);

// Keys, over all summaries.
struct Totals {
  std::int64_t drifted = 0, repaired = 0, unrepaired = 0;
};
[[nodiscard]] Totals totals(const RunResult& result);

[[nodiscard]] int exit_of(const SummaryResult& result);
// The gravest of several exit codes.
[[nodiscard]] int graver(int a, int b);

// The object that --json prints, on one line.
[[nodiscard]] boost::json::object to_json(const RunResult& result);

}  // namespace keepsum::cli
