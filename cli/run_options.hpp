// A run's settings: the command line's, else the spec's, else the defaults.
#pragma once

#include "cli/commands.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::cli {

// Errors: invalid_spec for a replica's URL that is none, or a variable of it that is not set.
Result<reconcile::ReconcileOptions> reconcile_options(const Workspace& workspace,
                                                      const RunOptions& run);

// Says on stderr what a run waits for.
[[nodiscard]] reconcile::Throttle::OnPause say_pause(const std::string& name);

}  // namespace keepsum::cli
