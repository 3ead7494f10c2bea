// A command of the operator's, run beside keepsum.
#pragma once

#include <chrono>
#include <keepsum/result.hpp>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace keepsum::cli {

struct Command {
  std::string text;                                              // for /bin/sh -c
  std::string input;                                             // its stdin
  std::vector<std::pair<std::string, std::string>> environment;  // beside our own
  std::chrono::milliseconds time_max{60'000};
  // Whoever asks us to stop has little patience: the command has no more than some seconds then.
  std::stop_token stop;
};

// Waits for its end. What it writes, on stdout too, goes to our stderr: our stdout is data. It has
// a process group of its own, which is ended by SIGTERM and then SIGKILL when the time is up, and
// no descriptor of ours. Errors: io_failed if it cannot be started, ends with another code than 0
// or by a signal, or takes too long.
Result<void> run_command(const Command& command);

}  // namespace keepsum::cli
