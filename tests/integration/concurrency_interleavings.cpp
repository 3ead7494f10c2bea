// Two transactions in a chosen order, for the moments that random writers meet too seldom.
#include <gmock/gmock.h>

#include <chrono>
#include <future>
#include <keepsum/mysql.hpp>
#include <thread>

#include "tests/integration/concurrency_database.hpp"

namespace keepsum::test {
namespace {

using testing::IsEmpty;
using Capture = PaymentsDatabase::Capture;

// A service's connection with hooks, in a transaction at READ COMMITTED, which lets go of the
// locks on rows that do not match. It waits for a lock a second and no longer.
struct Service {
  explicit Service(const PaymentsDatabase& database)
      : client(database.url()),
        summaries(mysql::load(client.handle(), database.spec_text()).value()),
        session(mysql::borrow(client.handle())),
        unit(summaries, *session) {
    client.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    client.execute("SET SESSION innodb_lock_wait_timeout = 1");
    client.execute("START TRANSACTION");
  }

  Client client;
  Summaries summaries;
  std::unique_ptr<db::Session> session;
  UnitOfWork unit;
};

ErrorCode code_of(const Result<void>& result) {
  return result.has_error() ? result.error().code : ErrorCode::internal;
}

class ConcurrencyHooks : public testing::Test {
 protected:
  ConcurrencyHooks() {
    EXPECT_EQ(database_.keepsum({"apply", "--yes"}).exit_code, 0);
    client_.execute("INSERT INTO balance_transactions VALUES (1, 10)");
    client_.execute("INSERT INTO payments VALUES (1, 5, 1)");
    client_.execute("INSERT INTO request_histories VALUES (1, 1, 1, 1, 'capture')");
  }

  PaymentsDatabase database_{Capture::hooks};
  Client client_{database_.url()};
};

// The payment is voided and so is no part of the join when both look at it.
TEST_F(ConcurrencyHooks, ARowThatDoesNotMatchCannotBeMadeToMatchMeanwhile) {
  Service one(database_), two(database_);
  ASSERT_TRUE(one.unit.updating("payments", {1L}).has_value());
  EXPECT_EQ(code_of(two.unit.updating("payments", {1L})), ErrorCode::transaction_conflict);
  one.client.execute("UPDATE payments SET voided = 0 WHERE id = 1");
  ASSERT_TRUE(one.unit.apply().has_value());
  one.client.execute("COMMIT");
  EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
  EXPECT_EQ(client_.scalar("SELECT payments FROM card_activity WHERE card_id = 5"), "1");
}

TEST_F(ConcurrencyHooks, ARowThatIsAboutToGoCannotBeJoinedMeanwhile) {
  client_.execute("INSERT INTO payments VALUES (2, 6, 0)");
  Service one(database_), two(database_);
  ASSERT_TRUE(one.unit.deleting("payments", {2L}).has_value());
  two.client.execute("INSERT INTO request_histories VALUES (2, 2, 1, 1, 'capture')");
  ASSERT_TRUE(two.unit.inserted("request_histories", {2L}).has_value());
  EXPECT_EQ(code_of(two.unit.apply()), ErrorCode::transaction_conflict);
  two.client.execute("ROLLBACK");
  one.client.execute("DELETE FROM payments WHERE id = 2");
  ASSERT_TRUE(one.unit.apply().has_value());
  one.client.execute("COMMIT");
  EXPECT_THAT(PaymentsDatabase::wrong_keys(client_), IsEmpty());
}

// What is not there cannot be locked: another transaction may insert it before the statement.
TEST_F(ConcurrencyHooks, ARowThatIsNotThereIsSaidSo) {
  Service service(database_);
  EXPECT_EQ(code_of(service.unit.updating("payments", {77L})), ErrorCode::row_not_found);
  EXPECT_EQ(code_of(service.unit.deleting("request_histories", {77L})), ErrorCode::row_not_found);
  // The transaction goes on.
  service.client.execute("INSERT INTO payments VALUES (77, 5, 0)");
  EXPECT_TRUE(service.unit.inserted("payments", {77L}).has_value());
  EXPECT_TRUE(service.unit.apply().has_value());
}

// Foreign keys in a row, the first table not in the spec. Between the trigger of the delete and
// the cascade there is a pause, made by another trigger.
class ConcurrencyCascade : public testing::Test {
 protected:
  static constexpr const char* spec = R"json({
    "keepsum": 1, "database": "@URL@", "summaries": { "per_card": {
      "from": "payments p",
      "joins": ["request_histories h ON h.payment_id = p.id"],
      "where": "p.voided = 0",
      "group_by": { "card_id": "p.card_id" },
      "aggregates": { "n": "count(*)", "largest": "max(h.amount)" }
    }}})json";

