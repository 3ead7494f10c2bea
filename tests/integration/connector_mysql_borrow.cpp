// A caller's own handle: keepsum works in its transaction and changes nothing else of it.
#include <keepsum/mysql.hpp>
#include <thread>

#include "connectors/mysql/client.hpp"
#include "tests/integration/connector_support.hpp"

namespace keepsum::test {
namespace {

using db::Row;
using db::TransactionMode;
using testing::HasSubstr;

// The caller's handle, as an application would have opened it.
class MysqlBorrow : public testing::Test {
 protected:
  MysqlBorrow() : handle_(mysql_init(nullptr)) {
    const unsigned tcp = MYSQL_PROTOCOL_TCP;
    mysql_options(handle_.get(), MYSQL_OPT_PROTOCOL, &tcp);
    mysql_options(handle_.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const auto& url = database_.url;
    EXPECT_NE(mysql_real_connect(handle_.get(), url.host.c_str(), "root", nullptr,
                                 url.database.c_str(), url.port, nullptr, CLIENT_MULTI_STATEMENTS),
              nullptr)
        << mysql_error(handle_.get());
  }

  void raw(const std::string& sql) {
    ASSERT_EQ(mysql_query(handle_.get(), sql.c_str()), 0) << mysql_error(handle_.get());
  }

  void run(const std::string& sql) { ASSERT_OK(session().execute(sql, {})); }
  db::Session& session() { return *connection_.session; }

  Database database_ = fresh_mariadb();
  connectors::Connection connection_ = database_.connect();  // another connection, keepsum's own
  mysql::ConnectionHandle handle_;
};

TEST_F(MysqlBorrow, WorksInTheOwnersTransactionAndLeavesTheSessionAlone) {
  raw("CREATE TABLE n (id INT PRIMARY KEY)");
  raw("SET time_zone = '+05:00', sql_mode = 'ANSI_QUOTES', innodb_lock_wait_timeout = 17");
  const auto settings = [&] {
    const auto borrowed = mysql::borrow(handle_.get());
    const auto rows = borrowed->rows("SHOW SESSION VARIABLES");
    EXPECT_TRUE(rows.has_value());
    std::string all;
    for (const Row& row : *rows) {
      const std::string name = db::as_text(row[0]);
      if (name.find("timestamp") != std::string::npos || name == "pseudo_thread_id") continue;
      all += name + "=" + db::as_text(row[1]) + "\n";
    }
    return all;
  };
  const std::string before = settings();
  {
    const auto session = mysql::borrow(handle_.get());
    EXPECT_FALSE(session->in_transaction());
    for (const auto mode : {TransactionMode::write, TransactionMode::snapshot}) {
      EXPECT_EQ(error_of(session->begin(mode)).code, ErrorCode::invalid_argument);
    }
    raw("START TRANSACTION");
    EXPECT_TRUE(session->in_transaction());
    ASSERT_OK(session->execute("INSERT INTO n VALUES (?)", std::vector{number(1)}));
    EXPECT_EQ(error_of(session->commit()).code, ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(session->rollback()).code, ErrorCode::invalid_argument);
    EXPECT_TRUE(session->in_transaction());
    // An error of a statement does not end the transaction, nor does keepsum.
    EXPECT_TRUE(session->execute("INSERT INTO n VALUES (?)", std::vector{number(1)}).has_error());
    EXPECT_TRUE(session->in_transaction());
    EXPECT_EQ(session->scalar("SELECT count(*) FROM n").value(), number(1));
  }
  raw("ROLLBACK");
  EXPECT_EQ(settings(), before);
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(0));
}

TEST_F(MysqlBorrow, MultiStatementsOfTheOwnerAreNotUsed) {
  raw("CREATE TABLE n (id INT PRIMARY KEY)");
  const auto session = mysql::borrow(handle_.get());
  EXPECT_TRUE(
      session->execute("INSERT INTO n VALUES (1); INSERT INTO n VALUES (2)", {}).has_error());
  EXPECT_EQ(session->scalar("SELECT count(*) FROM n").value(), number(0));
}

TEST_F(MysqlBorrow, ADeadlockOfTheOwnerIsSeen) {
  raw("CREATE TABLE n (id INT PRIMARY KEY)");
  raw("INSERT INTO n VALUES (1), (2)");
  const auto borrowed = mysql::borrow(handle_.get());
  raw("START TRANSACTION");
  raw("SELECT id FROM n WHERE id = 1 FOR UPDATE");
  mysql_free_result(mysql_store_result(handle_.get()));
  ASSERT_OK(session().begin(TransactionMode::write));
  run("SELECT id FROM n WHERE id = 2 FOR UPDATE");
  run("SET innodb_lock_wait_timeout = 20");
  // Heavier, so that the owner is the victim.
  run("INSERT INTO n SELECT seq FROM seq_100_to_2000");
  std::thread thread([&] {
    [[maybe_unused]] const auto theirs =
        session().execute("SELECT id FROM n WHERE id = 1 FOR UPDATE", {});
  });
  const int failed = mysql_query(handle_.get(), "SELECT id FROM n WHERE id = 2 FOR UPDATE");
  thread.join();
  ASSERT_NE(failed, 0);
  ASSERT_EQ(mysql_errno(handle_.get()), 1213U);
  // The handle's own flag still says yes.
  EXPECT_FALSE(borrowed->in_transaction());
}

TEST_F(MysqlBorrow, TextNeedsAConnectionThatSpeaksUtf8) {
  ASSERT_EQ(mysql_set_character_set(handle_.get(), "latin1"), 0);
  const auto session = mysql::borrow(handle_.get());
  EXPECT_TRUE(session->scalar("SELECT ?", std::vector{text("ascii")}).has_value());
  const Error error = error_of(session->scalar("SELECT ?", std::vector{text("Zoë")}));
  EXPECT_EQ(error.code, ErrorCode::invalid_argument);
  EXPECT_THAT(error.hint, HasSubstr("utf8mb4"));
}

TEST_F(MysqlBorrow, TheHandleLivesOn) {
  {
    const auto session = mysql::borrow(handle_.get());
    ASSERT_OK(session->scalar("SELECT ?", std::vector{number(1)}));
  }
  raw("DO 1");
  EXPECT_EQ(mysql_errno(handle_.get()), 0U);
}

}  // namespace
}  // namespace keepsum::test
