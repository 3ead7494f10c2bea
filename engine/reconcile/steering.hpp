// What a person says to a run that is under way: pause, go on, chunks of another length.
// Thread-safe. Whoever listens for it (a socket, a signal, a test) calls it; the run asks it before
// each chunk and each batch of repairs.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>

namespace keepsum::reconcile {

class Steering {
 public:
  // `pause_file`: while it exists the run pauses, whatever else was said; "" for none.
  explicit Steering(std::string pause_file = {}) : pause_file_(std::move(pause_file)) {}

  // `who` is shown: "keepsum ctl".
  void pause(std::string who);
  void resume();
  void set_chunk_time(std::chrono::milliseconds time);

  // Who wants the run to pause: "keepsum ctl", "the file /run/keepsum.pause". "" for nobody. A
  // pause file that cannot be looked for counts as there.
  [[nodiscard]] std::string who_pauses() const;
  // Nothing: as the run was told when it began.
  [[nodiscard]] std::optional<std::chrono::milliseconds> chunk_time() const;

 private:
  const std::string pause_file_;
  mutable std::mutex mutex_;
  std::string who_;
  std::optional<std::chrono::milliseconds> chunk_time_;
};

}  // namespace keepsum::reconcile