  ConcurrencyCascade()
      : database_({"CREATE TABLE customers (id INT PRIMARY KEY)",
                   "CREATE TABLE accounts (id INT PRIMARY KEY, customer_id INT NOT NULL, FOREIGN "
                   "KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE)",
                   "CREATE TABLE payments (id INT PRIMARY KEY, account_id INT NOT NULL, card_id "
                   "INT NOT NULL, voided INT NOT NULL, KEY (card_id), FOREIGN KEY (account_id) "
                   "REFERENCES accounts (id) ON DELETE CASCADE)",
                   "CREATE TABLE request_histories (id INT PRIMARY KEY, payment_id INT NOT NULL, "
                   "amount INT NOT NULL, FOREIGN KEY (payment_id) REFERENCES payments (id) ON "
                   "DELETE CASCADE)",
                   "INSERT INTO customers VALUES (1), (2)", "INSERT INTO accounts VALUES (10, 1)",
                   "INSERT INTO payments VALUES (100, 10, 5, 0), (101, 10, 6, 1)",
                   "INSERT INTO request_histories VALUES (1010, 101, 7)"},
                  spec) {
    const Outcome applied = database_.keepsum({"apply", "--yes"});
    EXPECT_EQ(applied.exit_code, 0) << applied.err;
    client_.execute(
        "CREATE TRIGGER pause BEFORE DELETE ON customers FOR EACH ROW FOLLOWS "
        "`ks_per_card$customers_cascade_del` DO SLEEP(IF(OLD.id = 1, 1, 0))");
  }

  // `meanwhile` runs when the triggers of customer 1 are through and it is still there. It may
  // fail: then the row it needs is gone or locked.
  void delete_customers_and(const std::vector<std::string>& meanwhile) {
    Client deleter(database_.url()), other(database_.url());
    for (Client* client : {&deleter, &other}) {
      client->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
    auto deleted = std::async(std::launch::async, [&] {
      deleter.execute("DELETE FROM customers WHERE id IN (1, 2) ORDER BY id");
    });
    std::this_thread::sleep_for(std::chrono::milliseconds{400});
    try {
      for (const std::string& statement : meanwhile) other.execute(statement);
    } catch (const ClientError&) {
    }
    deleted.get();
    const Outcome verified = database_.keepsum({"reconcile", "--verify-only"});
    EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    EXPECT_EQ(client_.scalar("SELECT COALESCE(SUM(n), 0) FROM per_card"),
              client_.scalar("SELECT COUNT(*) FROM payments p JOIN request_histories h ON "
                             "h.payment_id = p.id WHERE p.voided = 0"));
  }

  PaymentsDatabase database_;
  Client client_{database_.url()};
};

TEST_F(ConcurrencyCascade, ARowOnItsWayOutGetsNoChild) {
  delete_customers_and({"INSERT INTO request_histories VALUES (1000, 100, 3)"});
}

TEST_F(ConcurrencyCascade, ARowOnItsWayOutIsNotMadeToMatch) {
  delete_customers_and({"UPDATE payments SET voided = 0 WHERE id = 101"});
}

// The trigger of customer 2 must not see the accounts as they were when the statement began.
TEST_F(ConcurrencyCascade, WhatIsCommittedBesideALongDeleteIsSeen) {
  delete_customers_and({"INSERT INTO accounts VALUES (20, 2)",
                        "INSERT INTO payments VALUES (200, 20, 9, 0)",
                        "INSERT INTO request_histories VALUES (2000, 200, 4)"});
}

}  // namespace
}  // namespace keepsum::test
