#include "cli/run/monitor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace {

double seconds(RateMeter::Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

std::optional<double> RunView::share() const {
  if (total == 0) return std::nullopt;
  return std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
}

std::string describe(const RunView& view) {
  if (view.summary.empty())
    return fmt::format("between two summaries, {}", seconds_text(view.run_s));
  std::string text =
      fmt::format("{}: {}", view.summary, view.phase.empty() ? "begins" : view.phase);
  if (const auto share = view.share()) text += fmt::format(" {:.1f} %", *share * 100);
  if (!view.pausing.empty()) return text + ", pausing: " + view.pausing;
  if (view.per_second && *view.per_second >= 1) {
    text += fmt::format(", {}/s", with_separators(static_cast<std::int64_t>(*view.per_second)));
  }
  if (view.left_s) return text + fmt::format(", {} left", seconds_text(*view.left_s));
  return text + fmt::format(", for {}", seconds_text(view.phase_s));
}

void RunMonitor::begin(const std::string& summary) {
  const std::lock_guard lock(mutex_);
  now_ = {};
  now_.summary = summary;
  rate_.clear();
  phase_began_ = Clock::now();
}

void RunMonitor::end() { begin(""); }

void RunMonitor::progress(const reconcile::Progress& progress) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (progress.phase != now_.phase) {
    rate_.clear();
    phase_began_ = now;
  }
  now_.phase = progress.phase;
  now_.done = progress.done;
  now_.total = progress.total;
  now_.pausing.clear();
  rate_.add(now, progress.done);
}

void RunMonitor::pausing(const reconcile::Bite& bite) {
  const std::lock_guard lock(mutex_);
  now_.pausing = reconcile::describe(bite);
}

RunView RunMonitor::view() const {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  RunView view = now_;
  view.phase_s = seconds(now - phase_began_);
  view.run_s = seconds(now - began_);
  view.per_second = rate_.per_second(now);
  const bool moves = view.per_second && *view.per_second > 0;
  if (moves && view.total > view.done) {
    view.left_s = static_cast<double>(view.total - view.done) / *view.per_second;
  }
  return view;
}

}  // namespace keepsum::cli
