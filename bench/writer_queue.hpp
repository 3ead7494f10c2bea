// One writes at a time, first come, first served, as a service would have it within one process.
// SQLite's own waiting sleeps and tries again (sqlite3_busy_timeout), for 100 ms in the end: who
// waits longest is a lottery then, whatever a transaction takes.
#pragma once

#include <deque>
#include <mutex>
#include <semaphore>
#include <utility>

namespace keepsum::bench {

class WriterQueue {
 public:
  // Waits for the turn of a client, and ends it, also when the client fails.
  class Turn {
   public:
    // `called` is the client's own, not released, and outlives this.
    Turn(WriterQueue& queue, std::binary_semaphore& called) : queue_(queue) {
      queue_.enter(called);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    ~Turn() { queue_.leave(); }

   private:
    WriterQueue& queue_;
  };

 private:
  void enter(std::binary_semaphore& called) {
    {
      const std::lock_guard lock(mutex_);
      if (!std::exchange(is_busy_, true)) return;
      waiting_.push_back(&called);
    }
    called.acquire();
  }
  void leave() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) {
      is_busy_ = false;
      return;
    }
    waiting_.front()->release();
    waiting_.pop_front();
  }

  std::mutex mutex_;
  std::deque<std::binary_semaphore*> waiting_;
  bool is_busy_ = false;
};

}  // namespace keepsum::bench
