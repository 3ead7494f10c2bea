// Types that only MySQL and MariaDB have.
#include <fmt/format.h>

#include "tests/integration/engine_support.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {
namespace {

class MariadbTypes : public EngineOnMariadb {
 protected:
  // Runs a statement in a session that `setting` has been set in.
  void run_with(const std::string& setting, const std::string& statement) {
    const auto session = connect();
    for (const std::string& each : {setting, statement}) {
      const auto done = session->execute(each);
      EXPECT_TRUE(done.has_value()) << each << "\n" << describe(done.error());
    }
  }
};

// A difference below zero, and a total that passes below zero, whatever the writer's sql_mode.
TEST_F(MariadbTypes, UnsignedOfEverySize) {
  struct Size {
    const char* type;
    const char* largest;
  };
  for (const Size& size :
       {Size{"TINYINT", "255"}, Size{"SMALLINT", "65535"}, Size{"MEDIUMINT", "16777215"},
        Size{"INT", "4294967295"}, Size{"BIGINT", "18446744073709551615"}}) {
    SCOPED_TRACE(size.type);
    const std::string table = fmt::format("n_{}", size.type);
    run(
        fmt::format("CREATE TABLE {0} (id BIGINT PRIMARY KEY, card {1} UNSIGNED NOT NULL, "
                    "a {1} UNSIGNED, b {1} UNSIGNED NOT NULL)",
                    table, size.type));
    run(fmt::format("INSERT INTO {} VALUES (1, {}, 0, {}), (2, 1, 5, 9)", table, size.largest,
                    size.largest));
    apply(fmt::format(R"json("s_{0}": {{"from": "{1} p", "group_by": {{"card": "p.card"}},
        "aggregates": {{"total": "sum(p.a)", "gap": "sum(p.a - p.b)", "minus": "sum(-p.a)",
                       "most": "max(p.a)", "least": "min(p.a - p.b)", "mean": "avg(p.a)",
                       "under": "count(*) FILTER (WHERE p.a - p.b < 0)",
                       "size": "sum(abs(p.a))"}}}})json",
                      size.type, table));
    const std::string wide_a = "CAST(a AS DECIMAL(30,0))";
    const std::string gap = wide_a + " - CAST(b AS DECIMAL(30,0))";
    const std::string recompute = fmt::format(
        "SELECT card, COALESCE(SUM({0}), 0) AS total, COALESCE(SUM({1}), 0) AS gap, "
        "COALESCE(-SUM({0}), 0) AS minus, MAX(a) AS most, MIN({1}) AS least, "
        "ROUND(SUM({0}) / COUNT(a), 4) AS mean, COUNT(CASE WHEN {1} < 0 THEN 1 END) AS under, "
        "COALESCE(SUM({0}), 0) AS size FROM {2} GROUP BY card",
        wide_a, gap, table);
    expect_equal(recompute);
    const std::string insert = fmt::format("INSERT INTO {} VALUES ", table);
    for (const char* mode : {"STRICT_TRANS_TABLES", "NO_UNSIGNED_SUBTRACTION", "", "TRADITIONAL"}) {
      const std::string setting = fmt::format("SET sql_mode = '{}'", mode);
      for (const std::string& statement :
           {insert +
                fmt::format("(10, {0}, {0}, 0), (11, 1, {0}, {0}), (12, 1, 0, {0})", size.largest),
            insert + fmt::format("(13, {}, NULL, 1), (14, 3, 1, 1)", size.largest),
            fmt::format("UPDATE {} SET b = a, a = b WHERE id IN (10, 12)", table),
            fmt::format("UPDATE {} SET card = 3 WHERE id < 12", table),
            fmt::format("DELETE FROM {} WHERE id >= 10", table),
            fmt::format("UPDATE {} SET card = 4 - card WHERE id < 3", table)}) {
        run_with(setting, statement);
        expect_equal(recompute);
        if (HasFailure()) return;
      }
    }
  }
}

