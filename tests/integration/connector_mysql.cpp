// What is particular to MySQL and MariaDB: types, conflicts, settings.
#include <map>
#include <thread>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/error.hpp"
#include "tests/integration/connector_support.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {
namespace {

using db::Blob;
using db::Decimal;
using db::Row;
using db::TransactionMode;
using db::TypeFamily;
using db::Value;

class Mysql : public testing::Test {
 protected:
  void run(const std::string& sql, const std::vector<Value>& params = {}) {
    ASSERT_OK(session().execute(sql, params));
  }
  db::Session& session() { return *connection_.session; }
  std::string setting(const std::string& name) {
    return db::as_text(session().scalar("SELECT @@session." + name).value());
  }

  Database database_ = fresh_mariadb();
  connectors::Connection connection_ = database_.connect();
};

using MysqlTypes = Mysql;
using MysqlSession = Mysql;
using MysqlConflicts = Mysql;

// Both protocols must give the same value for the same column.
TEST_F(MysqlTypes, BothProtocolsAgree) {
  run("CREATE TABLE v (u BIGINT UNSIGNED, ti TINYINT, y YEAR, dec0 DECIMAL(65,0), "
      "dec30 DECIMAL(60,30), f FLOAT, d DATE, dt DATETIME, dt6 DATETIME(6), ts TIMESTAMP(3) NULL, "
      "t TIME, t6 TIME(6), e ENUM('x','y'), s SET('p','q'), j JSON, b BIT(10), vb VARBINARY(9), "
      "bin BINARY(4), l VARCHAR(9) CHARACTER SET latin1, z INT(8) UNSIGNED ZEROFILL)");
  const std::string nines(65, '9');
  run("INSERT INTO v VALUES (18446744073709551615, -128, 2026, '-" + nines +
      "', '123456789012345678901234567890.123456789012345678901234567890', 1.5, '2024-02-29', "
      "'1999-12-31 23:59:59', '2026-01-02 03:04:05.000006', '2026-01-02 03:04:05.678', "
      "'-838:59:59', '12:34:56.000001', 'y', 'p,q', '{\"a\": 1}', b'1010101010', x'00ff00', "
      "x'61', 'Zoë', 42)");
  run("SET sql_mode = ''");
  run("INSERT INTO v (d, dt, dt6, ts, t, y) VALUES ('0000-00-00', '0000-00-00', '0000-00-00', "
      "'0000-00-00', '0', 0)");
  const Row expected = {std::uint64_t{18446744073709551615U},
                        number(-128),
                        std::uint64_t{2026},
                        Decimal{"-" + nines},
                        Decimal{"123456789012345678901234567890.123456789012345678901234567890"},
                        1.5,
                        text("2024-02-29"),
                        text("1999-12-31 23:59:59"),
                        text("2026-01-02 03:04:05.000006"),
                        text("2026-01-02 03:04:05.678"),
                        text("-838:59:59"),
                        text("12:34:56.000001"),
                        text("y"),
                        text("p,q"),
                        text("{\"a\": 1}"),
                        Blob{"\x02\xaa"},
                        Blob{std::string("\0\xff\0", 3)},
                        Blob{std::string("a\0\0\0", 4)},
                        text("Zoë"),
                        std::uint64_t{42}};
  const auto plain = session().rows("SELECT * FROM v");
  const auto prepared = session().rows("SELECT * FROM v WHERE ? = 1", std::vector{number(1)});
  ASSERT_OK(plain);
  ASSERT_OK(prepared);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(plain->at(0).at(i), expected[i]) << "column " << i;
    EXPECT_EQ(prepared->at(0).at(i), expected[i]) << "column " << i;
    EXPECT_EQ(prepared->at(1).at(i), plain->at(1).at(i)) << "second row, column " << i;
  }
  EXPECT_EQ(plain->at(1).at(7), text("0000-00-00 00:00:00"));
}

TEST_F(MysqlTypes, ParametersKeepTheirExactness) {
  const std::string digits = "12345678901234567890123456789012345.123456789012345678";
  EXPECT_EQ(session().scalar("SELECT ? + 0", std::vector<Value>{Decimal{digits}}).value(),
            Value{Decimal{digits}});
  EXPECT_EQ(session()
                .scalar("SELECT ? + CAST(0 AS UNSIGNED)",
                        std::vector<Value>{std::uint64_t{18446744073709551615U}})
                .value(),
            Value{std::uint64_t{18446744073709551615U}});
  EXPECT_EQ(session().scalar("SELECT HEX(?)", std::vector<Value>{Blob{"\xff\xfe"}}).value(),
            text("FFFE"));
}

