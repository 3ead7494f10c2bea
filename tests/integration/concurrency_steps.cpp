// Eight writers on one table of positions, of few vehicles and fewer moments, so that most of what
// they change at once are neighbours: at every isolation level the steps are what a query by hand
// gives, while a reconciler mends beside them what is spoilt on purpose.
#include <fmt/format.h>

#include <algorithm>

#include "tests/integration/concurrency_beside.hpp"

namespace keepsum::test {
namespace {

const std::vector<std::string> tables = {
    "CREATE TABLE positions (id BIGINT PRIMARY KEY, vehicle INT NOT NULL, seen INT NOT NULL, x "
    "INT, "
    "valid INT NOT NULL, KEY by_time (vehicle, seen)) ENGINE=InnoDB"};

constexpr const char* spec = R"json({
  "keepsum": 1,
  "database": "@URL@",
  "summaries": {
    "vehicles": {
      "from": "positions p",
      "where": "p.valid = 1",
      "group_by": { "vehicle": "p.vehicle" },
      "aggregates": {
        "distance": "sum(abs(p.x - prev(p.x)) ORDER BY p.seen)",
        "back": "sum(p.x * 3 - prev(p.x) ORDER BY p.seen DESC, p.id DESC)",
        "n": "count(*)", "last_x": "latest(p.x ORDER BY p.seen)"
      }
    }
  }
})json";

constexpr const char* by_hand =
    "SELECT vehicle, COALESCE(SUM(ABS(x - before_x)), 0) AS distance, COALESCE(SUM(x * 3 - "
    "after_x), "
    "0) AS back, COUNT(*) AS n FROM (SELECT vehicle, x, LAG(x) OVER (PARTITION BY vehicle ORDER BY "
    "seen, id) AS before_x, LEAD(x) OVER (PARTITION BY vehicle ORDER BY seen, id) AS after_x FROM "
    "positions WHERE valid = 1) AS each_row GROUP BY vehicle";

std::vector<std::vector<std::string>> wrong_vehicles(Client& client) {
  return client.rows(fmt::format(
      "SELECT r.*, s.* FROM ({0}) r LEFT JOIN vehicles s USING (vehicle) WHERE NOT (s.distance <=> "
      "r.distance AND s.back <=> r.back AND s.n <=> r.n) UNION ALL SELECT r.*, s.* FROM vehicles s "
      "LEFT JOIN ({0}) r USING (vehicle) WHERE r.vehicle IS NULL AND (s.distance <> 0 OR s.back <> "
      "0 "
      "OR s.n <> 0)",
      by_hand));
}

void change(Client& client, Roll& roll) {
  const int id = roll(240);
  const std::string x = roll(8) == 0 ? "NULL" : std::to_string(roll(50));
  switch (roll(8)) {
    case 0:
    case 1:
    case 2:
      client.execute(
          fmt::format("INSERT INTO positions VALUES ({}, {}, {}, {}, {}) ON DUPLICATE KEY UPDATE "
                      "x = x + 1, seen = seen + 1",
                      id, roll(12), roll(15), x, roll(8) == 0 ? 0 : 1));
      break;
    case 3:
    case 4: client.execute(fmt::format("DELETE FROM positions WHERE id = {}", id)); break;
    case 5:
      client.execute(fmt::format("UPDATE positions SET vehicle = {}, seen = {} WHERE id = {}",
                                 roll(12), roll(15), id));
      break;
    case 6:
      client.execute(fmt::format("UPDATE positions SET valid = 1 - valid WHERE id = {}", id));
      break;
    default:
      client.execute(
          fmt::format("UPDATE positions SET x = {} WHERE id IN ({}, {})", x, id, (id + 1) % 240));
  }
}

class ConcurrencySteps : public testing::TestWithParam<const char*> {};

TEST_P(ConcurrencySteps, AreExact) {
  const PaymentsDatabase database(tables, spec);
  const Outcome applied = database.keepsum({"apply", "--yes"});
  ASSERT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  write_beside_repairs(
      database, {.isolation = GetParam(),
                 .changes_max = 2,
                 .transactions = 1200,
                 .change = change,
                 .spoils = {"UPDATE vehicles SET distance = distance + 3 WHERE vehicle < 6",
                            "UPDATE vehicles SET back = back - 1, last_x = 77 WHERE vehicle = 2"}});
  Client client(database.url());
  expect_exact(database, wrong_vehicles(client));
}

KEEPSUM_AT_EACH_LEVEL(ConcurrencySteps);

}  // namespace
}  // namespace keepsum::test
