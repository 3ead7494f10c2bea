// Typed reads: what fields can hold, what is refused, and many keys.
#include <fmt/format.h>

#include "tests/integration/engine_reader_support.hpp"

namespace keepsum::test {
namespace {

using testing::HasSubstr;

class Reading : public EngineOnBoth {};
KEEPSUM_ON_BOTH(Reading);

// Every kind of column that a summary can have.
struct Kinds {
  db::Decimal total;
  std::int64_t total_as_integer = 0;
  std::uint64_t rows = 0;
  db::Decimal rows_as_decimal;
  bool has_big = false;
  bool had_big = false;
  std::int64_t has_big_as_integer = 0;
  std::optional<std::string> last_name;
  std::optional<std::string> first_day;
  std::optional<db::Blob> token;
  double weight = 0;
  std::optional<db::Decimal> cents;
  std::optional<std::int64_t> largest;
  db::Value largest_as_value;
  int untouched = 7;
};

// SQLite has no exact decimals: there, cents are an integer.
std::string kinds_spec() {
  return R"json("kinds": {"from": "things x", "group_by": {"card": "x.card"}, "allow_float": true,
    "aggregates": {"total": "sum(x.amount)", "rows_": "count(*)", "has_big": "any(x.amount > 100)",
      "had_big": "latch(x.amount > 100)", "last_name": "max(x.name)", "first_day": "min(x.day)",
      "token": "max(x.token)", "weight": "sum(x.weight)", "cents": "max(x.cents)",
      "largest": "max(x.amount)", "mean": "avg(x.amount)"}})json";
}

std::vector<std::string> kinds_tables(bool mariadb) {
  return {
      fmt::format("CREATE TABLE things (id BIGINT PRIMARY KEY, card BIGINT NOT NULL, amount "
                  "BIGINT NOT NULL, name VARCHAR(20), day {}, token {}, weight DOUBLE, cents {})",
                  mariadb ? "DATE" : "TEXT", mariadb ? "VARBINARY(20)" : "BLOB",
                  mariadb ? "DECIMAL(10,2)" : "INTEGER"),
      "INSERT INTO things VALUES (1, 1, 500, 'Zoë', '2024-02-29', X'00FF', 0.5, 12), "
      "(2, 1, -20, 'Ann', '2023-01-31', X'00', 0.25, 3)"};
}

Result<Reader<Kinds>> kinds_reader(const Summaries& summaries) {
  return Reader<Kinds>::make(
      summaries, "kinds", field("total", &Kinds::total), field("total", &Kinds::total_as_integer),
      field("rows_", &Kinds::rows), field("rows_", &Kinds::rows_as_decimal),
      field("has_big", &Kinds::has_big), field("had_big", &Kinds::had_big),
      field("has_big", &Kinds::has_big_as_integer), field("last_name", &Kinds::last_name),
      field("first_day", &Kinds::first_day), field("token", &Kinds::token),
      field("weight", &Kinds::weight), field("cents", &Kinds::cents),
      field("largest", &Kinds::largest), field("largest", &Kinds::largest_as_value));
}

void expect_kinds_of_card_1(const Kinds& card, bool mariadb) {
  EXPECT_EQ(card.total.text, "480");
  EXPECT_EQ(card.total_as_integer, 480);
  EXPECT_EQ(card.rows, 2U);
  EXPECT_EQ(card.rows_as_decimal.text, "2");
  EXPECT_TRUE(card.has_big);
  EXPECT_TRUE(card.had_big);
  EXPECT_EQ(card.has_big_as_integer, 1);
  EXPECT_EQ(card.last_name, "Zoë");
  EXPECT_EQ(card.first_day, "2023-01-31");
  EXPECT_EQ(card.token, (db::Blob{std::string("\0\xff", 2)}));
  EXPECT_EQ(card.weight, 0.75);
  EXPECT_EQ(card.cents->text, mariadb ? "12.00" : "12");
  EXPECT_EQ(card.largest, 500);
  EXPECT_EQ(db::as_int64(card.largest_as_value), 500);
  EXPECT_EQ(card.untouched, 7);
}