TEST_F(MysqlTypes, ResultColumns) {
  run("CREATE TABLE r (u BIGINT UNSIGNED NOT NULL, m DECIMAL(20,4), n DECIMAL(9,0) UNSIGNED, "
      "s VARCHAR(30), b VARBINARY(7), dt DATETIME(3), ts TIMESTAMP NULL, d DATE, t TIME, "
      "f DOUBLE, e ENUM('a'), x TEXT)");
  const auto columns = session().describe_query(
      "SELECT u, m, n, s, b, dt, ts, d, t, f, e, x, SUM(u) AS su, SUM(m) AS sm, COUNT(*) AS c "
      "FROM r GROUP BY u");
  ASSERT_OK(columns);
  std::map<std::string, db::ResultColumn> by_name;
  for (const db::ResultColumn& column : *columns) by_name[column.name] = column;
  EXPECT_EQ(by_name["u"].family, TypeFamily::integer);
  EXPECT_TRUE(by_name["u"].is_unsigned);
  EXPECT_FALSE(by_name["u"].nullable);
  EXPECT_EQ(by_name["m"].family, TypeFamily::decimal);
  EXPECT_EQ(by_name["m"].precision, 20);
  EXPECT_EQ(by_name["m"].scale, 4);
  EXPECT_TRUE(by_name["m"].nullable);
  EXPECT_EQ(by_name["n"].precision, 9);
  EXPECT_TRUE(by_name["n"].is_unsigned);
  EXPECT_EQ(by_name["s"].family, TypeFamily::text);
  EXPECT_EQ(by_name["s"].length, 30);
  EXPECT_EQ(by_name["b"].family, TypeFamily::binary);
  EXPECT_EQ(by_name["b"].length, 7);
  EXPECT_EQ(by_name["dt"].family, TypeFamily::datetime);
  EXPECT_EQ(by_name["dt"].scale, 3);
  EXPECT_EQ(by_name["ts"].family, TypeFamily::timestamp);
  EXPECT_EQ(by_name["d"].family, TypeFamily::date);
  EXPECT_EQ(by_name["t"].family, TypeFamily::time);
  EXPECT_EQ(by_name["f"].family, TypeFamily::floating);
  EXPECT_EQ(by_name["e"].family, TypeFamily::other);
  EXPECT_EQ(by_name["x"].family, TypeFamily::text);
  EXPECT_EQ(by_name["su"].family, TypeFamily::decimal);
  EXPECT_EQ(by_name["su"].scale, 0);
  EXPECT_EQ(by_name["sm"].precision, 42);
  EXPECT_EQ(by_name["sm"].scale, 4);
  EXPECT_EQ(by_name["c"].family, TypeFamily::integer);
  EXPECT_FALSE(by_name["c"].nullable);
}

// A server that ends a statement while it opens a table keeps a table with half its triggers.
TEST_F(MysqlSession, ALimitIsLongerThanOpeningATableTakes) {
  ASSERT_OK(session().limit_statements(std::chrono::milliseconds{50}));
  EXPECT_EQ(std::stod(setting("max_statement_time")), 2);
  EXPECT_LT(std::stod(setting("lock_wait_timeout")), 2);
  ASSERT_OK(session().limit_statements(std::chrono::milliseconds{2500}));
  EXPECT_EQ(std::stod(setting("max_statement_time")), 2.5);
  ASSERT_OK(session().limit_statements(std::nullopt));
  EXPECT_EQ(std::stod(setting("max_statement_time")), 0);
}

TEST_F(MysqlSession, SetsUpItsOwnSession) {
  EXPECT_EQ(setting("time_zone"), "+00:00");
  EXPECT_EQ(setting("sql_mode"), "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION");
  EXPECT_EQ(setting("character_set_client"), "utf8mb4");
  EXPECT_EQ(setting("character_set_results"), "utf8mb4");
  EXPECT_EQ(setting("innodb_lock_wait_timeout"), "5");
  EXPECT_EQ(setting("lock_wait_timeout"), "1");
  EXPECT_EQ(setting("tx_isolation"), "READ-COMMITTED");
  EXPECT_EQ(setting("autocommit"), "1");
  EXPECT_THAT(setting("optimizer_switch"), testing::HasSubstr("split_materialized=off"));
}

TEST_F(MysqlSession, AWriterSeesWhatIsCommitted) {
  run("CREATE TABLE n (id INT PRIMARY KEY)");
  const auto other = database_.connect();
  ASSERT_OK(session().begin(TransactionMode::write));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(0));
  ASSERT_OK(other.session->execute("INSERT INTO n VALUES (1)", {}));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
  ASSERT_OK(session().rollback());
  // The isolation of a snapshot is the snapshot's alone.
  ASSERT_OK(session().begin(TransactionMode::snapshot));
  ASSERT_OK(session().commit());
  ASSERT_OK(session().begin(TransactionMode::write));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
  ASSERT_OK(other.session->execute("INSERT INTO n VALUES (2)", {}));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(2));
}

