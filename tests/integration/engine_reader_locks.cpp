// Reads for limit checks, against other sessions, and reads of latches.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/embed/load.hpp"
#include "tests/integration/engine_reader_support.hpp"

namespace keepsum::test {
namespace {

using namespace std::chrono_literals;

const char* const levels[] = {"READ COMMITTED", "REPEATABLE READ"};

enum class Stage { live, building };

// A service that lets a card spend no more than a limit.
class Payer {
 public:
  Payer(Scene& scene, const Reader<Card>& reader, const std::string& level)
      : session_(scene.connect()), reader_(reader), mariadb_(scene.on_mariadb()) {
    if (mariadb_) run("SET SESSION TRANSACTION ISOLATION LEVEL " + level);
  }

  db::Session& session() { return *session_; }
  void run(const std::string& sql) { must(session_->execute(sql)); }
  void begin() { run(mariadb_ ? "START TRANSACTION" : "BEGIN IMMEDIATE"); }

  // Until it is paid or over the limit.
  void pay(std::int64_t id, std::int64_t card, std::int64_t amount, std::int64_t limit) {
    for (int i = 0; i < 200; ++i) {
      const auto done = attempt(id, card, amount, limit);
      if (done.has_value()) return;
      EXPECT_EQ(done.error().recovery, Recovery::retry_transaction) << describe(done.error());
      ++retries_;
      if (session_->in_transaction()) run("ROLLBACK");
    }
    ADD_FAILURE() << "never paid";
  }
  [[nodiscard]] int retries() const { return retries_; }

 private:
  Result<void> attempt(std::int64_t id, std::int64_t card, std::int64_t amount,
                       std::int64_t limit) {
    KEEPSUM_TRY(session_->execute(mariadb_ ? "START TRANSACTION" : "BEGIN IMMEDIATE"));
    KEEPSUM_ASSIGN(const Card held, reader_.get_for_update(*session_, {card}));
    if (held.total + amount <= limit) {
      KEEPSUM_TRY(session_->execute(
          fmt::format("INSERT INTO payments VALUES ({}, {}, {}, 1)", id, card, amount)));
    }
    KEEPSUM_TRY(session_->execute("COMMIT"));
    return {};
  }

  std::unique_ptr<db::Session> session_;
  const Reader<Card>& reader_;
  bool mariadb_;
  int retries_ = 0;
};

class Locking : public EngineOnBoth {
 protected:
  void set_up() {
    run_all(payments_tables());
    apply(cards_spec());
    app_.emplace(*this, std::vector<std::string>{}, cards_spec());
    reader_.emplace(must(cards_reader(app_->summaries())));
  }
  void set(Stage stage) {
    lifecycle::Control control(database());
    if (!record_) record_ = must(control.find("cards"));
    must(control.put_building("cards", record_->plan_hash, record_->definition));
    must(control.set_layout("cards", record_->layout));
    if (stage == Stage::live) must(control.set_live("cards", 1));
  }
  [[nodiscard]] std::string flag(int card) {
    const auto found = lines(fmt::format("SELECT has_paid FROM cards WHERE card = {}", card));
    return found.empty() ? "no row" : found.front();
  }

  std::optional<Application> app_;
  std::optional<Reader<Card>> reader_;

