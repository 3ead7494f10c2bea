// Embedded hooks, row by row on the service's own connection: the same law as triggers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/delta.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds time_budget{8};

class Hooks : public EngineOnBoth {};
KEEPSUM_ON_BOTH(Hooks);

// One service that changes rows one by one, several in a transaction, and gives some up.
class HookRound : public Scene {
 public:
  HookRound(Server server, std::uint64_t seed) : Scene(server), dice_(seed) {}

  void play() {
    const RandomCase game = random_case(dice_, {.mariadb = on_mariadb(), .hooks = true});
    SCOPED_TRACE(game.spec);
    run_all(game.tables);
    for (const std::string& statement : random_rows(dice_)) {
      try_to_run(statement, [](const Error&) { return true; });
    }
    apply(game.spec);
    for (const auto& trigger : maintain::trigger_set(plan(), database().dialect)) {
      EXPECT_TRUE(trigger.installed.table.starts_with("ks_"))
          << "on no side table: " << trigger.name;
    }
    Application app(*this, {on_mariadb() ? "DO 0" : "PRAGMA foreign_keys = ON"}, game.spec);
    for (int i = 0; i < 12 && !testing::Test::HasFailure(); ++i) {
      transact(app);
      expect_equal(game.recompute);
    }
  }

 private:
  // One unit of work, applied now and then and before the end; with savepoints.
  void transact(Application& app) {
    app.run("BEGIN");
    log_ = "BEGIN";
    UnitOfWork unit(app.summaries(), app.session());
    for (std::size_t n = 1 + dice_.roll(4); n > 0; --n) {
      const bool undone = dice_.chance(15);
      const UnitOfWork::Mark mark = unit.mark();
      if (undone) app.run("SAVEPOINT here");
      if (!change(app, unit)) {
        app.run("ROLLBACK");
        return;
      }
      if (undone) {
        app.run("ROLLBACK TO here");
        log_ += ";\nROLLBACK TO here";
        unit.rollback_to(mark);
      } else if (dice_.chance(25)) {
        apply(unit);
      }
    }
    const bool gives_up = dice_.chance(20);
    if (!gives_up) apply(unit);
    app.run(gives_up ? "ROLLBACK" : "COMMIT");
  }

  void apply(UnitOfWork& unit) {
    const auto done = unit.apply();
    EXPECT_TRUE(done.has_value()) << describe(done.error()) << log_;
    EXPECT_EQ(unit.noted(), 0U);
  }
  using Scene::apply;

  // False if the row's own statement failed.
  bool change(Application& app, UnitOfWork& unit) {
    const RowChange change = random_row_change(dice_, on_mariadb());
    const auto& tables = plan().tables;
    const bool is_read = std::any_of(tables.begin(), tables.end(), [&](const auto& table) {
      return table.info.name == change.table;
    });
    const PrimaryKey key{change.id}, new_key{change.new_id};
    const auto exists = app.session().scalar(
        fmt::format("SELECT COUNT(*) FROM {} WHERE id = {}", change.table, change.id));
    const auto must = [&](const Result<void>& done) {
      if (is_read) {
        EXPECT_TRUE(done.has_value()) << describe(done.error()) << log_;
      } else {
        EXPECT_TRUE(done.has_error()) << "no summary reads " << change.table;
      }
    };
    const auto try_statement = [&](const std::string& statement) {
      log_ += ";\n" + statement;
      return app.session().execute(statement).has_value();
    };
    SCOPED_TRACE(log_);
    if (db::as_int64(exists.value()) == 0) {
      if (!try_statement(change.insert)) return false;
      must(unit.inserted(change.table, key));
    } else if (dice_.chance(70)) {
      must(unit.updating(change.table, key));
      if (!try_statement(change.update)) return false;
      if (new_key != key) must(unit.updated(change.table, new_key));
    } else {
      must(unit.deleting(change.table, key));
      if (!try_statement(change.remove)) return false;
    }
    return true;
  }

  Dice dice_;
  std::string log_;
};