void expect_empty(const Kinds& card) {
  EXPECT_EQ(card.total.text, "0");
  EXPECT_EQ(card.total_as_integer, 0);
  EXPECT_EQ(card.rows, 0U);
  EXPECT_EQ(card.rows_as_decimal.text, "0");
  EXPECT_FALSE(card.has_big || card.had_big);
  EXPECT_EQ(card.weight, 0);
  EXPECT_FALSE(card.last_name || card.first_day || card.token || card.cents || card.largest);
  EXPECT_TRUE(db::is_null(card.largest_as_value));
}

// The same struct, wherever the answer comes from.
TEST_P(Reading, EveryFieldTypeFromSourceAndSummary) {
  run_all(kinds_tables(on_mariadb()));
  Application app(*this, {}, kinds_spec());
  const auto reader = must(kinds_reader(app.summaries()));
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::source);
  for (const bool live : {false, true}) {
    SCOPED_TRACE(live ? "live" : "never applied");
    if (live) apply(kinds_spec());
    EXPECT_EQ(must(reader.state(app.session())), live ? ReadsFrom::summary : ReadsFrom::source);
    expect_kinds_of_card_1(must(reader.get(app.session(), {1L})), on_mariadb());
    expect_empty(must(reader.get(app.session(), {999L})));
    const std::vector<GroupKey> keys{{999L}, {1L}, {998L}};
    const auto many = must(reader.get_many(app.session(), keys));
    ASSERT_EQ(many.size(), 3U);
    expect_empty(many[0]);
    expect_kinds_of_card_1(many[1], on_mariadb());
    expect_empty(many[2]);
  }
  app.run(on_mariadb() ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  expect_kinds_of_card_1(must(reader.get_for_update(app.session(), {1L})), on_mariadb());
  expect_empty(must(reader.get_for_update(app.session(), {999L})));
  app.run("COMMIT");
}

struct Misfits {
  std::int64_t no_such = 0, card = 0, largest = 0;
  bool total = false;
  std::string rows;
  double mean = 0;
  std::optional<std::int64_t> last_name;
};

TEST_P(Reading, RefusesEveryFaultAtOnce) {
  run_all(kinds_tables(on_mariadb()));
  Application app(*this, {}, kinds_spec());
  const auto reader =
      Reader<Misfits>::make(app.summaries(), "kinds", field("no_such", &Misfits::no_such),
                            field("card", &Misfits::card), field("largest", &Misfits::largest),
                            field("total", &Misfits::total), field("rows_", &Misfits::rows),
                            field("mean", &Misfits::mean), field("last_name", &Misfits::last_name));
  ASSERT_TRUE(reader.has_error());
  EXPECT_EQ(reader.error().code, ErrorCode::invalid_argument);
  for (const char* const fault :
       {"there is no column `no_such`", "`card` is part of the key", "`largest` may be NULL",
        "`total` is", "`rows_` is integer", "`mean`", "`last_name` is text"}) {
    EXPECT_THAT(reader.error().message, HasSubstr(fault));
  }
  const auto unknown =
      Reader<Kinds>::make(app.summaries(), "nothing", field("total", &Kinds::total));
  ASSERT_TRUE(unknown.has_error());
  EXPECT_THAT(unknown.error().message, HasSubstr("kinds"));
  const auto empty = Reader<Kinds>::make(app.summaries(), "kinds");
  ASSERT_TRUE(empty.has_error());
  EXPECT_EQ(empty.error().code, ErrorCode::invalid_argument);

  const auto good = must(kinds_reader(app.summaries()));
  for (const GroupKey& key : {GroupKey{}, GroupKey{1L, 2L}, GroupKey{db::Value()}}) {
    EXPECT_EQ(code_of(good.get(app.session(), key)), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(good.get_many(app.session(), std::vector<GroupKey>{{1L}, key})),
              ErrorCode::invalid_argument);
    EXPECT_EQ(code_of(good.latched(app.session(), key, "has_big")), ErrorCode::invalid_argument);
  }
  EXPECT_EQ(code_of(good.latched(app.session(), {1L}, "total")), ErrorCode::invalid_argument);
  EXPECT_EQ(code_of(good.get_for_update(app.session(), {1L})), ErrorCode::not_in_transaction);
}

struct Numbers {
  std::int64_t signed_ = 0;
};
struct Unsigned {
  std::uint64_t unsigned_ = 0;
};

