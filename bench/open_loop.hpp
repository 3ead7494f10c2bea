// Payments at a fixed rate, whatever becomes of those before them: each has a moment at which it is
// to be made, and its latency counts from that moment. A writer that is kept waiting is late with
// all that should have followed, and the figures say so; a loop that sends the next one when it has
// the last answer would count one slow payment and leave out those it did not send.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include "bench/closed_loop.hpp"
#include "bench/raw_mysql.hpp"
#include "connectors/url.hpp"

namespace keepsum::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

// One payment of a random card, with its request and its transaction, in one transaction of the
// tables that PaymentsDatabase makes. A conflict is tried again. Throws std::runtime_error.
class PaymentWriter {
 public:
  PaymentWriter(const connectors::ConnectionUrl& url, int cards,
                std::atomic<std::int64_t>& next_id);
  void pay(Dice& dice);
  [[nodiscard]] std::int64_t conflicts() const noexcept { return conflicts_; }

 private:
  int cards_;
  std::atomic<std::int64_t>& next_id_;
  mysql::ConnectionHandle connection_;
  raw::Statement payment_, transaction_, request_;
  std::int64_t conflicts_ = 0;
};

struct LoadOptions {
  connectors::ConnectionUrl url;
  int connections = 8;
  int cards = 0;
  std::int64_t first_id = 0;  // of those it makes
};

// Payments a second, each connection paying as soon as the last payment is made.
double rate_alone(const LoadOptions& options, double seconds, std::int64_t& next_id);

struct Window {
  double p50_ms = 0, p99_ms = 0, most_ms = 0;
  double wake_p99_ms = 0;  // how late a thread of the client comes to run that only sleeps
  std::int64_t payments = 0;
};

// Pays from its construction until stop().
class OpenLoop {
 public:
  OpenLoop(const LoadOptions& options, double rate);
  OpenLoop(const OpenLoop&) = delete;
  OpenLoop& operator=(const OpenLoop&) = delete;
  ~OpenLoop();

  // Ends what goes on, and throws what a writer threw. Idempotent.
  void stop();
  // Of the payments that were to be made in [from, to). Call stop() before.
  [[nodiscard]] Window window(SteadyTime from, SteadyTime to) const;
  [[nodiscard]] std::int64_t next_id() const noexcept { return next_id_; }

 private:
  struct Paid {
    SteadyTime due;
    double ms;
  };
  void run(std::size_t at, const LoadOptions& options, double rate);
  void watch_the_clock();

  std::atomic<std::int64_t> next_id_;
  std::atomic<bool> stop_{false};
  SteadyTime begun_;
  std::vector<std::vector<Paid>> paid_;  // by connection
  std::vector<Paid> woken_;
  std::vector<std::exception_ptr> failures_;
  std::vector<std::thread> threads_;
};

}  // namespace keepsum::bench