TEST_P(Hooks, HoldAfterEveryRandomTransaction) {
  const auto deadline = Clock::now() + time_budget;
  for (std::uint64_t seed = 7'000; Clock::now() < deadline && !HasFailure(); ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    HookRound(GetParam(), seed).play();
  }
}

std::string card_summary(const std::string& capture) {
  return fmt::format(R"json("cards": {{"from": "payments p",
      "joins": ["items t ON t.payment_id = p.id"], "group_by": {{"card": "p.card"}},
      "aggregates": {{"total": "sum(t.amount)", "most": "max(t.amount)", "n": "count(*)"}},
      "capture": "{}"}})json",
                     capture);
}

const char* const card_recompute =
    "SELECT p.card AS card, SUM(t.amount) AS total, MAX(t.amount) AS most, COUNT(*) AS n "
    "FROM payments p JOIN items t ON t.payment_id = p.id GROUP BY p.card";

// The items go with their payment by the foreign key, while the hook can still see them, or
// follow it to its new key before the second hook looks.
TEST_P(Hooks, ForeignKeyActionsAlongTheJoin) {
  run_all({"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL)",
           "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT, "
           "FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE CASCADE "
           "ON UPDATE CASCADE)",
           "INSERT INTO payments VALUES (1, 1), (2, 1), (3, 2)",
           "INSERT INTO items VALUES (1, 1, 10), (2, 1, 40), (3, 2, 40), (4, 3, 7)"});
  apply(card_summary("hooks"));
  Application app(*this, {on_mariadb() ? "DO 0" : "PRAGMA foreign_keys = ON"},
                  card_summary("hooks"));
  for (const plan::Clause& clause : plan().contract) {
    EXPECT_THAT(clause.text, testing::Not(testing::HasSubstr("foreign key actions")));
  }
  app.update("payments", {{2L}}, "UPDATE payments SET id = 20, card = 2 WHERE id = 2", {{20L}});
  expect_equal(card_recompute);
  app.remove("payments", {{1L}}, "DELETE FROM payments WHERE id = 1");
  expect_equal(card_recompute);
  app.insert("payments", {{5L}}, "INSERT INTO payments VALUES (5, 2)");
  app.insert("items", {{9L}}, "INSERT INTO items VALUES (9, 5, 70)");
  expect_equal(card_recompute);
  app.remove("payments", {{5L}}, "DELETE FROM payments WHERE id = 5");
  app.remove("payments", {{3L}}, "DELETE FROM payments WHERE id = 3");
  expect_equal(card_recompute);
}

// Actions that the join does not show are named in the contract: no hook sees them.
TEST_F(EngineOnMariadb, HooksSayWhichForeignKeyActionsGetPastThem) {
  run_all({"CREATE TABLE shops (id BIGINT PRIMARY KEY)",
           "CREATE TABLE payments (id BIGINT PRIMARY KEY, card BIGINT NOT NULL, shop BIGINT, "
           "FOREIGN KEY (shop) REFERENCES shops (id) ON DELETE CASCADE)",
           "CREATE TABLE items (id BIGINT PRIMARY KEY, payment_id BIGINT, owner BIGINT, "
           "amount BIGINT, FOREIGN KEY (owner) REFERENCES payments (id) ON DELETE CASCADE)"});
  ASSERT_EQ(error_codes(compile(card_summary("hooks"))), std::vector<std::string>{});
  std::string bypasses;
  for (const plan::Clause& clause : plan().contract) {
    if (clause.kind == plan::ClauseKind::bypass) bypasses += clause.text + "\n";
  }
  EXPECT_THAT(bypasses, testing::HasSubstr("foreign key actions that start at shops"));
  EXPECT_THAT(bypasses, testing::HasSubstr("foreign key actions that start at payments"));
}