 private:
  std::optional<lifecycle::SummaryRecord> record_;
};
KEEPSUM_ON_BOTH(Locking);

// Card 1 has a row, card 2 has none.
TEST_P(Locking, TheSecondWaitsForTheFirstAndSeesIt) {
  set_up();
  std::int64_t id = 1;
  for (const std::string level : levels) {
    for (const Stage stage : {Stage::live, Stage::building}) {
      SCOPED_TRACE(fmt::format("{} {}", level, stage == Stage::live ? "live" : "building"));
      set(stage);
      Payer first(*this, *reader_, level), second(*this, *reader_, level);
      for (const std::int64_t card : {id * 10, id * 10, id * 10 + 1}) {
        first.begin();
        const std::int64_t before = must(reader_->get_for_update(first.session(), {card})).total;
        // An old snapshot must not be what the limit is checked against.
        if (on_mariadb()) {
          second.begin();
          EXPECT_EQ(must(reader_->get(second.session(), {card})).total, before);
        }
        auto waiting = std::async(std::launch::async, [&] {
          if (!on_mariadb()) second.begin();
          return must(reader_->get_for_update(second.session(), {card})).total;
        });
        EXPECT_EQ(waiting.wait_for(150ms), std::future_status::timeout);
        first.run(fmt::format("INSERT INTO payments VALUES ({}, {}, 60, 1)", id++, card));
        first.run("COMMIT");
        EXPECT_EQ(waiting.get(), before + 60);
        second.run("ROLLBACK");
      }
    }
  }
}

// Groups nobody has seen before, so that there is no row to meet at; and several at a time, so that
// a lock on the gap between two would show.
TEST_P(Locking, NoLimitIsPassedByTwoFirstPayments) {
  set_up();
  constexpr int payers = 4, cards = 25;
  std::int64_t first_card = 1000;
  for (const std::string level : levels) {
    for (const Stage stage : {Stage::live, Stage::building}) {
      SCOPED_TRACE(fmt::format("{} {}", level, stage == Stage::live ? "live" : "building"));
      set(stage);
      std::vector<std::thread> threads;
      std::atomic<int> arrived{0}, retries{0};
      for (int n = 0; n < payers; ++n) {
        threads.emplace_back([&, n] {
          Payer payer(*this, *reader_, level);
          for (int card = 0; card < cards; ++card) {
            ++arrived;
            while (arrived < payers * (card + 1)) std::this_thread::yield();
            const std::int64_t number = first_card + card;
            payer.pay(number * payers + n, number, 60, 100);
          }
          retries += payer.retries();
        });
      }
      for (std::thread& thread : threads) thread.join();
      EXPECT_EQ(lines(fmt::format("SELECT COUNT(DISTINCT card), COUNT(*), MAX(amount) FROM "
                                  "payments WHERE card >= {}",
                                  first_card)),
                std::vector<std::string>{fmt::format("{0}|{0}|60", cards)});
      if (stage == Stage::live) {
        EXPECT_EQ(retries, 0) << "a row is locked, and nothing else";
      }
      first_card += cards;
    }
  }
  set(Stage::live);
  expect_equal(
      "SELECT card, SUM(amount) AS total, COUNT(*) AS payments, 1 AS has_paid, 0 AS has_refund "
      "FROM payments GROUP BY card");
}

TEST_F(EngineOnSqlite, ATransactionThatReadFirstAndWasOvertakenIsRunAgain) {
  run_all(payments_tables());
  apply(cards_spec());
  Application app(*this, {}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  app.run("BEGIN");
  EXPECT_EQ(must(reader.get(app.session(), {1L})).total, 0);
  run("INSERT INTO payments VALUES (1, 1, 60, 1)");
  const auto held = reader.get_for_update(app.session(), {1L});
  ASSERT_TRUE(held.has_error());
  EXPECT_EQ(held.error().recovery, Recovery::retry_transaction);
  app.run("ROLLBACK");
  // Begun without a read, it may be deferred all the same.
  app.run("BEGIN");
  EXPECT_EQ(must(reader.get_for_update(app.session(), {1L})).total, 60);
  app.run("COMMIT");
}

// Without RETURNING, as on MySQL: the upsert first, then the locking read.
Summaries without_returning(Scene& scene) {
  mysql::Capabilities old;
  old.is_mariadb = true;
  old.version = 100400;
  const std::string spec = fmt::format(R"({{"keepsum": 1, "summaries": {{{}}}}})", cards_spec());
  return must(embed::load(spec, scene.database().session, scene.database().catalog,
                          mysql::make_dialect(old)));
}

// The state is held with the row: `apply` does not begin to build under a limit check.
TEST_F(EngineOnMariadb, AnApplyWaitsForALimitCheck) {
  run_all(payments_tables());
  apply(cards_spec());
  Application app(*this, {}, cards_spec());
  const auto other = connect();
  must(other->execute("SET SESSION innodb_lock_wait_timeout = 1"));
  const auto change_to = [&](const char* state) {
    return other->execute(
        fmt::format("UPDATE keepsum_summaries SET state = '{}' WHERE name = 'cards'", state));
  };
  for (const Summaries& summaries : {app.summaries(), without_returning(*this)}) {
    const auto reader = must(cards_reader(summaries));
    for (const std::string level : levels) {
      SCOPED_TRACE(level);
      app.run("SET SESSION TRANSACTION ISOLATION LEVEL " + level);
      app.run("START TRANSACTION");
      must(reader.get_for_update(app.session(), {1L}));
      EXPECT_EQ(code_of(change_to("building")), ErrorCode::transaction_conflict);
      app.run("COMMIT");
      must(change_to("building"));
      must(change_to("live"));
    }
  }
}

TEST_F(EngineOnMariadb, LimitChecksWithoutReturning) {
  run_all(payments_tables());
  apply(cards_spec());
  const auto reader = must(cards_reader(without_returning(*this)));
  std::int64_t id = 1;
  for (const std::string level : levels) {
    Payer first(*this, reader, level), second(*this, reader, level);
    for (const std::int64_t card : {id * 10, id * 10}) {
      first.begin();
      second.begin();
      const std::int64_t before = must(reader.get(second.session(), {card})).total;
      EXPECT_EQ(must(reader.get_for_update(first.session(), {card})).total, before);
      auto waiting = std::async(std::launch::async, [&] {
        return must(reader.get_for_update(second.session(), {card})).total;
      });
      EXPECT_EQ(waiting.wait_for(150ms), std::future_status::timeout);
      first.run(fmt::format("INSERT INTO payments VALUES ({}, {}, 60, 1)", id++, card));
      first.run("COMMIT");
      EXPECT_EQ(waiting.get(), before + 60);
      second.run("ROLLBACK");
    }
  }
}

TEST_P(Locking, ALatchInAllItsStates) {
  set_up();
  db::Session& session = app_->session();
  const auto latched = [&](std::int64_t card, const char* column = "has_paid") {
    return must(reader_->latched(session, {card}, column));
  };
  run_all({"INSERT INTO payments VALUES (1, 1, 10, 1), (2, 2, 10, 0), (3, 3, 10, 1)"});
  EXPECT_TRUE(latched(1));
  EXPECT_FALSE(latched(2));
  EXPECT_FALSE(latched(99));
  // Live: what the summary says is the answer.
  run_all({"DELETE FROM payments WHERE id = 1", "UPDATE cards SET has_paid = 0 WHERE card = 3"});
  EXPECT_TRUE(latched(1));
  EXPECT_FALSE(latched(3));
  // Not live: a true stays true, a false is asked of the source, and a true from there is kept.
  set(Stage::building);
  EXPECT_TRUE(latched(1));
  EXPECT_FALSE(latched(2));
  EXPECT_EQ(flag(2), "0");
  EXPECT_TRUE(latched(3));
  EXPECT_EQ(flag(3), "1");
  run("DELETE FROM cards WHERE card = 3");
  app_->run(on_mariadb() ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  EXPECT_TRUE(latched(3));
  app_->run("ROLLBACK");
  EXPECT_EQ(flag(3), "no row");
  EXPECT_TRUE(latched(3));
  EXPECT_EQ(flag(3), "1");
}

TEST_P(Locking, AnAnyAndATableOfAnotherMeaning) {
  set_up();
  db::Session& session = app_->session();
  lifecycle::Control control(database());
  run_all({"INSERT INTO payments VALUES (1, 1, -10, 0), (2, 2, 10, 0)"});
  EXPECT_TRUE(must(reader_->latched(session, {1L}, "has_refund")));
  EXPECT_FALSE(must(reader_->latched(session, {2L}, "has_refund")));
  set(Stage::building);
  // The stored count is not believed either way.
  run("UPDATE cards SET ks_has_refund_count = 1 - ks_has_refund_count");
  EXPECT_TRUE(must(reader_->latched(session, {1L}, "has_refund")));
  EXPECT_FALSE(must(reader_->latched(session, {2L}, "has_refund")));

  // Noted as to be built, and the table is still the one of before: its latch says nothing.
  run("UPDATE cards SET has_paid = 1");
  must(control.set_layout("cards", ""));
  EXPECT_FALSE(must(reader_->latched(session, {2L}, "has_paid")));
  run_all({"UPDATE cards SET has_paid = 0", "UPDATE payments SET approved = 1 WHERE card = 2",
           "UPDATE cards SET has_paid = 0"});
  EXPECT_TRUE(must(reader_->latched(session, {2L}, "has_paid")));
  EXPECT_EQ(flag(2), "0");
  must(control.put_building("cards", "h", "-- another meaning"));
  must(control.set_layout("cards", "x"));
  EXPECT_TRUE(must(reader_->latched(session, {2L}, "has_paid")));
  EXPECT_EQ(flag(2), "0");
  run("DROP TABLE cards");
  EXPECT_FALSE(must(reader_->latched(session, {1L}, "has_paid")));
}

}  // namespace
}  // namespace keepsum::test
