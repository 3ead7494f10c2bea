// Buckets of time: whoever writes, in whatever form and session, the bucket is the one that a
// calculation by the calendar gives, which asks no database.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <map>
#include <random>

#include "connectors/open.hpp"
#include "engine/lifecycle/list.hpp"
#include "tests/integration/engine_application.hpp"

namespace keepsum::test {
namespace {

namespace chrono = std::chrono;
using Instant = chrono::sys_seconds;

struct Kind {
  const char* name;    // of the summary
  const char* length;  // of the bucket
  const char* zone;    // an argument, or ""
  int offset_minutes;
};

constexpr Kind kinds[] = {
    {"minutes", "1 minute", "", 0},        {"quarters_of_hours", "15 minutes", "'+05:45'", 345},
    {"hours", "1 hour", "'-03:30'", -210}, {"shifts", "6 hours", "'+09:00'", 540},
    {"days", "1 day", "'+09:00'", 540},    {"days_utc", "1 day", "", 0},
    {"weeks", "1 week", "'-11:00'", -660}, {"months", "1 month", "'+14:00'", 840},
    {"quarters", "1 quarter", "", 0},      {"halves", "6 months", "'-03:30'", -210},
    {"years", "1 year", "'+09:00'", 540},
};

// The first moment of the bucket by the clocks of the zone, as the key is written.
std::string expected_bucket(const Kind& kind, Instant instant, int offset_minutes) {
  const Instant local = instant + chrono::minutes(offset_minutes);
  const chrono::sys_days day = chrono::floor<chrono::days>(local);
  const chrono::year_month_day date{day};
  const auto text = [](chrono::year_month_day d) {
    return fmt::format("{:04}-{:02}-{:02}", int(d.year()), unsigned(d.month()), unsigned(d.day()));
  };
  const std::string_view name = kind.name;
  const auto at = [&](chrono::seconds step) {
    const chrono::hh_mm_ss clock{chrono::floor<chrono::seconds>((local - day) / step.count()) *
                                 step.count()};
    return fmt::format("{} {:02}:{:02}:00", text(date), clock.hours().count(),
                       clock.minutes().count());
  };
  if (name == "minutes") return at(chrono::minutes(1));
  if (name == "quarters_of_hours") return at(chrono::minutes(15));
  if (name == "hours") return at(chrono::hours(1));
  if (name == "shifts") return at(chrono::hours(6));
  if (name == "weeks") {
    chrono::sys_days monday = day;
    while (chrono::weekday(monday) != chrono::Monday) monday -= chrono::days(1);
    return text(monday);
  }
  unsigned month = unsigned(date.month());
  if (name == "months") return text(date.year() / chrono::month(month) / 1);
  if (name == "quarters")
    while (month % 3 != 1) --month;
  if (name == "halves") month = month > 6 ? 7 : 1;
  if (name == "years") month = 1;
  if (name == "quarters" || name == "halves" || name == "years") {
    return text(date.year() / chrono::month(month) / 1);
  }
  return text(date);
}

// The last Sunday of a month at 01:00 UTC: when the European Union changes its clocks.
Instant change_of_clocks(int year, chrono::month month) {
  return chrono::sys_days(chrono::year(year) / month / chrono::Sunday[chrono::last]) +
         chrono::hours(1);
}

// Moments near which a calculation goes wrong, if it does.
std::vector<Instant> edges() {
  std::vector<Instant> all;
  const auto around = [&](Instant edge) {
    for (const int seconds : {-3601, -3600, -1, 0, 1, 3599, 3600}) {
      all.push_back(edge + chrono::seconds(seconds));
    }
  };
  for (const int year : {1972, 1999, 2000, 2024, 2026, 2036}) {
    around(change_of_clocks(year, chrono::March));
    around(change_of_clocks(year, chrono::October));
    around(chrono::sys_days(chrono::year(year) / 1 / 1));
    around(chrono::sys_days(chrono::year(year) / 3 / 1));
    around(chrono::sys_days(chrono::year(year) / chrono::February / chrono::last));
  }
  return all;
}

std::vector<Instant> instants(std::mt19937_64& random, std::size_t count) {
  std::vector<Instant> all = edges();
  std::uniform_int_distribution<std::int64_t> second(86400 * 400, 86400LL * 24800);
  while (all.size() < count) all.emplace_back(chrono::seconds(second(random)));
  std::shuffle(all.begin(), all.end(), random);
  return all;
}

std::string date_time(Instant instant, char between = ' ') {
  const chrono::sys_days day = chrono::floor<chrono::days>(instant);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{instant - day};
  return fmt::format("{:04}-{:02}-{:02}{}{:02}:{:02}:{:02}", int(date.year()),
                     unsigned(date.month()), unsigned(date.day()), between, clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

std::string bucket_text(const Kind& kind, const std::string& column) {
  return fmt::format("bucket('{}', {}{}{})", kind.length, column, *kind.zone ? ", " : "",
                     kind.zone);
}

std::string summaries_by(const std::string& column) {
  std::vector<std::string> all;
  for (const Kind& kind : kinds) {
    all.push_back(fmt::format(
        R"json("{}": {{"from": "events e", "group_by": {{"b": "{}"}},
                "aggregates": {{"n": "count(*)", "total": "sum(e.amount)"}}}})json",
        kind.name, bucket_text(kind, column)));
  }
  return fmt::format("{}", fmt::join(all, ",\n"));
}

// bucket → rows, as a summary has it.
using Counts = std::map<std::string, std::int64_t>;

Counts counted(Scene& scene, const std::string& summary) {
  Counts counts;
  for (const std::string& line :
       scene.lines(fmt::format("SELECT b, n FROM {} WHERE n <> 0", summary))) {
    const std::size_t bar = line.find('|');
    counts[line.substr(0, bar)] = std::stoll(line.substr(bar + 1));
  }
  return counts;
}

// A way to write an instant into the column e.at.
using Write = std::function<std::string(Instant, std::mt19937_64&)>;

class BucketLaw : public EngineOnBoth {
 protected:
  // Inserts, moves and deletes, then every summary against the calendar.
  void check(const std::string& type, const std::vector<std::string>& settings,
             const Write& literal, const std::string& column = "e.at") {
    std::mt19937_64 random(20260101);
    run(
        fmt::format("CREATE TABLE events (id BIGINT NOT NULL PRIMARY KEY, at {} NOT NULL, amount "
                    "BIGINT NOT NULL)",
                    type));
    apply(summaries_by(column));
    std::map<int, Instant> rows;
    int id = 0;
    const std::vector<Instant> times = instants(random, 700);
    for (const Instant instant : times) {
      if (id % 100 == 0) run(settings[static_cast<std::size_t>(id / 100) % settings.size()]);
      rows[++id] = instant;
      run(fmt::format("INSERT INTO events VALUES ({}, {}, {})", id, literal(instant, random), id));
    }
    for (int i = 1; i <= id; i += 3) {
      if (i % 90 == 1) run(settings[static_cast<std::size_t>(i / 90) % settings.size()]);
      rows[i] = times[(static_cast<std::size_t>(i) * 7919) % times.size()];
      run(fmt::format("UPDATE events SET at = {} WHERE id = {}", literal(rows[i], random), i));
    }
    for (int i = 2; i <= id; i += 9) {
      rows.erase(i);
      run(fmt::format("DELETE FROM events WHERE id = {}", i));
    }
    run(settings.front());
    for (std::size_t i = 0; i < std::size(kinds); ++i) {
      Counts expected;
      for (const auto& [row, instant] : rows) {
        ++expected[expected_bucket(kinds[i], instant, kinds[i].offset_minutes)];
      }
      EXPECT_EQ(counted(*this, kinds[i].name), expected) << kinds[i].name;
      EXPECT_EQ(verify(i).drifted, 0) << kinds[i].name;
    }
  }
};
KEEPSUM_ON_BOTH(BucketLaw);

const std::vector<std::string> writers{
    "SET SESSION sql_mode = '', time_zone = '+13:00'",
    "SET SESSION sql_mode = 'TRADITIONAL,NO_ZERO_DATE,NO_ZERO_IN_DATE', time_zone = '-10:00'",
    "SET SESSION sql_mode = 'TIME_ROUND_FRACTIONAL', lc_time_names = 'de_DE', time_zone = '+00:00'",
    "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES', default_week_format = 6",
    "SET SESSION sql_mode = 'ALLOW_INVALID_DATES,HIGH_NOT_PRECEDENCE', time_zone = '+05:30'"};

TEST_P(BucketLaw, DateTimes) {
  const auto plain = [&](Instant instant, std::mt19937_64& random) {
    if (on_mariadb()) return fmt::format("'{}.{:06}'", date_time(instant), random() % 1000000);
    switch (random() % 5) {
      case 0: return fmt::format("'{}'", date_time(instant, 'T'));
      case 1: return fmt::format("'{}.999999'", date_time(instant));
      case 2: return fmt::format("'{}Z'", date_time(instant));
      case 3: return fmt::format("'{}.9996+09:00'", date_time(instant + chrono::hours(9), 'T'));
      default: return fmt::format("'{}'", date_time(instant));
    }
  };
  check(on_mariadb() ? "DATETIME(6)" : "TEXT",
        on_mariadb() ? writers : std::vector<std::string>{"SELECT 1"}, plain);
}

TEST_P(BucketLaw, SecondsSince1970) {
  check("BIGINT", on_mariadb() ? writers : std::vector<std::string>{"SELECT 1"},
        [](Instant instant, std::mt19937_64& /*random*/) {
          return fmt::format("{}", instant.time_since_epoch().count());
        });
}

TEST_P(BucketLaw, TheDatabasesOwnKindOfInstant) {
  if (on_mariadb()) {
    check("TIMESTAMP(2)", writers, [](Instant instant, std::mt19937_64& random) {
      return fmt::format("FROM_UNIXTIME({}.{:02})", instant.time_since_epoch().count(),
                         random() % 100);
    });
    return;
  }
  // A column without a type: each row as its writer likes.
  check("DATETIME", {"SELECT 1"}, [](Instant instant, std::mt19937_64& random) {
    const auto seconds = instant.time_since_epoch().count();
    switch (random() % 3) {
      case 0: return fmt::format("{}", seconds);
      // A whole number is a second, so a Julian day has a fraction; SQLite keeps milliseconds of
      // it.
      case 1: return fmt::format("julianday({} + 0.25, 'unixepoch') + 0.0", seconds);
      default: return fmt::format("'{}'", date_time(instant));
    }
  });
}

// What is no instant of the years 1 to 9999 ends no writer's statement and vanishes from no total.
TEST_P(BucketLaw, WhatHasNoBucket) {
  run(fmt::format(
      "CREATE TABLE events (id BIGINT NOT NULL PRIMARY KEY, at {} NOT NULL, n BIGINT NOT "
      "NULL, amount BIGINT NOT NULL)",
      on_mariadb() ? "DATETIME(6)" : "DATETIME"));
  apply(summaries_by("e.at"));
  std::vector<std::string> odd;
  if (on_mariadb()) {
    run("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'");
    odd = {"'0000-00-00'", "'2026-00-10'", "'2026-01-00 12:00'", "'0000-05-05'"};
  } else {
    odd = {"'now'",
           "''",
           "'12:00'",
           "'garbage'",
           "'2026-13-01'",
           "X'0102'",
           "9223372036854775807",
           "-9223372036854775808",
           "1e300",
           "'-4713-11-24'",
           "'0000-05-05'",
           "'2461000.5x'"};
  }
  int id = 0;
  for (const std::string& value : odd) {
    run(fmt::format("INSERT INTO events VALUES ({}, {}, 0, 1)", ++id, value));
  }
  if (on_mariadb()) {
    // Made under one mode, moved under a strict one.
    run("SET SESSION sql_mode = 'TRADITIONAL'");
    run("UPDATE events SET amount = 2");
  }
  for (const Kind& kind : kinds) {
    const bool date = std::string_view(kind.length).find("minute") == std::string_view::npos &&
                      std::string_view(kind.length).find("hour") == std::string_view::npos;
    EXPECT_EQ(counted(*this, kind.name),
              (Counts{{date ? "0001-01-01" : "0001-01-01 00:00:00", id}}))
        << kind.name;
  }
  // The last day there is has a bucket, until its zone is in the next year.
  run("DELETE FROM events");
  run("INSERT INTO events VALUES (1, '9999-12-31 23:59:59.999', 0, 1)");
  EXPECT_EQ(counted(*this, "days_utc"), (Counts{{"9999-12-31", 1}}));
  EXPECT_EQ(counted(*this, "minutes"), (Counts{{"9999-12-31 23:59:00", 1}}));
  EXPECT_EQ(counted(*this, "weeks"), (Counts{{"9999-12-27", 1}}));
  EXPECT_EQ(counted(*this, "years"), (Counts{{"0001-01-01", 1}}));
  for (std::size_t i = 0; i < std::size(kinds); ++i) EXPECT_EQ(verify(i).drifted, 0);
}

TEST_P(BucketLaw, NumbersOutOfRangeAndNull) {
  run("CREATE TABLE events (id BIGINT NOT NULL PRIMARY KEY, at BIGINT, amount BIGINT NOT NULL)");
  apply(R"json("days": {"from": "events e", "where": "e.at IS NOT NULL",
      "group_by": {"b": "bucket('1 day', e.at, '+09:00')"}, "aggregates": {"n": "count(*)"}},
    "without": {"from": "events e", "group_by": {"b": "mod(e.id, 2)"},
      "aggregates": {"n": "count(bucket('1 day', e.at))"}})json");
  run_all(
      {"INSERT INTO events VALUES (1, 9223372036854775807, 1), (2, -9223372036854775807, 1), "
       "(3, NULL, 1), (4, 0, 1)",
       "UPDATE events SET at = NULL WHERE id = 2", "UPDATE events SET at = -1 WHERE id = 3"});
  EXPECT_EQ(counted(*this, "days"), (Counts{{"0001-01-01", 1}, {"1970-01-01", 2}}));
  EXPECT_EQ(counted(*this, "without"), (Counts{{"0", 1}, {"1", 2}}));
}

