// What it costs a payment's transaction to keep its card's summary, against hand-written twins.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <keepsum/mysql.hpp>
#include <optional>

#include "bench/closed_loop.hpp"
#include "bench/database.hpp"
#include "bench/raw_mysql.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "migrations/migrations.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using connectors::ConnectionUrl;

constexpr int cards = 5000;

std::string spec_text(std::string_view capture) {
  return fmt::format(R"json({{
    "keepsum": 1, "summaries": {{ "card_activity": {{
      "from": "payments p",
      "joins": ["request_histories h ON h.payment_id = p.id",
                "balance_transactions t ON t.id = h.balance_transaction_id"],
      "where": "p.voided = 0",
      "group_by": {{ "card_id": "p.card_id" }},
      "aggregates": {{
        "total_spent": "sum(t.amount)",
        "payments": "count(*)",
        "has_made_transactions": "latch(h.approved = 1 AND h.kind = 'authorization')"
      }},
      "capture": "{}"}}}}}})json",
                     capture);
}

constexpr std::string_view tables[] = {
    "CREATE TABLE payments (id BIGINT AUTO_INCREMENT PRIMARY KEY, card_id INT NOT NULL, voided "
    "TINYINT NOT NULL, KEY by_card (card_id)) ENGINE=InnoDB",
    "CREATE TABLE balance_transactions (id BIGINT AUTO_INCREMENT PRIMARY KEY, amount "
    "DECIMAL(12,2) NOT NULL) ENGINE=InnoDB",
    "CREATE TABLE request_histories (id BIGINT AUTO_INCREMENT PRIMARY KEY, payment_id BIGINT NOT "
    "NULL, balance_transaction_id BIGINT NOT NULL, kind VARCHAR(16) NOT NULL, approved TINYINT NOT "
    "NULL, KEY by_payment (payment_id), KEY by_transaction (balance_transaction_id), "
    "FOREIGN KEY (payment_id) REFERENCES payments (id), FOREIGN KEY (balance_transaction_id) "
    "REFERENCES balance_transactions (id)) ENGINE=InnoDB",
};

// A database of its own for each side, filled alike, with a live summary.
ConnectionUrl make_database(const ConnectionUrl& server, const std::string& name) {
  ConnectionUrl url = server;
  url.database = "bench_" + name;
  const auto connection = raw::connect(server);
  raw::run(connection.get(), "DROP DATABASE IF EXISTS " + url.database);
  raw::run(connection.get(), "CREATE DATABASE " + url.database + " CHARACTER SET utf8mb4");
  raw::run(connection.get(), "USE " + url.database);
  for (const std::string_view table : tables) raw::run(connection.get(), table);
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 50'000));
  const std::string from = fmt::format(" FROM seq_1_to_{}", payments);
  raw::run(
      connection.get(),
      fmt::format("INSERT INTO payments SELECT seq, 1 + FLOOR(RAND(seq) * {}), 0", cards) + from);
  raw::run(
      connection.get(),
      "INSERT INTO balance_transactions SELECT seq, FLOOR(RAND(seq) * 40000) / 100 - 50" + from);
  raw::run(
      connection.get(),
      "INSERT INTO request_histories SELECT seq, seq, seq, 'authorization', seq % 20 <> 0" + from);
  raw::run(connection.get(), "ANALYZE TABLE payments, balance_transactions, request_histories");
  return url;
}

void with_database(
    const ConnectionUrl& url, std::string_view capture,
    const std::function<void(lifecycle::Database&, const plan::SummaryPlan&)>& work) {
  auto connection = must(connectors::open(url));
  lifecycle::Database database{*connection.session, *connection.catalog, *connection.dialect,
                               [&] { return connectors::open_session(url); }};
  const auto plans = must(lifecycle::load_plans(spec_text(capture), *connection.session,
                                                *connection.catalog, *connection.dialect));
  work(database, plans.at(0));
}

void apply(const ConnectionUrl& url, std::string_view capture) {
  with_database(url, capture, [](lifecycle::Database& database, const plan::SummaryPlan& plan) {
    must(migrations::run(database));
    must(lifecycle::apply(database, plan, {}));
  });
}

