// How far a run is, on stderr: one line that is redrawn in place where stderr is a terminal, else a
// line of its own every so often.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include "cli/run/monitor.hpp"

namespace keepsum::cli {

inline constexpr std::chrono::milliseconds status_every_default{30'000};

class ProgressLine {
 public:
  // `monitor` must outlive it. `every`: between two lines where there is no terminal; zero: none.
  // It has a thread, because a statement that takes a minute tells nothing meanwhile.
  ProgressLine(const RunMonitor& monitor, std::chrono::milliseconds every);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Prints a line of its own on stderr, as it is, and leaves no half of the bar before it.
  void say(std::string_view line);
  // Before something else is printed. The line comes back with the next summary.
  void clear();

 private:
  void run(const std::stop_token& done);
  void draw();
  void erase();

  const RunMonitor& monitor_;
  const bool on_terminal_;
  const std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool is_drawn_ = false;
  std::jthread thread_;
};

}  // namespace keepsum::cli
