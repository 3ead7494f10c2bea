#include "bench/payment_tables.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <functional>

#include "bench/database.hpp"
#include "bench/raw_mysql.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "migrations/migrations.hpp"

namespace keepsum::bench {

using connectors::ConnectionUrl;

namespace {

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

void with_database(
    const ConnectionUrl& url, std::string_view capture, Keys keys,
    const std::function<void(lifecycle::Database&, const plan::SummaryPlan&)>& work) {
  auto connection = must(connectors::open(url));
  lifecycle::Database database{*connection.session, *connection.catalog, *connection.dialect,
                               [&] { return connectors::open_session(url); }};
  const auto plans = must(lifecycle::load_plans(spec_text(capture, keys), *connection.session,
                                                *connection.catalog, *connection.dialect));
  work(database, plans.at(0));
}

}  // namespace

std::string spec_text(std::string_view capture, Keys keys) {
  return fmt::format(
      R"json({{
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
      "declared_keys": [{}],
      "capture": "{}"}}}}}})json",
      keys == Keys::declared ? R"("h.payment_id -> p.id", "h.balance_transaction_id -> t.id")" : "",
      capture);
}

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

void apply(const ConnectionUrl& url, std::string_view capture, Keys keys) {
  with_database(url, capture, keys,
                [](lifecycle::Database& database, const plan::SummaryPlan& plan) {
                  must(migrations::run(database));
                  must(lifecycle::apply(database, plan, {}));
                });
}

void verify(const ConnectionUrl& url, std::string_view capture, Keys keys) {
  with_database(url, capture, keys,
                [&](lifecycle::Database& database, const plan::SummaryPlan& plan) {
                  reconcile::ReconcileOptions options;
                  options.verify_only = true;
                  const auto report = must(reconcile::reconcile(database, plan, options));
                  if (report.drifted != 0) {
                    throw std::runtime_error(
                        fmt::format("{}: {} keys drifted", url.database, report.drifted));
                  }
                });
}

ConnectionUrl server_url() {
  const char* const url = std::getenv("DATABASE_URL");
  if (url == nullptr) throw std::runtime_error("DATABASE_URL is not set");
  return must(connectors::parse_url(url));
}

int server_pid(const ConnectionUrl& server) {
  const auto connection = raw::connect(server);
  std::ifstream file(raw::rows(connection.get(), "SELECT @@pid_file").at(0).at(0));
  int pid = 0;
  file >> pid;
  if (pid == 0) throw std::runtime_error("the server's process is not on this machine");
  return pid;
}

}  // namespace keepsum::bench
