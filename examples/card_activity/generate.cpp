// Fills the tables of schema.sql with a year of card payments.
//
// The same rows on every machine: the generator is std::mt19937_64, which the standard defines to
// the bit, and what is drawn from it is integer arithmetic; std::*_distribution may differ.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <random>
#include <utility>
#include <vector>

#include "sqlite_statement.hpp"

namespace {

constexpr std::uint64_t seed = 20240229;
constexpr std::int64_t payments_count = 300'000;
constexpr std::size_t cards_count = 3'000;
constexpr std::size_t merchants_count = 500;
// This card was stolen, and is tried again and again: every request is declined.
constexpr std::size_t stolen_card_rank = 12;

constexpr std::int64_t year_start = 1'704'067'200;  // 2024-01-01 00:00:00 UTC
constexpr std::int64_t year_seconds = std::int64_t{366} * 86'400;

class Random {
 public:
  // Uniform in [0, bound). The bias of the remainder is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool one_in(std::uint64_t count) { return below(count) == 0; }

 private:
  std::mt19937_64 engine_{seed};
};

// Zipf's law: the k-th most used is drawn with a weight of 1/k. Identities are shuffled, so that
// the number of a card says nothing about its use.
class Zipf {
 public:
  Zipf(std::size_t count, Random& random) : identities_(count) {
    std::uint64_t sum = 0;
    for (std::size_t rank = 1; rank <= count; ++rank) {
      sum += (std::uint64_t{1} << 32U) / rank;
      cumulated_.push_back(sum);
      identities_[rank - 1] = static_cast<std::int64_t>(rank);
    }
    for (std::size_t i = count - 1; i > 0; --i) {
      std::swap(identities_[i], identities_[random.below(i + 1)]);
    }
  }
  std::int64_t draw(Random& random) const {
    const auto at =
        std::upper_bound(cumulated_.begin(), cumulated_.end(), random.below(cumulated_.back()));
    return identities_[static_cast<std::size_t>(at - cumulated_.begin())];
  }
  [[nodiscard]] std::int64_t of_rank(std::size_t rank) const { return identities_[rank - 1]; }

 private:
  std::vector<std::uint64_t> cumulated_;
  std::vector<std::int64_t> identities_;
};

// From 1.00 to 256.00; each doubling is as likely as the next.
std::int64_t amount(Random& random) {
  const std::uint64_t lowest = std::uint64_t{100} << random.below(8);
  return static_cast<std::int64_t>(lowest + random.below(lowest));
}

class Ledger {
 public:
  explicit Ledger(sqlite3* handle)
      : payments_(handle, "INSERT INTO payments VALUES (?, ?, ?, ?, datetime(?, 'unixepoch'))"),
        transactions_(handle,
                      "INSERT INTO balance_transactions VALUES (?, ?, datetime(?, 'unixepoch'))"),
        requests_(handle, "INSERT INTO request_histories VALUES (?, ?, ?, ?, ?)") {}

  std::int64_t payment(std::int64_t card, std::int64_t merchant, bool voided, std::int64_t time) {
    payments_.run(++payment_id_, card, merchant, std::int64_t{voided}, time);
    return payment_id_;
  }
  void request(std::int64_t payment, std::string_view kind, bool approved, std::int64_t cents,
               std::int64_t time) {
    ++request_id_;
    transactions_.run(request_id_, cents, time);
    requests_.run(request_id_, payment, request_id_, kind, std::int64_t{approved});
  }
  [[nodiscard]] std::int64_t requests() const { return request_id_; }

 private:
  example::Statement payments_, transactions_, requests_;
  std::int64_t payment_id_ = 0;
  std::int64_t request_id_ = 0;
};

void generate(sqlite3* handle) {
  Random random;
  const Zipf cards(cards_count, random);
  const Zipf merchants(merchants_count, random);
  const std::int64_t stolen = cards.of_rank(stolen_card_rank);
  Ledger ledger(handle);
  example::Transaction transaction(handle);
  for (std::int64_t i = 0; i < payments_count; ++i) {
    const std::int64_t time = year_start + i * year_seconds / payments_count;
    const std::int64_t card = cards.draw(random);
    const std::int64_t merchant = merchants.draw(random);
    const bool voided = random.one_in(200);
    const bool declined = card == stolen || random.one_in(25);
    const bool refunded = !declined && random.one_in(40);
    const std::int64_t cents = amount(random);
    const std::int64_t payment = ledger.payment(card, merchant, voided, time);
    ledger.request(payment, "authorization", !declined, declined ? 0 : cents, time);
    if (refunded) ledger.request(payment, "refund", true, -cents, time + 60);
  }
  transaction.commit();
  // The planner's statistics: the queries that are timed later get the best plan there is.
  example::execute(handle, "ANALYZE");
  fmt::print("{} payments of {} cards at {} merchants, {} requests\n", payments_count, cards_count,
             merchants_count, ledger.requests());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: generate DATABASE\n", stderr);
    return 64;
  }
  try {
    generate(example::open(argv[1]).get());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "generate: {}\n", error.what());
    return 1;
  }
}
