// The database goes away at each single call that an operation makes, before the call or after it.
// Whatever is left: writers go on, a summary that is called live is equal to its source, the next
// run comes to the end, and each spoilt figure has been mended once.
//
//   KEEPSUM_TEST_CALLS=n  some n calls of each operation, evenly chosen; 0: every one [8; on
//                         MariaDB 3]
#include <fmt/format.h>

#include <cstdlib>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/read.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/engine_support.hpp"
#include "tests/support/fault_session.hpp"

namespace keepsum::test {
namespace {

using lifecycle::State;

const char* const tables[] = {
    "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card_id INT NOT NULL, voided INT NOT "
    "NULL)",
    "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, amount INT "
    "NOT NULL)",
    "CREATE INDEX payments_card ON payments (card_id)",
    "CREATE INDEX items_payment ON items (payment_id)",
    "INSERT INTO payments VALUES (1, 5, 0), (2, 6, 0), (3, 7, 1), (4, 8, 0)",
    "INSERT INTO items VALUES (1, 1, 10), (2, 1, 3), (3, 2, 50), (4, 4, 8), (5, 4, -2)"};

const char* const summary = R"json("per_card": {
    "from": "payments p", "joins": ["items t ON t.payment_id = p.id"], "where": "p.voided = 0",
    "group_by": {"card_id": "p.card_id"},
    "aggregates": {"total": "sum(t.amount)", "n": "count(*)", "most": "max(t.amount)",
                   "ever": "latch(t.amount > 40)"}})json";

const char* const recompute =
    "SELECT p.card_id, COALESCE(SUM(t.amount), 0) AS total, COUNT(*) AS n, MAX(t.amount) AS most, "
    "MAX(t.amount > 40) AS ever FROM payments p JOIN items t ON t.payment_id = p.id WHERE p.voided "
    "= 0 GROUP BY p.card_id";

template <class T>
void must(const Result<T>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}

enum class Operation { apply, reconcile_in_one_pass, reconcile_in_ranges, drop };

std::string name_of(Operation operation) {
  switch (operation) {
    case Operation::apply: return "apply";
    case Operation::reconcile_in_one_pass: return "reconcile_in_one_pass";
    case Operation::reconcile_in_ranges: return "reconcile_in_ranges";
    case Operation::drop: return "drop";
  }
  return {};
}

class Stage : public Scene {
 public:
  Stage(Server server, Operation operation) : Scene(server), operation_(operation) {
    for (const char* statement : tables) run(statement);
    must(migrations::run(database()));
    compile(summary);
    if (operation != Operation::apply) apply(summary);
    if (is_reconcile()) spoil();
  }

  // Runs the operation over sessions that fail as `fault` says.
  Result<void> act(Fault& fault) {
    connectors::Connection own = connectors::open(url()).value();
    FaultSession session(std::move(own.session), fault);
    // A catalog asks through the session it was made with: it is the connection's own.
    connectors::Connection beside = connectors::open(url()).value();
    lifecycle::Database faulty{session, *beside.catalog, *beside.dialect,
                               [this, &fault]() -> Result<std::unique_ptr<db::Session>> {
                                 KEEPSUM_ASSIGN(auto opened, connectors::open_session(url()));
                                 return std::unique_ptr<db::Session>(
                                     std::make_unique<FaultSession>(std::move(opened), fault));
                               }};
    return act_on(faulty);
  }

  // What must hold however the operation ended, and in the end.
  void check() {
    run("INSERT INTO items VALUES (100, 2, 70)");
    run("UPDATE payments SET voided = 0 WHERE id = 3");
    run("DELETE FROM items WHERE id = 3");
    if (state() == State::live && !is_reconcile()) expect_equal(recompute);
    // Its holder is this very process, which is not dead: the lease has to expire.
    must(
        database().session.execute("UPDATE keepsum_leases SET expires_at = '2001-01-01 00:00:00'"));
    Fault never;
    const auto again = act(never);
    if (operation_ == Operation::drop) {
      // The first may have come to its end unseen.
      if (again.has_error()) {
        EXPECT_EQ(again.error().code, ErrorCode::invalid_argument);
      }
      EXPECT_EQ(state(), State::absent);
      EXPECT_TRUE(trigger_names_left().empty());
      run("INSERT INTO items VALUES (101, 2, 71)");
      return;
    }
    ASSERT_TRUE(again.has_value()) << describe(again.error());
    EXPECT_EQ(state(), State::live);
    run("INSERT INTO items VALUES (101, 2, 71)");
    expect_equal(recompute);
    if (is_reconcile()) check_books();
  }

 private:
  [[nodiscard]] bool is_reconcile() const noexcept {
    return operation_ == Operation::reconcile_in_one_pass ||
           operation_ == Operation::reconcile_in_ranges;
  }