TEST_F(MariadbTypes, DecimalMoneyToItsEnds) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, card DECIMAL(10,2) NOT NULL, "
      "amount DECIMAL(20,4), fee DECIMAL(20,4) UNSIGNED NOT NULL, rate DECIMAL(9,8) NOT NULL)");
  run("CREATE INDEX payments_card ON payments (card)");
  run("INSERT INTO payments VALUES (1, 1.50, 9999999999999999.9999, 0.0001, 1), "
      "(2, 1.50, -9999999999999999.9999, 9999999999999999.9999, 0.12345678), "
      "(3, -1.50, 0.0001, 1, 0.5)");
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount)", "fees": "sum(p.fee)", "net": "sum(p.amount - p.fee)",
                     "charged": "sum(p.amount * p.rate)", "mean": "avg(p.amount)",
                     "most": "max(p.amount - p.fee)", "least": "min(p.fee)",
                     "cents": "sum(CAST(p.amount * 100 AS INTEGER))"}})json");
  const std::string recompute =
      "SELECT card, COALESCE(SUM(amount), 0) AS total, SUM(fee) AS fees, "
      "COALESCE(SUM(amount - CAST(fee AS DECIMAL(30,4))), 0) AS net, "
      "COALESCE(SUM(amount * rate), 0) AS charged, ROUND(SUM(amount) / COUNT(amount), 8) AS mean, "
      "MAX(amount - CAST(fee AS DECIMAL(30,4))) AS most, MIN(fee) AS least, "
      "COALESCE(SUM(CAST(amount * 100 AS SIGNED)), 0) AS cents FROM payments GROUP BY card";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (4, 1.50, 9999999999999999.9999, 0.3333, 9.99999999), "
        "(5, 99999999.99, NULL, 9999999999999999.9999, 0), (6, 0, 0.3333, 2.5, 0.33333333)",
        "UPDATE payments SET amount = -amount, card = -card",
        "UPDATE payments SET amount = 1 WHERE card = -1.5 LIMIT 2",
        "UPDATE payments SET rate = rate / 3, fee = fee / 7", "DELETE FROM payments WHERE id = 4",
        "UPDATE payments SET card = 0", "DELETE FROM payments WHERE id > 1"}) {
    run(statement);
    expect_equal(recompute);
  }
}

// As wide as DECIMAL goes: the derived columns must not ask for more digits than there are.
TEST_F(MariadbTypes, WidestDecimals) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, card INT NOT NULL, wide DECIMAL(65,0), "
      "deep DECIMAL(65,30), fine DECIMAL(40,38))");
  run("INSERT INTO payments VALUES (1, 1, 99999999999999999999, 1.000000000000000000000000000001, "
      "0.5)");
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"wide": "sum(p.wide)", "wide_mean": "avg(p.wide)", "deep": "sum(p.deep)",
                     "deep_mean": "avg(p.deep)", "fine": "max(p.fine)", "fine_mean": "avg(p.fine)",
                     "product": "sum(p.wide * p.deep)"}})json");
  const std::string recompute =
      "SELECT card, COALESCE(SUM(wide), 0) AS wide, COALESCE(SUM(deep), 0) AS deep, "
      "MAX(fine) AS fine, ROUND(AVG(fine), 38) AS fine_mean, "
      "COALESCE(SUM(wide * deep), 0) AS product, "
      "ROUND(AVG(wide)) AS wide_mean, ROUND(AVG(deep), 30) AS deep_mean FROM payments GROUP BY "
      "card";
  expect_equal(recompute);
  run("INSERT INTO payments VALUES (2, 1, -5, -2.5, 0.25), (3, 1, NULL, NULL, NULL)");
  expect_equal(recompute);
  run("DELETE FROM payments WHERE id = 1");
  expect_equal(recompute);
}

