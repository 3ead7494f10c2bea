#include "transactions.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace payment_service {

namespace asio = boost::asio;
using keepsum::Recovery;
using keepsum::Result;

namespace {

// Rolls back unless the transaction was committed, by an exception too.
class OpenTransaction {
 public:
  explicit OpenTransaction(Connection& connection) : connection_(connection) {}
  OpenTransaction(const OpenTransaction&) = delete;
  OpenTransaction& operator=(const OpenTransaction&) = delete;
  ~OpenTransaction() {
    if (!committed_) connection_.rollback();
  }
  Result<void> commit() {
    KEEPSUM_TRY(connection_.commit());
    committed_ = true;
    return {};
  }

 private:
  Connection& connection_;
  bool committed_ = false;
};

Failure::Kind kind_of(Recovery recovery) {
  switch (recovery) {
    case Recovery::retry_transaction: return Failure::Kind::conflict;
    case Recovery::reconnect: return Failure::Kind::unreachable;
    case Recovery::none:
    case Recovery::fix_spec: break;
  }
  return Failure::Kind::broken;
}

}  // namespace

// The session is given back before each pause: who waits for a session need not wait for that.
asio::awaitable<std::optional<Failure>> Transactions::repeat(const Work& work, bool in_transaction,
                                                             Deadline deadline) {
  bool commit_sent = false;
  bool outcome_unknown = false;
  const SessionPool::Job attempt = [&](Connection& connection) -> Result<void> {
    if (!in_transaction) {
      KEEPSUM_TRY(work(connection));
      return {};
    }
    KEEPSUM_TRY(connection.begin());
    OpenTransaction transaction(connection);
    KEEPSUM_ASSIGN(const Verdict verdict, work(connection));
    if (verdict == Verdict::rollback) return {};
    commit_sent = true;
    return transaction.commit();
  };
  for (int tries = 1;; ++tries) {
    commit_sent = false;  // the job may not be run at all: a connection must be made first
    auto done = co_await pool_.run(attempt, deadline);
    if (!done) co_return Failure{Failure::Kind::busy, outcome_unknown, "all sessions are busy"};
    if (done->has_value()) co_return std::nullopt;
    const keepsum::Error& error = done->error();
    const bool lost = error.recovery == Recovery::reconnect;
    if (lost && commit_sent) {
      outcome_unknown = true;
      ++counts_.unknown_commits;
    }
    const auto before_next = pause(tries);
    if ((!lost && error.recovery != Recovery::retry_transaction) || tries == policy_.tries ||
        std::chrono::steady_clock::now() + before_next >= deadline) {
      co_return Failure{kind_of(error.recovery), outcome_unknown, keepsum::describe(error)};
    }
    ++(lost ? counts_.reconnects : counts_.retries);
    asio::steady_timer timer(co_await asio::this_coro::executor, before_next);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

std::chrono::microseconds Transactions::pause(int failures) {
  const std::int64_t doubled = policy_.first_pause.count() * (1LL << std::min(failures - 1, 20));
  const std::int64_t most = std::min<std::int64_t>(doubled, policy_.longest_pause.count());
  return std::chrono::microseconds(std::uniform_int_distribution<std::int64_t>(0, most)(random_));
}

}  // namespace payment_service