TEST_F(MysqlSession, ProceduresMayReturnResults) {
  run("CREATE PROCEDURE p (IN n INT) BEGIN SELECT n; SELECT n + 1; END");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(session().scalar("CALL p(5)").value(), number(5));
    EXPECT_EQ(session().scalar("CALL p(?)", std::vector{number(6)}).value(), number(6));
    ASSERT_OK(session().execute("CALL p(7)", {}));
    ASSERT_OK(session().execute("CALL p(?)", std::vector{number(8)}));
    EXPECT_EQ(session().scalar("SELECT 1").value(), number(1));
  }
}

TEST_F(MysqlSession, AnErrorInTheMiddleOfAStreamIsReported) {
  run("CREATE TABLE n (id INT PRIMARY KEY)");
  run("INSERT INTO n SELECT seq FROM seq_1_to_20000");
  const std::string fails_late = "SELECT id, IF(id = 15000, (SELECT 1 UNION SELECT 2), 0) FROM n";
  for (const std::string& sql : {fails_late, fails_late + " WHERE id > ?"}) {
    const bool prepared = sql.ends_with('?');
    const auto result =
        session().rows(sql, prepared ? std::vector<Value>{number(0)} : std::vector<Value>{});
    EXPECT_EQ(error_of(result).native_code, 1242) << sql;
    EXPECT_EQ(session().scalar("SELECT 1").value(), number(1));
  }
}

TEST_F(MysqlSession, PreparedStatementsAreMadeAnewWhenTheServerIsFull) {
  run("SET @old = @@global.max_prepared_stmt_count");
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK(session().scalar("SELECT ? + " + std::to_string(i), std::vector{number(1)}));
  }
  run("SET GLOBAL max_prepared_stmt_count = 20");
  const auto result = session().scalar("SELECT ? + 100", std::vector{number(1)});
  run("SET GLOBAL max_prepared_stmt_count = @old");
  ASSERT_OK(result);
}

TEST_F(MysqlSession, Capabilities) {
  const auto found = mysql::capabilities(session());
  ASSERT_OK(found);
  EXPECT_TRUE(found->is_mariadb);
  EXPECT_GE(found->version, 100000);
  EXPECT_FALSE(found->has_for_share());
  EXPECT_TRUE(found->default_collation.starts_with("utf8mb4"));
  EXPECT_EQ(mysql::parse_version("5.5.5-10.11.19-MariaDB-0+deb12u1").version, 101119);
  EXPECT_EQ(mysql::parse_version("8.0.36-28").version, 80036);
  EXPECT_TRUE(mysql::parse_version("8.0.36-28").has_insert_alias());
  EXPECT_EQ(mysql::parse_version("9.1").version, 90100);
}

TEST_F(MysqlConflicts, ADeadlockIsToBeRetriedAndEndsTheTransaction) {
  run("CREATE TABLE n (id INT PRIMARY KEY, v INT)");
  run("INSERT INTO n VALUES (1, 0), (2, 0)");
  const auto other = database_.connect();
  ASSERT_OK(session().begin(TransactionMode::write));
  ASSERT_OK(other.session->begin(TransactionMode::write));
  run("UPDATE n SET v = 1 WHERE id = 1");
  ASSERT_OK(other.session->execute("UPDATE n SET v = 2 WHERE id = 2", {}));
  Result<std::uint64_t> theirs{std::uint64_t{0}};
  std::thread thread(
      [&] { theirs = other.session->execute("UPDATE n SET v = 2 WHERE id = 1", {}); });
  const auto ours = session().execute("UPDATE n SET v = 1 WHERE id = ?", std::vector{number(2)});
  thread.join();
  ASSERT_NE(ours.has_error(), theirs.has_error());
  const Error error = ours.has_error() ? ours.error() : theirs.error();
  EXPECT_EQ(error.native_code, 1213);
  EXPECT_EQ(error.code, ErrorCode::transaction_conflict);
  EXPECT_EQ(error.recovery, Recovery::retry_transaction);
  EXPECT_EQ(session().in_transaction(), ours.has_value());
  EXPECT_EQ(other.session->in_transaction(), theirs.has_value());
}

TEST_F(MysqlConflicts, AKilledConnectionIsToBeReopened) {
  const auto other = database_.connect();
  for (const bool prepared : {false, true}) {
    auto victim = database_.connect();
    ASSERT_OK(victim.session->begin(TransactionMode::write));
    const auto id = victim.session->scalar("SELECT CONNECTION_ID()");
    ASSERT_OK(other.session->execute("KILL " + db::display(*id), {}));
    const auto result = prepared ? victim.session->scalar("SELECT ?", std::vector{number(1)})
                                 : victim.session->scalar("SELECT 1");
    const Error error = error_of(result);
    EXPECT_EQ(error.code, ErrorCode::connection_lost) << describe(error);
    EXPECT_EQ(error.recovery, Recovery::reconnect);
    EXPECT_FALSE(victim.session->in_transaction());
    EXPECT_EQ(error_of(victim.session->commit()).code, ErrorCode::connection_lost);
    EXPECT_EQ(error_of(victim.session->rollback()).code, ErrorCode::connection_lost);
  }
}