TEST_F(MariadbTypes, EnumYearTimeAndBinary) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, kind ENUM('sale','refund','a''b') NOT NULL, "
      "made YEAR NOT NULL, took TIME(3), tag VARBINARY(8) NOT NULL, flag BIT(1) NOT NULL, "
      "open BOOLEAN NOT NULL, at DATETIME(6) NOT NULL)");
  run("CREATE INDEX payments_kind ON payments (kind)");
  run("INSERT INTO payments VALUES (1, 'sale', 2026, '10:00:00.5', x'00ff', b'1', TRUE, "
      "'2026-01-01 00:00:00.000001'), (2, 'refund', 1999, '-01:00:00', '', b'0', FALSE, "
      "'2026-01-01'), (3, 'a''b', 2026, NULL, x'ff', b'1', FALSE, '2027-01-01')");
  apply(R"json("kinds": {"from": "payments p",
      "group_by": {"kind": "p.kind", "made": "p.made", "tag": "p.tag"},
      "aggregates": {"n": "count(*)", "longest": "max(p.took)", "first": "min(p.at)",
                     "flagged": "count(*) FILTER (WHERE p.flag)", "open": "any(p.open)",
                     "sales": "count(*) FILTER (WHERE p.kind = 'sale')"}})json");
  const std::string recompute =
      "SELECT kind, made, tag, COUNT(*) AS n, MAX(took) AS longest, MIN(at) AS first, "
      "SUM(flag) AS flagged, MAX(open) AS open, SUM(kind = 'sale') AS sales FROM payments "
      "GROUP BY kind, made, tag";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (4, 'refund', 1999, '00:00:01', '', b'1', TRUE, NOW(6)), "
        "(5, 'sale', 1999, '838:59:59', x'0000', b'1', TRUE, '2020-02-02 02:02:02.020202')",
        "UPDATE payments SET kind = kind % 3 + 1", "UPDATE payments SET took = '00:00:00.001'",
        "UPDATE payments SET made = 2000, tag = x'ff'", "UPDATE payments SET flag = NOT flag",
        "DELETE FROM payments WHERE id IN (1, 4)"}) {
    run(statement);
    expect_equal(recompute);
  }
}

// One latin1 and one utf8mb4 column, in keys, joins, extremes and comparisons with literals.
TEST_F(MariadbTypes, CharacterSets) {
  run("CREATE TABLE cards (code VARCHAR(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci "
      "PRIMARY KEY, owner VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL)");
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, code VARCHAR(20) CHARACTER SET latin1 NOT "
      "NULL, note VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, amount BIGINT, "
      "KEY (code))");
  run("INSERT INTO cards VALUES ('abc', 'Zoë'), ('ünï', 'zoe')");
  run("INSERT INTO payments VALUES (1, 'ABC', 'ü', 1), (2, 'abc ', 'Ü', 2), (3, 'ÜNÏ', '🎉', 4)");
  apply(R"json("owners": {"from": "payments p", "joins": ["cards c ON c.code = p.code"],
      "group_by": {"code": "p.code", "owner": "c.owner"},
      "aggregates": {"total": "sum(p.amount)", "last": "max(p.note)", "first": "min(p.code)",
                     "umlaut": "count(*) FILTER (WHERE p.note = 'ü' OR p.code = 'ünï')",
                     "both": "max(concat(p.code, c.owner))"}})json");
  const std::string recompute =
      "SELECT p.code AS code, c.owner AS owner, COALESCE(SUM(p.amount), 0) AS total, "
      "MAX(p.note) AS last, MIN(p.code) AS first, "
      "SUM(COALESCE(p.note = 'ü' OR p.code = 'ünï', 0)) AS umlaut, "
      "MAX(CONCAT(p.code, c.owner)) AS `both` "
      "FROM payments p JOIN cards c ON c.code = p.code GROUP BY p.code, c.owner";
  expect_equal(recompute);
  for (const char* statement :
       {"INSERT INTO payments VALUES (4, 'ünï', NULL, NULL), (5, 'AbC', 'u', 8)",
        "UPDATE payments SET note = 'ü'", "UPDATE cards SET owner = UPPER(owner)",
        "UPDATE payments SET code = 'ABC' WHERE code = 'ÜNÏ'", "UPDATE cards SET owner = 'zoe'",
        "UPDATE payments SET note = UPPER(note) WHERE id = 5", "DELETE FROM payments WHERE id = 5",
        "DELETE FROM cards WHERE code = 'ünï'", "DELETE FROM cards"}) {
    run(statement);
    expect_equal(recompute);
  }
}

