#include "session_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace payment_service {

namespace asio = boost::asio;
using keepsum::Result;

// Gives the session back however the coroutine ends.
class SessionPool::Lease {
 public:
  Lease(SessionPool& pool, Slot& slot) : pool_(pool), slot_(slot) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { pool_.release(slot_); }

 private:
  SessionPool& pool_;
  Slot& slot_;
};

// As many threads as sessions: a job that has a session never waits for a thread.
SessionPool::SessionPool(Database& database, std::size_t size)
    : database_(database), slots_(size), threads_(size) {
  idle_.reserve(size);  // so that giving one back cannot fail
  for (Slot& slot : slots_) idle_.push_back(&slot);
}

SessionPool::~SessionPool() { close(); }

void SessionPool::close() {
  threads_.join();
  for (Slot& slot : slots_) slot.connection.reset();
}

asio::awaitable<std::optional<Result<void>>> SessionPool::run(Job job, Deadline deadline) {
  Slot* const slot = co_await acquire(deadline);
  if (slot == nullptr) co_return std::nullopt;
  const Lease lease(*this, *slot);
  Result<void> done = co_await asio::co_spawn(threads_, on_thread(*slot, job), asio::use_awaitable);
  co_return done;
}

// The session used last is taken first: in quiet times the others stay unconnected.
asio::awaitable<SessionPool::Slot*> SessionPool::acquire(Deadline deadline) {
  if (!idle_.empty()) {
    Slot* const slot = idle_.back();
    idle_.pop_back();
    co_return slot;
  }
  Waiter waiter{asio::steady_timer(co_await asio::this_coro::executor, deadline)};
  const auto place = waiting_.insert(waiting_.end(), &waiter);
  boost::system::error_code cancelled;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  // Not the error code: a session may have been handed over after the timer had expired.
  if (waiter.slot == nullptr) waiting_.erase(place);
  co_return waiter.slot;
}

// Handed to who waits longest, so nobody can overtake.
void SessionPool::release(Slot& slot) noexcept {
  if (waiting_.empty()) {
    idle_.push_back(&slot);
    return;
  }
  Waiter& next = *waiting_.front();
  waiting_.pop_front();
  next.slot = &slot;
  next.timer.cancel();
}

asio::awaitable<Result<void>> SessionPool::on_thread(Slot& slot, const Job& job) {
  co_return execute(slot, job);
}

Result<void> SessionPool::execute(Slot& slot, const Job& job) {
  if (!slot.connection) {
    KEEPSUM_ASSIGN(slot.connection, database_.connect());
  }
  try {
    Result<void> done = job(*slot.connection);
    const bool lost = done.has_error() && done.error().recovery == keepsum::Recovery::reconnect;
    // A session that is still inside a transaction would take the next payment into it.
    if (lost || slot.connection->session().in_transaction()) slot.connection.reset();
    return done;
  } catch (...) {
    slot.connection.reset();
    throw;
  }
}

}  // namespace payment_service