TEST_P(Hooks, RefuseWhatTheyCannotDo) {
  run_all({"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL)",
           "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT)",
           "INSERT INTO payments VALUES (1, 1)", "INSERT INTO items VALUES (1, 1, 10)"});
  apply(card_summary("hooks"));
  Application app(*this, {}, card_summary("hooks"));
  const PrimaryKey one{1L};
  const auto code = [](const Result<void>& done) {
    return done.has_error() ? done.error().code : ErrorCode::internal;
  };
  const auto inserted = [&](const char* table, const PrimaryKey& key) {
    return code(app.summaries().inserted(app.session(), table, key));
  };
  EXPECT_EQ(inserted("items", one), ErrorCode::not_in_transaction);
  app.run("BEGIN");
  EXPECT_EQ(inserted("other", one), ErrorCode::invalid_argument);
  EXPECT_EQ(inserted("items", PrimaryKey{}), ErrorCode::invalid_argument);
  UnitOfWork unit(app.summaries(), app.session());
  EXPECT_TRUE(unit.updating("ITEMS", one).has_value());
  app.run("ROLLBACK");
  EXPECT_EQ(code(unit.apply()), ErrorCode::not_in_transaction);
  expect_equal(card_recompute);
}

// A row that is not there changes nothing, whatever the hook is told.
TEST_P(Hooks, ARowThatIsNotThere) {
  run_all({"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL)",
           "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT, amount BIGINT)",
           "INSERT INTO payments VALUES (1, 1)", "INSERT INTO items VALUES (1, 1, 10)"});
  apply(card_summary("hooks"));
  Application app(*this, {}, card_summary("hooks"));
  app.insert("items", {{77L}}, "DELETE FROM items WHERE id = 77");
  app.run("BEGIN");
  UnitOfWork unit(app.summaries(), app.session());
  for (const auto& done : {unit.updating("items", {77L}), unit.deleting("items", {77L})}) {
    // SQLite has one writer: nobody can insert the row meanwhile.
    EXPECT_EQ(done.has_error(), on_mariadb());
    if (done.has_error()) {
      EXPECT_EQ(done.error().code, ErrorCode::row_not_found);
    }
  }
  EXPECT_TRUE(unit.apply().has_value());
  app.run("COMMIT");
  expect_equal(card_recompute);
}

// What a condition is written as follows from what is known of its columns; what the summary means
// does not.
TEST_F(EngineOnMariadb, HooksGoOnWhenAConditionsColumnBecomesNotNull) {
  run_all({"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, kind INT)",
           "INSERT INTO payments VALUES (1, 1, 3), (2, 1, 5)"});
  const std::string spec = R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"ever": "latch(p.kind = 5)", "n": "count(*) FILTER (WHERE p.kind = 3)"},
      "capture": "hooks"})json";
  const char* const recompute =
      "SELECT card AS card, MAX(kind = 5) AS ever, COUNT(CASE WHEN kind = 3 THEN 1 END) AS n "
      "FROM payments GROUP BY card";
  apply(spec);
  run("ALTER TABLE payments MODIFY kind INT NOT NULL");
  Application app(*this, {}, spec);
  app.insert("payments", {{3L}}, "INSERT INTO payments VALUES (3, 2, 3)");
  app.insert("payments", {{4L}}, "INSERT INTO payments VALUES (4, 2, 5)");
  expect_equal(recompute);
  apply(spec);
  app.insert("payments", {{5L}}, "INSERT INTO payments VALUES (5, 3, 5)");
  expect_equal(recompute);
}

// A trigger reads a TIMESTAMP of zeros as NULL, on a column that is never NULL.
TEST_F(EngineOnMariadb, AConditionOfATimestampOfZerosEndsNoWritersStatement) {
  run_all({"SET sql_mode = ''",
           "CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, settled "
           "TIMESTAMP NOT NULL DEFAULT '0000-00-00 00:00:00', ip INET6 NOT NULL)"});
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"n": "count(*) FILTER (WHERE p.settled >= '2026-01-01')",
                     "local": "count(*) FILTER (WHERE p.ip = '::1')"}})json");
  run("INSERT INTO payments (id, card, ip) VALUES (1, 1, '::1')");
  run("INSERT INTO payments VALUES (2, 1, '2026-02-01', '::2')");
  expect_equal(
      "SELECT card AS card, COUNT(CASE WHEN settled >= '2026-01-01' THEN 1 END) AS n, "
      "COUNT(CASE WHEN ip = '::1' THEN 1 END) AS local FROM payments GROUP BY card");
}

