// Types on which sums, keys and comparisons go wrong elsewhere: the laws of both databases.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class Types : public EngineOnBoth {
 protected:
  // Runs each statement and holds the summary against `recompute` after it.
  void play(const std::vector<std::string>& statements, const std::string& recompute) {
    expect_equal(recompute);
    for (const std::string& statement : statements) {
      run(statement);
      expect_equal(recompute);
      if (HasFailure()) return;
    }
  }
};
KEEPSUM_ON_BOTH(Types);

// 'abc', 'ABC' are one group, and so is 'abc ' where the collation pads.
TEST_P(Types, CaseInsensitiveKey) {
  const std::string ci =
      on_mariadb() ? "VARCHAR(20) COLLATE utf8mb4_general_ci" : "VARCHAR(20) COLLATE NOCASE";
  run_all({fmt::format("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, name {} NOT NULL, "
                       "amount BIGINT)",
                       ci),
           "CREATE INDEX payments_name ON payments (name)",
           "INSERT INTO payments VALUES (1, 'abc', 1), (2, 'ABC', 2), (3, 'Abc', 4), "
           "(4, 'zed', 8), (5, 'ABC', 16), (6, 'abc', 32)"});
  apply(R"json("names": {"from": "payments p", "group_by": {"name": "p.name"},
               "aggregates": {"total": "sum(p.amount)", "most": "max(p.amount)"}})json");
  play({"INSERT INTO payments VALUES (7, 'aBC', 64), (8, 'ZED', 128), (9, 'abc ', 256)",
        "UPDATE payments SET name = UPPER(name)", "DELETE FROM payments WHERE name = 'abc'",
        "INSERT INTO payments VALUES (10, 'Abc', NULL), (11, 'abC', 3)",
        "UPDATE payments SET name = LOWER(name), amount = amount + 1",
        "DELETE FROM payments WHERE id > 9"},
       "SELECT name, COALESCE(SUM(amount), 0) AS total, MAX(amount) AS most FROM payments "
       "GROUP BY name");
}

// The greatest and the least text by the column's own order, also with a filter and in a delta
// of many rows.
TEST_P(Types, ExtremesOfCaseInsensitiveText) {
  const std::string ci =
      on_mariadb() ? "VARCHAR(20) COLLATE utf8mb4_general_ci" : "VARCHAR(20) COLLATE NOCASE";
  run_all({"CREATE TABLE cards (id BIGINT NOT NULL PRIMARY KEY, open INT NOT NULL)",
           fmt::format("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT "
                       "NULL, name {}, counted INT NOT NULL)",
                       ci),
           "CREATE INDEX payments_card ON payments (card)",
           "INSERT INTO cards VALUES (1, 1), (2, 0)",
           "INSERT INTO payments VALUES (1, 1, 'a', 1), (2, 1, 'B', 1), (3, 1, 'c', 0), "
           "(4, 2, 'Z', 1), (5, 2, 'a', 1), (6, 2, 'b', 1), (7, 2, 'B', 1), (8, 2, 'A', 0)"});
  apply(R"json("cards_names": {"from": "cards c", "joins": ["payments p ON p.card = c.id"],
               "where": "c.open = 1", "group_by": {"card": "c.id"},
               "aggregates": {"most": "max(p.name)", "least": "min(p.name)",
                              "most_counted": "max(p.name) FILTER (WHERE p.counted = 1)",
                              "least_counted": "min(p.name) FILTER (WHERE p.counted = 1)"}})json");
  const std::string only = on_mariadb() ? "CASE WHEN p.counted = 1 THEN p.name END"
                                        : "CASE WHEN p.counted = 1 THEN p.name END COLLATE NOCASE";
  play({"UPDATE cards SET open = 1", "UPDATE payments SET card = 3 - card",
        "DELETE FROM payments WHERE id = 4", "UPDATE cards SET open = 1 - open",
        "UPDATE cards SET open = 1", "UPDATE payments SET name = UPPER(name)",
        "INSERT INTO payments VALUES (20, 1, 'zz', 1), (21, 1, 'ZZ', 1)",
        "DELETE FROM payments WHERE id = 20", "UPDATE payments SET counted = 1 - counted",
        "DELETE FROM payments"},
       fmt::format("SELECT c.id AS card, MAX(p.name) AS most, MIN(p.name) AS least, MAX({0}) AS "
                   "most_counted, MIN({0}) AS least_counted FROM cards c JOIN payments p ON "
                   "p.card = c.id WHERE c.open = 1 GROUP BY c.id",
                   only));
}