// A wrong number is never given for one that does not fit.
TEST_P(Reading, OutOfRangeIsAnError) {
  run_all(kinds_tables(on_mariadb()));
  run_all(
      {"INSERT INTO things (id, card, amount) VALUES (10, 2, -1), "
       "(11, 3, 9223372036854775807)"});
  if (on_mariadb()) run("INSERT INTO things (id, card, amount) VALUES (12, 3, 1)");
  apply(kinds_spec());
  Application app(*this, {}, kinds_spec());
  const auto numbers =
      must(Reader<Numbers>::make(app.summaries(), "kinds", field("total", &Numbers::signed_)));
  const auto unsigneds =
      must(Reader<Unsigned>::make(app.summaries(), "kinds", field("total", &Unsigned::unsigned_)));
  EXPECT_EQ(must(numbers.get(app.session(), {2L})).signed_, -1);
  EXPECT_EQ(code_of(unsigneds.get(app.session(), {2L})), ErrorCode::invalid_argument);
  EXPECT_EQ(must(unsigneds.get(app.session(), {3L})).unsigned_,
            on_mariadb() ? 9223372036854775808U : 9223372036854775807U);
  EXPECT_EQ(numbers.get(app.session(), {3L}).has_error(), on_mariadb());
}

TEST_P(Reading, ManyKeysInTheirOrder) {
  run_all(payments_tables());
  for (int card = 0; card < 700; ++card) {
    run(fmt::format("INSERT INTO payments VALUES ({}, {}, {}, 1)", card, card * 2, card));
  }
  Application app(*this, {}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  std::vector<GroupKey> keys;
  for (int i = 1500; i >= 0; --i) keys.push_back({std::int64_t{i}});
  keys.push_back({std::uint64_t{8}});
  keys.push_back({8L});
  for (const bool live : {false, true}) {
    if (live) apply(cards_spec());
    for (const std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{17}, keys.size()}) {
      const auto some = std::span(keys).last(count);
      const auto cards = must(reader.get_many(app.session(), some));
      ASSERT_EQ(cards.size(), count);
      for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t card = db::as_int64(some[i][0]);
        const bool there = card % 2 == 0 && card < 1400;
        EXPECT_EQ(cards[i].total, there ? card / 2 : 0) << card;
        EXPECT_EQ(cards[i].payments, there ? 1 : 0) << card;
      }
    }
  }
}

struct Count {
  std::int64_t rows = 0;
};

// Keys of which only the database can say whether they are the same.
TEST_P(Reading, ManyKeysOfTextAndOfSeveralColumns) {
  const std::string spec =
      R"json("names": {"from": "people p", "group_by": {"name": "p.name", "day": "p.day"},
             "aggregates": {"rows_": "count(*)"}},
           "days": {"from": "people p", "group_by": {"day": "p.day", "month": "p.month"},
             "aggregates": {"rows_": "count(*)"}})json";
  run_all({fmt::format("CREATE TABLE people (id BIGINT PRIMARY KEY, name VARCHAR(20){} NOT NULL, "
                       "day INT NOT NULL, month INT NOT NULL)",
                       on_mariadb() ? " CHARACTER SET latin1" : " COLLATE NOCASE"),
           "INSERT INTO people VALUES (1, 'ann', 1, 1), (2, 'Ann', 1, 1), (3, 'bob', 2, 7)"});
  Application app(*this, {}, spec);
  const auto names =
      must(Reader<Count>::make(app.summaries(), "names", field("rows_", &Count::rows)));
  const auto days =
      must(Reader<Count>::make(app.summaries(), "days", field("rows_", &Count::rows)));
  const std::vector<GroupKey> by_name{{"ANN", 1L}, {"zoë", 1L}, {"ann", 1L},
                                      {"bob", 2L}, {"bob", 1L}, {"ann", 1L}};
  const std::vector<GroupKey> by_day{{1L, 1L}, {1L, 7L}, {2L, 7L}, {1L, 1L}, {7L, 2L}};
  for (const bool live : {false, true}) {
    SCOPED_TRACE(live);
    if (live) apply(spec);
    std::vector<std::int64_t> found;
    for (const Count& count : must(names.get_many(app.session(), by_name))) {
      found.push_back(count.rows);
    }
    for (const Count& count : must(days.get_many(app.session(), by_day))) {
      found.push_back(count.rows);
    }
    EXPECT_EQ(found, (std::vector<std::int64_t>{2, 0, 2, 1, 0, 2, 2, 0, 1, 2, 0}));
  }
}

}  // namespace
}  // namespace keepsum::test
