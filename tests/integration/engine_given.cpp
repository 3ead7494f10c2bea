// Values given with an inserted row: used only where they are what the table stores, and the same
// summary either way.
#include <fmt/format.h>

#include <array>

#include "engine/embed/compiled.hpp"
#include "tests/integration/connector_support.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_random_case.hpp"

namespace keepsum::test {
namespace {

class GivenValues : public EngineOnBoth {
 protected:
  void SetUp() override {
    EngineOnBoth::SetUp();
    run_all(
        {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card VARCHAR(8) NOT NULL, "
         "voided SMALLINT)",
         "CREATE TABLE charges (id INTEGER NOT NULL PRIMARY KEY, amount " +
             std::string(on_mariadb() ? "DECIMAL(6,2)" : "INTEGER") + " NOT NULL)",
         "CREATE TABLE requests (id BIGINT NOT NULL PRIMARY KEY, payment_id BIGINT NOT NULL, "
         "charge_id INTEGER NOT NULL, kind VARCHAR(4) NOT NULL, "
         "FOREIGN KEY (payment_id) REFERENCES payments (id), "
         "FOREIGN KEY (charge_id) REFERENCES charges (id))"});
    apply(spec_);
    app_.emplace(
        *this,
        std::vector<std::string>{on_mariadb() ? "SET sql_mode = ''" : "PRAGMA foreign_keys = ON"},
        spec_);
  }

  // A session that counts what it passes on.
  class Counting final : public db::Session {
   public:
    explicit Counting(db::Session& session) : session_(session) {}
    Result<std::uint64_t> execute(std::string_view sql,
                                  std::span<const db::Value> params) override {
      statements.emplace_back(sql);
      return session_.execute(sql, params);
    }
    Result<void> query(std::string_view sql, std::span<const db::Value> params,
                       const db::RowHandler& handler) override {
      statements.emplace_back(sql);
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
    [[nodiscard]] bool in_transaction() const noexcept override {
      return session_.in_transaction();
    }
    std::vector<std::string> statements;

   private:
    db::Session& session_;
  };

  void insert(UnitOfWork& unit, const std::string& table, const std::string& columns,
              const std::vector<db::Value>& values, const std::vector<Given>& given) {
    std::string marks;
    for (std::size_t i = 0; i < values.size(); ++i) marks += i == 0 ? "?" : ", ?";
    const auto done = app_->session().execute(
        fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, marks), values);
    ASSERT_TRUE(done.has_value()) << describe(done.error());
    const auto noted = unit.inserted(table, {values.front()}, given);
    ASSERT_TRUE(noted.has_value()) << describe(noted.error());
  }

  db::Value money(const std::string& text) const {
    if (on_mariadb()) return db::Decimal{text};
    return std::int64_t{std::stoll(text.substr(0, text.find('.')))};
  }

  // One payment, with what `spoil` says amiss with the values given.
  void pay(UnitOfWork& unit, std::int64_t id, const std::string& card, const std::string& amount,
           const std::string& kind, std::int64_t voided, int spoil) {
    std::vector<Given> payment = {{"CARD", card}, {"voided", voided}};
    std::vector<Given> request = {{"payment_id", id}, {"charge_id", id}, {"kind", kind}};
    std::vector<Given> charge = {{"amount", money(amount)}};
    if (spoil == 1) payment.pop_back();
    if (spoil == 2) request.pop_back();
    if (spoil == 3) charge.clear();
    insert(unit, "payments", "id, card, voided", {id, card, voided}, payment);
    insert(unit, "charges", "id, amount", {id, money(amount)}, charge);
    insert(unit, "requests", "id, payment_id, charge_id, kind", {id, id, id, kind}, request);
  }

  const std::string spec_ = R"json("cards": {"from": "payments p",
      "joins": ["requests r ON r.payment_id = p.id", "charges c ON c.id = r.charge_id"],
      "where": "p.voided = 0", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(c.amount)", "most": "max(c.amount)", "n": "count(*)",
                     "paid": "latch(r.kind = 'pay')",
                     "taken": "sum(c.amount) FILTER (WHERE r.kind = 'pay')"},
      "declared_keys": ["r.payment_id -> p.id", "r.charge_id -> c.id"], "capture": "hooks"})json";
  const char* const recompute_ =
      "SELECT p.card AS card, SUM(c.amount) AS total, MAX(c.amount) AS most, COUNT(*) AS n, "
      "MAX(CASE WHEN r.kind = 'pay' THEN 1 ELSE 0 END) AS paid, "
      "COALESCE(SUM(CASE WHEN r.kind = 'pay' THEN c.amount END), 0) AS taken "
      "FROM payments p JOIN requests r ON r.payment_id = p.id JOIN charges c ON c.id = r.charge_id "
      "WHERE p.voided = 0 GROUP BY p.card";
  std::optional<Application> app_;
};
KEEPSUM_ON_BOTH(GivenValues);