TEST_P(Types, EmojiAndQuotesInKeysAndLiterals) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, "
       "amount BIGINT)"});
  const std::string insert = "INSERT INTO payments VALUES ";
  apply(R"json("names": {"from": "payments p",
               "where": "p.name <> 'it''s' AND p.name <> 'a\\b' AND p.name <> '日本'",
               "group_by": {"name": "p.name"},
               "aggregates": {"total": "sum(p.amount)",
                              "party": "count(*) FILTER (WHERE p.name = '🎉')",
                              "like_b": "count(*) FILTER (WHERE p.name LIKE '%\"%')",
                              "said": "count(*) FILTER (WHERE concat(p.name, '''') = 'x''')"}})json");
  const std::string backslash = on_mariadb() ? "a\\\\b" : "a\\b";
  play({insert + "(1, '🎉', 1), (2, '🎉🎉', 2), (3, 'it''s', 4), (4, '日本', 8), (5, 'x', 16)",
        insert + "(6, '" + backslash + "', 32), (7, 'say \"hi\"', 64), (8, '🎊', 128)",
        "UPDATE payments SET name = '日本語' WHERE id = 4",
        "UPDATE payments SET name = '🎉' WHERE id IN (3, 6)", "DELETE FROM payments WHERE id < 3"},
       fmt::format("SELECT name, SUM(amount) AS total, SUM(name = '🎉') AS party, "
                   "SUM(name LIKE '%\"%') AS like_b, SUM(name = 'x') AS said FROM payments "
                   "WHERE name <> 'it''s' AND name <> '{}' AND name <> '日本' GROUP BY name",
                   backslash));
}

TEST_P(Types, DatesAndDateTimes) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, day DATE NOT NULL, "
       "at DATETIME NOT NULL, due DATE)",
       "CREATE INDEX payments_day ON payments (day)",
       "INSERT INTO payments VALUES (1, '2026-02-28', '2026-02-28 23:59:59', NULL), "
       "(2, '2026-02-28', '2026-03-01 00:00:00', '2026-04-01')"});
  apply(R"json("days": {"from": "payments p", "group_by": {"day": "p.day"},
               "aggregates": {"n": "count(*)", "first": "min(p.at)", "last": "max(p.at)",
                              "due": "max(p.due)",
                              "late": "count(*) FILTER (WHERE p.at >= '2026-03-01')",
                              "spring": "any(p.due BETWEEN '2026-03-01' AND '2026-05-31')"}})json");
  play({"INSERT INTO payments VALUES (3, '2026-03-01', '2026-03-01 12:00:00', '2027-01-01'), "
        "(4, '2026-03-01', '0001-01-01 00:00:00', NULL), "
        "(5, '9999-12-31', '9999-12-31 23:59:59', '9999-12-31')",
        "UPDATE payments SET day = '2026-03-01'", "UPDATE payments SET due = '2026-03-15'",
        "UPDATE payments SET at = '2026-06-01 10:00:00' WHERE id = 5",
        "DELETE FROM payments WHERE id IN (4, 5)", "UPDATE payments SET due = NULL"},
       "SELECT day, COUNT(*) AS n, MIN(at) AS first, MAX(at) AS last, MAX(due) AS due, "
       "SUM(CASE WHEN at >= '2026-03-01' THEN 1 ELSE 0 END) AS late, MAX(CASE WHEN due BETWEEN "
       "'2026-03-01' AND '2026-05-31' THEN 1 ELSE 0 END) AS spring FROM payments GROUP BY day");
}

TEST_P(Types, KeysThatAreExpressions) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, at DATETIME NOT NULL, "
       "name VARCHAR(20) NOT NULL, amount BIGINT NOT NULL)",
       "INSERT INTO payments VALUES (1, '2026-02-28 23:59:59', 'Ann', 5)"});
  apply(R"json("parts": {"from": "payments p", "where":
               "date(p.at) IS NOT NULL AND year(p.at) IS NOT NULL AND hour(p.at) IS NOT NULL",
               "group_by": {"year": "year(p.at)", "day": "date(p.at)", "hour": "hour(p.at)",
                            "who": "concat(lower(p.name), '-', substr(p.name, 1, 1))",
                            "size":
               "CASE WHEN p.amount > 10 THEN 'big' WHEN p.amount < 0 THEN 'low' ELSE 'small' END",
                            "rest": "mod(abs(p.amount), 3)"},
               "aggregates": {"n": "count(*)", "total": "sum(p.amount)"}})json");
  const std::string year = on_mariadb() ? "YEAR(at)" : "CAST(strftime('%Y', at) AS INTEGER)";
  const std::string hour = on_mariadb() ? "HOUR(at)" : "CAST(strftime('%H', at) AS INTEGER)";
  const std::string who = on_mariadb() ? "CONCAT(LOWER(name), '-', SUBSTR(name, 1, 1))"
                                       : "LOWER(name) || '-' || SUBSTR(name, 1, 1)";
  const std::string keys = fmt::format(
      "{} AS year, DATE(at) AS day, {} AS hour, {} AS who, CASE WHEN amount > 10 THEN 'big' WHEN "
      "amount < 0 THEN 'low' ELSE 'small' END AS size, ABS(amount) % 3 AS rest",
      year, hour, who);
  play({"INSERT INTO payments VALUES (2, '2026-12-31 00:00:00', 'Bob', 50), "
        "(3, '2026-12-31 23:00:00', 'Bob', -4), (4, '2026-12-31 23:30:00', 'Bob', -4)",
        "UPDATE payments SET amount = amount + 3", "UPDATE payments SET at = '2027-01-01 00:00:01'",
        "UPDATE payments SET name = 'Cy' WHERE id > 2", "DELETE FROM payments WHERE id = 2"},
       fmt::format("SELECT year, day, hour, who, size, rest, COUNT(*) AS n, SUM(amount) AS total "
                   "FROM (SELECT {}, amount FROM payments) x GROUP BY year, day, hour, who, size, "
                   "rest",
                   keys));
}

