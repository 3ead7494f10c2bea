// A live summary goes from triggers to hooks and back, dozens of times, while eight writers write
// and call their hooks whoever is in force. No change is lost and none is counted twice.
#include "tests/integration/concurrency_capture.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <random>
#include <thread>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/read.hpp"
#include "migrations/migrations.hpp"

namespace keepsum::test {
namespace {

using schema::Capture;
using testing::IsEmpty;

Capture other_than(Capture capture) {
  return capture == Capture::hooks ? Capture::triggers : Capture::hooks;
}

// keepsum, with the spec in its two captures.
class Mover {
 public:
  // `version`: as if this were another server, "" for what it is.
  explicit Mover(const CaptureCase& shape, const std::string& version = "")
      : database_(shape.tables(), shape.spec("triggers")), engine_(database_) {
    if (!version.empty()) dialect_ = mysql::make_dialect(mysql::parse_version(version));
    EXPECT_TRUE(migrations::run(engine_.database()).has_value());
    for (const char* capture : {"triggers", "hooks"}) {
      lifecycle::Database& by = engine_.database();
      plans_.push_back(
          std::move(lifecycle::load_plans(shape.spec(capture), by.session, by.catalog, by.dialect)
                        .value()
                        .at(0)));
    }
    EXPECT_TRUE(move_to(Capture::triggers).has_value());
  }

  Result<lifecycle::ApplyReport> move_to(Capture capture) {
    lifecycle::Database& own = engine_.database();
    lifecycle::Database by{own.session, own.catalog, dialect_ ? *dialect_ : own.dialect,
                           own.open_session};
    return move_to(capture, by);
  }

  Result<lifecycle::ApplyReport> move_to(Capture capture, lifecycle::Database& by) {
    return lifecycle::apply(by, plans_.at(capture == Capture::hooks), {});
  }
  Result<reconcile::RunReport> verify() {
    reconcile::ReconcileOptions options;
    options.verify_only = true;
    return reconcile::reconcile(engine_.database(), plans_.at(0), options);
  }
  lifecycle::Database& database() { return engine_.database(); }
  [[nodiscard]] const std::string& url() const { return database_.url(); }

 private:
  PaymentsDatabase database_;
  Engine engine_;
  std::vector<plan::SummaryPlan> plans_;
  std::unique_ptr<sql::Dialect> dialect_;
};

struct Case {
  const char* name;
  CaptureCase shape;
  const char* isolation;
  const char* version = "";
};

class ConcurrencyCapture : public testing::TestWithParam<Case> {};

TEST_P(ConcurrencyCapture, EveryChangeIsCountedOnceAcrossAllMoves) {
  const Case& parameter = GetParam();
  Mover mover(parameter.shape, parameter.version);
  CaptureWriters writers(parameter.shape, mover.url(), parameter.isolation);
  Capture in_force = Capture::triggers;
  double longest = 0, all = 0;
  const int moves = setting("KEEPSUM_TEST_MOVES", 8);
  for (int i = 0; i < moves; ++i) {
    in_force = other_than(in_force);
    while (writers.transactions() < 40 * i)
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    const auto moved = mover.move_to(in_force);
    ASSERT_TRUE(moved.has_value()) << describe(moved.error());
    // Not built anew, and never called anything but live.
    ASSERT_EQ(moved->captured_by, in_force);
    longest = std::max(longest, moved->seconds);
    all += moved->seconds;
    const auto verified = mover.verify();
    ASSERT_TRUE(verified.has_value()) << describe(verified.error());
    ASSERT_EQ(verified->drifted, 0) << "after move " << i << " to " << to_string(in_force);
  }
  writers.stop();
  const auto verified = mover.verify();
  ASSERT_TRUE(verified.has_value()) << describe(verified.error());
  EXPECT_EQ(verified->drifted, 0);
  EXPECT_GT(verified->keys_checked, 20);
  Client client(mover.url());
  EXPECT_THAT(parameter.shape.wrong_keys(client), IsEmpty());
  fmt::print("{}: {} moves, {:.2f} s each, {:.2f} s the longest, beside {}\n", parameter.name,
             moves, all / moves, longest, writers.text());
  EXPECT_GT(writers.transactions(), moves);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConcurrencyCapture,
    testing::Values(
        Case{
            "one_table_read_committed", {.joined = false, .foreign_keys = false}, "READ COMMITTED"},
        Case{"one_table_repeatable_read",
             {.joined = false, .foreign_keys = false},
             "REPEATABLE READ"},
        Case{"joined_read_committed", {.joined = true, .foreign_keys = false}, "READ COMMITTED"},
        Case{"joined_repeatable_read", {.joined = true, .foreign_keys = false}, "REPEATABLE READ"},
        Case{"foreign_keys_read_committed",
             {.joined = true, .foreign_keys = true},
             "READ COMMITTED"},
        Case{"foreign_keys_repeatable_read",
             {.joined = true, .foreign_keys = true},
             "REPEATABLE READ"},
        Case{"only_looking", {.joined = false, .only_looks = true}, "READ COMMITTED"},
        // Where triggers are dropped and made while nobody can see it, as on MySQL.
        Case{"without_replace", {.joined = true}, "READ COMMITTED", "10.0.38-MariaDB"}),
    [](const auto& instance) { return instance.param.name; });

// A session on which nobody has the tables alone: LOCK TABLES does nothing.
class WithoutLockTables final : public db::Session {
 public:
  explicit WithoutLockTables(db::Session& session) : session_(session) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    if (sql.starts_with("LOCK TABLES")) {
      ++left_out;
      return std::uint64_t{0};
    }
    return session_.execute(sql, params);
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    return session_.query(sql, params, handler);
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    return session_.describe_query(sql);
  }
  Result<void> begin(db::TransactionMode mode) override { return session_.begin(mode); }
  Result<void> commit() override { return session_.commit(); }
  Result<void> rollback() override { return session_.rollback(); }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    return session_.limit_statements(limit);
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    return session_.limit_lock_waits(limit);
  }
  void interrupt() noexcept override { session_.interrupt(); }
  [[nodiscard]] bool in_transaction() const noexcept override { return session_.in_transaction(); }

