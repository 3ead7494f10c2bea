// The laws of the Session port, on every connector.
#include "tests/integration/connector_conformance.hpp"

#include <atomic>
#include <thread>

namespace keepsum::test {
namespace {

using db::Flow;
using db::Row;
using db::TransactionMode;
using db::Value;

INSTANTIATE_TEST_SUITE_P(Connectors, Conformance, testing::ValuesIn(backends()),
                         [](const auto& param) { return param.param.name; });

TEST_P(Conformance, AStatementIsItsTextWhereverThatIs) {
  std::string sql = "SELECT 1 + ?";
  for (int turn = 0; turn < 3; ++turn) {
    for (const char digit : {'1', '2'}) {
      sql[7] = digit;
      const auto sum = session().scalar(sql, std::vector{number(10)});
      ASSERT_OK(sum);
      EXPECT_EQ(db::as_int64(*sum), 10 + digit - '0');
    }
  }
}

TEST_P(Conformance, AffectedRows) {
  create_numbers(10);
  const auto affected = [&](const std::string& sql) {
    const auto result = session().execute(sql, {});
    return result.has_value() ? static_cast<int>(*result) : -1;
  };
  EXPECT_EQ(affected("INSERT INTO n VALUES (11, 1), (12, 1)"), 2);
  EXPECT_EQ(affected("UPDATE n SET amount = amount + 100 WHERE id <= 3"), 3);
  EXPECT_EQ(affected("DELETE FROM n WHERE id > 10"), 2);
  EXPECT_EQ(affected("DELETE FROM n WHERE id > 10"), 0);
  EXPECT_EQ(affected("SELECT id FROM n"), 0);
  EXPECT_EQ(affected("CREATE INDEX n_amount ON n (amount)"), 0);
  const auto prepared =
      session().execute("UPDATE n SET amount = ? WHERE id <= ?", std::vector{number(9), number(4)});
  ASSERT_OK(prepared);
  EXPECT_EQ(*prepared, 4U);
}

TEST_P(Conformance, StreamsAndStopsEarly) {
  create_numbers(100'000);
  for (const std::string sql : {"SELECT id, amount FROM n WHERE id > ? ORDER BY id",
                                "SELECT id, amount FROM n WHERE id > 0 ORDER BY id"}) {
    const bool prepared = sql.find('?') != std::string::npos;
    const std::vector<Value> params =
        prepared ? std::vector<Value>{number(0)} : std::vector<Value>{};
    std::int64_t seen = 0;
    ASSERT_OK(session().query(sql, params, [&](const Row& row) -> Result<Flow> {
      ++seen;
      EXPECT_EQ(db::as_int64(row[0]), seen);
      return Flow::more;
    }));
    EXPECT_EQ(seen, 100'000);

    seen = 0;
    ASSERT_OK(session().query(sql, params, [&](const Row&) -> Result<Flow> {
      return ++seen == 10 ? Flow::stop : Flow::more;
    }));
    EXPECT_EQ(seen, 10);
    EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(100'000));
  }
}

TEST_P(Conformance, AnErrorOfTheHandlerEndsTheQueryAndIsReturned) {
  create_numbers(1000);
  for (const std::string sql : {"SELECT id FROM n WHERE id > ?", "SELECT id FROM n"}) {
    const bool prepared = sql.find('?') != std::string::npos;
    int seen = 0;
    const auto result =
        session().query(sql, prepared ? std::vector<Value>{number(0)} : std::vector<Value>{},
                        [&](const Row&) -> Result<Flow> {
                          if (++seen < 3) return Flow::more;
                          Error enough;
                          enough.code = ErrorCode::time_budget_spent;
                          return enough;
                        });
    EXPECT_EQ(error_of(result).code, ErrorCode::time_budget_spent);
    EXPECT_EQ(seen, 3);
    EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1000));
  }
}

TEST_P(Conformance, AHandlerMayNotUseItsOwnSession) {
  create_numbers(3);
  Error inner;
  ASSERT_OK(session().query("SELECT id FROM n", {}, [&](const Row&) -> Result<Flow> {
    inner = error_of(session().execute("DELETE FROM n", {}));
    return Flow::more;
  }));
  EXPECT_EQ(inner.code, ErrorCode::invalid_argument);
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(3));
}

TEST_P(Conformance, ErrorsSayWhatAndWhere) {
  const Error syntax = error_of(session().execute("SELEC 1", {}));
  EXPECT_EQ(syntax.code, ErrorCode::statement_failed);
  EXPECT_EQ(syntax.recovery, Recovery::none);
  EXPECT_EQ(syntax.where, "SELEC 1");
  EXPECT_FALSE(syntax.server_message.empty());
  EXPECT_NE(syntax.native_code, 0);

  create_numbers(1);
  const Error twice = error_of(session().execute("INSERT INTO n VALUES (1, 1)", {}));
  EXPECT_EQ(twice.code, ErrorCode::statement_failed);

  const std::string long_sql = "SELECT no_such_column, '" + std::string(500, 'x') + "' FROM n";
  EXPECT_LT(error_of(session().execute(long_sql, {})).where.size(), 210U);

  const Error count = error_of(session().execute("DELETE FROM n WHERE id = ? AND amount = ?",
                                                 std::vector<Value>{number(1)}));
  EXPECT_EQ(count.code, ErrorCode::invalid_argument);
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
}

TEST_P(Conformance, OneCallIsOneStatement) {
  create_numbers(1);
  EXPECT_TRUE(session()
                  .execute("INSERT INTO n VALUES (2, 1); INSERT INTO n VALUES (3, 1)", {})
                  .has_error());
  EXPECT_TRUE(
      session()
          .execute("INSERT INTO n VALUES (?, 1); DELETE FROM n", std::vector<Value>{number(2)})
          .has_error());
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
}

TEST_P(Conformance, TransactionsOpenAndEnd) {
  create_numbers(1);
  EXPECT_FALSE(session().in_transaction());
  for (const auto mode : {TransactionMode::write, TransactionMode::snapshot}) {
    ASSERT_OK(session().begin(mode));
    EXPECT_TRUE(session().in_transaction());
    EXPECT_EQ(error_of(session().begin(mode)).code, ErrorCode::invalid_argument);
    EXPECT_TRUE(session().in_transaction());
    ASSERT_OK(session().commit());
    EXPECT_FALSE(session().in_transaction());
  }
  {
    auto transaction = db::Transaction::begin(session(), TransactionMode::write);
    ASSERT_OK(transaction);
    run("DELETE FROM n");
  }
  EXPECT_FALSE(session().in_transaction());
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
  ASSERT_OK(session().rollback());
}

TEST_P(Conformance, ASnapshotIsAsOfItsBeginAndReadOnly) {
  create_numbers(10);
  const auto other = database_.connect();
  ASSERT_OK(session().begin(TransactionMode::snapshot));
  ASSERT_OK(other.session->execute("DELETE FROM n WHERE id = 1", {}));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(10));
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n WHERE id > ?", std::vector{number(0)}).value(),
            number(10));
  EXPECT_TRUE(session().execute("DELETE FROM n", {}).has_error());
  ASSERT_OK(session().rollback());
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(9));
  run("DELETE FROM n");
}

