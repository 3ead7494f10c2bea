// What it costs a payment's transaction to keep its card's summary, against hand-written twins.
#include <fmt/format.h>

#include <chrono>
#include <keepsum/mysql.hpp>
#include <optional>

#include "bench/closed_loop.hpp"
#include "bench/database.hpp"
#include "bench/payment_tables.hpp"
#include "bench/raw_mysql.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using connectors::ConnectionUrl;

struct Payment {
  std::int64_t card = 0;
  std::string amount;
  std::int64_t approved = 0;
};

struct Booking {
  Payment payment;
  std::int64_t payment_id = 0, transaction_id = 0, request_id = 0;
};

// What keeps the summary, in the payment's transaction.
class Keeper {
 public:
  Keeper() = default;
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;
  virtual ~Keeper() = default;
  virtual void keep(const Booking& booking) = 0;
};

class NoKeeper final : public Keeper {
 public:
  void keep(const Booking&) override {}
};

// The application knows the values.
class ValuesKeeper final : public Keeper {
 public:
  explicit ValuesKeeper(MYSQL* connection)
      : upsert_(connection,
                "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) "
                "VALUES (?, ?, 1, ?) ON DUPLICATE KEY UPDATE "
                "total_spent = total_spent + VALUES(total_spent), "
                "payments = payments + 1, "
                "has_made_transactions = GREATEST(has_made_transactions, "
                "VALUES(has_made_transactions))") {}
  void keep(const Booking& booking) override {
    upsert_.run(booking.payment.card, booking.payment.amount, booking.payment.approved);
  }

 private:
  raw::Statement upsert_;
};

// Code that knows the keys alone and leaves the values to the database: the SELECT of the trigger
// by hand, of one row.
class KeysKeeper final : public Keeper {
 public:
  explicit KeysKeeper(MYSQL* connection)
      : upsert_(connection,
                "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) "
                "SELECT p.card_id, t.amount, 1, r.approved = 1 AND r.kind = 'authorization' "
                "FROM payments p JOIN request_histories r ON r.payment_id = p.id "
                "JOIN balance_transactions t ON t.id = r.balance_transaction_id "
                "WHERE r.id = ? AND p.voided = 0 LOCK IN SHARE MODE "
                "ON DUPLICATE KEY UPDATE total_spent = total_spent + VALUES(total_spent), "
                "payments = payments + 1, "
                "has_made_transactions = GREATEST(has_made_transactions, "
                "VALUES(has_made_transactions))") {}
  void keep(const Booking& booking) override { upsert_.run(booking.request_id); }

 private:
  raw::Statement upsert_;
};

// The public API, as <keepsum/summaries.hpp> has it: by keys alone, or with the values at hand.
class HookKeeper final : public Keeper {
 public:
  HookKeeper(MYSQL* connection, const Summaries& summaries, bool gives)
      : summaries_(summaries), session_(mysql::borrow(connection)), gives_(gives) {}
  void keep(const Booking& booking) override {
    UnitOfWork unit(summaries_, *session_);
    if (gives_) {
      give(unit, booking);
    } else {
      must(unit.inserted("payments", {booking.payment_id}));
      must(unit.inserted("balance_transactions", {booking.transaction_id}));
      must(unit.inserted("request_histories", {booking.request_id}));
    }
    const auto done = unit.apply();
    if (done.has_value()) return;
    if (done.error().recovery == Recovery::retry_transaction) {
      throw raw::Conflict(describe(done.error()));
    }
    must(done);
  }

 private:
  static void give(UnitOfWork& unit, const Booking& booking) {
    must(unit.inserted("payments", {booking.payment_id},
                       {{"card_id", booking.payment.card}, {"voided", 0}}));
    must(unit.inserted("balance_transactions", {booking.transaction_id},
                       {{"amount", db::Decimal{booking.payment.amount}}}));
    must(unit.inserted("request_histories", {booking.request_id},
                       {{"payment_id", booking.payment_id},
                        {"balance_transaction_id", booking.transaction_id},
                        {"kind", "authorization"},
                        {"approved", booking.payment.approved}}));
  }

  const Summaries& summaries_;
  std::unique_ptr<db::Session> session_;
  bool gives_;
};

using MakeKeeper = std::function<std::unique_ptr<Keeper>(MYSQL*)>;

