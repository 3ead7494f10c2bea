// The reconciler dies with a transaction open on the server, which goes on with it. Whoever comes
// next must neither begin before it has ended nor repair what it has repaired.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "connectors/open.hpp"
#include "tests/support/child.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

namespace {

using namespace std::chrono_literals;

constexpr auto spec = R"json({"keepsum": 1, "summaries": {"shop_sales": {"from": "sales",
  "group_by": {"shop": "shop"},
  "aggregates": {"turnover": "sum(cents)", "sales": "count(*)"}}}})json";

class Takeover : public testing::Test {
 protected:
  void SetUp() override {
    url_ = server_.url(server_.create_database());
    session_ = connect();
    run("CREATE TABLE sales (id BIGINT NOT NULL PRIMARY KEY, shop BIGINT NOT NULL, cents BIGINT "
        "NOT NULL, KEY sales_by_shop (shop)) ENGINE=InnoDB");
    run("INSERT INTO sales SELECT seq, seq MOD 50, seq FROM seq_1_to_1000");
    std::ofstream(server_.folder() + "/keepsum.json") << spec;
    ASSERT_EQ(start({"apply", "--yes"})->finish().code, 0);
    run("UPDATE shop_sales SET turnover = turnover + 1000 WHERE shop = 7");
  }

  std::unique_ptr<db::Session> connect() {
    return connectors::open_session(connectors::parse_url(url_).value()).value();
  }
  std::unique_ptr<Child> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), KEEPSUM_BINARY);
    arguments.insert(arguments.end(),
                     {"--config", server_.folder() + "/keepsum.json", "--database", url_});
    return std::make_unique<Child>(std::move(arguments),
                                   fmt::format("{}/run{}", server_.folder(), ++children_));
  }
  void run(const std::string& statement) { run(*session_, statement); }
  static void run(db::Session& session, const std::string& statement) {
    const auto done = session.execute(statement);
    ASSERT_TRUE(done.has_value()) << describe(done.error());
  }
  std::int64_t number(const std::string& query) {
    return db::as_int64(session_->scalar(query).value());
  }
  // Until so many transactions wait for a row lock, with a statement on that table. What InnoDB
  // shows of its transactions is renewed only if nobody has looked for 100 ms.
  void wait_for_waiters(std::int64_t waiters, const std::string& table) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (number("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK "
                  "WAIT' AND trx_query LIKE '%" +
                  table + "%'") < waiters) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << table;
      std::this_thread::sleep_for(150ms);
    }
  }
  std::int64_t turnover() { return number("SELECT turnover FROM shop_sales WHERE shop = 7"); }
  std::int64_t expected() { return number("SELECT SUM(cents) FROM sales WHERE shop = 7"); }

  MariadbServer server_;
  std::string url_;
  std::unique_ptr<db::Session> session_;
  int children_ = 0;
};

// A holder that is seen as no more, but whose COMMIT comes all the same.
TEST_F(Takeover, TheSnapshotIsTakenAfterTheOldHoldersCommit) {
  const auto old_holder = connect();
  ASSERT_TRUE(old_holder->begin(db::TransactionMode::write).has_value());
  ASSERT_TRUE(old_holder->rows("SELECT fence FROM keepsum_leases LOCK IN SHARE MODE").has_value());
  run(*old_holder, "UPDATE shop_sales SET turnover = turnover - 1000 WHERE shop = 7");
  const auto next = start({"reconcile"});
  wait_for_waiters(1, "keepsum_leases");
  ASSERT_TRUE(old_holder->commit().has_value());
  const Ended ended = next->finish();
  EXPECT_EQ(ended.code, 0) << ended.out << ended.err;
  EXPECT_EQ(turnover(), expected());
  EXPECT_EQ(number("SELECT COUNT(*) FROM keepsum_drift"), 0);
}

// Killed while its repair waits for a writer: the server carries the statement out when it can, and
// finds only then that nobody is there to commit it.
TEST_F(Takeover, ARepairInFlightIsMadeOnce) {
  const auto writer = connect();
  ASSERT_TRUE(writer->begin(db::TransactionMode::write).has_value());
  run(*writer, "INSERT INTO sales VALUES (5000, 7, 3)");
  const auto killed = start({"reconcile"});
  wait_for_waiters(1, "shop_sales");
  ASSERT_TRUE(killed->kill9());
  const auto next = start({"reconcile"});
  wait_for_waiters(1, "keepsum_leases");
  ASSERT_TRUE(writer->commit().has_value());
  const Ended ended = next->finish();
  EXPECT_EQ(ended.code, 2) << ended.out << ended.err;
  EXPECT_EQ(turnover(), expected());
  EXPECT_EQ(number("SELECT COUNT(*) FROM keepsum_drift"), 1);
  EXPECT_EQ(number("SELECT COUNT(*) FROM keepsum_runs WHERE outcome = 'lost' AND finished_at IS "
                   "NOT NULL AND repaired = 0"),
            1);
}

}  // namespace

}  // namespace keepsum::test