TEST_P(Conformance, ALockThatIsNotGrantedIsAConflict) {
  create_numbers(3);
  const auto other = database_.connect();
  ASSERT_OK(other.session->execute(GetParam().short_lock_wait, {}));
  ASSERT_OK(session().begin(TransactionMode::write));
  run("UPDATE n SET amount = 0 WHERE id = 1");
  const Error error = error_of(other.session->execute("UPDATE n SET amount = 1 WHERE id = ?",
                                                      std::vector<Value>{number(1)}));
  EXPECT_EQ(error.code, ErrorCode::transaction_conflict);
  EXPECT_EQ(error.recovery, Recovery::retry_transaction);
  ASSERT_OK(session().commit());
  ASSERT_OK(other.session->execute("UPDATE n SET amount = 1 WHERE id = ?",
                                   std::vector<Value>{number(1)}));
}

TEST_P(Conformance, PreparedStatementsOutliveDdl) {
  create_numbers(2);
  const std::string all = "SELECT * FROM n WHERE id = ?";
  const std::vector<Value> one = {number(1)};
  const auto width = [&] {
    const auto row = session().row(all, one);
    EXPECT_TRUE(row.has_value()) << describe(row.error());
    return row.has_value() && row.value() ? static_cast<int>(row.value()->size()) : -1;
  };
  EXPECT_EQ(width(), 2);
  run("ALTER TABLE n ADD COLUMN note " + std::string(is_mysql() ? "VARCHAR(20)" : "TEXT"));
  EXPECT_EQ(width(), 3);
  EXPECT_EQ(width(), 3);
  run("ALTER TABLE n DROP COLUMN note");
  EXPECT_EQ(width(), 2);

  run("DROP TABLE n");
  EXPECT_EQ(error_of(session().row(all, one)).code, ErrorCode::statement_failed);
  run("CREATE TABLE n (id INTEGER PRIMARY KEY, amount TEXT)" + GetParam().table_suffix);
  run("INSERT INTO n VALUES (1, 'now text')");
  EXPECT_EQ(session().row(all, one).value()->at(1), text("now text"));
}

TEST_P(Conformance, MoreStatementsThanTheCacheHolds) {
  create_numbers(3);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 150; ++i) {
      const std::string sql = "SELECT id + " + std::to_string(i) + " FROM n WHERE id = ?";
      ASSERT_EQ(db::as_int64(session().scalar(sql, std::vector{number(2)}).value()), 2 + i);
    }
  }
  if (is_mysql()) {
    const auto row = session().row("SHOW SESSION STATUS LIKE 'Com_stmt_close'");
    ASSERT_OK(row);
    EXPECT_GE(std::stoi(db::as_text(row.value()->at(1))), 450 - 64);
  }
}

// By their number, beside the same statements by their text, and with more of them than the cache
// holds.
// Where the short way is none, the long way has to do: together they are first_row().
TEST_P(Conformance, DescribesAQueryWithoutRunningIt) {
  create_numbers(1);
  const auto columns = session().describe_query("SELECT id, amount AS paid FROM n WHERE id = ?");
  ASSERT_OK(columns);
  ASSERT_EQ(columns->size(), 2U);
  EXPECT_EQ(columns->at(0).name, "id");
  EXPECT_EQ(columns->at(1).name, "paid");
  EXPECT_EQ(columns->at(0).family, db::TypeFamily::integer);
  EXPECT_EQ(error_of(session().describe_query("DELETE FROM n")).code, ErrorCode::invalid_argument);
  EXPECT_EQ(error_of(session().describe_query("SELECT nothing FROM n")).code,
            ErrorCode::statement_failed);
  EXPECT_EQ(session().scalar("SELECT count(*) FROM n").value(), number(1));
}

TEST_P(Conformance, SessionsInThreadsDoNotDisturbEachOther) {
  create_numbers(100);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      const auto mine = database_.connect();
      for (int i = 1; i <= 100; ++i) {
        const auto value =
            mine.session->scalar("SELECT id FROM n WHERE id = ?", std::vector{number(i)});
        if (value.has_error() || db::as_int64(*value) != i) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace keepsum::test
