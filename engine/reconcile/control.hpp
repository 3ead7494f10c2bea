// When a run may go on, and what ends a statement of it that is running.
#pragma once

#include <condition_variable>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "engine/reconcile/pace.hpp"
#include "engine/reconcile/throttle.hpp"
#include "engine/reconcile/writers.hpp"

namespace keepsum::reconcile {

enum class Stop {
  none,
  budget,     // the time is spent
  asked,      // by a signal
  throttled,  // something was too high for too long
};
// "none", "time_budget", "asked", "throttled"
[[nodiscard]] std::string_view to_string(Stop stop) noexcept;

// Gently: with rests in a long statement, or between short ones, so that no core of the server is
// kept busy for long.
enum class Pacing {
  by_writers,  // gently while others write, see Writers; else at full speed
  gentle,
  full,
};
// "auto", "gentle", "full"
[[nodiscard]] std::string_view to_string(Pacing pacing) noexcept;

struct ControlOptions {
  std::optional<std::chrono::milliseconds> time_budget;
  // Of the time, 0 < work_share <= 1: the run rests after each chunk and each batch of repairs, for
  // as long as makes it so. With several workers, of the time in which new chunks are begun.
  double work_share = 1;
  Pacing pacing = Pacing::full;
  // While it goes gently: of the time, and what a range should take.
  double gentle_share = 0.4;
  std::chrono::milliseconds gentle_chunk_time{4};
  std::stop_token stop;
  ThrottleOptions throttle;
  Throttle::OnPause on_pause;
};

class RunControl {
 public:
  // `options` must outlive it. The budget begins here.
  RunControl(lifecycle::Database& database, const std::string& summary,
             const ControlOptions& options, bool may_write);

  // Asked before each chunk and each batch of repairs; waits while a signal bites, and rests. Once
  // it has said stop, it says so ever after.
  Stop may_go_on();
  // What was done until now is not to be rested for: it was to have no rests, or had them in it.
  void needs_no_rest() noexcept { resumed_ = std::chrono::steady_clock::now(); }
  // Between two statements of one snapshot: rests if the run goes gently, and no more.
  void rest_in_snapshot();
  [[nodiscard]] Stop stopped() const noexcept { return stop_; }
  // For people: "the time budget is spent". "" while it goes on.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }
  // What is left of the budget, never below zero; nothing without one.
  [[nodiscard]] std::optional<Seconds> left() const;
  [[nodiscard]] bool asked_to_stop() const { return options_.stop.stop_requested(); }
  // What a chunk should take at the moment: what somebody has said since the run began, what is
  // gentle, or else this.
  [[nodiscard]] std::chrono::milliseconds chunk_time(std::chrono::milliseconds otherwise);
  // Waits a fifth of a second to know whether others write, if the run goes by that.
  void look_for_writers();
  // Whether somebody has asked for a table for himself since watch_tables(), see Writers.
  void watch_tables() { writers_.watch_tables(); }
  bool is_a_table_wanted() { return writers_.is_a_table_wanted(); }
  // Why it goes gently at the moment, for people; "" if it does not.
  [[nodiscard]] std::string why_gently();
  [[nodiscard]] Throttle& throttle() noexcept { return throttle_; }
  // Within a statement.
  void has_rested(Seconds time) noexcept { rested_s_ += time.count(); }
  // Seconds that went into rests.
  [[nodiscard]] double rested_s() const noexcept { return rested_s_; }

 private:
  void rest(std::chrono::steady_clock::duration worked);

  const ControlOptions& options_;
  std::optional<std::chrono::steady_clock::time_point> deadline_;
  Throttle throttle_;
  Writers writers_;
  Stop stop_ = Stop::none;
  std::string reason_;
  std::chrono::steady_clock::time_point resumed_;  // when it was last told to go on
  double rested_s_ = 0;
};

// Interrupts a session's statement when the run is asked to stop; and, if it is long, when a signal
// has bitten for some seconds, when somebody wants a table for himself, or, unless it is gentle, if
// others write and the run gives way to them. Lives as long as the statement.
class Watch {
 public:
  enum class Of { a_chunk, a_whole_pass, a_gentle_pass };
  Watch(RunControl& control, db::Session& session, Of of);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Why it interrupted; nothing if it did not, or because the run was asked to stop.
  std::optional<Bite> end();

 private:
  std::optional<Bite> look();
  void run();

  RunControl& control_;
  db::Session& session_;
  Of of_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::optional<Bite> bite_;
  std::thread thread_;
};

}  // namespace keepsum::reconcile