// A zone as the server's tables have it: Central European Time from 1996 on.
void make_europe(Scene& scene) {
  if (!scene.lines("SELECT 1 FROM mysql.time_zone_name WHERE Name = 'Keepsum/Europe'").empty()) {
    return;
  }
  std::vector<std::string> transitions;
  for (int year = 1996; year < 2038; ++year) {
    transitions.push_back(fmt::format(
        "(@zone, {}, 0)", change_of_clocks(year, chrono::March).time_since_epoch().count()));
    transitions.push_back(fmt::format(
        "(@zone, {}, 1)", change_of_clocks(year, chrono::October).time_since_epoch().count()));
  }
  scene.run_all({"INSERT INTO mysql.time_zone (Use_leap_seconds) VALUES ('N')",
                 "SET @zone = LAST_INSERT_ID()",
                 "INSERT INTO mysql.time_zone_name VALUES ('Keepsum/Europe', @zone)",
                 "INSERT INTO mysql.time_zone_transition_type VALUES (@zone, 0, 7200, 1, 'CEST'), "
                 "(@zone, 1, 3600, 0, 'CET')",
                 fmt::format("INSERT INTO mysql.time_zone_transition VALUES {}",
                             fmt::join(transitions, ", "))});
}

TEST_F(EngineOnMariadb, BucketsOfANamedZone) {
  make_europe(*this);
  const auto offset = [](Instant instant) {
    const int year = int(chrono::year_month_day(chrono::floor<chrono::days>(instant)).year());
    const bool summer = instant >= change_of_clocks(year, chrono::March) &&
                        instant < change_of_clocks(year, chrono::October);
    return summer ? 120 : 60;
  };
  run("CREATE TABLE events (id BIGINT PRIMARY KEY, at DATETIME(3) NOT NULL, ts TIMESTAMP NOT NULL, "
      "n BIGINT NOT NULL)");
  std::vector<std::string> specs;
  const char* const lengths[] = {"1 day", "1 week", "1 month", "1 year"};
  const char* const names[] = {"days", "weeks", "months", "years"};
  for (std::size_t i = 0; i < 4; ++i) {
    for (const char* column : {"at", "ts", "n"}) {
      specs.push_back(fmt::format(
          R"json("{0}_{1}": {{"from": "events e",
              "group_by": {{"b": "bucket('{2}', e.{1}, 'Keepsum/Europe')"}},
              "aggregates": {{"n": "count(*)"}}}})json",
          names[i], column, lengths[i]));
    }
  }
  apply(fmt::format("{}", fmt::join(specs, ", ")));
  std::mt19937_64 random(7);
  std::map<std::string, Counts> expected;
  int id = 0;
  for (const Instant instant : instants(random, 500)) {
    if (instant < Instant(chrono::sys_days(chrono::year(1997) / 1 / 1))) continue;
    if (id % 50 == 0) run(writers[static_cast<std::size_t>(id / 50) % writers.size()]);
    run(fmt::format("INSERT INTO events VALUES ({0}, '{1}', FROM_UNIXTIME({2}), {2})", ++id,
                    date_time(instant), instant.time_since_epoch().count()));
    for (const char* name : names) {
      ++expected[name][expected_bucket({name, "", "", 0}, instant, offset(instant))];
    }
  }
  ASSERT_GT(id, 300);
  for (std::size_t i = 0; i < 12; ++i) {
    const std::string name = plan(i).spec.name;
    EXPECT_EQ(counted(*this, name), expected[name.substr(0, name.find('_'))]) << name;
    EXPECT_EQ(verify(i).drifted, 0) << name;
  }
  // What the server cannot convert is not taken for a time of another zone.
  run("INSERT INTO events VALUES (9001, '2040-06-01', '2020-01-01', 5000000000)");
  EXPECT_EQ(counted(*this, "days_at")["0001-01-01"], 1);
  EXPECT_EQ(counted(*this, "days_n")["0001-01-01"], 1);
}

