// Eight writers on a few lists, at their ends and in their middle: at every isolation level each
// row's place is what a query by hand gives, and a verification beside them raises no false alarm.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/integration/concurrency_beside.hpp"

namespace keepsum::test {
namespace {

const std::vector<std::string> tables = {
    "CREATE TABLE posts (id BIGINT PRIMARY KEY, forum INT NOT NULL, at INT NOT NULL, hidden INT "
    "NOT NULL, shown INT NOT NULL, title VARCHAR(9), KEY by_time (forum, at)) ENGINE=InnoDB"};

constexpr const char* spec = R"json({
  "keepsum": 1,
  "database": "@URL@",
  "summaries": {
    "list": {
      "from": "posts p",
      "where": "p.shown = 1",
      "group_by": { "post": "p.id", "forum": "p.forum" },
      "aggregates": {
        "place": "ordinal(PARTITION BY p.forum ORDER BY p.at)",
        "gappy": "ordinal(PARTITION BY p.forum ORDER BY p.at) FILTER (WHERE p.hidden = 0)",
        "overall": "ordinal(ORDER BY p.at DESC, p.id DESC)",
        "title": "latest(p.title ORDER BY p.id)"
      }
    }
  }
})json";

constexpr const char* by_hand =
    "SELECT id AS post, forum, title, ROW_NUMBER() OVER (PARTITION BY forum ORDER BY at, id) AS "
    "place, ROW_NUMBER() OVER (PARTITION BY forum ORDER BY at, id) * (hidden = 0) AS gappy, "
    "ROW_NUMBER() OVER (ORDER BY at DESC, id DESC) AS overall FROM posts WHERE shown = 1";

std::vector<std::vector<std::string>> wrong_places(Client& client) {
  return client.rows(fmt::format(
      "SELECT r.*, s.* FROM ({0}) r LEFT JOIN list s USING (post, forum) WHERE NOT (s.place <=> "
      "r.place AND s.gappy <=> r.gappy AND s.overall <=> r.overall AND s.title <=> r.title) UNION "
      "ALL SELECT r.*, s.* FROM list s LEFT JOIN ({0}) r USING (post, forum) WHERE r.post IS NULL "
      "AND (s.place <> 0 OR s.gappy <> 0 OR s.overall <> 0)",
      by_hand));
}

void change(Client& client, Roll& roll) {
  const int id = roll(160);
  switch (roll(8)) {
    case 0:
    case 1:
    case 2:
      client.execute(
          fmt::format("INSERT INTO posts VALUES ({}, {}, {}, {}, {}, 't') ON DUPLICATE KEY UPDATE "
                      "at = at + 1",
                      id, roll(4), roll(30), roll(3) == 0 ? 1 : 0, roll(6) == 0 ? 0 : 1));
      break;
    case 3: client.execute(fmt::format("DELETE FROM posts WHERE id = {}", id)); break;
    case 4:
      client.execute(
          fmt::format("UPDATE posts SET forum = {}, at = {} WHERE id = {}", roll(4), roll(30), id));
      break;
    case 5:
      client.execute(fmt::format("UPDATE posts SET hidden = 1 - hidden WHERE id = {}", id));
      break;
    case 6:
      client.execute(fmt::format("UPDATE posts SET shown = 1 - shown WHERE id = {}", id));
      break;
    default:
      client.execute(fmt::format("UPDATE posts SET title = '{}' WHERE id IN ({}, {})", roll(99), id,
                                 (id + 1) % 160));
  }
}

class ConcurrencyPlaces : public testing::TestWithParam<const char*> {
 protected:
  ConcurrencyPlaces() : database_(tables, spec) {
    const Outcome applied = database_.keepsum({"apply", "--yes"});
    EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  }
  PaymentsDatabase database_;
};

TEST_P(ConcurrencyPlaces, AreExact) {
  std::atomic<bool> done{false};
  std::thread verifier([&] {
    while (!done) {
      const Outcome verified = database_.keepsum({"reconcile", "--verify-only"});
      EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
    }
  });
  write_beside_repairs(
      database_,
      {.isolation = GetParam(), .changes_max = 2, .transactions = 600, .change = change});
  done = true;
  verifier.join();
  Client client(database_.url());
  expect_exact(database_, wrong_places(client));
}

// What changed beside a spoilt place went by it: the next run finds both.
TEST_P(ConcurrencyPlaces, AreMendedByTheNextRunAtTheLatest) {
  write_beside_repairs(database_,
                       {.isolation = GetParam(),
                        .changes_max = 2,
                        .transactions = 600,
                        .change = change,
                        .spoils = {"UPDATE list SET place = place + 3 WHERE post < 40",
                                   "UPDATE list SET overall = overall - 1 WHERE forum = 2"}});
  const Outcome mended = database_.keepsum({"reconcile", "--guard", "100"});
  EXPECT_THAT(mended.exit_code, testing::AnyOf(0, 2)) << mended.out << mended.err;
  Client client(database_.url());
  expect_exact(database_, wrong_places(client));
}

// At the end of a list writers wait for one another, and none is ended by the server. Titles change
// beside them.
TEST_P(ConcurrencyPlaces, AtTheEndDoNotDeadlock) {
  Client(database_.url()).execute("ALTER TABLE posts MODIFY id BIGINT AUTO_INCREMENT");
  const int again = write_beside_repairs(
      database_,
      {.isolation = GetParam(),
       .changes_max = 3,
       .transactions = 200,
       .change = [](Client& client, Roll& roll) {
         client.execute(
             fmt::format("INSERT INTO posts (forum, at, hidden, shown, title) VALUES ({}, "
                         "UNIX_TIMESTAMP(), 0, 1, 't')",
                         1));
         if (roll(4) > 0) return;
         client.execute(fmt::format("UPDATE posts SET title = 'u' WHERE id = {}", 1 + roll(50)));
       }});
  EXPECT_EQ(again, 0);
  Client client(database_.url());
  expect_exact(database_, wrong_places(client));
}

// Beside its writers a list is filled, and what is spoilt in it is mended by one run: they wait for
// both.
TEST_P(ConcurrencyPlaces, AreFilledAndMendedBesideWriters) {
  Client client(database_.url());
  client.execute("DELETE FROM posts");
  client.execute(
      "INSERT INTO posts SELECT 1000 + seq, seq % 4, seq % 30, 0, 1, 't' FROM seq_1_to_1000");
  ASSERT_EQ(database_.keepsum({"drop", "list", "--yes"}).exit_code, 0);
  std::thread writers([&] {
    write_beside_repairs(
        database_,
        {.isolation = GetParam(), .changes_max = 1, .transactions = 160, .change = change});
  });
  const Outcome applied = database_.keepsum({"apply", "--yes"});
  EXPECT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  client.execute("UPDATE list SET place = place + 1 WHERE post BETWEEN 1500 AND 1520");
  const Outcome mended = database_.keepsum({"reconcile", "--guard", "100"});
  EXPECT_EQ(mended.exit_code, 2) << mended.out << mended.err;
  writers.join();
  expect_exact(database_, wrong_places(client));
}

KEEPSUM_AT_EACH_LEVEL(ConcurrencyPlaces);

}  // namespace
}  // namespace keepsum::test