// Throws if a twin was faster because it was wrong.
void verify(const ConnectionUrl& url, std::string_view capture) {
  with_database(url, capture, [&](lifecycle::Database& database, const plan::SummaryPlan& plan) {
    reconcile::ReconcileOptions options;
    options.verify_only = true;
    const auto report = must(reconcile::reconcile(database, plan, options));
    if (report.drifted != 0) {
      throw std::runtime_error(fmt::format("{}: {} keys drifted", url.database, report.drifted));
    }
  });
}

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
                "payments = payments + VALUES(payments), "
                "has_made_transactions = GREATEST(has_made_transactions, "
                "VALUES(has_made_transactions))") {}
  void keep(const Booking& booking) override {
    upsert_.run(booking.payment.card, booking.payment.amount, booking.payment.approved);
  }

 private:
  raw::Statement upsert_;
};

// A statement that takes the primary key of the request.
class RequestKeeper final : public Keeper {
 public:
  RequestKeeper(MYSQL* connection, std::string_view sql) : upsert_(connection, sql) {}
  void keep(const Booking& booking) override { upsert_.run(booking.request_id); }

 private:
  raw::Statement upsert_;
};

// The public API, called for each row as its contract has it.
class HookKeeper final : public Keeper {
 public:
  HookKeeper(MYSQL* connection, const WriteHooks& hooks)
      : hooks_(hooks), session_(mysql::borrow(connection)) {}
  void keep(const Booking& booking) override {
    call("payments", booking.payment_id);
    call("balance_transactions", booking.transaction_id);
    call("request_histories", booking.request_id);
  }

 private:
  void call(std::string_view table, std::int64_t id) {
    const auto done = hooks_.inserted(*session_, table, {{id}});
    if (done.has_value()) return;
    if (done.error().recovery == Recovery::retry_transaction) {
      throw raw::Conflict(describe(done.error()));
    }
    must(done);
  }

  const WriteHooks& hooks_;
  std::unique_ptr<db::Session> session_;
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

// Tells the statements that hooks send.
class Listener final : public db::Session {
 public:
  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value>) override {
    statements.emplace_back(sql);
    return std::uint64_t{0};
  }
  Result<void> query(std::string_view, std::span<const db::Value>, const db::RowHandler&) override {
    return {};
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view) override {
    return std::vector<db::ResultColumn>{};
  }
  Result<void> begin(db::TransactionMode) override { return {}; }
  Result<void> commit() override { return {}; }
  Result<void> rollback() override { return {}; }
  [[nodiscard]] bool in_transaction() const noexcept override { return true; }

  std::vector<std::string> statements;
};

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const auto at = text.find(what);
  if (at == std::string::npos) throw std::runtime_error(fmt::format("no {} in {}", what, text));
  return text.replace(at, what.size(), with);
}

struct Contender {
  std::string name;
  ConnectionUrl url;
  MakeKeeper keeper;
};

void print_header(const std::vector<std::string>& titles) {
  fmt::print("{:<44}", "");
  for (const std::string& title : titles) fmt::print("{:>11}", title);
  fmt::print("\n");
}

void payments_at(std::vector<Contender>& contenders, std::size_t connections,
                 const std::string& isolation, const Timing& timing) {
  std::vector<Side> sides;
  for (const Contender& contender : contenders) {
    Side& side = sides.emplace_back();
    side.name = contender.name;
    for (std::size_t i = 0; i < connections; ++i) {
      side.clients.push_back(std::make_unique<Payer>(contender.url, isolation, contender.keeper));
    }
  }
  run_rounds(sides, timing);
  fmt::print("\n{} connection(s), {}\n", connections, isolation);
  print_header({"tx/s", "p50 us", "p99 us", "stmt us", "cpu us", "tx/s /b", "p50 /b", "p99 /b",
                "stmt /b", "cpu /b"});
  const Side& twin = sides.at(1);
  for (const Side& side : sides) {
    fmt::print(
        "{:<44}{:>11.0f}{:>11.1f}{:>11.1f}{:>11.1f}{:>11.1f}{:>11.3f}{:>11.3f}{:>11.3f}{:>11.3f}{:>"
        "11.3f}\n",
        side.name, median_of(side, Metric::rate), median_of(side, Metric::p50),
        median_of(side, Metric::p99), median_of(side, Metric::part), median_of(side, Metric::cpu),
        ratio_of(side, twin, Metric::rate), ratio_of(side, twin, Metric::p50),
        ratio_of(side, twin, Metric::p99), ratio_of(side, twin, Metric::part),
        ratio_of(side, twin, Metric::cpu));
  }
  std::fflush(stdout);
}

