// Giving way: a run pauses while the database has enough to do, and says which signal it waits for.
//
// A signal that cannot be read, or not within three seconds, counts as too high: a replica that
// does not answer may be hours behind.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/reconcile/steering.hpp"

namespace keepsum::reconcile {

struct Replica {
  std::string name;  // without secrets: it is shown
  // Waits for no answer longer than three seconds, then or later.
  std::function<Result<std::unique_ptr<db::Session>>()> open;
};

struct ThrottleOptions {
  std::optional<std::int64_t> threads_running_max = 50;  // MySQL and MariaDB
  std::vector<Replica> replicas;
  std::chrono::milliseconds replica_lag_max{10'000};
  std::string query;  // answers one number; "" for none
  double query_max = 0;
  std::optional<std::chrono::milliseconds> commit_latency_max;
  std::chrono::milliseconds wait_max{300'000};  // of one pause
  // Who may pause the run by hand: the signal `pause`, for which wait_max does not count. May be
  // null.
  const Steering* steering = nullptr;
};

// A signal above its threshold, or somebody who wants the run to pause.
struct Bite {
  std::string signal;  // "threads_running", "replica_lag replica1:3306", "query", "pause", …
  std::optional<double> value;  // nothing: it could not be read
  double threshold = 0;         // seconds where it is a time
  std::string why;              // why there is no value; of `pause`, who asked for it
  bool server_gone = false;     // no connection to the database itself: it will not fall
};
inline constexpr std::string_view pause_signal = "pause";
// One pass gives way to others who write; no run pauses for them.
inline constexpr std::string_view writers_signal = "writers";
// Nor for these: see Writers::is_a_table_wanted().
inline constexpr std::string_view tables_signal = "tables";
// "threads_running is 61, more than 50"; "asked to by keepsum ctl"
[[nodiscard]] std::string describe(const Bite& bite);

// All pauses for one signal.
struct Pause {
  Bite highest;
  std::int64_t count = 0;
  double seconds = 0;
};

class Throttle {
 public:
  using OnPause = std::function<void(const Bite&)>;

  // `may_write`: without it no commit is probed.
  Throttle(lifecycle::Database& database, std::string summary, const ThrottleOptions& options,
           bool may_write);

  // The first signal that bites. Reads by sessions of its own, never by the run's. Thread-safe.
  std::optional<Bite> look();

  enum class Waited { no_more, asked_to_stop, deadline };
  // Returns at once if nothing bites. Otherwise looks again and again, at most until the pause is
  // as long as it may be, or `deadline`. Then last_bite() is what it waited for. A pause by hand
  // lasts until it is taken back, or `deadline`. Where the database itself has been gone for some
  // seconds there is nothing to wait for: no_more, and the run's next statement says so.
  Waited wait(std::stop_token stop, std::optional<std::chrono::steady_clock::time_point> deadline,
              const OnPause& on_pause);

  [[nodiscard]] const std::optional<Bite>& last_bite() const noexcept { return last_; }
  [[nodiscard]] const std::vector<Pause>& pauses() const noexcept { return pauses_; }

 private:
  struct Watched {
    const Replica* replica;
    std::unique_ptr<db::Session> session;
  };
  [[nodiscard]] std::optional<Bite> look_at_steering() const;
  Result<db::Session*> side();
  std::optional<Bite> look_at_threads();
  std::optional<Bite> look_at(Watched& replica);
  std::optional<Bite> look_at_query();
  std::optional<Bite> look_at_commit();
  Pause& pause_of(const Bite& bite);

  lifecycle::Database& database_;
  std::string summary_;
  const ThrottleOptions& options_;
  bool may_write_;
  std::mutex looking_;
  std::unique_ptr<db::Session> side_;
  std::vector<Watched> replicas_;
  std::chrono::steady_clock::time_point looked_;
  std::optional<Bite> last_;
  std::vector<Pause> pauses_;
};

}  // namespace keepsum::reconcile