  Result<void> act_on(lifecycle::Database& with) {
    switch (operation_) {
      case Operation::apply: {
        lifecycle::ApplyOptions options;
        options.reconcile.chunk_rows = 2;
        options.reconcile.order = plan::Pass::key_ranges;
        options.reconcile.lease.wait_max = std::chrono::seconds{60};
        options.reconcile.lease.expiry = std::chrono::seconds{1};
        KEEPSUM_TRY(lifecycle::apply(with, plan(), options));
        return {};
      }
      case Operation::reconcile_in_one_pass: return reconcile(with, plan::Pass::one_pass);
      case Operation::reconcile_in_ranges: return reconcile(with, plan::Pass::key_ranges);
      case Operation::drop: return lifecycle::drop(with, "per_card");
    }
    return {};
  }

  Result<void> reconcile(lifecycle::Database& with, plan::Pass order) {
    reconcile::ReconcileOptions options;
    options.order = order;
    options.chunk_rows = 2;
    options.guard.share_max = 1;
    options.lease.wait_max = std::chrono::seconds{60};
    options.lease.expiry = std::chrono::seconds{1};
    KEEPSUM_TRY(reconcile::reconcile(with, plan(), options));
    return {};
  }

  void spoil() {
    run("UPDATE per_card SET total = total + 1000, n = n + 2 WHERE card_id = 5");
    run("UPDATE per_card SET total = total - 7, most = 999, ever = 0 WHERE card_id = 6");
    run("DELETE FROM per_card WHERE card_id = 8");
    run("INSERT INTO per_card (card_id, total, n) VALUES (9, 4, 1)");
  }

  // Of each additive figure: what the evidence says was repaired is what was spoilt.
  void check_books() {
    const std::string expected = R"(n -2 total -1000|total 7|n 2 total 6|n -1 total -4)";
    std::string found;
    for (const int card : {5, 6, 8, 9}) {
      std::string of_card;
      for (const char* column : {"n", "total"}) {
        const auto sums = lines(fmt::format(
            "SELECT SUM(expected - stored) FROM keepsum_drift WHERE column_name = '{}' AND "
            "group_key LIKE '%:{}}}' HAVING COUNT(*) > 0",
            column, card));
        if (sums.empty()) continue;
        of_card += fmt::format("{}{} {}", of_card.empty() ? "" : " ", column, sums.front());
      }
      found += (found.empty() ? "" : "|") + of_card;
    }
    EXPECT_EQ(found, expected);
  }

  State state() {
    lifecycle::Control control(database());
    const auto record = control.find("per_card");
    return record.has_value() && record.value() ? record.value()->state : State::absent;
  }
  std::vector<std::string> trigger_names_left() {
    const auto left = database().catalog.triggers("ks_per_card$");
    std::vector<std::string> names;
    for (const auto& trigger : left.value()) names.push_back(trigger.name);
    return names;
  }

  Operation operation_;
};

int wished_calls(Server server) {
  const char* const text = std::getenv("KEEPSUM_TEST_CALLS");  // NOLINT(concurrency-mt-unsafe)
  if (text != nullptr) return std::stoi(text);
  return server == Server::sqlite ? 8 : 3;
}

class EveryCall : public testing::TestWithParam<std::tuple<Server, Operation>> {};

TEST_P(EveryCall, MayBeTheLast) {
  const auto [server, operation] = GetParam();
  int calls = 0;
  {
    Stage stage(server, operation);
    Fault never;
    const auto done = stage.act(never);
    ASSERT_TRUE(done.has_value()) << describe(done.error());
    calls = never.calls();
    stage.check();
  }
  ASSERT_GT(calls, 10);
  const int wished = wished_calls(server);
  int faults = 0;
  const int stride = wished == 0 ? 1 : (calls + wished - 1) / wished;
  for (int call = 1; call <= calls && !HasFailure(); call += stride) {
    for (const FaultMoment moment : {FaultMoment::before, FaultMoment::after}) {
      SCOPED_TRACE(fmt::format("lost {} call {} of {}",
                               moment == FaultMoment::before ? "before" : "after", call, calls));
      Stage stage(server, operation);
      Fault fault;
      fault.at(call, moment);
      ++faults;
      const auto ended = stage.act(fault);
      // Giving the lease back is tried without a word, and a heartbeat may come first.
      if (ended.has_error()) {
        EXPECT_EQ(ended.error().code, ErrorCode::connection_lost);
      }
      stage.check();
    }
  }
  RecordProperty("faults", std::to_string(faults));
}

INSTANTIATE_TEST_SUITE_P(
    All, EveryCall,
    testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                     testing::Values(Operation::apply, Operation::reconcile_in_one_pass,
                                     Operation::reconcile_in_ranges, Operation::drop)),
    [](const auto& each) {
      return name_of(std::get<0>(each.param)) + "_" + name_of(std::get<1>(each.param));
    });

}  // namespace
}  // namespace keepsum::test
