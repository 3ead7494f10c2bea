// Reading a card's summary: through keepsum, by a hand-written SELECT, and by the queries it
// spares.
#include <fmt/format.h>

#include <array>
#include <keepsum/mysql.hpp>
#include <keepsum/reader.hpp>

#include "bench/closed_loop.hpp"
#include "bench/database.hpp"
#include "bench/payment_tables.hpp"
#include "bench/raw_mysql.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using connectors::ConnectionUrl;

struct Card {
  db::Decimal total_spent;
  std::int64_t payments = 0;
  bool has_made_transactions = false;
};

// A statement on the raw client that reads one row of up to three columns.
class ByHand final : public Client {
 public:
  ByHand(const ConnectionUrl& url, std::string_view sql, std::int64_t card)
      : card_(card), connection_(raw::connect(url)), select_(connection_.get(), sql) {
    columns_[0].buffer_type = MYSQL_TYPE_STRING;
    columns_[0].buffer = total_.data();
    columns_[0].buffer_length = total_.size();
    for (std::size_t i : {1U, 2U}) {
      columns_[i].buffer_type = MYSQL_TYPE_LONGLONG;
      columns_[i].buffer = &numbers_[i - 1];
    }
  }
  void work(Dice&) override {
    if (!select_.read(columns_, card_)) throw std::runtime_error("no such card");
  }

 private:
  std::int64_t card_;
  std::array<char, 64> total_{};
  std::array<std::int64_t, 2> numbers_{};
  std::array<MYSQL_BIND, 3> columns_{};
  mysql::ConnectionHandle connection_;
  raw::Statement select_;
};

class ByReader final : public Client {
 public:
  ByReader(const ConnectionUrl& url, const Reader<Card>& reader, std::int64_t card)
      : card_(card),
        reader_(reader),
        connection_(raw::connect(url)),
        session_(mysql::borrow(connection_.get())) {}
  void work(Dice&) override { must(reader_.get(*session_, {card_})); }

 private:
  std::int64_t card_;
  const Reader<Card>& reader_;
  mysql::ConnectionHandle connection_;
  std::unique_ptr<db::Session> session_;  // closed before the connection
};

constexpr std::string_view by_key =
    "SELECT total_spent, payments, has_made_transactions FROM card_activity WHERE card_id = ?";
constexpr std::string_view sum =
    "SELECT SUM(t.amount) FROM payments p JOIN request_histories h ON h.payment_id = p.id JOIN "
    "balance_transactions t ON t.id = h.balance_transaction_id WHERE p.voided = 0 AND p.card_id = "
    "?";
// As it was asked on every payment: whether there is a second one.
constexpr std::string_view first_payment =
    "SELECT COUNT(*) FROM (SELECT 1 FROM payments p JOIN request_histories h ON h.payment_id = "
    "p.id WHERE p.card_id = ? AND h.approved = 1 AND h.kind = 'authorization' LIMIT 2) AS two";

// A card of its own with so many payments.
void add_card(MYSQL* connection, std::int64_t card, std::int64_t payments) {
  const auto run = [&](const std::string& sql) { raw::run(connection, sql); };
  const std::string first = raw::rows(connection, "SELECT MAX(id) FROM payments").at(0).at(0);
  const std::string from = fmt::format(" FROM seq_1_to_{}", payments);
  run(fmt::format("INSERT INTO payments SELECT {} + seq, {}, 0{}", first, card, from));
  run(fmt::format("INSERT INTO balance_transactions SELECT {} + seq, seq % 100 + 0.25{}", first,
                  from));
  run(
      fmt::format("INSERT INTO request_histories SELECT {0} + seq, {0} + seq, {0} + seq, "
                  "'authorization', 1{1}",
                  first, from));
}

// A read is short, and what it is compared with is within a few per cent.
constexpr int rounds_by_default = 15;

void run() {
  const ConnectionUrl server = server_url();
  Timing timing = timing_from_environment(rounds_by_default);
  const int pid = server_pid(server);
  timing.cpu_us = [pid] { return cpu_us_with(pid); };
  const ConnectionUrl url = make_database(server, "read");
  const auto connection = raw::connect(url);
  const auto most = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_CARD_PAYMENTS", 1'000'000));
  std::vector<std::pair<std::int64_t, std::int64_t>> sizes;  // card, payments
  for (const std::int64_t payments : {10, 1'000, 100'000, 1'000'000}) {
    if (payments > most) continue;
    sizes.emplace_back(100'000 + payments, payments);
    add_card(connection.get(), sizes.back().first, payments);
  }
  raw::run(connection.get(), "ANALYZE TABLE payments, balance_transactions, request_histories");
  apply(url, "hooks");
  const Summaries summaries = must(mysql::load(connection.get(), spec_text("hooks")));
  const Reader<Card> reader =
      must(Reader<Card>::make(summaries, "card_activity", field("total_spent", &Card::total_spent),
                              field("payments", &Card::payments),
                              field("has_made_transactions", &Card::has_made_transactions)));

  fmt::print(
      "Reads of one card, one connection, outside a transaction; medians of {} rounds of {} turns "
      "of {} s a side.\nEach side has two connections, opened in the order SELECT, reader, reader, "
      "SELECT: a later one\ncan be slower. \"again\": the second SELECT to the first; what that is "
      "away from 1 is noise.\n\n{:<12}{:>14}{:>14}{:>10}{:>10}{:>14}{:>18}\n",
      timing.rounds, timing.turns, timing.seconds, "payments", "SELECT us", "reader us", "ratio",
      "again", "SUM us", "first payment us");
  for (const auto& [card, payments] : sizes) {
    std::vector<Side> sides(4);
    sides[0].clients.push_back(std::make_unique<ByHand>(url, by_key, card));
    sides[1].clients.push_back(std::make_unique<ByReader>(url, reader, card));
    sides[2].clients.push_back(std::make_unique<ByReader>(url, reader, card));
    sides[3].clients.push_back(std::make_unique<ByHand>(url, by_key, card));
    run_rounds(sides, timing);
    const Side by_hand = together(sides[0], sides[3]), by_reader = together(sides[1], sides[2]);
    // A turn would not hold one of these: each is run by itself.
    const auto alone = [&](std::string_view sql) {
      ByHand client(url, sql, card);
      Dice dice;
      std::vector<double> times;
      for (int i = 0; i < 5; ++i) times.push_back(seconds_of([&] { client.work(dice); }) * 1e6);
      return median(times);
    };
    fmt::print("{:<12}{:>14.1f}{:>14.1f}{:>10.3f}{:>10.3f}{:>14.1f}{:>18.1f}\n", payments,
               median_of(by_hand, Metric::p50), median_of(by_reader, Metric::p50),
               ratio_of(by_reader, by_hand, Metric::p50), ratio_of(sides[3], sides[0], Metric::p50),
               alone(sum), alone(first_payment));
    std::fflush(stdout);
  }
  fmt::print("\nClaim: the reader takes at most 1.05 of the SELECT, whatever the card has.\n");
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_read: {}\n", error.what());
    return 1;
  }
}
