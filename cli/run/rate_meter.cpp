#include "cli/run/rate_meter.hpp"

namespace keepsum::cli {

namespace {

// Of less time than this a rate says nothing.
constexpr std::chrono::milliseconds telling_span{200};
// So many points a window are enough, however often it is told.
constexpr int points_per_window = 300;

}  // namespace

void RateMeter::add(Clock::time_point now, std::uint64_t done) {
  if (!points_.empty() && done < points_.back().done) points_.clear();
  const auto apart = window_ / points_per_window;
  if (points_.size() >= 2 && now - points_[points_.size() - 2].at < apart) {
    points_.back() = {now, done};
  } else {
    points_.push_back({now, done});
  }
  while (points_.size() >= 2 && points_[1].at <= now - window_) points_.pop_front();
}

std::optional<double> RateMeter::per_second(Clock::time_point now) const {
  if (points_.empty()) return std::nullopt;
  // The window may have moved on since the last point.
  auto first = points_.begin();
  while (first + 1 != points_.end() && (first + 1)->at <= now - window_) ++first;
  const auto time = now - first->at;
  if (time < telling_span) return std::nullopt;
  return static_cast<double>(points_.back().done - first->done) /
         std::chrono::duration<double>(time).count();
}

}  // namespace keepsum::cli
