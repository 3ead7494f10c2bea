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

class QuickFirstRow : public testing::Test {
 protected:
  void SetUp() override {
    run("CREATE TABLE n (id INTEGER PRIMARY KEY, t TEXT)");
    run("INSERT INTO n VALUES (1, 'one'), (2, 'two'), (3, NULL)");
  }
  void run(const std::string& sql) { ASSERT_OK(session_->execute(sql, {})); }
  int quick(const db::StatementText& text, const Value& param) {
    why_.reset();
    return session_->quick_first_row(text, std::vector{param}, row_, why_);
  }
  // A statement is prepared by the other way.
  void prepare(const db::StatementText& text) {
    ASSERT_OK(session_->row(text.sql(), std::vector{number(0)}));
  }

  Database database_ = fresh_sqlite();
  connectors::Connection connection_ = database_.connect();
  db::Session* session_ = connection_.session.get();
  db::Row row_ = {text("before")};
  std::optional<Error> why_;
  const db::StatementText by_id_{"SELECT id, t FROM n WHERE id = ?"};
};

TEST_F(QuickFirstRow, IsTheRowOrNone) {
  EXPECT_NE(quick(by_id_, number(1)), 0);
  EXPECT_FALSE(why_);
  prepare(by_id_);
  ASSERT_EQ(quick(by_id_, number(2)), 0);
  EXPECT_EQ(row_, (db::Row{number(2), text("two")}));
  ASSERT_EQ(quick(by_id_, number(3)), 0);
  EXPECT_EQ(row_, (db::Row{number(3), Value{}}));
  ASSERT_EQ(quick(by_id_, number(4)), 0);
  EXPECT_TRUE(row_.empty());
  const db::StatementText by_text("SELECT id FROM n WHERE t = ?");
  prepare(by_text);
  ASSERT_EQ(quick(by_text, text("one")), 0);
  EXPECT_EQ(row_, db::Row{number(1)});
  // Nothing is open after any of them.
  EXPECT_FALSE(session_->in_transaction());
  ASSERT_OK(database_.connect().session->execute("ALTER TABLE n ADD COLUMN more INT", {}));
}

TEST_F(QuickFirstRow, ManyTextsAreNotMixedUp) {
  std::vector<db::StatementText> texts;
  for (int i = 0; i < 40; ++i) {
    texts.emplace_back("SELECT " + std::to_string(i) + " + id FROM n WHERE id = ?");
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (round == 0) prepare(texts[i]);
      ASSERT_EQ(quick(texts[i], number(1)), 0);
      EXPECT_EQ(row_, db::Row{number(static_cast<std::int64_t>(i) + 1)});
    }
  }
  // Others push them out; they must not be found where they were.
  for (int i = 100; i < 200; ++i) {
    prepare(db::StatementText("SELECT " + std::to_string(i) + " + id FROM n WHERE id = ?"));
  }
  for (const db::StatementText& text : texts) EXPECT_NE(quick(text, number(1)), 0);
  prepare(texts.front());
  ASSERT_EQ(quick(texts.front(), number(3)), 0);
  EXPECT_EQ(row_, db::Row{number(3)});
}

TEST_F(QuickFirstRow, SaysWhyNot) {
  prepare(by_id_);
  EXPECT_NE(session_->quick_first_row(by_id_, {}, row_, why_), 0);
  ASSERT_TRUE(why_);
  EXPECT_EQ(why_->code, ErrorCode::invalid_argument);
  EXPECT_NE(quick(by_id_, std::uint64_t{9223372036854775808U}), 0);
  ASSERT_TRUE(why_);
  EXPECT_THAT(why_->message, HasSubstr("parameter 1"));
  ASSERT_OK(session_->limit_statements(std::chrono::seconds(5)));
  EXPECT_NE(quick(by_id_, number(1)), 0);
  EXPECT_FALSE(why_);
  ASSERT_OK(session_->limit_statements({}));
  ASSERT_EQ(quick(by_id_, number(1)), 0);
  ASSERT_OK(database_.connect().session->execute("DROP TABLE n", {}));
  EXPECT_NE(quick(by_id_, number(1)), 0);
  ASSERT_TRUE(why_);
  EXPECT_EQ(why_->message, error_of(session_->row(by_id_.sql(), std::vector{number(1)})).message);
}

TEST_F(QuickFirstRow, ALockedDatabaseIsToldOfAtOnce) {
  run("PRAGMA journal_mode = DELETE");
  run("PRAGMA busy_timeout = 0");
  prepare(by_id_);
  const auto other = database_.connect();
  ASSERT_OK(other.session->execute("BEGIN EXCLUSIVE", {}));
  EXPECT_NE(quick(by_id_, number(1)), 0);
  ASSERT_TRUE(why_);
  EXPECT_EQ(why_->code, ErrorCode::transaction_conflict);
  ASSERT_OK(other.session->execute("COMMIT", {}));
  ASSERT_EQ(quick(by_id_, number(1)), 0);
  EXPECT_EQ(row_, (db::Row{number(1), text("one")}));
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
