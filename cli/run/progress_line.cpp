#include "cli/run/progress_line.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace {

constexpr std::chrono::milliseconds between_draws{100};

std::string bar(const RunView& view) {
  std::string line = fmt::format("{} {:<8} ", view.summary, view.phase);
  const auto share = view.share();
  if (!share || view.done == 0) {
    line += fmt::format("… {}", seconds_text(view.phase_s));
  } else {
    constexpr int cells = 30;
    const int full = static_cast<int>(*share * cells);
    for (int i = 0; i < cells; ++i) line += i < full ? "█" : "░";
    line += fmt::format(" {:3.0f}%", *share * 100);
  }
  if (!view.pausing.empty()) return line + "  pausing: " + view.pausing;
  if (view.per_second && view.done > 0) {
    line += fmt::format("  {}/s", with_separators(static_cast<std::int64_t>(*view.per_second)));
  }
  if (view.left_s) line += fmt::format("  {} left", seconds_text(*view.left_s));
  return line;
}

}  // namespace

ProgressLine::ProgressLine(const RunMonitor& monitor, std::chrono::milliseconds every)
    : monitor_(monitor), on_terminal_(stderr_is_terminal()), every_(every) {
  if (!on_terminal_ && every_.count() == 0) return;
  thread_ = std::jthread([this](const std::stop_token& done) { run(done); });
}

ProgressLine::~ProgressLine() {
  if (thread_.joinable()) {
    thread_.request_stop();
    thread_.join();
  }
  clear();
}

void ProgressLine::run(const std::stop_token& done) {
  const auto apart = on_terminal_ ? between_draws : every_;
  auto next = std::chrono::steady_clock::now() + apart;
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait_until(lock, done, next, [] { return false; });
    if (done.stop_requested()) return;
    draw();
    next += apart;
  }
}

void ProgressLine::draw() {
  const RunView view = monitor_.view();
  if (!on_terminal_) {
    print_err(describe(view) + "\n");
    return;
  }
  if (view.phase.empty()) return;
  print_err("\r\x1b[K" + bar(view));
  std::fflush(stderr);
  is_drawn_ = true;
}

void ProgressLine::erase() {
  if (is_drawn_) print_err("\r\x1b[K");
  is_drawn_ = false;
}

void ProgressLine::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  erase();
  print_err(line);
}

void ProgressLine::clear() {
  const std::lock_guard lock(mutex_);
  erase();
}

}  // namespace keepsum::cli
