// The writer's session has no say: neither its time zone nor its sql_mode nor its character set
// changes what a trigger or a hook adds.
#include <fmt/format.h>

#include <keepsum/mysql.hpp>

#include "connectors/mysql/connect.hpp"
#include "tests/integration/engine_application.hpp"

namespace keepsum::test {
namespace {

struct Setting {
  const char* name;
  const char* sql;
};

constexpr Setting settings[] = {
    {"defaults", "DO 0"},
    {"not_strict", "SET sql_mode = ''"},
    {"traditional", "SET sql_mode = 'TRADITIONAL'"},
    {"ansi", "SET sql_mode = 'ANSI'"},
    {"ansi_quotes", "SET sql_mode = 'ANSI_QUOTES'"},
    {"pipes_as_concat", "SET sql_mode = 'PIPES_AS_CONCAT'"},
    {"no_backslash_escapes", "SET sql_mode = 'NO_BACKSLASH_ESCAPES'"},
    {"high_not_precedence", "SET sql_mode = 'HIGH_NOT_PRECEDENCE'"},
    {"ignore_space", "SET sql_mode = 'IGNORE_SPACE'"},
    {"no_unsigned_subtraction", "SET sql_mode = 'NO_UNSIGNED_SUBTRACTION'"},
    {"empty_string_is_null", "SET sql_mode = 'EMPTY_STRING_IS_NULL'"},
    {"round_fractional", "SET sql_mode = 'TIME_ROUND_FRACTIONAL'"},
    {"only_full_group_by", "SET sql_mode = 'ONLY_FULL_GROUP_BY'"},
    {"tokyo", "SET time_zone = '+09:00'"},
    {"west", "SET time_zone = '-11:30'"},
    {"division", "SET div_precision_increment = 0"},
    {"latin1", "SET NAMES latin1"},
    {"utf8mb4_bin", "SET NAMES utf8mb4 COLLATE utf8mb4_bin"},
    {"other_collation", "SET collation_connection = latin1_german1_ci"},
    {"select_limit", "SET sql_select_limit = 1"},
    {"auto_is_null", "SET sql_auto_is_null = 1"},
    {"short_sort", "SET max_sort_length = 8"},
    {"no_derived_merge", "SET optimizer_switch = 'derived_merge=off'"},
    {"no_materialization", "SET optimizer_switch = 'materialization=off,semijoin=off'"},
    {"serializable", "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE"},
    {"repeatable_read", "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
};

std::string summary(bool hooks) {
  return fmt::format(R"json("ledger": {{
      "from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
      "where": "NOT p.note LIKE 'x%' AND p.note <> 'a\\b' AND p.note <> 'it''s'",
      "group_by": {{
        "card": "p.card", "day": "date(p.at)",
        "tag": "concat(p.code, '-', CASE WHEN p.note = '' THEN 'none' ELSE 'some' END)" }},
      "aggregates": {{
        "total": "sum(t.amount - t.fee)", "mean": "avg(t.amount)", "n": "count(*)",
        "rest": "sum(t.amount % 7)", "thirds": "sum(div(t.amount, t.fee))",
        "most": "max(t.amount)", "last": "max(p.at)", "least": "min(p.code)",
        "zoe": "count(*) FILTER (WHERE p.note = 'Zoë')",
        "outside": "count(*) FILTER (WHERE NOT t.amount BETWEEN 2 AND 5)",
        "letters": "sum(length(p.code))", "other": "any(NOT p.card = 1)",
        "late": "count(*) FILTER (WHERE hour(p.at) >= 20)" }},
      "capture": "{}"}})json",
                     hooks ? "hooks" : "triggers");
}