TEST_P(GivenValues, MakeOneUpsertThatReadsNoTable) {
  Counting counting(app_->session());
  app_->run("BEGIN");
  UnitOfWork unit(app_->summaries(), counting);
  pay(unit, 1, "a", "12.50", "pay", 0, 0);
  ASSERT_TRUE(unit.apply().has_value());
  ASSERT_EQ(counting.statements.size(), 1U);
  EXPECT_THAT(counting.statements[0], testing::Not(testing::HasSubstr("FROM")));
  pay(unit, 2, "a", "1.50", "pay", 0, 0);
  pay(unit, 3, "a", "2.50", "auth", 0, 0);
  ASSERT_TRUE(unit.apply().has_value());
  ASSERT_EQ(counting.statements.size(), 2U);
  EXPECT_THAT(counting.statements[1], testing::Not(testing::HasSubstr("payments")));
  app_->run("COMMIT");
  expect_equal(recompute_);
}

// sql_mode is empty on MariaDB: what does not fit is cut and rounded, not refused.
TEST_P(GivenValues, AreNotUsedWhereTheTableStoresSomethingElse) {
  std::int64_t id = 0;
  const std::pair<std::string, std::string> cases[] = {{"a card much too long", "1.00"},
                                                       {"b", "1.239"},
                                                       {"c", "99999.5"},
                                                       {"d  ", "-0.001"},
                                                       {"\xc3\xa9", "1.00"}};
  for (const auto& [card, amount] : cases) {
    app_->run("BEGIN");
    UnitOfWork unit(app_->summaries(), app_->session());
    pay(unit, ++id, card, amount, "pay too long", 0, 0);
    ASSERT_TRUE(unit.apply().has_value());
    app_->run("COMMIT");
    expect_equal(recompute_);
  }
}

TEST_P(GivenValues, OfARowThatIsChangedAfterwardsAreForgotten) {
  app_->run("BEGIN");
  UnitOfWork unit(app_->summaries(), app_->session());
  pay(unit, 1, "a", "12.50", "pay", 0, 0);
  const auto mark = unit.mark();
  app_->run("SAVEPOINT s");
  pay(unit, 2, "a", "99.00", "pay", 0, 0);
  app_->run("ROLLBACK TO s");
  unit.rollback_to(mark);
  ASSERT_TRUE(unit.updating("charges", {1L}).has_value());
  app_->run("UPDATE charges SET amount = 3 WHERE id = 1");
  ASSERT_TRUE(unit.apply().has_value());
  app_->run("COMMIT");
  expect_equal(recompute_);
}

TEST_P(GivenValues, OfARowThatIsNotedTwiceCountOnce) {
  app_->run("BEGIN");
  UnitOfWork unit(app_->summaries(), app_->session());
  pay(unit, 1, "a", "12.50", "pay", 0, 0);
  const std::vector<Given> again = {{"payment_id", 1L}, {"charge_id", 1L}, {"kind", "pay"}};
  ASSERT_TRUE(unit.inserted("requests", {1L}, again).has_value());
  ASSERT_TRUE(unit.apply().has_value());
  app_->run("COMMIT");
  expect_equal(recompute_);
}

TEST_P(GivenValues, OfTablesWhoseTriggersChangeRowsAreNotUsed) {
  if (!on_mariadb()) return;
  run("CREATE TRIGGER doubles BEFORE INSERT ON charges FOR EACH ROW SET NEW.amount = NEW.amount * "
      "2");
  app_.emplace(*this, std::vector<std::string>{}, spec_);
  app_->run("BEGIN");
  UnitOfWork unit(app_->summaries(), app_->session());
  pay(unit, 1, "a", "12.50", "pay", 0, 0);
  ASSERT_TRUE(unit.apply().has_value());
  app_->run("COMMIT");
  expect_equal(recompute_);
}

