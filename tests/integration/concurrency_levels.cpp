// Eight writers on a table, a summary of it with a count of distinct values, and a summary of that:
// at every isolation level, both are what a query by hand gives, while a reconciler repairs beside
// them what is spoilt on purpose.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/integration/concurrency_beside.hpp"

namespace keepsum::test {
namespace {

using testing::IsEmpty;

const std::vector<std::string> tables = {
    "CREATE TABLE sales (id BIGINT PRIMARY KEY, shop INT NOT NULL, day INT NOT NULL, customer INT, "
    "cents BIGINT, KEY by_shop (shop, day)) ENGINE=InnoDB"};

constexpr const char* spec = R"json({
  "keepsum": 1,
  "database": "@URL@",
  "summaries": {
    "daily": {
      "from": "sales s",
      "group_by": { "shop": "s.shop", "day": "s.day" },
      "aggregates": {
        "total": "sum(s.cents)", "sales": "count(*)", "largest": "max(s.cents)",
        "customers": "count(DISTINCT s.customer)",
        "buyers": "count(DISTINCT s.customer) FILTER (WHERE s.cents > 0)"
      }
    },
    "monthly": {
      "from": "daily d",
      "group_by": { "shop": "d.shop", "month": "div(d.day, 100)" },
      "aggregates": {
        "total": "sum(d.total)", "days": "count(*)", "best": "max(d.total)",
        "busiest": "max(d.customers)", "sizes": "count(DISTINCT d.sales)"
      }
    }
  }
})json";

constexpr const char* daily_by_hand =
    "SELECT shop, day, COALESCE(SUM(cents), 0) AS total, COUNT(*) AS sales, MAX(cents) AS largest, "
    "COUNT(DISTINCT customer) AS customers, COUNT(DISTINCT CASE WHEN cents > 0 THEN customer END) "
    "AS buyers FROM sales GROUP BY shop, day";

std::vector<std::vector<std::string>> wrong_days(Client& client) {
  return client.rows(fmt::format(
      "SELECT r.*, s.* FROM ({0}) r LEFT JOIN daily s USING (shop, day) WHERE NOT (s.total <=> "
      "r.total AND s.sales <=> r.sales AND s.largest <=> r.largest AND s.customers <=> r.customers "
      "AND s.buyers <=> r.buyers) UNION ALL SELECT r.*, s.* FROM daily s LEFT JOIN ({0}) r USING "
      "(shop, day) WHERE r.shop IS NULL AND (s.total <> 0 OR s.sales <> 0 OR s.largest IS NOT NULL "
      "OR s.customers <> 0 OR s.buyers <> 0)",
      daily_by_hand));
}

std::vector<std::vector<std::string>> wrong_months(Client& client) {
  const std::string by_hand = fmt::format(
      "SELECT shop, day DIV 100 AS month, SUM(total) AS total, COUNT(*) AS days, MAX(total) AS "
      "best, MAX(customers) AS busiest, COUNT(DISTINCT sales) AS sizes FROM ({}) AS d GROUP BY "
      "shop, day DIV 100",
      daily_by_hand);
  return client.rows(fmt::format(
      "SELECT r.*, s.* FROM ({0}) r LEFT JOIN monthly s USING (shop, month) WHERE NOT (s.total <=> "
      "r.total AND s.days <=> r.days AND s.best <=> r.best AND s.busiest <=> r.busiest AND s.sizes "
      "<=> r.sizes) UNION ALL SELECT r.*, s.* FROM monthly s LEFT JOIN ({0}) r USING (shop, month) "
      "WHERE r.shop IS NULL AND (s.total <> 0 OR s.days <> 0 OR s.best IS NOT NULL OR s.busiest IS "
      "NOT NULL OR s.sizes <> 0)",
      by_hand));
}

void change(Client& client, Roll& roll) {
  const int id = roll(300);
  const std::string cents = roll(6) == 0 ? "NULL" : std::to_string(roll(7) - 2);
  const std::string customer = roll(6) == 0 ? "NULL" : std::to_string(roll(4));
  const int day = 20260100 + 100 * roll(2) + roll(3);
  switch (roll(5)) {
    case 0:
    case 1:
      client.execute(fmt::format(
          "INSERT INTO sales VALUES ({0}, {1}, {2}, {3}, {4}) ON DUPLICATE KEY UPDATE customer = "
          "{3}, cents = {4}",
          id, roll(3), day, customer, cents));
      break;
    case 2: client.execute(fmt::format("DELETE FROM sales WHERE id = {}", id)); break;
    case 3:
      client.execute(
          fmt::format("UPDATE sales SET shop = {}, day = {} WHERE id = {}", roll(3), day, id));
      break;
    default:
      client.execute(fmt::format("UPDATE sales SET cents = {}, customer = {} WHERE id = {}", cents,
                                 customer, id));
  }
}

class ConcurrencyLevels : public testing::TestWithParam<const char*> {};

TEST_P(ConcurrencyLevels, BothAreExact) {
  const PaymentsDatabase database(tables, spec);
  const Outcome applied = database.keepsum({"apply", "--yes"});
  ASSERT_EQ(applied.exit_code, 0) << applied.out << applied.err;
  // Spoilt under load at each level, and mended under load.
  write_beside_repairs(
      database, {.isolation = GetParam(),
                 .changes_max = 3,
                 .transactions = 1200,
                 .change = change,
                 .spoils = {"UPDATE daily SET customers = customers + 3 WHERE shop = 1",
                            "UPDATE `ks_daily$customers` SET ks_rows = ks_rows + 1 WHERE shop = 0",
                            "UPDATE monthly SET total = total - 7, best = 1000 WHERE shop = 2"}});
  Client client(database.url());
  EXPECT_THAT(wrong_days(client), IsEmpty());
  expect_exact(database, wrong_months(client));
}

KEEPSUM_AT_EACH_LEVEL(ConcurrencyLevels);

}  // namespace
}  // namespace keepsum::test
