// SIGTERM and SIGINT as a wish to stop; a second one ends the process at once.
#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace keepsum::cli {

// Made before any other thread, which must inherit that these signals are blocked. While it lives,
// the first of them requests the stop.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  [[nodiscard]] std::stop_token token() const { return stop_.get_token(); }

 private:
  void wait(const std::stop_token& done);

  sigset_t signals_{};
  sigset_t before_{};
  std::stop_source stop_;
  std::jthread thread_;
};

}  // namespace keepsum::cli