class Reader final : public Client {
 public:
  Reader(const ConnectionUrl& url, std::string_view sql)
      : connection_(raw::connect(url)), select_(connection_.get(), sql) {
    text(columns_[0], total_);
    number(columns_[1], payments_);
    number(columns_[2], made_);
    text(columns_[3], state_);
  }
  void work(Dice& dice) override {
    if (!select_.read(columns_, 1 + below(dice, cards))) throw std::runtime_error("no such card");
  }

 private:
  void text(MYSQL_BIND& to, std::span<char> buffer) {
    to.buffer_type = MYSQL_TYPE_STRING;
    to.buffer = buffer.data();
    to.buffer_length = static_cast<unsigned long>(buffer.size());
  }
  void number(MYSQL_BIND& to, std::int64_t& value) {
    to.buffer_type = MYSQL_TYPE_LONGLONG;
    to.buffer = &value;
  }

  std::array<char, 64> total_{}, state_{};
  std::int64_t payments_ = 0, made_ = 0;
  std::array<MYSQL_BIND, 4> columns_{};
  mysql::ConnectionHandle connection_;
  raw::Statement select_;
};

void reads_at(const ConnectionUrl& url, std::size_t connections, const Timing& timing) {
  const std::pair<std::string, std::string> selects[] = {
      {"r1 by primary key",
       "SELECT total_spent, payments, has_made_transactions FROM card_activity WHERE card_id = ?"},
      {"r2 and the state as a scalar subquery",
       "SELECT total_spent, payments, has_made_transactions, (SELECT state FROM keepsum_summaries "
       "WHERE name = 'card_activity') FROM card_activity WHERE card_id = ?"},
      {"r3 state LEFT JOIN card_activity",
       "SELECT c.total_spent, c.payments, c.has_made_transactions, s.state FROM keepsum_summaries "
       "s LEFT JOIN card_activity c ON c.card_id = ? WHERE s.name = 'card_activity'"},
  };
  std::vector<Side> sides;
  for (const auto& [name, sql] : selects) {
    Side& side = sides.emplace_back();
    side.name = name;
    for (std::size_t i = 0; i < connections; ++i) {
      side.clients.push_back(std::make_unique<Reader>(url, sql));
    }
  }
  run_rounds(sides, timing);
  fmt::print("\nreads, {} connection(s)\n", connections);
  print_header(
      {"reads/s", "p50 us", "p99 us", "cpu us", "reads/s /r1", "p50 /r1", "p99 /r1", "cpu /r1"});
  for (const Side& side : sides) {
    fmt::print("{:<44}{:>11.0f}{:>11.1f}{:>11.1f}{:>11.1f}{:>12.3f}{:>11.3f}{:>11.3f}{:>11.3f}\n",
               side.name, median_of(side, Metric::rate), median_of(side, Metric::p50),
               median_of(side, Metric::p99), median_of(side, Metric::cpu),
               ratio_of(side, sides[0], Metric::rate), ratio_of(side, sides[0], Metric::p50),
               ratio_of(side, sides[0], Metric::p99), ratio_of(side, sides[0], Metric::cpu));
  }
  std::fflush(stdout);
}

void add_captures(const ConnectionUrl& url) {
  const auto connection = raw::connect(url);
  raw::run(connection.get(),
           "CREATE TABLE keepsum_captures (summary VARCHAR(64) CHARACTER SET ascii COLLATE "
           "ascii_bin NOT NULL PRIMARY KEY, hooks TINYINT NOT NULL) ENGINE=InnoDB");
  raw::run(connection.get(), "INSERT INTO keepsum_captures VALUES ('card_activity', 1)");
}

int server_pid(const ConnectionUrl& server) {
  const auto connection = raw::connect(server);
  std::ifstream file(raw::rows(connection.get(), "SELECT @@pid_file").at(0).at(0));
  int pid = 0;
  file >> pid;
  if (pid == 0) throw std::runtime_error("the server's process is not on this machine");
  return pid;
}