const char* const recompute =
    "SELECT card, day, tag, SUM(amount - fee) AS total, ROUND(SUM(amount) / COUNT(amount), 4) AS "
    "mean, COUNT(*) AS n, SUM(amount % 7) AS rest, SUM(amount DIV NULLIF(fee, 0)) AS thirds, "
    "MAX(amount) AS most, MAX(at) AS last, MIN(code) AS least, SUM(note = 'Zoë') AS zoe, "
    "SUM(COALESCE(amount < 2 OR amount > 5, 0)) AS outside, SUM(CHAR_LENGTH(code)) AS letters, "
    "MAX(card <> 1) AS other, SUM(HOUR(at) >= 20) AS late FROM (SELECT p.card, DATE(p.at) AS day, "
    "CONCAT(p.code, '-', IF(p.note = '', 'none', 'some')) AS tag, CAST(t.amount AS SIGNED) AS "
    "amount, CAST(t.fee AS SIGNED) AS fee, p.at, p.code, p.note FROM payments p JOIN items t ON "
    "t.payment_id = p.id WHERE p.note NOT LIKE 'x%' AND p.note <> 'a\\\\b' AND p.note <> 'it''s') "
    "x GROUP BY card, day, tag";

class SessionLaw : public testing::TestWithParam<std::tuple<std::size_t, bool>>, public Scene {
 protected:
  SessionLaw() : Scene(Server::mariadb) {}
};

TEST_P(SessionLaw, WritersSettingsChangeNothing) {
  const Setting& setting = settings[std::get<0>(GetParam())];
  const bool hooks = std::get<1>(GetParam());
  run_all(
      {"CREATE TABLE payments (id BIGINT PRIMARY KEY, card INT NOT NULL, at TIMESTAMP(2) NOT "
       "NULL, code CHAR(6) NOT NULL, note VARCHAR(20) NOT NULL)",
       "CREATE TABLE items (id BIGINT PRIMARY KEY, payment_id BIGINT, amount INT UNSIGNED, "
       "fee INT UNSIGNED NOT NULL, KEY (payment_id))",
       "INSERT INTO payments VALUES (1, 1, '2026-03-01 23:30:00', 'ab', 'Zoë'), "
       "(2, 1, '2026-03-02 00:30:00.25', 'AB', 'plain'), (3, 2, '2026-03-01 12:00', 'c', '')",
       "INSERT INTO items VALUES (1, 1, 3, 5), (2, 1, NULL, 0), (3, 2, 9, 4), (4, 3, 1, 2)"});
  apply(summary(hooks));
  expect_equal(recompute);
  Application app(*this, {setting.sql}, summary(hooks));
  const auto law = [&] {
    expect_equal(recompute);
    return !HasFailure();
  };
  app.insert("items", {{10L}}, "INSERT INTO items VALUES (10, 2, 4, 9)");
  ASSERT_TRUE(law());
  app.insert("items", {{11L}}, "INSERT INTO items VALUES (11, 1, 20, 0)");
  ASSERT_TRUE(law());
  app.update("items", {{3L}}, "UPDATE items SET amount = 2, fee = 7 WHERE id = 3");
  ASSERT_TRUE(law());
  app.update("payments", {{1L}}, "UPDATE payments SET note = X'615C62' WHERE id = 1");
  ASSERT_TRUE(law());
  app.update("payments", {{1L}}, "UPDATE payments SET note = X'5A6FC3AB', card = 2 WHERE id = 1");
  ASSERT_TRUE(law());
  app.update("payments", {{2L}}, "UPDATE payments SET at = at + INTERVAL 90 MINUTE WHERE id = 2");
  ASSERT_TRUE(law());
  app.update("payments", {{3L}}, "UPDATE payments SET note = 'xyz' WHERE id = 3");
  ASSERT_TRUE(law());
  app.update("payments", {{3L}}, "UPDATE payments SET id = 4, note = 'it' WHERE id = 3", {{4L}});
  ASSERT_TRUE(law());
  app.update("items", {{4L}}, "UPDATE items SET payment_id = 4 WHERE id = 4");
  ASSERT_TRUE(law());
  app.remove("items", {{11L}}, "DELETE FROM items WHERE id = 11");
  ASSERT_TRUE(law());
  app.remove("payments", {{2L}}, "DELETE FROM payments WHERE id = 2");
  ASSERT_TRUE(law());
}