TEST_P(GivenValues, WithControlCharactersInTheSpec) {
  const auto keeps = [&](const char* kind) {
    app_->run("BEGIN");
    UnitOfWork unit(app_->summaries(), app_->session());
    pay(unit, 1, "a", "12.50", kind, 0, 0);
    ASSERT_TRUE(unit.apply().has_value());
    app_->run("COMMIT");
  };
  std::string spec = spec_;
  spec.replace(spec.find("'pay'"), 5, "'\\u0002\\u0003\\u0004'");
  run("DROP TABLE cards");
  run("DELETE FROM keepsum_summaries");
  apply(spec);
  app_.emplace(*this, std::vector<std::string>{}, spec);
  keeps("\x02\x03\x04");
  std::string recompute = recompute_;
  recompute.replace(recompute.find("'pay'"), 5, "'\x02\x03\x04'");
  expect_equal(recompute);
}

// On MariaDB the column's collation takes 'PAY' and 'p\xc3\xa1y' for 'pay'; on SQLite they differ.
TEST_P(GivenValues, SettleAConditionOnlyWhereNoCollationHasASay) {
  Counting counting(app_->session());
  std::int64_t id = 0;
  for (const char* kind : {"pay", "PAY", "Pay", "pay ", "auth", "p\xc3\xa1y", ""}) {
    app_->run("BEGIN");
    UnitOfWork unit(app_->summaries(), counting);
    pay(unit, ++id, kind, "12.50", kind, 0, 0);
    ASSERT_TRUE(unit.apply().has_value());
    app_->run("COMMIT");
    expect_equal(recompute_);
  }
  EXPECT_THAT(counting.statements.at(0), testing::Not(testing::HasSubstr("'pay'")));
  // On SQLite other bytes are other text.
  EXPECT_EQ(counting.statements.at(1).find("'pay'") != std::string::npos, on_mariadb());
}

TEST_P(GivenValues, HoldAfterRandomTransactions) {
  Dice dice(77);
  std::int64_t id = 0;
  for (int round = 0; round < 60 && !HasFailure(); ++round) {
    app_->run("BEGIN");
    UnitOfWork unit(app_->summaries(), app_->session());
    for (std::size_t n = 1 + dice.roll(10); n > 0; --n) {
      pay(unit, ++id, std::string(1, static_cast<char>('a' + dice.roll(4))),
          fmt::format("{}.{}", dice.roll(300), dice.roll(100)),
          std::array{"pay", "auth", "PAY"}[dice.roll(3)], dice.chance(20) ? 1 : 0,
          dice.chance(20) ? 1 + static_cast<int>(dice.roll(3)) : 0);
      if (dice.chance(10)) {
        ASSERT_TRUE(unit.updating("payments", {id}).has_value());
        app_->run(fmt::format("UPDATE payments SET card = 'e' WHERE id = {}", id));
      }
      if (dice.chance(10)) {
        ASSERT_TRUE(unit.apply().has_value());
      }
    }
    const auto applied = unit.apply();
    ASSERT_TRUE(applied.has_value()) << describe(applied.error());
    app_->run(dice.chance(10) ? "ROLLBACK" : "COMMIT");
    expect_equal(recompute_);
  }
}

// Texts are the caller's again as soon as a call returns: here they are written over at once.
class GivenTexts : public EngineOnBoth {
 protected:
  void SetUp() override {
    EngineOnBoth::SetUp();
    run_all(
        {"CREATE TABLE payments (id VARCHAR(200) NOT NULL PRIMARY KEY, card VARCHAR(200) NOT "
         "NULL)",
         "CREATE TABLE requests (id VARCHAR(200) NOT NULL PRIMARY KEY, payment_id "
         "VARCHAR(200) NOT NULL, amount INTEGER NOT NULL)"});
    apply(spec_);
    app_.emplace(*this, std::vector<std::string>{}, spec_);
  }

  static void write_over(PrimaryKey& key, std::vector<Given>& given) {
    const auto blot = [](db::Value& value) {
      if (auto* const text = std::get_if<std::string>(&value)) text->assign(text->size(), '#');
    };
    std::for_each(key.begin(), key.end(), blot);
    for (Given& each : given) blot(each.value);
  }

