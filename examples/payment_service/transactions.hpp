// Runs transactions until they are decided: deadlocks, lost connections and busy databases are
// what happens to a service, not to its clients.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>

#include "session_pool.hpp"

namespace payment_service {

struct RetryPolicy {
  int tries = 12;
  // The pause before a retry is a random one of up to `first_pause`, twice that after the second
  // failure, and so on up to `longest_pause`. Random, because those who collided would otherwise
  // come back together and collide again.
  std::chrono::microseconds first_pause{1000};
  std::chrono::microseconds longest_pause{100'000};
};

// Why there is no answer. The request may be sent again, if it names itself by an idempotency key.
struct Failure {
  enum class Kind {
    busy,         // no session came free in time
    conflict,     // other transactions were in the way each time
    unreachable,  // the database does not answer
    broken,       // a defect or a wrong set-up: trying again will not help
  };
  Kind kind = Kind::broken;
  // A COMMIT was sent and no answer came: the transaction may have happened.
  bool outcome_unknown = false;
  std::string log;  // for the operator; may hold row data
};

// What the business says no to, by its own rules. Nothing is written then.
struct Refusal {
  enum class Kind { not_found, limit_exceeded, conflict };
  Kind kind = Kind::conflict;
  std::string what, why, next;
};

template <class T>
using Answer = std::variant<T, Refusal>;
template <class T>
using Outcome = std::variant<T, Refusal, Failure>;

struct TransactionCounts {
  std::uint64_t retries = 0;          // after a conflict
  std::uint64_t reconnects = 0;       // after a lost connection
  std::uint64_t unknown_commits = 0;  // of which so many left open what had become of a COMMIT
};

class Transactions {
 public:
  // `pool` outlives it.
  Transactions(SessionPool& pool, RetryPolicy policy) : pool_(pool), policy_(policy) {}

  // Runs `work` in a transaction and commits it; if the answer is a refusal, rolls it back. `work`
  // may run several times, each time from the beginning: it must change nothing but the database.
  // No try begins after the deadline; one that has begun is not interrupted.
  template <class T>
  boost::asio::awaitable<Outcome<T>> run(
      std::function<keepsum::Result<Answer<T>>(Connection&)> work, Deadline deadline) {
    return decide<T>(std::move(work), true, deadline);
  }

  // As run(), for work that only reads: without a transaction.
  template <class T>
  boost::asio::awaitable<Outcome<T>> read(
      std::function<keepsum::Result<Answer<T>>(Connection&)> work, Deadline deadline) {
    return decide<T>(std::move(work), false, deadline);
  }

  [[nodiscard]] const TransactionCounts& counts() const noexcept { return counts_; }

 private:
  enum class Verdict { commit, rollback };
  using Work = std::function<keepsum::Result<Verdict>(Connection&)>;

  boost::asio::awaitable<std::optional<Failure>> repeat(const Work& work, bool in_transaction,
                                                        Deadline deadline);
  std::chrono::microseconds pause(int failures);

  template <class T>
  boost::asio::awaitable<Outcome<T>> decide(
      std::function<keepsum::Result<Answer<T>>(Connection&)> work, bool in_transaction,
      Deadline deadline) {
    std::optional<Answer<T>> answer;
    const Work noting = [&](Connection& connection) -> keepsum::Result<Verdict> {
      KEEPSUM_ASSIGN(answer, work(connection));
      return std::holds_alternative<T>(*answer) ? Verdict::commit : Verdict::rollback;
    };
    std::optional<Failure> failure = co_await repeat(noting, in_transaction, deadline);
    if (failure) co_return std::move(*failure);
    if (auto* const refusal = std::get_if<Refusal>(&*answer)) co_return std::move(*refusal);
    co_return std::get<T>(std::move(*answer));
  }

  SessionPool& pool_;
  RetryPolicy policy_;
  TransactionCounts counts_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace payment_service