std::string name_of_case(const testing::TestParamInfo<SessionLaw::ParamType>& each) {
  return fmt::format("{}_{}", settings[std::get<0>(each.param)].name,
                     std::get<1>(each.param) ? "hooks" : "triggers");
}

INSTANTIATE_TEST_SUITE_P(Sessions, SessionLaw,
                         testing::Combine(testing::Range<std::size_t>(0, std::size(settings)),
                                          testing::Bool()),
                         name_of_case);

TEST_F(EngineOnMariadb, HooksRefuseTheModesTheyCannotBeExactIn) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, card INT NOT NULL)");
  for (const char* mode : {"ORACLE", "PAD_CHAR_TO_FULL_LENGTH"}) {
    const mysql::ConnectionHandle handle = mysql::connect(url()).value();
    const auto session = mysql::borrow(handle.get());
    ASSERT_TRUE(session->execute(fmt::format("SET sql_mode = 'ANSI_QUOTES,{}'", mode)).has_value());
    const auto hooks = mysql::load(handle.get(), R"json({"keepsum": 1, "summaries": {
        "cards": {"from": "payments p", "group_by": {"card": "p.card"},
                  "aggregates": {"n": "count(*)"}, "capture": "hooks"}}})json");
    ASSERT_TRUE(hooks.has_error());
    EXPECT_EQ(hooks.error().code, ErrorCode::unsupported);
    EXPECT_THAT(hooks.error().message, testing::HasSubstr(mode));
  }
}

// A zone whose clocks are set back at 2026-10-25 01:00 UTC: the hour before is shown twice.
void make_zone(Scene& scene) {
  if (!scene.lines("SELECT 1 FROM mysql.time_zone_name WHERE Name = 'Keepsum/Autumn'").empty()) {
    return;
  }
  scene.run_all({"INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')",
                 "SET @zone = LAST_INSERT_ID()",
                 "INSERT INTO mysql.time_zone_name VALUES ('Keepsum/Autumn', @zone)",
                 "INSERT INTO mysql.time_zone_transition_type VALUES (@zone, 0, 7200, 1, 'SUM'), "
                 "(@zone, 1, 3600, 0, 'WIN')",
                 "INSERT INTO mysql.time_zone_transition VALUES (@zone, 1774746000, 0), "
                 "(@zone, 1792890000, 1)"});
}

// sql_safe_updates is for people at a prompt. It refuses an UPDATE that joins several derived rows:
// there, a change that may take the extremes of several rows away fails as a whole.
TEST_F(EngineOnMariadb, SafeUpdatesRefuseWithoutATrace) {
  run_all({"CREATE TABLE payments (id BIGINT PRIMARY KEY, card INT NOT NULL)",
           "CREATE TABLE items (id BIGINT PRIMARY KEY, payment_id BIGINT NOT NULL, amount BIGINT, "
           "KEY (payment_id))",
           "INSERT INTO payments VALUES (1, 1), (2, 2)",
           "INSERT INTO items VALUES (1, 1, 10), (2, 1, 20), (3, 2, 30), (4, 2, 30)"});
  apply(R"json("cards": {"from": "payments p", "joins": ["items t ON t.payment_id = p.id"],
      "group_by": {"card": "p.card"},
      "aggregates": {"total": "sum(t.amount)", "most": "max(t.amount)"}})json");
  run("SET sql_safe_updates = 1");
  run_all({"INSERT INTO items VALUES (5, 1, 70)", "UPDATE items SET amount = 3 WHERE id = 5",
           "UPDATE items SET payment_id = 2 WHERE id = 2", "DELETE FROM items WHERE id = 3"});
  constexpr int update_without_key_in_safe_mode = 1175;
  EXPECT_EQ(fails("UPDATE payments SET card = 7 WHERE id = 2").native_code,
            update_without_key_in_safe_mode);
  expect_equal(
      "SELECT p.card AS card, SUM(t.amount) AS total, MAX(t.amount) AS most FROM payments p "
      "JOIN items t ON t.payment_id = p.id GROUP BY p.card");
}

