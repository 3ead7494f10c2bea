// What scripts and cron read of a run. Stable: part of the command line's contract.
#pragma once

#include <keepsum/error.hpp>

namespace keepsum::cli {

enum ExitCode : int {
  exit_ok = 0,  // nothing to do, or consistent
  exit_failed = 1,
  exit_changed = 2,     // plan has changes, or drift was found and all of it repaired
  exit_lease_held = 3,  // another run works on it
  exit_time_spent = 4,  // the time budget is spent; the next run goes on
  exit_drift_left = 5,  // drift is left unrepaired
  exit_usage = 64,      // wrong arguments
  exit_config = 78,     // wrong spec or configuration
};

[[nodiscard]] inline int exit_code(const Error& error) {
  switch (error.code) {
    case ErrorCode::lease_held: return exit_lease_held;
    case ErrorCode::time_budget_spent: return exit_time_spent;
    case ErrorCode::invalid_argument: return exit_usage;
    case ErrorCode::invalid_spec: return exit_config;
    default: return exit_failed;
  }
}

}  // namespace keepsum::cli
