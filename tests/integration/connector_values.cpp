// The laws of the Session port: values and parameters come through as they are, whichever way a
// statement takes.
#include <limits>
#include <optional>

#include "tests/integration/connector_conformance.hpp"

namespace keepsum::test {
namespace {

using db::Blob;
using db::Flow;
using db::Row;
using db::Value;

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

}  // namespace
}  // namespace keepsum::test
