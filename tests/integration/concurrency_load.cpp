// Reconciling and filling while eight writers write.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <thread>

#include "engine/lifecycle/apply.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/concurrency_database.hpp"
#include "tests/integration/concurrency_writers.hpp"

namespace keepsum::test {
namespace {

using testing::IsEmpty;
using Capture = PaymentsDatabase::Capture;

class ConcurrencyLoad : public testing::Test {
 protected:
  void apply() {
    const Outcome applied = database_.keepsum({"apply", "--yes"});
    ASSERT_EQ(applied.exit_code, 0) << applied.err;
    fill_tables(options_);
  }

  PaymentsDatabase database_{Capture::triggers};
  Client client_{database_.url()};
  WriterOptions options_{.url = database_.url()};
};

// Writes past the triggers, which stand on the base tables. Each kind is one that no writer can
// mend by chance: a sum stays off by what it was off, and no row ever beats these extremes.
class Corruption {
 public:
  explicit Corruption(Client& client) : client_(client) {}

  // The keys that were really changed, `keys_max` at most.
  std::set<int> strike(std::size_t keys_max) {
    std::vector<int> keys = client_.numbers("SELECT card_id FROM card_activity WHERE payments > 0");
    std::shuffle(keys.begin(), keys.end(), dice_);
    std::set<int> struck;
    for (const int key : keys) {
      if (struck.size() == keys_max) break;
      if (strike_one(key)) struck.insert(key);
    }
    return struck;
  }

 private:
  bool strike_one(int key) {
    static const char* const changes[] = {
        "UPDATE card_activity SET total_spent = total_spent + 17.25",
        "UPDATE card_activity SET total_spent = total_spent - 5, payments = payments + 3",
        "UPDATE card_activity SET refunds = refunds - 1",
        "UPDATE card_activity SET largest = 99999",
        "UPDATE card_activity SET smallest = -99999, total_spent = total_spent + 1",
        "DELETE FROM card_activity",
    };
    for (;;) {
      try {
        client_.execute(fmt::format("{} WHERE card_id = {} AND payments > 0",
                                    changes[dice_() % std::size(changes)], key));
        return client_.affected_rows() == 1;
      } catch (const ClientError& error) {
        if (!error.is_conflict()) throw;
      }
    }
  }

