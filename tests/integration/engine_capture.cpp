// Moving a live summary from triggers to hooks and back, with the connection lost after each single
// statement of the move: whatever is left counts every change once.
#include <fmt/format.h>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/read.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using lifecycle::State;
using schema::Capture;
using testing::IsEmpty;

// A session whose connection is lost after so many statements, for the server too.
class MortalSession final : public db::Session {
 public:
  MortalSession(std::unique_ptr<db::Session> session, int statements)
      : session_(std::move(session)), left_(statements) {}

  [[nodiscard]] bool is_dead() const noexcept { return session_ == nullptr; }

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    KEEPSUM_TRY(live_on());
    return session_->execute(sql, params);
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    KEEPSUM_TRY(live_on());
    return session_->query(sql, params, handler);
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    KEEPSUM_TRY(live_on());
    return session_->describe_query(sql);
  }
  Result<void> begin(db::TransactionMode mode) override {
    KEEPSUM_TRY(live_on());
    return session_->begin(mode);
  }
  Result<void> commit() override {
    KEEPSUM_TRY(live_on());
    return session_->commit();
  }
  Result<void> rollback() override {
    KEEPSUM_TRY(live_on());
    return session_->rollback();
  }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    KEEPSUM_TRY(live_on());
    return session_->limit_statements(limit);
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    KEEPSUM_TRY(live_on());
    return session_->limit_lock_waits(limit);
  }
  void interrupt() noexcept override {}
  [[nodiscard]] bool in_transaction() const noexcept override {
    return session_ != nullptr && session_->in_transaction();
  }

 private:
  Result<void> live_on() {
    if (left_-- <= 0) session_ = nullptr;
    if (session_ != nullptr) return {};
    Error error;
    error.code = ErrorCode::connection_lost;
    error.recovery = Recovery::reconnect;
    return error;
  }

  std::unique_ptr<db::Session> session_;
  int left_;
};

// How a trigger gives way to another: in a transaction, by CREATE OR REPLACE, or, as on MySQL, not
// without a moment in between, which LOCK TABLES hides from writers and a crash does not.
enum class Way { sqlite, mariadb, without_replace };

std::string name_of_way(const testing::TestParamInfo<Way>& info) {
  constexpr const char* names[] = {"sqlite", "mariadb", "without_replace"};
  return names[static_cast<int>(info.param)];
}

class CaptureMoves : public testing::TestWithParam<Way>, public Scene {
 protected:
  CaptureMoves() : Scene(GetParam() == Way::sqlite ? Server::sqlite : Server::mariadb) {
    if (GetParam() == Way::without_replace) {
      dialect_ = mysql::make_dialect(mysql::parse_version("10.0.38-MariaDB"));
    }
    run("CREATE TABLE payments (id INT PRIMARY KEY, card_id INT NOT NULL, voided INT NOT NULL)" +
        std::string(on_mariadb() ? "" : " STRICT"));
    run("CREATE TABLE charges (id INT PRIMARY KEY, payment_id INT NOT NULL, amount INT" +
        std::string(on_mariadb() ? ", KEY (payment_id))" : ") STRICT"));
    run("INSERT INTO payments VALUES (1, 1, 0), (2, 1, 0), (3, 2, 0), (4, 3, 1)");
    run("INSERT INTO charges VALUES (1, 1, 10), (2, 2, -5), (3, 3, NULL), (4, 4, 7)");
    auto by = healthy();
    EXPECT_TRUE(migrations::run(by).has_value());
    for (const Capture capture : {Capture::triggers, Capture::hooks}) {
      auto plans = lifecycle::load_plans(spec(capture), healthy().session, healthy().catalog,
                                         healthy().dialect);
      plans_.push_back(std::move(plans.value().at(0)));
    }
    EXPECT_TRUE(move_to(Capture::triggers, healthy()).has_value());
  }