  int left_out = 0;

 private:
  db::Session& session_;
};

// The same moves but for that: what comes between the two halves of an update counts it by half.
TEST(ConcurrencyNotices, WithoutLockTablesTheSameMovesDrift) {
  const CaptureCase shape{.joined = false, .only_looks = true};
  Mover mover(shape);
  lifecycle::Database& own = mover.database();
  WithoutLockTables session(own.session);
  lifecycle::Database by{session, own.catalog, own.dialect, own.open_session};
  CaptureWriters writers(shape, mover.url(), "READ COMMITTED");
  Capture in_force = Capture::triggers;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{120};
  std::int64_t drifted = 0;
  while (drifted == 0 && std::chrono::steady_clock::now() < deadline) {
    in_force = other_than(in_force);
    const auto moved = mover.move_to(in_force, by);
    // The row of keepsum_captures is then waited for, and that may deadlock.
    ASSERT_TRUE(moved.has_value() || moved.error().recovery == Recovery::retry_transaction);
    drifted = mover.verify().value().drifted;
  }
  writers.stop();
  fmt::print("{} keys drifted after {} moves\n", drifted, session.left_out);
  EXPECT_GT(drifted, 0);
}

// A report that runs for seconds keeps the move from its moment. Writers are not to notice.
class ConcurrencyWaits : public testing::TestWithParam<const char*> {};

TEST_P(ConcurrencyWaits, ATransactionThatHoldsUpAMoveDoesNotHoldUpWriters) {
  const CaptureCase shape{.joined = true};
  Mover mover(shape, GetParam());
  CaptureWriters writers(shape, mover.url(), "READ COMMITTED", /*apart=*/true);
  writers.forget_waits();
  const int before = writers.transactions();
  std::this_thread::sleep_for(std::chrono::seconds{2});
  const double rate_alone = (writers.transactions() - before) / 2.0;
  fmt::print("a writer's longest statement: {} without a move\n", writers.waits());
  Client report(mover.url());
  report.execute("START TRANSACTION");
  (void)report.rows("SELECT COUNT(*) FROM charges");
  writers.forget_waits();
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::seconds{3});
    report.execute("ROLLBACK");
  });
  const int at_start = writers.transactions();
  const auto moved = mover.move_to(Capture::hooks);
  const int while_held = writers.transactions() - at_start;
  release.join();
  ASSERT_TRUE(moved.has_value()) << describe(moved.error());
  EXPECT_GT(moved->seconds, 2.0);
  fmt::print("{} while a move was held up, {:.1f} s in all\n", writers.waits(), moved->seconds);
  // How long one statement takes at worst is up to the machine. Behind tries of a second, which is
  // the finest limit of MySQL, writers would get a tenth of their work done.
  EXPECT_GT(while_held / moved->seconds, rate_alone / 4);
  writers.forget_waits();
  for (const Capture to : {Capture::triggers, Capture::hooks, Capture::triggers}) {
    ASSERT_TRUE(mover.move_to(to).has_value());
  }
  writers.stop();
  fmt::print("{} during three moves that nothing held up\n", writers.waits());
  EXPECT_EQ(mover.verify().value().drifted, 0);
}

INSTANTIATE_TEST_SUITE_P(Servers, ConcurrencyWaits, testing::Values("", "10.0.38-MariaDB"),
                         [](const auto& instance) {
                           return *instance.param == '\0' ? "this" : "without_fine_limits";
                         });

}  // namespace
}  // namespace keepsum::test
