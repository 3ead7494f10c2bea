// The laws of the Session port, on every connector.
#include <atomic>
#include <limits>
#include <optional>
#include <thread>

#include "tests/integration/connector_support.hpp"

namespace keepsum::test {
namespace {

using db::Blob;
using db::Flow;
using db::Row;
using db::TransactionMode;
using db::Value;

class Conformance : public testing::TestWithParam<Backend> {
 protected:
  Conformance() : database_(GetParam().fresh()), connection_(database_.connect()) {}

  db::Session& session() { return *connection_.session; }

  void run(const std::string& sql, const std::vector<Value>& params = {}) {
    ASSERT_OK(session().execute(sql, params));
  }

  void create_values_table() {
    const Backend& backend = GetParam();
    run("CREATE TABLE v (id INTEGER PRIMARY KEY, i " + std::string(is_mysql() ? "BIGINT" : "INT") +
        ", t " + backend.text_type + ", b " + backend.blob_type + ", d " + backend.double_type +
        ")" + backend.table_suffix);
  }

  void create_numbers(int count) {
    run("CREATE TABLE n (id INTEGER PRIMARY KEY, amount INT NOT NULL)" + GetParam().table_suffix);
    run("CREATE TABLE digits (d INT NOT NULL)" + GetParam().table_suffix);
    run("INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)");
    run("INSERT INTO n SELECT k, k % 7 FROM (SELECT 1 + a.d + 10 * b.d + 100 * c.d + 1000 * e.d "
        "+ 10000 * f.d AS k FROM digits a, digits b, digits c, digits e, digits f) s WHERE k <= " +
        std::to_string(count));
  }

  void expect_values(const std::vector<Row>& rows) {
    const auto prepared =
        session().rows("SELECT * FROM v WHERE id > ? ORDER BY id", std::vector<Value>{number(0)});
    ASSERT_OK(prepared);
    EXPECT_EQ(*prepared, rows);
    const auto plain = session().rows("SELECT * FROM v ORDER BY id");
    ASSERT_OK(plain);
    EXPECT_EQ(*plain, rows);
  }

  static bool is_mysql() { return GetParam().name != "sqlite"; }