  void insert(UnitOfWork& unit, const std::string& table, PrimaryKey key, std::vector<Given> given,
              bool gives) {
    std::string columns = "id", marks = "?";
    std::vector<db::Value> values = key;
    for (const Given& each : given) {
      columns += ", " + std::string(each.column);
      marks += ", ?";
      values.push_back(each.value);
    }
    ASSERT_OK(app_->session().execute(
        fmt::format("INSERT INTO {} ({}) VALUES ({})", table, columns, marks), values));
    ASSERT_OK(gives ? unit.inserted(table, key, given) : unit.inserted(table, key));
    write_over(key, given);
  }

  void pay(UnitOfWork& unit, const std::string& id, const std::string& card, bool gives) {
    insert(unit, "payments", {id}, {{"card", card}}, gives);
    insert(unit, "requests", {id}, {{"payment_id", id}, {"amount", std::int64_t{5}}}, gives);
  }

  const std::string spec_ = R"json("cards": {"from": "payments p",
      "joins": ["requests r ON r.payment_id = p.id"], "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(r.amount)", "n": "count(*)"},
      "declared_keys": ["r.payment_id -> p.id"], "capture": "hooks"})json";
  const char* const recompute_ =
      "SELECT p.card AS card, SUM(r.amount) AS total, COUNT(*) AS n FROM payments p "
      "JOIN requests r ON r.payment_id = p.id GROUP BY p.card";
  std::optional<Application> app_;
};
KEEPSUM_ON_BOTH(GivenTexts);

TEST_P(GivenTexts, AreKeptUntilTheUnitIsApplied) {
  int number = 0;
  for (const bool gives : {true, false}) {
    for (const std::size_t length : {3U, 30U, 150U}) {
      for (const int payments : {1, 2, 9}) {
        app_->run("BEGIN");
        UnitOfWork unit(app_->summaries(), app_->session());
        for (int again = 0; again < 2; ++again) {
          for (int i = 0; i < payments; ++i) {
            const std::string id = fmt::format("{:0{}}", ++number, length);
            pay(unit, id, std::string(length, static_cast<char>('a' + i % 3)), gives);
          }
          UnitOfWork moved(std::move(unit));
          ASSERT_OK(moved.apply());
          EXPECT_EQ(moved.noted(), 0U);
          unit = std::move(moved);
        }
        app_->run("COMMIT");
        expect_equal(recompute_);
      }
    }
  }
}

TEST_P(GivenTexts, AreKeptAfterAnApplyThatFailed) {
  run_all({"CREATE TABLE stops (stop INTEGER NOT NULL)", "INSERT INTO stops VALUES (0)"});
  run(on_mariadb()
          ? "CREATE TRIGGER fails BEFORE INSERT ON cards FOR EACH ROW IF (SELECT stop FROM "
            "stops) = 1 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not now'; END IF"
          : "CREATE TRIGGER fails BEFORE INSERT ON cards WHEN (SELECT stop FROM stops) = 1 "
            "BEGIN SELECT RAISE(FAIL, 'not now'); END");
  int number = 0;
  for (const bool gives : {true, false}) {
    for (const std::size_t length : {5U, 120U}) {
      const auto id = [&] { return fmt::format("{:0{}}", ++number, length); };
      app_->run("BEGIN");
      UnitOfWork unit(app_->summaries(), app_->session());
      pay(unit, id(), std::string(length, 'a'), gives);
      app_->run("UPDATE stops SET stop = 1");
      const auto failed = unit.apply();
      ASSERT_TRUE(failed.has_error());
      EXPECT_EQ(failed.error().code, ErrorCode::statement_failed) << describe(failed.error());
      EXPECT_EQ(unit.noted(), 1U);
      const UnitOfWork::Mark mark = unit.mark();
      for (int time = 0; time < 3; ++time) {
        app_->run("SAVEPOINT s");
        pay(unit, id(), std::string(length, 'b'), gives);
        app_->run("ROLLBACK TO s");
        unit.rollback_to(mark);
      }
      app_->run("UPDATE stops SET stop = 0");
      pay(unit, id(), std::string(length, 'c'), gives);
      ASSERT_OK(unit.apply());
      app_->run("COMMIT");
      expect_equal(recompute_);
    }
  }
}

}  // namespace
}  // namespace keepsum::test