void run() {
  const char* const server_url = std::getenv("DATABASE_URL");
  if (server_url == nullptr) throw std::runtime_error("DATABASE_URL is not set");
  const ConnectionUrl server = must(connectors::parse_url(server_url));
  Timing timing = timing_from_environment();
  const int pid = server_pid(server);
  timing.cpu_us = [pid] { return cpu_us_with(pid); };
  fmt::print("medians of {} rounds of {} turns of {} s a side\n\n", timing.rounds, timing.turns,
             timing.seconds);

  const auto database = [&](const std::string& name) {
    const ConnectionUrl url = make_database(server, name);
    apply(url, "hooks");
    add_captures(url);
    return url;
  };
  const ConnectionUrl hooks_url = database("hook");
  const auto hooks_connection = raw::connect(hooks_url);
  const WriteHooks hooks = must(mysql::load_hooks(hooks_connection.get(), spec_text("hooks")));
  Listener listener;
  must(hooks.inserted(listener, "request_histories", {{std::int64_t{1}}}));
  const std::string sql = listener.statements.at(0);
  const std::string lock = " LOCK IN SHARE MODE";
  const auto request = [](const std::string& text) {
    return [text](MYSQL* connection) { return std::make_unique<RequestKeeper>(connection, text); };
  };
  const std::string c3 =
      replaced(sql, " WHERE ",
               " JOIN keepsum_captures k ON k.summary = 'card_activity' AND k.hooks = 1 WHERE ");
  const std::string subquery =
      "(SELECT k.hooks FROM keepsum_captures k WHERE k.summary = 'card_activity'{}) = 1 AND ";
  const std::string where = " WHERE ";
  const std::string c4 = replaced(sql, where, where + fmt::format(fmt::runtime(subquery), ""));
  const std::string c4_lock =
      replaced(sql, where, where + fmt::format(fmt::runtime(subquery), lock));
  const std::string c5 =
      replaced(replaced(sql, "SELECT", "SELECT STRAIGHT_JOIN"),
               "FROM `payments` `p` JOIN `request_histories` `h` ON (`h`.`payment_id` = `p`.`id`)",
               "FROM `request_histories` `h` JOIN `payments` `p` ON (`h`.`payment_id` = `p`.`id`)");
  const std::string c6 = replaced(sql, lock, "");
  fmt::print("c:  {}\n\nc3: {}\n\nc4: {}\n\nc5: {}\n\n", sql, c3, c4, c5);

  std::vector<Contender> contenders;
  contenders.push_back(
      {"a  no summary", database("plain"), [](MYSQL*) { return std::make_unique<NoKeeper>(); }});
  contenders.push_back({"b  VALUES upsert", database("values"), [](MYSQL* connection) {
                          return std::make_unique<ValuesKeeper>(connection);
                        }});
  contenders.push_back({"c  hook SQL, raw statement", database("c"), request(sql)});
  contenders.push_back(
      {"c2 WriteHooks::inserted, borrowed session", hooks_url,
       [&](MYSQL* connection) { return std::make_unique<HookKeeper>(connection, hooks); }});
  contenders.push_back({"c3 c + JOIN keepsum_captures, locked", database("c3"), request(c3)});
  contenders.push_back({"c4 c + scalar subquery, not locked", database("c4"), request(c4)});
  contenders.push_back({"c4l c + scalar subquery, locked", database("c4l"), request(c4_lock)});
  contenders.push_back({"c5 c, STRAIGHT_JOIN h, p, t", database("c5"), request(c5)});
  contenders.push_back({"c6 c without the lock clause", database("c6"), request(c6)});

  for (const std::string isolation : {"REPEATABLE READ", "READ COMMITTED"}) {
    for (const std::size_t connections : {1U, 8U}) {
      payments_at(contenders, connections, isolation, timing);
    }
  }
  for (const std::size_t connections : {1U, 8U}) {
    reads_at(hooks_url, connections, timing);
  }
  for (const Contender& contender : contenders) {
    if (!contender.name.starts_with("a")) verify(contender.url, "hooks");
  }
  fmt::print("\nall summaries verified\n");
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
