// Verifying against the bare GROUP BY over the same rows, and filling against one
// INSERT … SELECT … GROUP BY. The sides take turns; medians.
#include <fmt/format.h>

#include <chrono>

#include "bench/database.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;

struct Pair {
  std::vector<double> ours, twin;
};

void report(const char* name, const Pair& pair, const char* claim) {
  const double ours = median(pair.ours), twin = median(pair.twin);
  fmt::print("{:<38} {:>10.3f} {:>10.3f} {:>7.2f}   {}\n", name, ours, twin, ours / twin, claim);
  std::fflush(stdout);
}

void in_turn(int round, const std::function<void()>& ours, const std::function<void()>& twin,
             Pair& pair) {
  if (round % 2 == 0) pair.twin.push_back(seconds_of(twin));
  pair.ours.push_back(seconds_of(ours));
  if (round % 2 != 0) pair.twin.push_back(seconds_of(twin));
}

Pair verifying(PaymentsDatabase& database, int rounds) {
  Pair pair;
  database.verify();
  database.drain(recompute_query());
  for (int i = 0; i < rounds; ++i) {
    in_turn(
        i, [&] { database.verify(); }, [&] { database.drain(recompute_query()); }, pair);
  }
  return pair;
}

void filling(PaymentsDatabase& database, int rounds, Pair& fill, Pair& whole) {
  for (int i = 0; i < rounds; ++i) {
    database.drop_summary();
    double filled_at = 0;
    Pair turn;
    in_turn(
        i,
        [&] {
          const auto start = std::chrono::steady_clock::now();
          database.apply([&](const reconcile::Progress& progress) {
            if (filled_at > 0 || progress.phase != "verify") return;
            filled_at =
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
          });
        },
        [&] {
          database.execute(
              "CREATE OR REPLACE TABLE twin (card_id INT PRIMARY KEY, total_spent "
              "DECIMAL(34,2) NOT NULL, payments BIGINT NOT NULL, refunds BIGINT NOT "
              "NULL, made BIGINT NOT NULL) ENGINE=InnoDB");
          database.execute("INSERT INTO twin " + recompute_query());
        },
        turn);
    whole.ours.push_back(turn.ours.front());
    whole.twin.push_back(turn.twin.front());
    fill.ours.push_back(filled_at);
    fill.twin.push_back(turn.twin.front());
  }
  database.execute("DROP TABLE twin");
}

}  // namespace

int main() {
  try {
    const int rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", 5));
    const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
    const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
    PaymentsDatabase database(Keys::foreign, payments, cards);
    database.apply();
    fmt::print(
        "Verify and fill: {} payments, three tables joined; median of {}\n\n"
        "{:<38} {:>10} {:>10} {:>7}\n",
        payments, rounds, "", "keepsum s", "by hand s", "ratio");
    report("verify / bare GROUP BY", verifying(database, rounds), "claim <= 1.10");
    Pair fill, whole;
    filling(database, rounds, fill, whole);
    report("objects and fill / INSERT … SELECT", fill, "claim <= 1.25");
    report("whole apply, verified / INSERT … SELECT", whole, "no claim: it reads all twice");
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_verify: {}\n", error.what());
    return 1;
  }
}