// A trigger runs in the mode it was made in.
TEST_F(EngineOnMariadb, TriggersKeepTheirOwnMode) {
  run("CREATE TABLE payments (id BIGINT PRIMARY KEY, code CHAR(6) NOT NULL, note VARCHAR(6))");
  apply(R"json("codes": {"from": "payments p", "group_by": {"code": "concat(p.code, '.')"},
      "aggregates": {"letters": "sum(length(p.code))", "odd": "sum(length(trim(p.note)) % 2)",
                     "empty": "count(*) FILTER (WHERE p.note = '')"}})json");
  for (const char* mode : {"ORACLE", "PAD_CHAR_TO_FULL_LENGTH"}) {
    run(fmt::format("SET sql_mode = '{}'", mode));
    run("INSERT INTO payments VALUES (1, 'ab', ' '), (2, 'ab', NULL), (3, 'c', ' a ')");
    run("UPDATE payments SET code = 'x', note = 'abc' WHERE id = 2");
    run("DELETE FROM payments WHERE id = 1");
    run("SET sql_mode = ''");
    expect_equal(
        "SELECT CONCAT(code, '.') AS code, SUM(CHAR_LENGTH(code)) AS letters, "
        "SUM(CHAR_LENGTH(TRIM(note)) % 2) AS odd, SUM(note = '') AS empty FROM payments "
        "GROUP BY CONCAT(code, '.')");
    run("DELETE FROM payments");
  }
}

class TimeZoneLaw : public testing::TestWithParam<bool>, public Scene {
 protected:
  TimeZoneLaw() : Scene(Server::mariadb) {}
};
INSTANTIATE_TEST_SUITE_P(Capture, TimeZoneLaw, testing::Bool(), [](const auto& each) {
  return std::string(each.param ? "hooks" : "triggers");
});

TEST_P(TimeZoneLaw, TheHourThatIsShownTwice) {
  make_zone(*this);
  run_all({"CREATE TABLE payments (id BIGINT PRIMARY KEY, at TIMESTAMP NOT NULL, amount INT)",
           "CREATE TABLE instants (id INT PRIMARY KEY, at TIMESTAMP NOT NULL)",
           "INSERT INTO instants VALUES (1, '2026-10-25 00:30:00'), (2, '2026-10-25 01:30:00'), "
           "(3, '2026-10-24 23:59:59')",
           "INSERT INTO payments VALUES (1, '2026-10-25 00:30:00', 1), "
           "(2, '2026-10-25 01:30:00', 2), (3, '2026-10-25 00:30:00', 4)"});
  const std::string summary = fmt::format(
      R"json("hours": {{"from": "payments p",
      "group_by": {{"day": "date(p.at)", "hour": "hour(p.at)"}},
      "aggregates": {{"total": "sum(p.amount)", "first": "min(p.at)", "last": "max(p.at)"}},
      "capture": "{}"}})json",
      GetParam() ? "hooks" : "triggers");
  apply(summary);
  const std::string by_utc =
      "SELECT DATE(at) AS day, HOUR(at) AS hour, SUM(amount) AS total, MIN(at) AS first, "
      "MAX(at) AS last FROM payments GROUP BY DATE(at), HOUR(at)";
  expect_equal(by_utc);
  for (const char* zone : {"Keepsum/Autumn", "+13:00", "-10:00"}) {
    Application app(*this, {fmt::format("SET time_zone = '{}'", zone)}, summary);
    for (const auto& [id, instant] : {std::pair{1L, 2}, {2L, 1}, {1L, 1}, {3L, 3}, {2L, 2}}) {
      app.update("payments", {{id}},
                 fmt::format("UPDATE payments p JOIN instants i ON i.id = {} SET p.at = i.at "
                             "WHERE p.id = {}",
                             instant, id));
      expect_equal(by_utc);
    }
    app.insert("payments", {{9L}},
               "INSERT INTO payments SELECT 9, at, 8 FROM instants WHERE id = 2");
    expect_equal(by_utc);
    app.remove("payments", {{9L}}, "DELETE FROM payments WHERE id = 9");
    expect_equal(by_utc);
  }
}

}  // namespace
}  // namespace keepsum::test