// The ends of 64 bits: exact where the sum fits, an error that leaves no trace where it does not.
TEST_P(Types, LargestIntegers) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
       "amount BIGINT)",
       "INSERT INTO payments VALUES (1, 9223372036854775807, 9223372036854775806), "
       "(2, -9223372036854775808, -9223372036854775807), (3, 0, 1)"});
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
               "aggregates": {"total": "sum(p.amount)", "most": "max(p.amount)",
                              "least": "min(p.amount)"}})json");
  const std::string recompute =
      "SELECT card, COALESCE(SUM(amount), 0) AS total, MAX(amount) AS most, MIN(amount) AS least "
      "FROM payments GROUP BY card";
  play({"INSERT INTO payments VALUES (4, 9223372036854775807, 1)",
        "UPDATE payments SET card = 9223372036854775807 WHERE id = 2",
        "UPDATE payments SET amount = amount + 1 WHERE id = 1"},
       recompute);
  if (on_mariadb()) {
    play({"INSERT INTO payments VALUES (5, 9223372036854775807, 9223372036854775807), "
          "(6, 9223372036854775807, 9223372036854775807)",
          "DELETE FROM payments WHERE id = 5"},
         recompute);
    return;
  }
  run_all({"DELETE FROM payments WHERE id = 4", "DELETE FROM payments WHERE id = 2"});
  const auto before = lines("SELECT * FROM cards ORDER BY card");
  for (const char* overflow : {"INSERT INTO payments VALUES (5, 9223372036854775807, 1)",
                               "INSERT OR IGNORE INTO payments VALUES (5, 9223372036854775807, 1)",
                               "INSERT OR REPLACE INTO payments VALUES (5, 9223372036854775807, 1)",
                               "UPDATE OR IGNORE payments SET card = 9223372036854775807"}) {
    fails(overflow);
    EXPECT_EQ(lines("SELECT * FROM cards ORDER BY card"), before) << overflow;
    expect_equal(recompute);
  }
}

TEST_P(Types, FloatsWithinATolerance) {
  const std::string real = on_mariadb() ? "DOUBLE" : "REAL";
  run_all({fmt::format("CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT "
                       "NULL, amount {})",
                       real),
           "INSERT INTO payments VALUES (1, 1, 0.1), (2, 1, 0.2), (3, 2, 1e4)"});
  const std::string summary = R"json("cards": {"from": "payments p", "allow_float": ALLOWED,
      "group_by": {"card": "p.card"}, "aggregates": {"total": "sum(p.amount)",
      "mean": "avg(p.amount)", "most": "max(p.amount)"}})json";
  const auto with = [&](std::string text, const std::string& allowed) {
    return text.replace(text.find("ALLOWED"), 7, allowed);
  };
  EXPECT_THAT(error_codes(compile(with(summary, "false"))), testing::Contains("float-money"));
  apply(with(summary, "true"));
  play({"INSERT INTO payments VALUES (4, 1, 0.3), (5, 1, 1e5), (6, 2, -1e4), (7, 2, 0.7)",
        "DELETE FROM payments WHERE id = 5", "UPDATE payments SET amount = amount * 1.1",
        "UPDATE payments SET card = 3 - card", "DELETE FROM payments WHERE card = 1"},
       "SELECT card, SUM(amount) AS total, AVG(amount) AS mean, MAX(amount) AS most FROM payments "
       "GROUP BY card");
}

}  // namespace
}  // namespace keepsum::test
