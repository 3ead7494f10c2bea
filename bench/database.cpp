#include "bench/database.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "migrations/migrations.hpp"

namespace keepsum::bench {

namespace {

std::string spec_text(Keys keys) {
  const char* declared =
      keys == Keys::declared
          ? R"("declared_keys": ["h.payment_id -> p.id", "h.balance_transaction_id -> t.id"],)"
          : "";
  return fmt::format(R"json({{
    "keepsum": 1, "summaries": {{ "card_activity": {{
      "from": "payments p",
      "joins": ["request_histories h ON h.payment_id = p.id",
                "balance_transactions t ON t.id = h.balance_transaction_id"],
      "where": "p.voided = 0",
      {}
      "group_by": {{ "card_id": "p.card_id" }},
      "aggregates": {{
        "total_spent": "sum(t.amount)",
        "payments": "count(*)",
        "refunds": "count(*) FILTER (WHERE t.amount < 0)",
        "has_made_transactions": "any(h.approved = 1)"
      }}}}}}}})json",
                     declared);
}

std::vector<std::string> tables(Keys keys) {
  const char* foreign = keys == Keys::foreign
                            ? ", FOREIGN KEY (payment_id) REFERENCES payments (id), FOREIGN KEY "
                              "(balance_transaction_id) REFERENCES balance_transactions (id)"
                            : "";
  return {
      "CREATE TABLE payments (id BIGINT PRIMARY KEY, card_id INT NOT NULL, voided TINYINT NOT "
      "NULL, KEY (card_id)) ENGINE=InnoDB",
      "CREATE TABLE balance_transactions (id BIGINT PRIMARY KEY, amount DECIMAL(12,2) NOT "
      "NULL) ENGINE=InnoDB",
      fmt::format("CREATE TABLE request_histories (id BIGINT PRIMARY KEY, payment_id BIGINT "
                  "NOT NULL, balance_transaction_id BIGINT NOT NULL, approved TINYINT NOT "
                  "NULL, KEY by_payment (payment_id), KEY by_transaction "
                  "(balance_transaction_id){}) ENGINE=InnoDB",
                  foreign)};
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(fmt::format("{} is not set", name));
  return value;
}

}  // namespace

PaymentsDatabase::PaymentsDatabase(Keys keys, std::int64_t payments, int cards)
    : spec_(spec_text(keys)),
      url_(must(connectors::parse_url(environment("DATABASE_URL")))),
      connection_(must(connectors::open(url_))) {
  database_.emplace(lifecycle::Database{*connection_.session, *connection_.catalog,
                                        *connection_.dialect,
                                        [this] { return connectors::open_session(url_); }});
  [[maybe_unused]] const auto dropped = lifecycle::drop(*database_, "card_activity");
  execute("DROP TABLE IF EXISTS request_histories, balance_transactions, payments");
  for (const std::string& table : tables(keys)) execute(table);
  const std::string numbers = fmt::format("FROM seq_1_to_{}", payments);
  // The skew of real cards: a few have thousands of payments, most have some.
  execute(
      fmt::format("INSERT INTO payments SELECT seq, 1 + FLOOR(POW(RAND(seq), 3) * {}), seq % "
                  "50 = 0 {}",
                  cards, numbers));
  execute("INSERT INTO balance_transactions SELECT seq, FLOOR(RAND(seq) * 40000) / 100 - 50 " +
          numbers);
  execute("INSERT INTO request_histories SELECT seq, seq, seq, seq % 20 <> 0 " + numbers);
  drain("ANALYZE TABLE payments, request_histories, balance_transactions");
  auto plans = must(lifecycle::load_plans(spec_, *connection_.session, *connection_.catalog,
                                          *connection_.dialect));
  plan_.emplace(std::move(plans.at(0)));
}

void PaymentsDatabase::execute(const std::string& sql) { must(connection_.session->execute(sql)); }

std::int64_t PaymentsDatabase::drain(const std::string& sql) {
  std::int64_t rows = 0;
  must(connection_.session->query(sql, {}, [&](const db::Row&) -> Result<db::Flow> {
    ++rows;
    return db::Flow::more;
  }));
  return rows;
}

void PaymentsDatabase::apply(const reconcile::OnProgress& on_progress) {
  must(migrations::run(*database_));
  lifecycle::ApplyOptions options;
  options.reconcile.on_progress = on_progress;
  must(lifecycle::apply(*database_, *plan_, options));
}

void PaymentsDatabase::drop_summary() { must(lifecycle::drop(*database_, "card_activity")); }

std::int64_t PaymentsDatabase::verify() {
  reconcile::ReconcileOptions options;
  options.verify_only = true;
  const auto report = must(reconcile::reconcile(*database_, *plan_, options));
  if (report.drifted != 0) throw std::runtime_error(fmt::format("{} keys drifted", report.drifted));
  return report.keys_checked;
}

std::string recompute_query() {
  return "SELECT p.card_id, SUM(t.amount), COUNT(*), COUNT(CASE WHEN t.amount < 0 THEN 1 END), "
         "COUNT(CASE WHEN h.approved = 1 THEN 1 END) FROM payments p JOIN request_histories h ON "
         "h.payment_id = p.id JOIN balance_transactions t ON t.id = h.balance_transaction_id WHERE "
         "p.voided = 0 GROUP BY p.card_id";
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

double setting(const char* name, double otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::stod(value);
}

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace keepsum::bench