TEST_F(MariadbTypes, PadSpaceOrNot) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, padded VARCHAR(9) COLLATE utf8mb4_general_ci "
      "NOT NULL, bare VARCHAR(9) COLLATE utf8mb4_nopad_bin NOT NULL, fixed CHAR(9) NOT NULL)");
  run("INSERT INTO payments VALUES (1, 'a', 'a', 'a'), (2, 'a ', 'a ', 'a '), (3, 'A', 'A', 'A')");
  apply(R"json("texts": {"from": "payments p", "group_by": {"padded": "p.padded", "bare": "p.bare",
      "fixed": "p.fixed"}, "aggregates": {"n": "count(*)", "most": "max(p.bare)"}})json");
  const std::string recompute =
      "SELECT padded, bare, fixed, COUNT(*) AS n, MAX(bare) AS most FROM payments "
      "GROUP BY padded, bare, fixed";
  for (const char* statement :
       {"INSERT INTO payments VALUES (4, 'A ', 'a', 'a'), (5, 'b', 'b', 'b')",
        "UPDATE payments SET bare = CONCAT(bare, ' ') WHERE id IN (1, 5)",
        "UPDATE payments SET padded = CONCAT(padded, '  ')", "DELETE FROM payments WHERE id = 2",
        "UPDATE payments SET bare = 'x '"}) {
    run(statement);
    expect_equal(recompute);
  }
}

TEST_F(MariadbTypes, LoadData) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, card INT NOT NULL, amount BIGINT)");
  run("INSERT INTO payments VALUES (1, 1, 10), (2, 2, 20)");
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(p.amount)", "most": "max(p.amount)"}})json");
  const std::string recompute =
      "SELECT card, SUM(amount) AS total, MAX(amount) AS most FROM payments GROUP BY card";
  const std::string file = shared_mariadb().folder() + "/payments.csv";
  run(
      fmt::format("SELECT 1, 2, 77 UNION SELECT 5, 1, 3 UNION SELECT 6, 9, NULL "
                  "INTO OUTFILE '{}' FIELDS TERMINATED BY ','",
                  file));
  for (const char* how : {"IGNORE", "REPLACE"}) {
    run(fmt::format("LOAD DATA INFILE '{}' {} INTO TABLE payments FIELDS TERMINATED BY ','", file,
                    how));
    expect_equal(recompute);
  }
}

