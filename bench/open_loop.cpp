#include "bench/open_loop.hpp"

#include <algorithm>
#include <cmath>

namespace keepsum::bench {

namespace {

using Clock = std::chrono::steady_clock;

// Of the thread that only sleeps.
constexpr std::chrono::milliseconds between_wakes{7};

double quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

PaymentWriter::PaymentWriter(const connectors::ConnectionUrl& url, int cards,
                             std::atomic<std::int64_t>& next_id)
    : cards_(cards),
      next_id_(next_id),
      connection_(raw::connect(url)),
      payment_(connection_.get(), "INSERT INTO payments VALUES (?, ?, 0)"),
      transaction_(connection_.get(), "INSERT INTO balance_transactions VALUES (?, ? / 100)"),
      request_(connection_.get(), "INSERT INTO request_histories VALUES (?, ?, ?, 1)") {}

void PaymentWriter::pay(Dice& dice) {
  const std::int64_t id = next_id_++;
  // As skewed as the payments that are there.
  const double at = static_cast<double>(below(dice, 1'000'000)) / 1e6;
  const std::int64_t card = 1 + static_cast<std::int64_t>(at * at * at * cards_);
  const std::int64_t cents = 1 + below(dice, 30'000);
  for (;;) {
    try {
      raw::run(connection_.get(), "START TRANSACTION");
      payment_.run(id, card);
      transaction_.run(id, cents);
      request_.run(id, id, id);
      raw::run(connection_.get(), "COMMIT");
      return;
    } catch (const raw::Conflict&) {
      ++conflicts_;
      raw::run(connection_.get(), "ROLLBACK");
    }
  }
}

double rate_alone(const LoadOptions& options, double seconds, std::int64_t& next_id) {
  std::atomic<std::int64_t> id{options.first_id};
  Side side;
  side.name = "writers";
  struct One : Client {
    One(const LoadOptions& o, std::atomic<std::int64_t>& next) : writer(o.url, o.cards, next) {}
    void work(Dice& dice) override { writer.pay(dice); }
    PaymentWriter writer;
  };
  for (int i = 0; i < options.connections; ++i) {
    side.clients.push_back(std::make_unique<One>(options, id));
  }
  Timing timing;
  timing.rounds = 1;
  timing.turns = 5;
  timing.seconds = seconds / 5;
  timing.cpu_us = [] { return 0.0; };
  std::vector<Side> sides;
  sides.push_back(std::move(side));
  run_rounds(sides, timing);
  next_id = id;
  return median_of(sides.front(), Metric::rate);
}

OpenLoop::OpenLoop(const LoadOptions& options, double rate)
    : next_id_(options.first_id),
      begun_(Clock::now()),
      paid_(static_cast<std::size_t>(options.connections)),
      failures_(paid_.size()) {
  for (std::size_t i = 0; i < paid_.size(); ++i) {
    threads_.emplace_back([this, i, options, rate] {
      try {
        run(i, options, rate);
      } catch (...) {
        failures_[i] = std::current_exception();
      }
    });
  }
  threads_.emplace_back([this] { watch_the_clock(); });
}

OpenLoop::~OpenLoop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

// Connections take turns, and the distances between the moments are drawn, as customers do.
void OpenLoop::run(std::size_t at, const LoadOptions& options, double rate) {
  PaymentWriter writer(options.url, options.cards, next_id_);
  Dice dice(static_cast<unsigned>(1000 + at));
  const double mean_s = static_cast<double>(paid_.size()) / rate;
  std::exponential_distribution<double> distance(1 / mean_s);
  SteadyTime due = begun_ + std::chrono::milliseconds{200};
  while (!stop_) {
    due +=
        std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(distance(dice)));
    std::this_thread::sleep_until(due);
    writer.pay(dice);
    const std::chrono::duration<double, std::milli> late = Clock::now() - due;
    paid_[at].push_back({due, late.count()});
  }
}

// The client shares the machine with the server: what it waits for a core is in all latencies.
void OpenLoop::watch_the_clock() {
  SteadyTime due = begun_;
  while (!stop_) {
    due += between_wakes;
    std::this_thread::sleep_until(due);
    const std::chrono::duration<double, std::milli> late = Clock::now() - due;
    woken_.push_back({due, late.count()});
  }
}

void OpenLoop::stop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  for (const std::exception_ptr& failure : failures_) {
    if (failure) std::rethrow_exception(failure);
  }
}

Window OpenLoop::window(SteadyTime from, SteadyTime to) const {
  std::vector<double> ms;
  for (const std::vector<Paid>& paid : paid_) {
    for (const Paid& one : paid) {
      if (one.due >= from && one.due < to) ms.push_back(one.ms);
    }
  }
  std::sort(ms.begin(), ms.end());
  std::vector<double> late;
  for (const Paid& one : woken_) {
    if (one.due >= from && one.due < to) late.push_back(one.ms);
  }
  std::sort(late.begin(), late.end());
  return {quantile(ms, 0.50), quantile(ms, 0.99), ms.empty() ? 0 : ms.back(), quantile(late, 0.99),
          static_cast<std::int64_t>(ms.size())};
}

}  // namespace keepsum::bench
