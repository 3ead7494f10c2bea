// What REPEATABLE READ costs writers, against READ COMMITTED: with foreign keys, with keys the
// spec declares, and with neither. 16 writers; both sides take turns; medians.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "bench/database.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;

constexpr int writers = 16;
constexpr int cards = 5000;
constexpr std::int64_t payments_at_start = 20'000;

class Writer {
 public:
  Writer(const connectors::ConnectionUrl& url, const std::string& isolation,
         std::atomic<std::int64_t>& next_id, unsigned seed)
      : session_(must(connectors::open_session(url))), next_id_(next_id), dice_(seed) {
    must(session_->execute("SET SESSION TRANSACTION ISOLATION LEVEL " + isolation));
  }

  // One payment, or now and then a change or the end of an earlier one of this writer.
  void transact() {
    const auto choice = dice_() % 20;
    const std::int64_t id = choice < 17 || own_.empty() ? next_id_++ : own_[dice_() % own_.size()];
    for (unsigned attempt = 1;; ++attempt) {
      const auto done = choice < 17 || own_.empty() ? pay(id)
                        : choice < 19               ? change(id)
                                                    : remove(id);
      if (done.has_value()) break;
      if (done.error().recovery != Recovery::retry_transaction) must(done);
      ++conflicts;
      must(session_->rollback());
      std::this_thread::sleep_for(std::chrono::microseconds{dice_() % (500 * attempt)});
    }
    if (choice < 17) own_.push_back(id);
    ++transactions;
  }

  std::int64_t transactions = 0;
  std::int64_t conflicts = 0;

 private:
  Result<void> run(const std::string& sql) {
    KEEPSUM_TRY(session_->execute(sql));
    return {};
  }

  Result<void> pay(std::int64_t id) {
    KEEPSUM_TRY(run("START TRANSACTION"));
    KEEPSUM_TRY(
        run(fmt::format("INSERT INTO payments VALUES ({}, {}, 0)", id, 1 + dice_() % cards)));
    KEEPSUM_TRY(
        run(fmt::format("INSERT INTO balance_transactions VALUES ({}, {}.25)", id, dice_() % 300)));
    KEEPSUM_TRY(run(fmt::format("INSERT INTO request_histories VALUES ({0}, {0}, {0}, 1)", id)));
    return run("COMMIT");
  }

  Result<void> change(std::int64_t id) {
    KEEPSUM_TRY(run("START TRANSACTION"));
    KEEPSUM_TRY(
        run(fmt::format("UPDATE balance_transactions SET amount = amount + 1 WHERE id = {}", id)));
    KEEPSUM_TRY(run(fmt::format("UPDATE payments SET voided = 1 WHERE id = {}", id)));
    return run("COMMIT");
  }

  Result<void> remove(std::int64_t id) {
    KEEPSUM_TRY(run("START TRANSACTION"));
    KEEPSUM_TRY(run(fmt::format("DELETE FROM request_histories WHERE id = {}", id)));
    KEEPSUM_TRY(run(fmt::format("DELETE FROM balance_transactions WHERE id = {}", id)));
    KEEPSUM_TRY(run(fmt::format("DELETE FROM payments WHERE id = {}", id)));
    return run("COMMIT");
  }

  std::unique_ptr<db::Session> session_;
  std::atomic<std::int64_t>& next_id_;
  std::mt19937 dice_;
  std::vector<std::int64_t> own_;
};

struct Side {
  std::string isolation;
  std::vector<double> rates;  // transactions a second
  std::int64_t conflicts = 0;
};

void run_once(const connectors::ConnectionUrl& url, std::atomic<std::int64_t>& next_id,
              double seconds, Side& side) {
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> transactions{0}, conflicts{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < writers; ++i) {
    threads.emplace_back([&, i] {
      Writer writer(url, side.isolation, next_id, static_cast<unsigned>(next_id) + i);
      while (!stop) writer.transact();
      transactions += writer.transactions;
      conflicts += writer.conflicts;
    });
  }
  const double took = seconds_of([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& thread : threads) thread.join();
  });
  side.rates.push_back(static_cast<double>(transactions) / took);
  side.conflicts += conflicts;
}

void compare(const char* name, Keys keys, int rounds, double seconds) {
  PaymentsDatabase database(keys, payments_at_start, cards);
  database.apply();
  std::atomic<std::int64_t> next_id{payments_at_start + 1};
  Side committed{"READ COMMITTED", {}, 0}, repeatable{"REPEATABLE READ", {}, 0};
  Side warm_up = committed;
  run_once(database.url(), next_id, seconds / 2, warm_up);
  for (int i = 0; i < rounds; ++i) {
    run_once(database.url(), next_id, seconds, i % 2 == 0 ? committed : repeatable);
    run_once(database.url(), next_id, seconds, i % 2 == 0 ? repeatable : committed);
  }
  const double rc = median(committed.rates), rr = median(repeatable.rates);
  fmt::print("{:<24} {:>12.0f} {:>12.0f} {:>8.2f} {:>12} {:>12}   {} keys exact\n", name, rc, rr,
             rr / rc, committed.conflicts, repeatable.conflicts, database.verify());
  std::fflush(stdout);
}

}  // namespace

int main() {
  try {
    const int rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", 5));
    const double seconds = setting("KEEPSUM_BENCH_SECONDS", 3);
    fmt::print(
        "Isolation: {} writers, three tables, triggers; median of {} runs of {} s a side\n\n"
        "{:<24} {:>12} {:>12} {:>8} {:>12} {:>12}\n",
        writers, rounds, seconds, "", "RC tx/s", "RR tx/s", "RR/RC", "RC deadlocks",
        "RR deadlocks");
    compare("foreign keys", Keys::foreign, rounds, seconds);
    compare("declared_keys", Keys::declared, rounds, seconds);
    compare("neither", Keys::none, rounds, seconds);
    fmt::print(
        "\nClaim: with foreign keys or declared_keys RR/RC >= 0.90. Without, this is the "
        "price.\n");
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_isolation: {}\n", error.what());
    return 1;
  }
}