  Database database_;
  connectors::Connection connection_;
};

INSTANTIATE_TEST_SUITE_P(Connectors, Conformance, testing::ValuesIn(backends()),
                         [](const auto& param) { return param.param.name; });

TEST_P(Conformance, ValuesComeBackAsTheyWentIn) {
  create_values_table();
  const std::string emoji = "Zoë paid 3 € 🎉 'quoted' \\ \n";
  const std::string bytes("\0\xff\x80\0a", 5);
  const std::vector<Row> rows = {
      {number(1), std::numeric_limits<std::int64_t>::max(), emoji, Blob{bytes}, 0.1},
      {number(2), std::numeric_limits<std::int64_t>::min(), text(""), Blob{}, -1e308},
      {number(3), Value{}, Value{}, Value{}, Value{}},
      {number(4), number(0), text("0"), Blob{"0"}, 5e-324},
  };
  const db::StatementText insert("INSERT INTO v VALUES (?, ?, ?, ?, ?)");
  for (const bool looks : {false, true}) {
    run("DELETE FROM v");
    for (const Row& row : rows) {
      if (looks) {
        ASSERT_OK(
            session().execute_known(insert, std::vector<db::ValueView>(row.begin(), row.end())));
      } else {
        run(insert.sql(), row);
      }
    }
    expect_values(rows);
  }
}

TEST_P(Conformance, AValueIsWhatAViewOfItSays) {
  const std::vector<Value> values = {
      Value{},      number(-7),   std::uint64_t{7}, 0.5,   db::Decimal{"1.50"},
      text("1.50"), Blob{"1.50"}, text(""),         Blob{}};
  for (const Value& a : values) {
    EXPECT_EQ(db::ValueView(a).value(), a);
    for (const Value& b : values) {
      EXPECT_EQ(db::ValueView(a) == db::ValueView(b), a == b) << display(a) << ", " << display(b);
    }
  }
}

TEST_P(Conformance, KnownStatementsTakeValuesThatStatementsTake) {
  create_values_table();
  const db::StatementText insert("INSERT INTO v (id, d) VALUES (?, ?)");
  const Value more_than_signed = std::uint64_t{1} << 63U, decimal = db::Decimal{"0.5"};
  const Value one = number(1), two = number(2), three = number(3);
  ASSERT_OK(session().execute_known(insert, std::vector<db::ValueView>{one, decimal}));
  EXPECT_EQ(session().scalar("SELECT d FROM v WHERE id = 1").value(), Value(0.5));
  const std::vector<db::ValueView> large = {two, more_than_signed};
  for (int time = 0; time < 2; ++time) {
    const auto done = session().execute_known(insert, large);
    EXPECT_EQ(done.has_value(), is_mysql() && time == 0);
  }
  ASSERT_OK(session().execute_known(insert, std::vector<db::ValueView>{three, one}));
  // What a statement returns is nobody's to look at.
  const db::StatementText select("SELECT id FROM v WHERE id > ?");
  for (int time = 0; time < 2; ++time) {
    ASSERT_OK(session().execute_known(select, std::vector<db::ValueView>{Value(number(0))}));
  }
  EXPECT_EQ(db::as_int64(session().scalar("SELECT COUNT(*) FROM v").value()), is_mysql() ? 3 : 2);
}

TEST_P(Conformance, LongValuesAreWhole) {
  create_values_table();
  for (const std::size_t size : {1023U, 1024U, 1025U, 70'000U, 3'000'000U}) {
    std::string long_text(size, 'x');
    long_text.back() = 'y';
    std::string bytes(size, '\0');
    bytes.back() = '\1';
    run("DELETE FROM v");
    run("INSERT INTO v VALUES (1, NULL, ?, ?, NULL)", {long_text, Blob{bytes}});
    for (const std::string sql : {"SELECT t, b FROM v WHERE id = ?", "SELECT t, b FROM v"}) {
      const bool prepared = sql.find('?') != std::string::npos;
      const auto row =
          session().row(sql, prepared ? std::vector<Value>{number(1)} : std::vector<Value>{});
      ASSERT_OK(row);
      EXPECT_TRUE(row.value()->at(0) == Value{long_text}) << size << sql;
      EXPECT_TRUE(row.value()->at(1) == Value{Blob{bytes}}) << size << sql;
    }
  }
}

TEST_P(Conformance, TheFirstRowComesAloneAndLeavesNothingOpen) {
  create_numbers(10);
  const auto first = [&](const std::string& sql, std::int64_t id, Row& row) {
    return session().first_row(sql, std::vector{number(id)}, row);
  };
  Row row = {text("what was there before"), Value{}, Value{}};
  const std::string all = "SELECT * FROM n WHERE id > ? ORDER BY id";
  EXPECT_TRUE(first(all, 3, row).value());
  EXPECT_EQ(row, (Row{number(4), number(4)}));
  EXPECT_FALSE(first(all, 100, row).value());
  EXPECT_FALSE(session().row(all, std::vector{number(100)}).value().has_value());
  EXPECT_TRUE(first("SELECT nothing FROM n WHERE id = ?", 1, row).has_error());
  run("ALTER TABLE n ADD COLUMN more INT");  // would wait for, or refuse, what is open
  EXPECT_TRUE(first(all, 8, row).value());
  EXPECT_EQ(row, (Row{number(9), number(2), Value{}}));
  run("DROP TABLE n");
  EXPECT_TRUE(first(all, 8, row).has_error());
}

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
TEST_P(Conformance, KnownStatementsAreNotMixedUp) {
  create_numbers(1);
  run("UPDATE n SET amount = 0");
  std::vector<db::StatementText> texts;
  for (int i = 0; i < 100; ++i) {
    texts.emplace_back("UPDATE n SET amount = amount + " + std::to_string(i) + " WHERE id = ?");
  }
  const Value first = number(1);
  const std::vector<Value> key = {first};
  const std::vector<db::ValueView> one = {first};
  std::int64_t expected = 0;
  for (const std::size_t used : {3U, 100U, 20U}) {
    for (int round = 0; round < 3; ++round) {
      for (std::size_t i = 0; i < used; ++i) {
        ASSERT_OK(session().execute_known(texts[i], one));
        if (i % 7 == 0) run(texts[i].sql(), key);
        expected += static_cast<std::int64_t>(i % 7 == 0 ? 2 * i : i);
      }
    }
    EXPECT_EQ(db::as_int64(session().scalar("SELECT amount FROM n").value()), expected);
  }

  EXPECT_EQ(error_of(session().execute_known(texts[1], {})).code, ErrorCode::invalid_argument);
  Error inner;
  ASSERT_OK(session().query("SELECT id FROM n", {}, [&](const Row&) -> Result<Flow> {
    inner = error_of(session().execute_known(texts[1], one));
    return Flow::more;
  }));
  EXPECT_EQ(inner.code, ErrorCode::invalid_argument);
  run("ALTER TABLE n ADD COLUMN note INT");
  ASSERT_OK(session().execute_known(texts[1], one));
  EXPECT_EQ(db::as_int64(session().scalar("SELECT amount FROM n").value()), expected + 1);
}

// Where the short way is none, the long way has to do: together they are first_row().
TEST_P(Conformance, TheQuickFirstRowIsTheFirstRow) {
  create_numbers(3);
  std::vector<db::StatementText> texts;
  for (int i = 0; i < 100; ++i) {
    texts.emplace_back("SELECT id, " + std::to_string(i) + " FROM n WHERE id >= ? ORDER BY id");
  }
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Row row = {text("before")};
      std::optional<Error> why;
      for (const std::int64_t id : {1, 3, 9}) {
        const std::vector<Value> key = {number(id)};
        if (session().quick_first_row(texts[i], key, row, why) != 0) {
          ASSERT_FALSE(why) << describe(*why);
          const auto found = session().first_row(texts[i].sql(), key, row);
          ASSERT_OK(found);
          if (!*found) row.clear();
        }
        ASSERT_EQ(row, id == 9 ? Row{} : Row({number(id), number(static_cast<std::int64_t>(i))}));
      }
    }
  }
  run("DROP TABLE n");
  Row row;
  std::optional<Error> why;
  const std::vector<Value> one = {number(1)};
  EXPECT_NE(session().quick_first_row(texts[1], one, row, why), 0);
  const auto slowly = session().first_row(texts[1].sql(), one, row);
  EXPECT_EQ(error_of(slowly).code, ErrorCode::statement_failed);
  if (why) {
    EXPECT_EQ(why->message, error_of(slowly).message);
  }
}

TEST_P(Conformance, ParametersMayChangeTheirTypes) {
  create_values_table();
  std::int64_t id = 0;
  for (const Value& value : {number(7), text("7"), Value{}, Value{7.0}, number(-1)}) {
    run("INSERT INTO v (id, i) VALUES (?, ?)", {number(++id), value});
  }
  EXPECT_EQ(session().scalar("SELECT count(*) FROM v WHERE i = 7").value(), number(3));
}

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