  static std::string spec(Capture capture) {
    return fmt::format(R"json({{"keepsum": 1, "summaries": {{"per_card": {{
        "from": "payments p", "joins": ["charges t ON t.payment_id = p.id"],
        "where": "p.voided = 0", "group_by": {{"card_id": "p.card_id"}},
        "declared_keys": ["t.payment_id -> p.id"],
        "aggregates": {{"total": "sum(t.amount)", "n": "count(*)"}}, "capture": "{}"}}}}}})json",
                       to_string(capture));
  }

  lifecycle::Database healthy() {
    return {database().session, database().catalog, dialect(), database().open_session};
  }
  const sql::Dialect& dialect() { return dialect_ ? *dialect_ : database().dialect; }
  const plan::SummaryPlan& plan_of(Capture capture) { return plans_.at(capture == Capture::hooks); }

  Result<lifecycle::ApplyReport> move_to(Capture capture, lifecycle::Database by) {
    return lifecycle::apply(by, plan_of(capture), {});
  }

  // The statement of a hook as a service in another language would run it.
  void hook(char sign, const std::string& row) {
    const std::string select = fmt::format(
        "INSERT INTO per_card (card_id, total, n) SELECT p.card_id, {0}COALESCE(t.amount, 0), {0}1 "
        "FROM payments p JOIN charges t ON t.payment_id = p.id JOIN keepsum_captures k ON "
        "k.summary = 'per_card' AND k.hooks = 1 WHERE p.voided = 0 AND {1}",
        sign, row);
    run(select + (on_mariadb() ? " LOCK IN SHARE MODE ON DUPLICATE KEY UPDATE total = "
                                 "per_card.total + VALUES(total), n = per_card.n + VALUES(n)"
                               : " ON CONFLICT (card_id) DO UPDATE SET total = total + "
                                 "excluded.total, n = n + excluded.n"));
  }

  void change(const std::string& row, const std::string& statement) {
    hook('-', row);
    run(statement);
    hook('+', row);
  }

  // Every kind of change, by a service that calls its hooks, whoever writes.
  void write() {
    const int id = ++rounds_ * 100;
    ASSERT_TRUE(writer().begin(db::TransactionMode::write).has_value());
    run(fmt::format("INSERT INTO payments VALUES ({}, {}, 0)", id, id % 7));
    hook('+', fmt::format("p.id = {}", id));
    for (int i = 0; i < 2; ++i) {
      run(fmt::format("INSERT INTO charges VALUES ({}, {}, {})", id + i, id, i + 3));
      hook('+', fmt::format("t.id = {}", id + i));
    }
    change("t.id = 1", "UPDATE charges SET amount = amount + 1 WHERE id = 1");
    change("t.id = 2", "UPDATE charges SET payment_id = 5 - payment_id WHERE id = 2");
    change("p.id = 3", "UPDATE payments SET card_id = 3 - card_id WHERE id = 3");
    change("p.id = 4", "UPDATE payments SET voided = 1 - voided WHERE id = 4");
    hook('-', fmt::format("t.id = {}", id));
    run(fmt::format("DELETE FROM charges WHERE id = {}", id));
    ASSERT_TRUE(writer().commit().has_value());
  }

  std::int64_t drift() {
    reconcile::ReconcileOptions options;
    options.verify_only = true;
    return reconcile::reconcile(database(), plan_of(Capture::triggers), options).value().drifted;
  }
  State state() {
    return lifecycle::standing(database(), plan_of(Capture::triggers)).value().state;
  }
  lifecycle::Capturing now() {
    auto by = healthy();
    return lifecycle::capturing(by, plan_of(Capture::triggers)).value();
  }

  // From here on both ways of a move, interrupted after `statements` of them. Returns whether it
  // was: if not, the move was over before.
  bool interrupted_move_is_exact(Capture to, int statements);

  std::unique_ptr<sql::Dialect> dialect_;  // of another server than this one, if set
  std::vector<plan::SummaryPlan> plans_;
  int rounds_ = 0;
};

bool CaptureMoves::interrupted_move_is_exact(Capture to, int statements) {
  SCOPED_TRACE(fmt::format("to {}, {} statements", to_string(to), statements));
  MortalSession mortal(connect(), statements);
  {
    lifecycle::Database by{mortal, database().catalog, dialect(), database().open_session};
    const auto moved = move_to(to, by);
    EXPECT_EQ(moved.has_value(), !mortal.is_dead());
  }
  run("UPDATE keepsum_leases SET holder = ''");
  // Whoever reads it now must be able to trust it.
  const bool is_live = state() == State::live;
  EXPECT_TRUE(is_live || GetParam() == Way::without_replace);
  EXPECT_TRUE(!is_live || now().is_exact());
  write();
  EXPECT_TRUE(!is_live || drift() == 0);
  const auto moved = move_to(to, healthy());
  EXPECT_TRUE(moved.has_value()) << describe(moved.error());
  EXPECT_EQ(state(), State::live);
  EXPECT_EQ(now().in_force, to);
  EXPECT_TRUE(now().is_exact());
  EXPECT_FALSE(now().is_moving());
  write();
  EXPECT_EQ(drift(), 0);
  return mortal.is_dead();
}