// START TRANSACTION would commit what is left of it.
TEST_F(MysqlConflicts, AnErrorLeavesTheTransactionOpenAndNoOtherBegins) {
  run("CREATE TABLE n (id INT PRIMARY KEY)");
  const auto other = database_.connect();
  ASSERT_OK(session().begin(TransactionMode::write));
  run("INSERT INTO n VALUES (1)");
  ASSERT_TRUE(session().execute("INSERT INTO n VALUES (1)", {}).has_error());
  EXPECT_TRUE(session().in_transaction());
  EXPECT_TRUE(session().begin(TransactionMode::write).has_error());
  ASSERT_OK(session().rollback());
  EXPECT_EQ(other.session->scalar("SELECT COUNT(*) FROM n").value(), number(0));
}

TEST_F(MysqlConflicts, AKillInTheMiddleOfAStream) {
  run("CREATE TABLE n (id INT PRIMARY KEY, pad CHAR(200))");
  run("INSERT INTO n SELECT seq, 'x' FROM seq_1_to_200000");
  for (const bool prepared : {false, true}) {
    auto victim = database_.connect();
    const auto id = victim.session->scalar("SELECT CONNECTION_ID()");
    int seen = 0;
    const auto result =
        victim.session->query(prepared ? "SELECT * FROM n WHERE id > ?" : "SELECT * FROM n",
                              prepared ? std::vector<Value>{number(0)} : std::vector<Value>{},
                              [&](const Row&) -> Result<db::Flow> {
                                if (++seen == 10) run("KILL " + db::display(*id));
                                return db::Flow::more;
                              });
    EXPECT_EQ(error_of(result).code, ErrorCode::connection_lost);
    EXPECT_LT(seen, 200'000);
  }
}

TEST(MysqlServer, ALostServerIsALostConnection) {
  MariadbServer server({"--innodb-snapshot-isolation=ON"});
  const Database database{
      .url = connectors::parse_url(server.url(server.create_database())).value(),
      .lifetime = nullptr};
  const auto connection = database.connect();
  ASSERT_OK(connection.session->execute("CREATE TABLE n (id INT PRIMARY KEY)", {}));
  ASSERT_OK(connection.session->execute("INSERT INTO n VALUES (1)", {}));

  // A stale locking read is refused by this server setting.
  const auto other = database.connect();
  ASSERT_OK(other.session->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT", {}));
  const auto isolation = other.session->execute("ROLLBACK", {});
  ASSERT_OK(isolation);
  ASSERT_OK(other.session->execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", {}));
  ASSERT_OK(other.session->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT", {}));
  ASSERT_OK(connection.session->execute("UPDATE n SET id = 2", {}));
  const Error stale = error_of(other.session->execute("UPDATE n SET id = 3", {}));
  EXPECT_EQ(stale.native_code, 1020);
  EXPECT_EQ(stale.code, ErrorCode::transaction_conflict);

  server.kill9();
  EXPECT_EQ(error_of(connection.session->scalar("SELECT 1")).code, ErrorCode::connection_lost);
  const Error refused = error_of(connectors::open(database.url));
  EXPECT_EQ(refused.code, ErrorCode::connection_lost);
  EXPECT_EQ(refused.recovery, Recovery::reconnect);
  server.restart();
  EXPECT_EQ(database.connect().session->scalar("SELECT id FROM n").value(), number(2));
}

TEST_F(Mysql, PrivilegesAndReadOnlyServersHaveTheirOwnErrors) {
  run("CREATE OR REPLACE USER poor@'%' IDENTIFIED BY 'x'");
  run("GRANT SELECT ON " + database_.url.database + ".* TO poor@'%'");
  run("CREATE TABLE n (id INT PRIMARY KEY)");
  Database poor = database_;
  poor.url.user = "poor";
  poor.url.password = "x";
  const auto connection = poor.connect();
  EXPECT_EQ(error_of(connection.session->execute("DELETE FROM n", {})).code,
            ErrorCode::access_denied);
  poor.url.database = "no_such";
  EXPECT_EQ(error_of(connectors::open(poor.url)).code, ErrorCode::access_denied);
  Database unknown = database_;
  unknown.url.database = "no_such";
  EXPECT_EQ(error_of(connectors::open(unknown.url)).code, ErrorCode::invalid_argument);
  EXPECT_EQ(mysql::make_error(1290, "", "").code, ErrorCode::unsupported);
}

}  // namespace
}  // namespace keepsum::test