  Client& client_;
  std::mt19937 dice_{7};
};

std::set<int> audited_keys(Client& client) {
  const std::vector<int> keys = client.numbers(
      "SELECT DISTINCT JSON_VALUE(group_key, '$.card_id') FROM keepsum_drift "
      "WHERE run_id = (SELECT MAX(id) FROM keepsum_runs) AND repaired = 1");
  return {keys.begin(), keys.end()};
}

TEST_F(ConcurrencyLoad, WhatIsCorruptedUnderLoadIsFoundAndRepairedExactly) {
  ASSERT_NO_FATAL_FAILURE(apply());
  Corruption corruption(client_);
  Writers writers(options_, 0);
  std::size_t struck = 0, repaired = 0;
  for (int round = 0; round < setting("KEEPSUM_TEST_ROUNDS", 10); ++round) {
    const std::set<int> keys = corruption.strike(40);
    ASSERT_GT(keys.size(), 10U);
    const Outcome run = database_.keepsum({"reconcile", "--guard", "100", "--json"});
    ASSERT_EQ(run.exit_code, 2) << run.out << run.err;
    const boost::json::object summary = run.summary();
    EXPECT_EQ(summary.at("drifted").as_int64(), static_cast<std::int64_t>(keys.size()));
    EXPECT_EQ(summary.at("repaired").as_int64(), static_cast<std::int64_t>(keys.size()));
    EXPECT_EQ(summary.at("unrepaired").as_int64(), 0);
    EXPECT_EQ(audited_keys(client_), keys);
    struck += keys.size();
    repaired += static_cast<std::size_t>(summary.at("repaired").as_int64());
  }
  writers.stop();
  fmt::print("{} keys corrupted, {} repaired, beside {}\n", struck, repaired,
             writers.counts().text());
  EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
  EXPECT_EQ(database_.keepsum({"reconcile", "--verify-only"}).exit_code, 0);
}

TEST_F(ConcurrencyLoad, NoVerificationReportsADriftThatIsNotThere) {
  ASSERT_NO_FATAL_FAILURE(apply());
  Engine engine(database_);
  reconcile::ReconcileOptions verify;
  verify.verify_only = true;
  const int verifications = setting("KEEPSUM_TEST_VERIFICATIONS", 100);
  Writers writers(options_, 0);
  std::int64_t keys = 0;
  for (int i = 0; i < verifications; ++i) {
    const auto report = reconcile::reconcile(engine.database(), engine.plan(), verify);
    ASSERT_TRUE(report.has_value()) << describe(report.error());
    ASSERT_EQ(report->drifted, 0) << "verification " << i;
    keys += report->keys_checked;
  }
  writers.stop();
  fmt::print("{} verifications of {} keys beside {}\n", verifications, keys,
             writers.counts().text());
  EXPECT_GT(writers.counts().transactions.load(), verifications / 10);
}

TEST_F(ConcurrencyLoad, ASummaryIsAppliedAndFilledWhileTheyWrite) {
  // The tables are full before there is a summary.
  fill_tables(options_);
  Writers writers(options_, 0);
  const Outcome applied =
      database_.keepsum({"apply", "--yes", "--lock-wait", std::to_string(queue_max.count())});
  EXPECT_EQ(applied.exit_code, 0) << applied.err;
  EXPECT_EQ(database_.keepsum({"reconcile", "--verify-only"}).exit_code, 0);
  writers.stop();
  fmt::print("applied beside {}\n", writers.counts().text());
  EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
}

// Its progress is where it can be stopped at a chosen moment.
TEST_F(ConcurrencyLoad, ARunThatSleptThroughDropAndApplyRepairsNothing) {
  ASSERT_NO_FATAL_FAILURE(apply());
  client_.execute("UPDATE card_activity SET total_spent = total_spent + 17 LIMIT 3");
  Engine engine(database_);
  reconcile::ReconcileOptions options;
  options.lease.expiry = std::chrono::seconds{1};
  bool slept = false;
  options.on_progress = [&](const reconcile::Progress& progress) {
    if (progress.phase != "repair" || slept) return;
    slept = true;
    EXPECT_EQ(database_.keepsum({"drop", "card_activity", "--yes"}).exit_code, 3);
    // As if this process had been stopped until its lease was no more.
    client_.execute("UPDATE keepsum_leases SET holder = ''");
    EXPECT_EQ(database_.keepsum({"drop", "card_activity", "--yes"}).exit_code, 0);
    EXPECT_EQ(database_.keepsum({"apply", "--yes"}).exit_code, 0);
    EXPECT_EQ(database_.keepsum({"reconcile"}).exit_code, 0);
  };
  const auto report = reconcile::reconcile(engine.database(), engine.plan(), options);
  ASSERT_TRUE(slept && report.has_error());
  EXPECT_EQ(report.error().code, ErrorCode::lease_lost);
  EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
}

TEST_F(ConcurrencyLoad, AFillInSmallChunksMissesNothingThatIsWrittenBetweenThem) {
  fill_tables(options_);
  Engine engine(database_);
  lifecycle::ApplyOptions apply_options;
  apply_options.reconcile.chunk_rows = 20;
  apply_options.waits.queue_max = queue_max;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(migrations::run(engine.database()).has_value());
    Writers writers(options_, 0);
    const auto report = lifecycle::apply(engine.database(), engine.plan(), apply_options);
    writers.stop();
    ASSERT_TRUE(report.has_value()) << describe(report.error());
    EXPECT_GT(report->keys_verified, 20);
    EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
    ASSERT_EQ(database_.keepsum({"drop", "card_activity", "--yes"}).exit_code, 0);
  }
}

// A quiet server, so that the one writer's waits are all there are.
TEST_F(ConcurrencyLoad, VerifyingMakesNoWriterWait) {
  ASSERT_NO_FATAL_FAILURE(apply());
  Engine engine(database_);
  reconcile::ReconcileOptions verify;
  verify.verify_only = true;
  const auto waits = [&] {
    return client_.rows("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_waits'").at(0).at(1);
  };
  const std::string before = waits();
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    try {
      Client client(database_.url());
      client.execute("SET innodb_lock_wait_timeout = 1");
      // Every row of every table and of the summary, in one transaction, again and again.
      while (!stop) {
        client.execute("START TRANSACTION");
        client.execute("UPDATE balance_transactions SET amount = amount + 1");
        client.execute("UPDATE payments SET card_id = card_id + 1 WHERE card_id < 100");
        client.execute("ROLLBACK");
      }
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  });
  for (int i = 0; i < 200; ++i) {
    const auto report = reconcile::reconcile(engine.database(), engine.plan(), verify);
    EXPECT_TRUE(report.has_value() && report->drifted == 0);
  }
  // Nor does the verification wait: all rows are locked, and it answers.
  stop = true;
  writer.join();
  client_.execute("START TRANSACTION");
  client_.execute("UPDATE balance_transactions SET amount = amount + 1");
  EXPECT_EQ(database_.keepsum({"reconcile", "--verify-only"}).exit_code, 0);
  client_.execute("ROLLBACK");
  EXPECT_EQ(waits(), before);
}

}  // namespace
}  // namespace keepsum::test
