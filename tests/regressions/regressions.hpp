// Ways in which summary tables have gone wrong elsewhere, each as a test of the name of the report:
// project and number. The first line of each test says what went wrong there.
#pragma once

#include <future>
#include <stdexcept>
#include <thread>

#include "engine/lifecycle/apply.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/reconcile/scan.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

// Payments of cards with their items, and one summary of them.
class Regression : public testing::TestWithParam<Server>, public Scene {
 protected:
  Regression() : Scene(GetParam()) {
    run("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card_id BIGINT NOT NULL, amount "
        "BIGINT NOT NULL)");
    run("CREATE INDEX payments_card ON payments (card_id)");
  }

  static constexpr const char* spec = R"json("per_card": {
      "from": "payments p", "group_by": {"card_id": "p.card_id"},
      "aggregates": {"total": "sum(p.amount)", "n": "count(*)", "most": "max(p.amount)"}})json";
  static constexpr const char* recompute =
      "SELECT card_id, SUM(amount) AS total, COUNT(*) AS n, MAX(amount) AS most FROM payments "
      "GROUP BY card_id";

  // A run of the reconciler, as cron starts it, over ranges of so many rows.
  reconcile::RunReport reconcile(std::uint64_t rows = 2) {
    reconcile::ReconcileOptions options;
    options.order = plan::Pass::key_ranges;
    options.chunk_rows = rows;
    options.guard.share_max = 1;
    auto report = reconcile::reconcile(database(), plan(), options);
    if (report.has_error()) throw std::runtime_error(describe(report.error()));
    return std::move(report).value();
  }

  std::string stored(int card, const std::string& column = "n") {
    const auto rows =
        lines("SELECT " + column + " FROM per_card WHERE card_id = " + std::to_string(card));
    return rows.empty() ? "no row" : rows.front();
  }
};

inline void must(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}
template <class T>
T must(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
  return std::move(result).value();
}

// A session of a writer's, beside the scene's own.
class Writer {
 public:
  explicit Writer(const Scene& scene)
      : session_(scene.connect()), begin_(scene.on_mariadb() ? "BEGIN" : "BEGIN IMMEDIATE") {}
  void begin() { must(session_->execute(begin_)); }
  std::uint64_t run(const std::string& statement) { return must(session_->execute(statement)); }
  Result<std::uint64_t> try_to_run(const std::string& statement) {
    return session_->execute(statement);
  }
  std::future<std::uint64_t> start(const std::string& statement) {
    return std::async(std::launch::async, [this, statement] { return run(statement); });
  }
  void commit() { must(session_->execute("COMMIT")); }
  void rollback() { must(session_->execute("ROLLBACK")); }

 private:
  std::unique_ptr<db::Session> session_;
  std::string begin_;
};

// Whether it still waits for somebody after what is ample for a statement that need not.
template <class T>
bool waits(const std::future<T>& work) {
  return work.wait_for(std::chrono::milliseconds{150}) != std::future_status::ready;
}

}  // namespace keepsum::test
