// How soon an error of one cent is found by a cron job: `keepsum reconcile --time-budget 10s` again
// and again, beside writers, while one cent is added to the stored total of the card that paid
// last. The time runs from the commit of the error until its evidence can be read, which is when it
// is mended.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000], KEEPSUM_BENCH_ERRORS [12]
//   KEEPSUM_BENCH_ARGUMENTS: more arguments of `keepsum reconcile`, e.g. "--order key-ranges"
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr double writers_rate = 200;  // payments a second
constexpr auto between_runs = 10s;

// Runs of the cron job, one each ten seconds: a run that takes longer delays the next.
class Cron {
 public:
  explicit Cron(const ReconcileRun& run) : run_(run), thread_([this] { work(); }) {}
  Cron(const Cron&) = delete;
  Cron& operator=(const Cron&) = delete;
  ~Cron() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void check() const {
    if (failed_) throw std::runtime_error(failure_);
  }
  [[nodiscard]] const std::vector<double>& seconds() const noexcept { return seconds_; }

 private:
  void work() {
    auto next = Clock::now();
    while (!stop_ && !failed_) {
      const auto begun = Clock::now();
      const test::Ended ended = run_.finish({"--time-budget", "10s"});
      seconds_.push_back(std::chrono::duration<double>(Clock::now() - begun).count());
      if (ended.code != 0 && ended.code != 2 && ended.code != 4) {
        failure_ = fmt::format("exit {}: {}{}", ended.code, ended.out, ended.err);
        failed_ = true;
      }
      next = std::max(next + between_runs, Clock::now());
      while (!stop_ && Clock::now() < next) std::this_thread::sleep_for(50ms);
    }
  }

  const ReconcileRun& run_;
  std::atomic<bool> stop_{false}, failed_{false};
  std::string failure_;
  std::vector<double> seconds_;
  std::thread thread_;
};

double seconds_until_found(MYSQL* connection, const Cron& cron) {
  const std::string card =
      raw::rows(connection,
                "SELECT card_id FROM payments WHERE voided = 0 ORDER BY id DESC LIMIT 1")
          .at(0)
          .at(0);
  const std::string last =
      raw::rows(connection, "SELECT COALESCE(MAX(id), 0) FROM keepsum_drift").at(0).at(0);
  raw::run(
      connection,
      fmt::format("UPDATE card_activity SET total_spent = total_spent + 0.01 WHERE card_id = {}",
                  card));
  const auto begun = Clock::now();
  const std::string query = fmt::format(
      "SELECT 1 FROM keepsum_drift WHERE id > {} AND JSON_VALUE(group_key, '$.card_id') = {} AND "
      "repaired = 1 AND CAST(stored AS DECIMAL(30, 2)) - CAST(expected AS DECIMAL(30, 2)) = 0.01",
      last, card);
  while (raw::rows(connection, query).empty()) {
    cron.check();
    std::this_thread::sleep_for(20ms);
  }
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const int errors = static_cast<int>(setting("KEEPSUM_BENCH_ERRORS", 12));
  test::MariadbServer server(server_options());
  const LoadOptions load = prepare(server, payments, cards);
  const ReconcileRun reconcile(server, load.url);
  OpenLoop loop(load, writers_rate);
  Cron cron(reconcile);
  const auto connection = raw::connect(load.url);
  Dice dice(1);
  std::vector<double> seconds;
  for (int i = 0; i < errors; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{below(dice, 12'000)});
    seconds.push_back(seconds_until_found(connection.get(), cron));
    fmt::print(stderr, "error {} of {}: found after {:.1f} s\n", i + 1, errors, seconds.back());
  }
  cron.stop();
  loop.stop();
  std::sort(seconds.begin(), seconds.end());
  fmt::print(
      "One cent, found by runs of 10 s, one each 10 s: {} payments of {} cards, {:.0f} more a "
      "second\n"
      "{} errors, found after s: {:.1f}\nmedian {:.1f}, longest {:.1f}. Claim: <= 60.\n"
      "{} runs, {:.1f} s each (median)\n",
      payments, cards, writers_rate, errors, fmt::join(seconds, " "), median(seconds),
      seconds.back(), cron.seconds().size(), median(cron.seconds()));
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_detect: {}\n", error.what());
    return 1;
  }
}