struct Refused {
  std::string key;
  std::string code;
  std::string says;
};

TEST_P(BucketLaw, WhatIsRefused) {
  run(on_mariadb()
          ? "CREATE TABLE events (id BIGINT PRIMARY KEY, at DATETIME, day DATE NOT NULL, name "
            "VARCHAR(9) NOT NULL, clock TIME NOT NULL, amount DECIMAL(9,2) NOT NULL)"
          : "CREATE TABLE events (id INTEGER PRIMARY KEY, at TEXT, day DATE NOT NULL, name REAL "
            "NOT "
            "NULL, clock TIME NOT NULL, amount NUMERIC NOT NULL)");
  std::vector<Refused> all{
      {"bucket('1 day', e.at)", "nullable-key", "bucket('1 day', e.at) IS NOT NULL"},
      {"bucket('1 day', e.name)", "not-an-instant", "point in time"},
      {"bucket('1 day', e.clock)", "not-an-instant", "point in time"},
      {"bucket('1 day', e.amount)", "not-an-instant", "point in time"},
      {"bucket('1 day', e.day, 'Keepsum/Nowhere')", "unknown-zone",
       on_mariadb() ? "mariadb-tzinfo-to-sql" : "fixed offset"},
  };
  if (on_mariadb()) {
    all.push_back({"bucket('1 hour', e.day)", "not-an-instant", "a day has no hours"});
    all.push_back({"bucket('1 day', e.day, '+09:00')", "not-an-instant", "in every zone"});
  }
  for (const Refused& each : all) {
    const auto diagnostics = compile(fmt::format(
        R"json("s": {{"from": "events e", "group_by": {{"k": "{}"}},
                "aggregates": {{"n": "count(*)"}}}})json",
        each.key));
    ASSERT_THAT(error_codes(diagnostics), testing::Contains(each.code)) << each.key;
    EXPECT_THAT(schema::render(diagnostics, "spec", ""), testing::HasSubstr(each.says));
  }
}

}  // namespace
}  // namespace keepsum::test
