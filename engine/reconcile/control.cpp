#include "engine/reconcile/control.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::reconcile {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds between_glances{50};
constexpr milliseconds between_control_looks{500};
// A long pass is worth more than one high reading.
constexpr milliseconds bitten_max{3000};

}  // namespace

std::string_view to_string(Stop stop) noexcept {
  switch (stop) {
    case Stop::none: return "none";
    case Stop::budget: return "time_budget";
    case Stop::asked: return "asked";
    case Stop::throttled: return "throttled";
  }
  return "none";
}

std::string_view to_string(Pacing pacing) noexcept {
  switch (pacing) {
    case Pacing::by_writers: return "auto";
    case Pacing::gentle: return "gentle";
    case Pacing::full: return "full";
  }
  return "full";
}

RunControl::RunControl(lifecycle::Database& database, const std::string& summary,
                       const ControlOptions& options, bool may_write)
    : options_(options),
      throttle_(database, summary, options.throttle, may_write),
      writers_(database),
      resumed_(steady_clock::now()) {
  if (options.time_budget) deadline_ = steady_clock::now() + *options.time_budget;
}

std::optional<Seconds> RunControl::left() const {
  if (!deadline_) return std::nullopt;
  return std::max(Seconds{0}, Seconds(*deadline_ - steady_clock::now()));
}

void RunControl::look_for_writers() {
  if (options_.pacing == Pacing::by_writers) writers_.settle();
}

std::string RunControl::why_gently() {
  switch (options_.pacing) {
    case Pacing::by_writers: return writers_.are_there() ? writers_.what() : "";
    case Pacing::gentle: return "it was asked to go gently";
    case Pacing::full: return "";
  }
  return "";
}

milliseconds RunControl::chunk_time(milliseconds otherwise) {
  const Steering* steering = options_.throttle.steering;
  const auto asked = steering != nullptr ? steering->chunk_time() : std::nullopt;
  if (asked) return *asked;
  return why_gently().empty() ? otherwise : std::min(otherwise, options_.gentle_chunk_time);
}

// A core that is busy without a break keeps from a server with few of them, or with a quota of CPU
// time, what its other threads need.
void RunControl::rest(steady_clock::duration worked) {
  const double share = why_gently().empty() ? options_.work_share
                                            : std::min(options_.work_share, options_.gentle_share);
  if (share >= 1) return;
  const auto from = steady_clock::now();
  const Seconds due = Seconds(worked) * (1 / share - 1);
  auto end = from + std::chrono::duration_cast<steady_clock::duration>(due);
  if (deadline_) end = std::min(end, *deadline_);
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_until(lock, options_.stop, end, [] { return false; });
  rested_s_ += Seconds(steady_clock::now() - from).count();
}

void RunControl::rest_in_snapshot() {
  rest(steady_clock::now() - resumed_);
  resumed_ = steady_clock::now();
}

Stop RunControl::may_go_on() {
  if (stop_ != Stop::none) return stop_;
  rest(steady_clock::now() - resumed_);
  const auto budget_is_spent = [&] { return deadline_ && steady_clock::now() >= *deadline_; };
  const auto stop = [&](Stop why, std::string reason) {
    stop_ = why;
    reason_ = std::move(reason);
    return stop_;
  };
  const auto waited = asked_to_stop() ? Throttle::Waited::asked_to_stop
                      : budget_is_spent()
                          ? Throttle::Waited::no_more
                          : throttle_.wait(options_.stop, deadline_, options_.on_pause);
  if (waited == Throttle::Waited::asked_to_stop || asked_to_stop()) {
    return stop(Stop::asked, "it was asked to stop");
  }
  if (waited == Throttle::Waited::deadline) {
    return stop(Stop::throttled,
                fmt::format("{}, for as long as it may wait", describe(*throttle_.last_bite())));
  }
  if (budget_is_spent()) {
    return stop(Stop::budget, "the time budget is spent");
  }
  resumed_ = steady_clock::now();
  return Stop::none;
}

Watch::Watch(RunControl& control, db::Session& session, Of of)
    : control_(control), session_(session), of_(of) {
  if (of != Of::a_chunk) control_.watch_tables();
  thread_ = std::thread([this] { run(); });
}

Watch::~Watch() { [[maybe_unused]] const auto bite = end(); }

std::optional<Bite> Watch::end() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  return bite_;
}

std::optional<Bite> Watch::look() {
  if (control_.is_a_table_wanted()) {
    return Bite{std::string(tables_signal), std::nullopt, 0,
                "somebody wants a table for himself, such as for ALTER TABLE"};
  }
  if (auto bite = control_.throttle().look()) return bite;
  std::string why = of_ == Of::a_whole_pass ? control_.why_gently() : "";
  if (why.empty()) return std::nullopt;
  return Bite{std::string(writers_signal), std::nullopt, 0, std::move(why)};
}

// Interrupts more than once: the statement may not have begun yet when it did so first.
void Watch::run() {
  auto looked = steady_clock::now();
  auto fine = looked;
  std::optional<Bite> bite;
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, between_glances, [this] { return done_; })) {
    lock.unlock();
    const auto now = steady_clock::now();
    if (of_ != Of::a_chunk && now - looked >= between_control_looks) {
      bite = look();
      looked = steady_clock::now();
      if (!bite) fine = looked;
    }
    const bool at_once = bite && (bite->signal == writers_signal || bite->signal == tables_signal);
    const bool bitten = bite && (at_once || now - fine >= bitten_max);
    if (control_.asked_to_stop() || bitten) session_.interrupt();
    lock.lock();
    if (bitten) bite_ = bite;
  }
}

}  // namespace keepsum::reconcile
