// What a run is doing at this moment, for whoever asks: the progress line, the control socket.
// Thread-safe.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "cli/run/rate_meter.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::cli {

struct RunView {
  std::string summary;                // "" between two
  std::string phase;                  // as reconcile::Progress has it; "" before the first chunk
  std::uint64_t done = 0, total = 0;  // source rows, or keys when repairing; total 0: unknown
  std::optional<double> per_second;   // lately
  std::optional<double> left_s;       // of this phase, at that rate
  std::string pausing;                // for what; "" while it goes on
  double phase_s = 0;                 // since the phase began
  double run_s = 0;                   // since the run began
  [[nodiscard]] std::optional<double> share() const;  // 0 to 1
};
// "card_activity: verify 41.3 %, 12,345/s, 2 min 5 s left"
[[nodiscard]] std::string describe(const RunView& view);

class RunMonitor {
 public:
  void begin(const std::string& summary);
  void end();
  void progress(const reconcile::Progress& progress);
  void pausing(const reconcile::Bite& bite);
  [[nodiscard]] RunView view() const;

 private:
  using Clock = RateMeter::Clock;
  mutable std::mutex mutex_;
  RunView now_;
  RateMeter rate_;
  Clock::time_point began_ = Clock::now();
  Clock::time_point phase_began_ = began_;
};

}  // namespace keepsum::cli