// What of a text may not fit would end the statement of whoever writes, or deletes, its row.
TEST_F(EngineOnMariadb, TextIsNotTurnedIntoSomethingElse) {
  run_all(
      {"CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, g INT NOT NULL, name VARCHAR(20), "
       "day DATE, at DATETIME, clock TIME, ip INET6, uid UUID, bytes BINARY(16))",
       "INSERT INTO t (id, g, name, day, at, clock) VALUES (1, 1, 'n/a', '2026-03-01', "
       "'2026-03-01 10:00:00', '10:00:00')"});
  const auto spec = [](const std::string& condition) {
    return fmt::format(R"json("s": {{"from": "t", "group_by": {{"g": "t.g"}}, "aggregates": {{
        "x": "count(*) FILTER (WHERE {})"}}}})json",
                       condition);
  };
  for (const auto& [refused, code] : std::vector<std::pair<std::string, std::string>>{
           {"date(t.name) = t.day", "not-a-date"},
           {"year(t.name) = 2026", "not-a-date"},
           {"hour('2026-03-01') = 0", "not-a-date"},
           {"CAST(t.name AS INTEGER) = 1", "cast-of-text"},
           {"CAST(t.name AS DECIMAL(10,2)) = 1", "cast-of-text"},
           {"CAST(t.name AS DATE) = t.day", "cast-of-text"},
           {"t.at > t.name", "incomparable"},
           {"t.at > 'b'", "incomparable"},
           {"t.day IN ('2026-02-30')", "incomparable"},
           {"t.at > '10:00:00'", "incomparable"},
           {"t.clock > '2026-03-01'", "incomparable"},
           {"t.clock > t.at", "incomparable"},
           {"coalesce(t.day, 'none') = t.day", "incomparable"},
           {"coalesce('2026-03-01', t.name) = t.day", "incomparable"},
           {"t.ip <> ''", "incomparable"},
           {"t.ip IN ('::1', '192.0.2')", "incomparable"},
           {"t.ip = t.name", "incomparable"},
           {"t.ip = t.bytes", "incomparable"},
           {"coalesce(t.ip, 'none') = t.ip", "incomparable"},
           {"t.uid = 'x'", "incomparable"},
           {"nullif(t.uid, t.name) IS NULL", "incomparable"}}) {
    EXPECT_THAT(error_codes(compile(spec(refused))), testing::Contains(code)) << refused;
  }
  // These are taken, and no row that the query reads without a word fails its writer.
  apply(spec(
      "(t.at >= '2026-01-01' AND t.at < '2027-01-01 00:00:00' AND t.day <> '0000-00-00') OR "
      "t.clock BETWEEN '09:00' AND '17:30:00' OR CAST(t.id AS VARCHAR(9)) = t.name OR "
      "t.ip IN ('::1', '2001:DB8::1', '::ffff:192.0.2.1') OR "
      "t.uid = '6CCD780C-baba-1026-9564-5b8c656024db' OR coalesce('2026-03-03', t.day) = t.at"));
  const std::string recompute =
      "SELECT g, SUM(CASE WHEN (at >= '2026-01-01' AND at < '2027-01-01 00:00:00' AND day <> "
      "'0000-00-00') OR clock BETWEEN '09:00' AND '17:30:00' OR CAST(id AS CHAR) = name OR ip IN "
      "('::1', '2001:db8::1', '::ffff:192.0.2.1') OR uid = '6ccd780c-baba-1026-9564-5b8c656024db' "
      "OR coalesce('2026-03-03', day) = at THEN 1 ELSE 0 END) AS x FROM t GROUP BY g";
  run("SET SESSION sql_mode = ''");
  for (const char* statement :
       {"INSERT INTO t VALUES (2, 1, '2', '0000-00-00', '0000-00-00 00:00:00', '-20:00:00', NULL, "
        "NULL, NULL)",
        "INSERT INTO t VALUES (3, 1, '', NULL, NULL, '16:00:00', NULL, NULL, NULL), (4, 2, 'x', "
        "'2026-01-01', '2026-12-31 23:59:59', NULL, '::2', NULL, 'b')",
        "INSERT INTO t VALUES (5, 3, '', NULL, NULL, NULL, '2001:db8::1', NULL, NULL), (6, 3, '', "
        "NULL, NULL, NULL, '::2', '6ccd780c-baba-1026-9564-5b8c656024db', NULL), (7, 3, '', NULL, "
        "NULL, NULL, '::2', UUID(), NULL)",
        "UPDATE t SET at = '2027-01-01', g = 2 WHERE id IN (1, 4)", "DELETE FROM t WHERE g = 1"}) {
    run(statement);
    expect_equal(recompute);
  }
}

}  // namespace
}  // namespace keepsum::test
