// Lists of groups: an index of the spec gives their order, and the summary and its source give the
// same rows.
#include <fmt/format.h>

#include "engine/lifecycle/list.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class ListLaw : public EngineOnBoth {
 protected:
  ListLaw() {
    run("CREATE TABLE sales (id BIGINT NOT NULL PRIMARY KEY, shop BIGINT NOT NULL, at BIGINT NOT "
        "NULL, cents BIGINT)");
    std::string values;
    for (int i = 0; i < 3000; ++i) {
      values += fmt::format("{}({}, {}, {}, {})", i == 0 ? "" : ", ", i, i * 7919 % 11,
                            1'700'000'000 + i * 104'729L % 25'000'000,
                            i % 13 == 0 ? "NULL" : std::to_string(i * 31 % 50));
    }
    run("INSERT INTO sales VALUES " + values);
    apply(R"json("daily": {"from": "sales s",
        "group_by": {"shop": "s.shop", "day": "bucket('1 day', s.at)"},
        "aggregates": {"total": "sum(s.cents)", "most": "max(s.cents)", "mean": "avg(s.cents)"},
        "indexes": [["total"], ["shop", "total"], ["most"]]})json");
    run(on_mariadb() ? "ANALYZE TABLE daily" : "ANALYZE");
  }

  std::string explained(const std::string& sql) {
    std::string text;
    for (const std::string& line :
         lines((on_mariadb() ? "EXPLAIN " : "EXPLAIN QUERY PLAN ") + sql)) {
      text += line + "\n";
    }
    return text;
  }
};
KEEPSUM_ON_BOTH(ListLaw);

TEST_P(ListLaw, AnIndexGivesTheOrder) {
  for (const bool ascending : {false, true}) {
    const std::string sql = sql::list_groups(
        plan(), database().dialect, {}, sql::ListOrder{0, ascending, sql::Nulls::are_values}, 10);
    const std::string way = explained(sql);
    EXPECT_THAT(way, testing::HasSubstr("ks_daily_1")) << sql;
    EXPECT_THAT(way, testing::Not(testing::AnyOf(testing::HasSubstr("filesort"),
                                                 testing::HasSubstr("TEMP B-TREE"))))
        << sql;
  }
  EXPECT_TRUE(lifecycle::index_serves(plan(), {std::nullopt, std::nullopt}, 0));
  EXPECT_TRUE(lifecycle::index_serves(plan(), {db::Value(std::int64_t{3}), std::nullopt}, 0));
  EXPECT_FALSE(lifecycle::index_serves(plan(), {db::Value(std::int64_t{3}), std::nullopt}, 1));
  EXPECT_FALSE(lifecycle::index_serves(plan(), {std::nullopt, std::nullopt}, 2));
}

std::vector<std::string> shown(const lifecycle::Listing& listing) {
  std::vector<std::string> rows;
  for (const lifecycle::GroupRow& row : listing.rows) {
    std::string text;
    for (const db::Value& value : row.key) text += db::display(value) + "|";
    for (const db::Value& value : row.values) text += db::display(value) + "|";
    rows.push_back(std::move(text));
  }
  return rows;
}

// The same calls while the summary answers and while it does not.
TEST_P(ListLaw, SummaryAndSourceGiveTheSame) {
  run_all({"UPDATE sales SET cents = cents + 1000 WHERE id % 17 = 0",
           "DELETE FROM sales WHERE id > "
           "2900",
           "UPDATE sales SET at = at + 86400 WHERE id % 5 = 0"});
  const lifecycle::SomeKeys all{std::nullopt, std::nullopt};
  const lifecycle::SomeKeys one{db::Value(std::int64_t{3}), std::nullopt};
  const auto ask = [&] {
    std::vector<std::vector<std::string>> answers;
    for (const auto& within : {all, one}) {
      for (std::size_t column = 0; column < 3; ++column) {
        for (const bool ascending : {false, true}) {
          const auto top = lifecycle::top(database(), plan(), within, column, ascending, 5000);
          answers.push_back(shown(top.value()));
        }
      }
      for (const bool each : {false, true}) {
        const auto range =
            lifecycle::read_buckets(database(), plan(), within,
                                    {std::nullopt, "2023-12-01", "2024-03-31", std::nullopt, each});
        answers.push_back(shown(range.value()));
      }
      const auto as_of = lifecycle::read_buckets(
          database(), plan(), within, {std::nullopt, std::nullopt, std::nullopt, "2024-01-31"});
      answers.push_back(shown(as_of.value()));
    }
    return answers;
  };
  const auto from_summary = ask();
  run("UPDATE keepsum_summaries SET state = 'building'");
  const auto from_source = ask();
  ASSERT_EQ(from_summary.size(), from_source.size());
  for (std::size_t i = 0; i < from_summary.size(); ++i) {
    EXPECT_EQ(from_summary[i], from_source[i]) << i;
    EXPECT_FALSE(from_summary[i].empty()) << i;
  }
}

}  // namespace
}  // namespace keepsum::test
