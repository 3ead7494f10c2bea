// How fast something goes lately. A run that paused, or came to rows that cost more, has another
// rate than that of its whole time, and what is left will take as long as it takes now.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace keepsum::cli {

class RateMeter {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RateMeter(std::chrono::milliseconds window = std::chrono::seconds{30})
      : window_(window) {}

  // So much was done by then; times and amounts never fall. Another phase begins with clear().
  void add(Clock::time_point now, std::uint64_t done);
  void clear() { points_.clear(); }
  // Over the window that ends now: a standstill brings it down. Nothing while it cannot be known.
  [[nodiscard]] std::optional<double> per_second(Clock::time_point now) const;

 private:
  struct Point {
    Clock::time_point at;
    std::uint64_t done;
  };
  std::chrono::milliseconds window_;
  std::deque<Point> points_;  // the first lies at the window's start, or before it
};

}  // namespace keepsum::cli