class Payer final : public Client {
 public:
  Payer(const ConnectionUrl& url, const std::string& isolation, const MakeKeeper& make_keeper)
      : connection_(raw::connect(url)) {
    raw::run(connection_.get(), "SET SESSION TRANSACTION ISOLATION LEVEL " + isolation);
    insert_payment_.emplace(connection_.get(),
                            "INSERT INTO payments (card_id, voided) VALUES (?, 0)");
    insert_transaction_.emplace(connection_.get(),
                                "INSERT INTO balance_transactions (amount) VALUES (?)");
    insert_request_.emplace(connection_.get(),
                            "INSERT INTO request_histories (payment_id, balance_transaction_id, "
                            "kind, approved) VALUES (?, ?, 'authorization', ?)");
    keeper_ = make_keeper(connection_.get());
  }

  void work(Dice& dice) override {
    const std::int64_t cents = below(dice, 40'000);
    const Payment payment{1 + below(dice, cards), fmt::format("{}.{:02}", cents / 100, cents % 100),
                          below(dice, 20) != 0};
    for (;;) {
      try {
        pay(payment);
        return;
      } catch (const raw::Conflict&) {
        ++conflicts;
        raw::run(connection_.get(), "ROLLBACK");
      }
    }
  }

  [[nodiscard]] MYSQL* connection() const { return connection_.get(); }

 private:
  void pay(const Payment& payment) {
    raw::run(connection_.get(), "BEGIN");
    insert_payment_->run(payment.card);
    const std::int64_t payment_id = insert_payment_->insert_id();
    insert_transaction_->run(payment.amount);
    const std::int64_t transaction_id = insert_transaction_->insert_id();
    insert_request_->run(payment_id, transaction_id, payment.approved);
    const Booking booking{payment, payment_id, transaction_id, insert_request_->insert_id()};
    const auto start = std::chrono::steady_clock::now();
    keeper_->keep(booking);
    part_us =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    raw::run(connection_.get(), "COMMIT");
  }

  mysql::ConnectionHandle connection_;
  std::optional<raw::Statement> insert_payment_, insert_transaction_, insert_request_;
  std::unique_ptr<Keeper> keeper_;  // closed before the connection
};

// A round is a second of each side: its p99 alone is a matter of luck.
constexpr int rounds_by_default = 30;

// Correct, as a good engineer's is: under READ COMMITTED the read has to lock.
constexpr std::string_view trigger_by_hand =
    "CREATE TRIGGER by_hand AFTER INSERT ON request_histories FOR EACH ROW "
    "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) "
    "SELECT p.card_id, t.amount, 1, NEW.approved = 1 AND NEW.kind = 'authorization' "
    "FROM payments p JOIN balance_transactions t ON t.id = NEW.balance_transaction_id "
    "WHERE p.id = NEW.payment_id AND p.voided = 0 LOCK IN SHARE MODE "
    "ON DUPLICATE KEY UPDATE total_spent = total_spent + VALUES(total_spent), "
    "payments = payments + 1, has_made_transactions = "
    "GREATEST(has_made_transactions, VALUES(has_made_transactions))";

struct Contender {
  std::string name;
  ConnectionUrl url;
  MakeKeeper keeper;
  std::size_t twin = 0;  // what it is compared with
  bool is_again = false;
};

void payments_at(const std::vector<Contender>& contenders, std::size_t connections,
                 const Timing& timing) {
  std::vector<Side> sides;
  for (const Contender& contender : contenders) {
    Side& side = sides.emplace_back();
    side.name = contender.name;
    side.twin = contender.twin;
    side.is_again = contender.is_again;
  }
  open_clients(sides, connections, [&](std::size_t side) {
    const Contender& contender = contenders[side];
    return std::make_unique<Payer>(contender.url, "READ COMMITTED", contender.keeper);
  });
  run_rounds(sides, timing);
  fmt::print("\n{} connection(s)\n", connections);
  print_against_twins(sides);
  fmt::print("run again after a conflict:");
  for (const Side& side : sides) fmt::print(" {}", side.conflicts());
  fmt::print("\n");
}

std::int64_t status(MYSQL* connection, const std::string& name) {
  return std::stoll(raw::rows(connection, "SHOW SESSION STATUS LIKE '" + name + "'").at(0).at(1));
}

// By the server's own counters, over payments of one connection after the first.
void count_traffic(const Contender& contender) {
  constexpr int payments = 1000;
  Payer payer(contender.url, "READ COMMITTED", contender.keeper);
  Dice dice(1);
  payer.work(dice);
  const auto read = [&] {
    return std::array{status(payer.connection(), "Questions"),
                      status(payer.connection(), "Bytes_received"),
                      status(payer.connection(), "Bytes_sent")};
  };
  // What the counting itself costs, taken off.
  const auto before = read(), again = read();
  for (int i = 0; i < payments; ++i) payer.work(dice);
  const auto after = read();
  const auto each = [&](std::size_t i) {
    return static_cast<double>(after[i] - again[i] - (again[i] - before[i])) / payments;
  };
  fmt::print("{:<32}{:>12.2f}{:>12.1f}{:>12.1f}\n", contender.name, each(0), each(1), each(2));
}

std::vector<Contender> contenders_on(const ConnectionUrl& server, std::optional<Summaries>& keeps) {
  const auto database = [&](const std::string& name, std::string_view capture) {
    const ConnectionUrl url = make_database(server, name);
    apply(url, capture);
    return url;
  };
  const auto triggered = [&](const std::string& name) {
    const ConnectionUrl url = database(name, "hooks");
    raw::run(raw::connect(url).get(), trigger_by_hand);
    return url;
  };
  // Hooks and what is written by hand keep one summary together, in turns: tables of the same
  // content are not equally fast.
  const ConnectionUrl shared = database("hooks", "hooks");
  keeps.emplace(must(mysql::load(raw::connect(shared).get(), spec_text("hooks"))));
  const auto hook = [&](bool gives) -> MakeKeeper {
    return [&keeps, gives](MYSQL* connection) {
      return std::make_unique<HookKeeper>(connection, *keeps, gives);
    };
  };
  const MakeKeeper none = [](MYSQL*) { return std::make_unique<NoKeeper>(); };
  const MakeKeeper values = [](MYSQL* connection) {
    return std::make_unique<ValuesKeeper>(connection);
  };
  const MakeKeeper from_rows = [](MYSQL* connection) {
    return std::make_unique<KeysKeeper>(connection);
  };
  constexpr std::size_t upsert_twin = 1, keys_twin = 4, trigger_twin = 7;
  // "Again" is the same once more, triggers in a database of their own: what its ratio is away from
  // 1 is noise. Hooks and triggers are compared with both.
  return {
      {"no summary", database("plain", "hooks"), none, upsert_twin},
      {"hand-written UPSERT", shared, values, upsert_twin},
      {"hand-written UPSERT, again", shared, values, upsert_twin, true},
      {"hook, values given", shared, hook(true), upsert_twin},
      {"hand-written UPSERT, by keys", shared, from_rows, keys_twin},
      {"the same, again", shared, from_rows, keys_twin, true},
      {"hook, by keys", shared, hook(false), keys_twin},
      {"hand-written trigger", triggered("trigger_by_hand"), none, trigger_twin},
      {"hand-written trigger, again", triggered("trigger_by_hand_again"), none, trigger_twin, true},
      {"keepsum's triggers", database("triggers", "triggers"), none, trigger_twin}};
}

void run() {
  const ConnectionUrl server = server_url();
  Timing timing = timing_from_environment(rounds_by_default);
  const int pid = server_pid(server);
  timing.cpu_us = [pid] { return cpu_us_with(pid); };
  const auto flush = raw::rows(raw::connect(server).get(),
                               "SELECT @@innodb_flush_log_at_trx_commit, @@sync_binlog")
                         .at(0);
  fmt::print(
      "Payment transactions: BEGIN, three INSERTs, what keeps the summary, COMMIT; prepared, READ "
      "COMMITTED,\nforeign keys, {} cards; innodb_flush_log_at_trx_commit={}. Medians of {} rounds "
      "of {} turns of {} s a side.\n\"own\": the statements that keep the summary; ratios are of "
      "the same rounds, to the twin and its \"again\" together.\n",
      cards, flush[0], timing.rounds, timing.turns, timing.seconds);

  std::optional<Summaries> keeps;
  const std::vector<Contender> contenders = contenders_on(server, keeps);
  const auto only = static_cast<std::size_t>(setting("KEEPSUM_BENCH_CONNECTIONS", 0));
  for (const std::size_t connections : {1U, 8U, 32U}) {
    if (only == 0 || only == connections) payments_at(contenders, connections, timing);
  }

  fmt::print("\n{:<32}{:>12}{:>12}{:>12}\n", "a payment, counted", "round trips", "bytes in",
             "bytes out");
  for (const Contender& contender : contenders) count_traffic(contender);
  for (const Contender& contender : contenders) {
    if (contender.name == "no summary") continue;
    verify(contender.url, contender.name == "keepsum's triggers" ? "triggers" : "hooks");
  }
  fmt::print(
      "\nEvery summary verified. Claims: the hook, with values given and by keys, and keepsum's "
      "triggers: tx/s "
      ">= 0.95 and p99 <= 1.05 of their twins.\n");
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_payments: {}\n", error.what());
    return 1;
  }
}