TEST_P(CaptureMoves, WhatALostConnectionLeavesIsExact) {
  int points = 0;
  for (const Capture to : {Capture::hooks, Capture::triggers}) {
    const Capture from = to == Capture::hooks ? Capture::triggers : Capture::hooks;
    for (int statements = 0; !HasFailure(); ++statements) {
      ASSERT_TRUE(move_to(from, healthy()).has_value());
      if (!interrupted_move_is_exact(to, statements)) break;
      ++points;
    }
  }
  fmt::print("interrupted at {} points\n", points);
  EXPECT_GT(points, 20);
}

TEST_P(CaptureMoves, NothingIsBuiltAnewAndNothingIsLeftOver) {
  const auto live_at = lines("SELECT live_at FROM keepsum_summaries");
  for (const Capture to : {Capture::hooks, Capture::triggers, Capture::hooks}) {
    const auto moved = move_to(to, healthy());
    ASSERT_TRUE(moved.has_value()) << describe(moved.error());
    EXPECT_EQ(moved->captured_by, to);
    EXPECT_EQ(now().in_force, to);
    EXPECT_THAT(lifecycle::capture_faults(now()), IsEmpty());
    EXPECT_FALSE(now().is_moving());
    auto by = healthy();
    EXPECT_FALSE(lifecycle::compare_with_database(by, plan_of(to)).value().has_changes());
    write();
    EXPECT_EQ(drift(), 0);
  }
  EXPECT_EQ(lines("SELECT live_at FROM keepsum_summaries"), live_at);
  EXPECT_EQ(lines("SELECT COUNT(*) FROM keepsum_runs"), std::vector<std::string>{"1"});
}

// The triggers that ask stand in for the plain ones in every kind of change, both ways.
TEST_P(CaptureMoves, AMoveThatIsGivenUpIsTakenBack) {
  if (GetParam() != Way::mariadb) GTEST_SKIP() << "there are no such triggers";
  for (const Capture from : {Capture::triggers, Capture::hooks}) {
    const Capture to = from == Capture::hooks ? Capture::triggers : Capture::hooks;
    ASSERT_TRUE(move_to(from, healthy()).has_value());
    // Until the first triggers ask who writes, and the move itself has not come.
    for (int statements = 0; !now().is_moving(); ++statements) {
      MortalSession mortal(connect(), statements);
      lifecycle::Database by{mortal, database().catalog, dialect(), database().open_session};
      ASSERT_TRUE(move_to(to, by).has_error());
      run("UPDATE keepsum_leases SET holder = ''");
    }
    EXPECT_EQ(now().in_force, from);
    write();
    EXPECT_EQ(drift(), 0);
    const auto back = move_to(from, healthy());
    ASSERT_TRUE(back.has_value()) << describe(back.error());
    EXPECT_EQ(back->captured_by, from);
    EXPECT_FALSE(now().is_moving());
    EXPECT_TRUE(now().is_exact());
  }
}

// Then nobody knows what was counted, and a move would call it exact.
TEST_P(CaptureMoves, WhatIsNotExactIsBuiltAnew) {
  const std::string trigger = dialect().identifier("ks_per_card$t_ins");
  run("DROP TRIGGER " + trigger);
  run("INSERT INTO charges VALUES (50, 1, 1000)");
  const auto moved = move_to(Capture::hooks, healthy());
  ASSERT_TRUE(moved.has_value()) << describe(moved.error());
  EXPECT_FALSE(moved->captured_by.has_value());
  EXPECT_EQ(now().in_force, Capture::hooks);
  EXPECT_EQ(drift(), 0);
  // A trigger that writes beside the hooks is as bad.
  for (const auto& text : maintain::trigger_set(plan_of(Capture::triggers), dialect())) {
    if (text.name.ends_with("t_ins")) run(text.create_sql);
  }
  EXPECT_THAT(lifecycle::capture_faults(now()),
              testing::ElementsAre("trigger ks_per_card$t_ins on charges writes beside the hooks"));
  write();
  EXPECT_GT(drift(), 0);
  const auto back = move_to(Capture::triggers, healthy());
  ASSERT_TRUE(back.has_value()) << describe(back.error());
  EXPECT_FALSE(back->captured_by.has_value());
  EXPECT_EQ(drift(), 0);
}

INSTANTIATE_TEST_SUITE_P(Ways, CaptureMoves,
                         testing::Values(Way::sqlite, Way::mariadb, Way::without_replace),
                         name_of_way);

}  // namespace
}  // namespace keepsum::test
