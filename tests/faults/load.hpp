// What goes on while runs are killed: writers, as a service has them, and one who spoils the
// summary.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/ground.hpp"

namespace keepsum::test {

using Dice = std::mt19937;

// 0 <= result < limit.
[[nodiscard]] inline std::int64_t below(Dice& dice, std::int64_t limit) {
  return static_cast<std::int64_t>(dice() % static_cast<std::uint64_t>(limit));
}

// Runs until it is told to stop; a lost server is connected to again, a conflict tried again. Any
// other error ends it, and is what failure() says.
class Worker {
 public:
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  virtual ~Worker() = default;
  // Idempotent. The destructors of the classes below call it.
  void stop();
  [[nodiscard]] std::int64_t done() const noexcept { return done_; }
  [[nodiscard]] std::int64_t conflicts() const noexcept { return conflicts_; }
  [[nodiscard]] std::int64_t reconnects() const noexcept { return reconnects_; }
  [[nodiscard]] std::string failure() const;

 protected:
  explicit Worker(const Ground& ground) : ground_(ground) {}
  void start(int threads, unsigned seed);
  // One transaction, from its first statement on.
  virtual Result<void> transact(db::Session& session, Dice& dice) = 0;
  virtual std::chrono::microseconds pause(Dice& dice) = 0;

  const Ground& ground_;
  std::atomic<bool> stop_{false};

 private:
  void work(unsigned seed);
  bool settle(db::Session& session, const Result<void>& result);

  std::vector<std::thread> threads_;
  std::atomic<std::int64_t> done_{0}, conflicts_{0}, reconnects_{0};
  mutable std::mutex mutex_;
  std::string failure_;
};

// Payments with their charges, refunds, voids, moves to another card, deletions, rollbacks.
class Writers : public Worker {
 public:
  Writers(const Ground& ground, int threads, unsigned seed);
  ~Writers() override { stop(); }

 private:
  Result<void> transact(db::Session& session, Dice& dice) override;
  Result<void> change(db::Session& session, Dice& dice);
  std::chrono::microseconds pause(Dice& dice) override;

  std::atomic<std::int64_t> next_payment_{payments_at_start + 1};
};

// Adds to stored figures, deletes rows, makes rows of cards there are none of, a few at a time and
// now and then many, and notes in `spoilt` what it did, in the same transaction. Even cards only
// ever get too much and odd ones too little, so the order in which it was mended shows in the sums.
class Spoiler : public Worker {
 public:
  Spoiler(const Ground& ground, unsigned seed);
  ~Spoiler() override { stop(); }

 private:
  Result<void> transact(db::Session& session, Dice& dice) override;
  Result<void> add(db::Session& session, const std::string& column, const std::string& which,
                   std::int64_t amount) const;
  Result<void> remove(db::Session& session, std::int64_t card) const;
  Result<void> invent(db::Session& session, std::int64_t card) const;
  std::chrono::microseconds pause(Dice& dice) override;

  std::int64_t batch_ = 0;
};

}  // namespace keepsum::test
