// A verification by sealed totals, after a thousandth of new rows, against a full one of the same
// summary without a seal, on one connection. The sides take turns; medians.

#include <fmt/format.h>

#include <chrono>

#include "bench/database.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "migrations/migrations.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;

// Of a tenth of a second each: what disturbs one would decide a median of few.
constexpr int sealed_runs_a_full_one = 5;

// The summary of the other benchmarks with its history sealed.
std::string sealed_spec(std::string spec) {
  const std::string name = "\"card_activity\": {";
  return spec.replace(spec.find(name), name.size(),
                      "\"card_history\": { \"sealed\": { \"by\": \"p.id\", \"after\": \"0\" },");
}

class Sealed {
 public:
  explicit Sealed(const PaymentsDatabase& payments)
      : url_(payments.url()),
        connection_(must(connectors::open(url_))),
        database_{*connection_.session, *connection_.catalog, *connection_.dialect,
                  [this] { return connectors::open_session(url_); }} {
    [[maybe_unused]] const auto dropped = lifecycle::drop(database_, "card_history");
    plan_.emplace(must(lifecycle::load_plans(sealed_spec(payments.spec()), *connection_.session,
                                             *connection_.catalog, *connection_.dialect))
                      .at(0));
    must(migrations::run(database_));
    must(lifecycle::apply(database_, *plan_, {}));
  }

  reconcile::RunReport run(bool verify_only) {
    reconcile::ReconcileOptions options;
    options.verify_only = verify_only;
    auto report = must(reconcile::reconcile(database_, *plan_, options));
    if (report.drifted != 0) throw std::runtime_error("keys drifted");
    return report;
  }
  void drop() { must(lifecycle::drop(database_, "card_history")); }

 private:
  connectors::ConnectionUrl url_;
  connectors::Connection connection_;
  lifecycle::Database database_;
  std::optional<plan::SummaryPlan> plan_;
};

// As single payments come, a parent before its child.
void add_payments(PaymentsDatabase& database, std::int64_t from, std::int64_t rows, int cards) {
  const std::string numbers = fmt::format("FROM seq_{}_to_{}", from, from + rows - 1);
  database.execute(fmt::format(
      "INSERT INTO payments SELECT seq, 1 + FLOOR(POW(RAND(seq), 3) * {}), 0 {}", cards, numbers));
  database.execute(
      "INSERT INTO balance_transactions SELECT seq, FLOOR(RAND(seq) * 40000) / 100 - 50 " +
      numbers);
  database.execute("INSERT INTO request_histories SELECT seq, seq, seq, 1 " + numbers);
}

void line(const char* name, double ours, double full, const char* claim) {
  fmt::print("{:<46} {:>9.4f} {:>9.3f} {:>8.2f} %   {}\n", name, ours, full, 100 * ours / full,
             claim);
  std::fflush(stdout);
}

}  // namespace

int main() {
  try {
    const int rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", 5));
    const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
    const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
    PaymentsDatabase database(Keys::foreign, payments, cards);
    database.apply();
    Sealed sealed(database);
    const auto first = sealed.run(false);
    if (!first.seal || !first.seal->up_to) throw std::runtime_error("nothing was sealed");
    add_payments(database, payments + 1, payments / 1000, cards);
    database.verify();
    std::vector<double> by_seal, whole;
    reconcile::RunReport report;
    for (int i = 0; i < rounds; ++i) {
      for (int j = 0; j < sealed_runs_a_full_one; ++j) {
        by_seal.push_back(seconds_of([&] { report = sealed.run(true); }));
      }
      whole.push_back(seconds_of([&] { database.verify(); }));
    }
    if (!report.seal->used)
      throw std::runtime_error("not verified by the seal: " + report.seal->why_not);
    const double moving = seconds_of([&] { report = sealed.run(false); });
    const double full = median(whole);
    fmt::print(
        "Sealed verification: {} payments over {} cards, three tables joined, {} of them new; "
        "medians of {} and {}\n\n{:<46} {:>9} {:>9} {:>10}\n",
        payments, cards, payments / 1000, by_seal.size(), whole.size(), "", "sealed s", "full s",
        "share");
    line("verify by the seal / full verify", median(by_seal), full, "claim <= 2 %");
    line("the same in a run that moves the seal as well", moving, full, "no claim; once");
    fmt::print("\n{} rows above the seal, {} keys compared whole; sealed up to p.id {} now\n",
               report.seal->rows_above, report.seal->keys_whole, report.seal->up_to.value_or("-"));
    sealed.drop();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_sealed: {}\n", error.what());
    return 1;
  }
}
