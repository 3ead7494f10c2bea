// A bounded number of database sessions, each with a thread to run on.
//
// A driver's call blocks its thread until the database answers, so no such call is made on the
// thread that serves HTTP: a job waits for a session, runs on a thread of the pool, and its result
// comes back to the coroutine that asked. Who waits does so in turn, without a thread, and not
// for ever.
//
// The coroutines all run on one thread, that of the io_context; so does all bookkeeping here, and
// needs no lock. On several threads give the pool a strand.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "database.hpp"

namespace payment_service {

using Deadline = std::chrono::steady_clock::time_point;

class SessionPool {
 public:
  using Job = std::function<keepsum::Result<void>(Connection&)>;

  // `database` outlives it. Connects when a session is first needed.
  SessionPool(Database& database, std::size_t size);
  ~SessionPool();

  // Nothing if no session came free before the deadline; then `job` has not been run. An error of
  // connecting is returned as if it were the job's. After an error that says `reconnect` the
  // session's next job gets a new connection. What `job` refers to must live until this returns.
  boost::asio::awaitable<std::optional<keepsum::Result<void>>> run(Job job, Deadline deadline);

  // Waits for the jobs that run, and closes. Their coroutines get no answer any more.
  void close();

  [[nodiscard]] std::size_t size() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t idle() const noexcept { return idle_.size(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  struct Slot {
    std::unique_ptr<Connection> connection;  // null: to be made
  };
  struct Waiter {
    boost::asio::steady_timer timer;
    Slot* slot = nullptr;
  };
  class Lease;

  boost::asio::awaitable<Slot*> acquire(Deadline deadline);
  void release(Slot& slot) noexcept;
  boost::asio::awaitable<keepsum::Result<void>> on_thread(Slot& slot, const Job& job);
  keepsum::Result<void> execute(Slot& slot, const Job& job);

  Database& database_;
  std::vector<Slot> slots_;
  std::vector<Slot*> idle_;
  std::list<Waiter*> waiting_;
  boost::asio::thread_pool threads_;
};

}  // namespace payment_service
