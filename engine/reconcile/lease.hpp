// One reconciler per summary.
//
// A lease is a row with an expiry and a fence that rises each time the lease changes hands. A
// repair reads the fence with a shared lock in its own transaction, so a takeover waits for it,
// and what comes after the takeover finds a higher fence and repairs nothing. A holder that dies
// loses the lease by its expiry, or at once if it died on this machine, or if the expiry is more
// than a day off: then it was written by a clock that was ahead.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::reconcile {

struct LeaseOptions {
  std::chrono::seconds expiry{30};
  std::chrono::seconds wait_max{0};  // how long to wait for another holder
  // Told why the run waits: the holder, and the moment its lease expires (UTC).
  std::function<void(const std::string& holder, const std::string& expires_at)> on_wait;
};

class Lease {
 public:
  // Errors: lease_held (recovery none; `message` names the holder and the expiry).
  static Result<std::unique_ptr<Lease>> acquire(lifecycle::Database& database,
                                                const std::string& name,
                                                const LeaseOptions& options);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Inside a repair's transaction: error lease_lost unless this lease still holds, and no other
  // can be granted until that transaction ends.
  Result<void> check();
  // Gives the lease back; the destructor does so too, without a word if it fails.
  Result<void> release();

  [[nodiscard]] std::int64_t fence() const noexcept { return fence_; }

 private:
  Lease(lifecycle::Database& database, std::string name, std::string holder, std::int64_t fence,
        std::chrono::seconds expiry);
  void beat(std::chrono::seconds expiry);

  lifecycle::Database& database_;
  std::string name_;
  std::string holder_;
  std::int64_t fence_;
  bool released_ = false;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread heartbeat_;
};

// Whether the holder with that fence may still be at work: nobody has taken the lease over or given
// it back, it has not expired, and the process was not seen to be gone.
[[nodiscard]] Result<bool> may_be_at_work(lifecycle::Database& database, const std::string& name,
                                          std::int64_t fence);

// "host/pid/start": names this process, and lets another on the same host see that it is gone.
[[nodiscard]] std::string this_holder();
// Whether the holder ran on this host and is certainly no longer running.
[[nodiscard]] bool is_dead(const std::string& holder);

// Those of the plan's side tables. A repair of one moves a column of the summary, so while somebody
// holds a difference of that column that he has seen, nobody may make such a repair. To be acquired
// before the summary's own, since whoever builds a side table anew comes to the summary's after it.
Result<std::vector<std::unique_ptr<Lease>>> side_leases(lifecycle::Database& database,
                                                        const plan::SummaryPlan& plan,
                                                        const LeaseOptions& options);

}  // namespace keepsum::reconcile
