// Who is told of a run, and how: the command line's word, else the spec's, else the default.
//
// Whatever goes wrong in telling is a line on stderr and nothing else: a monitor that is down keeps
// nobody from verifying, and does not make a good run a bad one.
#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

#include "cli/commands.hpp"
#include "cli/run/ping.hpp"
#include "cli/run/result.hpp"

namespace keepsum::cli {

struct Telling {
  std::chrono::milliseconds status_every{30'000};
  std::string metrics_file;  // "" for none; so the others
  std::string on_drift;
  std::chrono::milliseconds on_drift_time{60'000};
  std::optional<PingUrl> ping;
  bool ping_start = false;
};

// Errors: invalid_argument for a flag, invalid_spec for a setting: a metrics file the collector
// would not read, a URL that is none, a variable in it that is not set. None shows the URL.
Result<Telling> telling_of(const TellingOptions& flags, const schema::ReconcileSettings& spec);

// The run begins: the ping's /start, if it is wanted.
void tell_start(const Telling& telling);
// It has ended: metrics file, ping, drift command, in this order.
void tell_end(const Telling& telling, const RunResult& result, const std::string& config,
              const std::stop_token& stop);

}  // namespace keepsum::cli
