// What is particular to SQLite.
#include <filesystem>
#include <fstream>
#include <keepsum/sqlite.hpp>

#include "connectors/sqlite/client.hpp"
#include "tests/integration/connector_support.hpp"

namespace keepsum::test {
namespace {

using db::Decimal;
using db::Value;
using testing::HasSubstr;

TEST(SqliteSession, AFileThatIsNotThereIsNotMade) {
  auto database = fresh_sqlite();
  const std::string path = std::filesystem::path(database.url.path).replace_filename("none.db");
  const Error error = error_of(connectors::open(connectors::parse_url("sqlite:" + path).value()));
  EXPECT_EQ(error.code, ErrorCode::io_failed);
  EXPECT_THAT(error.hint, HasSubstr("mode=rwc"));
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_TRUE(
      connectors::open(connectors::parse_url("sqlite:" + path + "?mode=rwc").value()).has_value());
}

TEST(SqliteSession, AnotherKindOfFileIsRefusedAtOnce) {
  auto database = fresh_sqlite();
  const std::string path = std::filesystem::path(database.url.path).replace_filename("text.db");
  std::ofstream(path) << std::string(4096, 'x');
  const Error error = error_of(connectors::open(connectors::parse_url("sqlite:" + path).value()));
  EXPECT_EQ(error.code, ErrorCode::io_failed);
  EXPECT_EQ(error.where, "sqlite:" + path);
}

TEST(SqliteSession, ReadOnlyModeRefusesWrites) {
  auto database = fresh_sqlite();
  ASSERT_OK(database.connect().session->execute("CREATE TABLE t (a INT)", {}));
  database.url.mode = connectors::SqliteMode::read_only;
  const auto connection = database.connect();
  EXPECT_EQ(error_of(connection.session->execute("INSERT INTO t VALUES (1)", {})).code,
            ErrorCode::access_denied);
}

TEST(SqliteSession, MemoryDatabase) {
  const auto connection = connectors::open(connectors::parse_url("sqlite::memory:").value());
  ASSERT_OK(connection);
  ASSERT_OK(connection->session->execute("CREATE TABLE t (a INT)", {}));
}

TEST(SqliteSession, OnlyExactNumbersAreBound) {
  const auto connection = fresh_sqlite().connect();
  const auto kind = [&](const Value& value) {
    const auto answer = connection.session->row("SELECT typeof(?), ?", std::vector{value, value});
    return answer.has_value()
               ? db::as_text(answer.value()->at(0)) + " " + db::display(answer.value()->at(1))
               : std::string("refused");
  };
  EXPECT_EQ(kind(std::uint64_t{9223372036854775807U}), "integer 9223372036854775807");
  EXPECT_EQ(kind(std::uint64_t{9223372036854775808U}), "refused");
  EXPECT_EQ(kind(Decimal{"42"}), "integer 42");
  EXPECT_EQ(kind(Decimal{"-12.50"}), "real -12.5");
  EXPECT_EQ(kind(Decimal{"0.12345678901234567"}), "refused");
  EXPECT_EQ(kind(Decimal{"99999999999999999999"}), "refused");
  EXPECT_EQ(kind(Decimal{"twelve"}), "refused");
}

TEST(SqliteSession, CommentsMayFollowAStatement) {
  const auto connection = fresh_sqlite().connect();
  EXPECT_TRUE(connection.session->scalar("SELECT 1; -- done\n /* really */ ;").has_value());
  EXPECT_TRUE(connection.session->execute("", {}).has_error());
  EXPECT_TRUE(connection.session->execute("-- nothing", {}).has_error());
  EXPECT_TRUE(connection.session->execute("SELECT 1; x", {}).has_error());
}

TEST(SqliteSession, AStaleSnapshotThatWantsToWriteIsAConflict) {
  auto database = fresh_sqlite();
  const auto one = database.connect();
  const auto two = database.connect();
  ASSERT_OK(one.session->execute("CREATE TABLE t (a INT)", {}));
  ASSERT_OK(one.session->execute("BEGIN", {}));
  ASSERT_OK(one.session->scalar("SELECT count(*) FROM t"));
  ASSERT_OK(two.session->execute("INSERT INTO t VALUES (1)", {}));
  const Error error = error_of(one.session->execute("INSERT INTO t VALUES (2)", {}));
  EXPECT_EQ(error.code, ErrorCode::transaction_conflict);
  EXPECT_EQ(error.native_code, SQLITE_BUSY_SNAPSHOT);
  ASSERT_OK(one.session->rollback());
}

TEST(SqliteBorrow, WorksInTheOwnersTransactionAndLeavesItAlone) {
  auto database = fresh_sqlite();
  sqlite3* raw = nullptr;
  ASSERT_EQ(sqlite3_open(database.url.path.c_str(), &raw), SQLITE_OK);
  const sqlite::ConnectionHandle handle(raw);
  ASSERT_EQ(sqlite3_exec(raw, "CREATE TABLE t (a INT)", nullptr, nullptr, nullptr), SQLITE_OK);
  {
    const auto session = sqlite::borrow(raw);
    EXPECT_FALSE(session->in_transaction());
    EXPECT_EQ(error_of(session->begin(db::TransactionMode::write)).code,
              ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(session->begin(db::TransactionMode::snapshot)).code,
              ErrorCode::invalid_argument);
    ASSERT_EQ(sqlite3_exec(raw, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_TRUE(session->in_transaction());
    ASSERT_OK(session->execute("INSERT INTO t VALUES (?)", std::vector{number(1)}));
    EXPECT_EQ(error_of(session->commit()).code, ErrorCode::invalid_argument);
    EXPECT_EQ(error_of(session->rollback()).code, ErrorCode::invalid_argument);
    EXPECT_TRUE(session->in_transaction());
  }
  EXPECT_EQ(sqlite3_next_stmt(raw, nullptr), nullptr) << "a statement was left behind";
  ASSERT_EQ(sqlite3_exec(raw, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite::borrow(raw)->scalar("SELECT count(*) FROM t").value(), number(0));
}

}  // namespace
}  // namespace keepsum::test