// One row is what most units of work come to, and is kept apart until another comes.
class OneInsertedRow : public EngineOnBoth {
 protected:
  OneInsertedRow() {
    run("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, shop BIGINT "
        "NOT NULL, amount BIGINT NOT NULL)");
    apply(spec_);
    app_.emplace(*this, std::vector<std::string>{}, spec_);
    app_->run("BEGIN");
    unit_.emplace(app_->summaries(), app_->session());
  }

  void insert(std::int64_t id, std::int64_t amount) {
    app_->run(fmt::format("INSERT INTO payments VALUES ({}, 1, 7, {})", id, amount));
    ASSERT_TRUE(unit_->inserted("payments", {id}).has_value());
  }
  // What is noted, and the transaction.
  void end() {
    const auto done = unit_->apply();
    EXPECT_TRUE(done.has_value()) << describe(done.error());
    EXPECT_EQ(unit_->noted(), 0U);
    app_->run("COMMIT");
  }
  void expect_both_equal() {
    expect_equal("SELECT card AS card, SUM(amount) AS total FROM payments GROUP BY card", 0);
    expect_equal("SELECT shop AS shop, SUM(amount) AS total FROM payments GROUP BY shop", 1);
  }
  [[nodiscard]] std::int64_t total(const std::string& summary) {
    return db::as_int64(app_->session().scalar("SELECT total FROM " + summary).value());
  }

  const std::string spec_ = R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount)"}, "capture": "hooks"},
      "shops": {"from": "payments p", "group_by": {"shop": "p.shop"},
      "aggregates": {"total": "sum(p.amount)"}, "capture": "hooks"})json";
  std::optional<Application> app_;
  std::optional<UnitOfWork> unit_;
};
KEEPSUM_ON_BOTH(OneInsertedRow);

TEST_P(OneInsertedRow, IsMergedIntoEachSummaryOnce) {
  insert(1, 10);
  EXPECT_EQ(unit_->noted(), 1U);
  end();
  expect_both_equal();
}

TEST_P(OneInsertedRow, MayBeFollowedByOthersBeforeAndAfterItIsApplied) {
  insert(1, 10);
  ASSERT_TRUE(unit_->apply().has_value());
  insert(2, 20);
  insert(3, 30);
  EXPECT_EQ(unit_->noted(), 2U);
  ASSERT_TRUE(unit_->apply().has_value());
  insert(4, 40);
  ASSERT_TRUE(unit_->updating("payments", {1L}).has_value());
  app_->run("UPDATE payments SET card = 2, amount = 15 WHERE id = 1");
  end();
  expect_both_equal();
}

TEST_P(OneInsertedRow, IsForgottenWithItsSavepoint) {
  const auto mark = unit_->mark();
  app_->run("SAVEPOINT s");
  insert(1, 10);
  app_->run("ROLLBACK TO s");
  unit_->rollback_to(mark);
  EXPECT_EQ(unit_->noted(), 0U);
  insert(2, 20);
  unit_->rollback_to(unit_->mark());
  EXPECT_EQ(unit_->noted(), 1U);
  end();
  expect_both_equal();
}

TEST_P(OneInsertedRow, OfASummaryThatIsBeingMovedIsAskedFor) {
  const auto refuses_plain_hooks = [&](const std::string& summary) {
    run(fmt::format("ALTER TABLE {} DROP COLUMN {}", summary,
                    database().dialect.identifier(sql::hooks_marker)));
  };
  app_->run("COMMIT");
  refuses_plain_hooks("shops");
  app_->run("BEGIN");
  insert(1, 10);
  end();
  EXPECT_EQ(total("cards"), 10);
  EXPECT_EQ(total("shops"), 10);
  run("UPDATE keepsum_captures SET hooks = 0 WHERE summary = 'shops'");
  app_->run("BEGIN");
  insert(2, 20);
  end();
  EXPECT_EQ(total("cards"), 30);
  EXPECT_EQ(total("shops"), 10) << "triggers have it now";
  refuses_plain_hooks("cards");
  app_->run("BEGIN");
  insert(3, 30);
  end();
  EXPECT_EQ(total("cards"), 60);
}

}  // namespace
}  // namespace keepsum::test
