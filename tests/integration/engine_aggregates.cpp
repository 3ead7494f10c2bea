// Every aggregate under every kind of change, on joins of one to three tables.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/aggregates/aggregate.hpp"
#include "tests/integration/engine_shapes.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

using aggregates::Aggregate;
using schema::AggregateArgument;

struct Column {
  std::string name, spec, hand;
};

std::string order_by(const std::vector<HandTerm>& terms) {
  std::string text;
  for (const HandTerm& term : terms) {
    text += (text.empty() ? " ORDER BY " : ", ") + term.expr + (term.descending ? " DESC" : "");
  }
  return text;
}

// By two orders, with a filter, and with what the first row has.
std::vector<Column> columns_of_steps(const Aggregate& aggregate, const Shape& shape) {
  if (!shape.rows_by_hand) return {};
  std::vector<HandTerm> order = shape.order;
  order.insert(order.end(), shape.ties.begin(), shape.ties.end());
  const std::string& x = shape.value;
  const std::string step = fmt::format("{0} - prev({0})", x);
  const std::string first = fmt::format("COALESCE(prev({0}), 7) * 2 + {0}", x);
  const auto column = [&](std::string name, const std::string& argument, const std::string& filter,
                          const std::vector<HandTerm>& spec, const std::vector<HandTerm>& whole) {
    return Column{std::move(name),
                  in_spec(aggregate, argument + order_by(spec)) +
                      (filter.empty() ? "" : fmt::format(" FILTER (WHERE {})", filter)),
                  steps_by_hand(argument, filter, *shape.rows_by_hand, whole)};
  };
  std::vector<HandTerm> back = shape.ties;
  back.front().descending = true;
  return {column("steps_plain", step, "", shape.order, order),
          column("steps_some", step, shape.filter, shape.order, order),
          column("steps_first", first, "", shape.order, order),
          column("steps_by_key", step, "", shape.ties, shape.ties),
          column("steps_back", step, "", back, back)};
}

// In all rows, in those of one card, and by other orders. Only where each group is one row.
std::vector<Column> columns_of_places(const Aggregate& aggregate, const Shape& shape) {
  if (!shape.rows_by_hand || !shape.rows_are_groups) return {};
  std::vector<HandTerm> order = shape.order;
  order.insert(order.end(), shape.ties.begin(), shape.ties.end());
  const bool shown = aggregate.name() != aggregate.signature().name;
  const std::string filter = shown ? shape.filter : "";
  const auto column = [&](std::string_view name, const std::vector<std::string>& partition,
                          const std::vector<HandTerm>& spec, const std::vector<HandTerm>& whole) {
    HandRows rows = *shape.rows_by_hand;
    rows.keys = partition;
    return Column{
        fmt::format("{}_{}", aggregate.name(), name),
        fmt::format("{}({}{}){}", aggregate.signature().name,
                    partition.empty() ? "" : "PARTITION BY " + partition.front(), order_by(spec),
                    shown ? fmt::format(" FILTER (WHERE {})", filter) : ""),
        place_by_hand(filter, rows, whole)};
  };
  std::vector<HandTerm> back = shape.ties;
  back.front().descending = true;
  const std::vector<std::string> one{shape.rows_by_hand->keys.front()};
  return {column("in_all", {}, shape.order, order), column("in_one", one, shape.order, order),
          column("by_key", one, shape.ties, shape.ties), column("back", {}, back, back)};
}

// The aggregate alone, with a filter, and over all rows if it can.
std::vector<Column> columns_of(const Aggregate& aggregate, const Shape& shape, bool mariadb) {
  const std::string f(aggregate.name());
  if (is_refused(f, mariadb)) return {};
  if (aggregate.has_steps()) return columns_of_steps(aggregate, shape);
  if (aggregate.has_places()) return columns_of_places(aggregate, shape);
  const std::string& argument = aggregate.signature().argument == AggregateArgument::condition
                                    ? shape.condition
                                    : shape.value;
  std::vector<HandTerm> order;
  std::string spec = argument;
  if (aggregate.signature().order == schema::AggregateOrder::required) {
    order = shape.order;
    spec += order_by(order);
    order.insert(order.end(), shape.ties.begin(), shape.ties.end());
  }
  std::vector<Column> columns{
      {f + "_plain", in_spec(aggregate, spec), by_hand(f, argument, "", mariadb, order)},
      {f + "_some", fmt::format("{} FILTER (WHERE {})", in_spec(aggregate, spec), shape.filter),
       by_hand(f, argument, shape.filter, mariadb, order)}};
  if (!order.empty()) {
    // Beside another of the same order, and alone by the keys.
    columns.push_back({f + "_beside",
                       fmt::format("{}({}{})", f, shape.ties.front().expr, order_by(shape.order)),
                       by_hand(f, shape.ties.front().expr, "", mariadb, order)});
    columns.push_back({f + "_by_key", fmt::format("{}({}{})", f, argument, order_by(shape.ties)),
                       by_hand(f, argument, "", mariadb, shape.ties)});
  }
  if (aggregate.signature().argument == AggregateArgument::value_or_star) {
    columns.push_back({f + "_all", f + "(*)", by_hand(f, "*", "", mariadb)});
    columns.push_back({f + "_these", fmt::format("{}(*) FILTER (WHERE {})", f, shape.filter),
                       by_hand(f, "*", shape.filter, mariadb)});
  }
  return columns;
}

std::string summary(const Shape& shape, const std::vector<Column>& columns) {
  std::vector<std::string> lines;
  for (const Column& column : columns) {
    lines.push_back(fmt::format(R"json("{}": "{}")json", column.name, column.spec));
  }
  return fmt::format(R"json("summary": {{{}, "aggregates": {{{}}}}})json", shape.spec,
                     fmt::join(lines, ", "));
}

std::string recompute(const Shape& shape, const std::vector<Column>& columns) {
  std::string query = "SELECT " + shape.hand_keys;
  for (const Column& column : columns) query += fmt::format(", {} AS {}", column.hand, column.name);
  return fmt::format("{} {} GROUP BY {}", query, shape.hand_from, shape.hand_groups);
}

class AggregateLaw : public testing::TestWithParam<std::tuple<Server, std::size_t, std::string>>,
                     public Scene {
 protected:
  AggregateLaw() : Scene(std::get<0>(GetParam())) {}
};

TEST_P(AggregateLaw, HoldsAfterEveryStatement) {
  const Shape& shape = shapes()[std::get<1>(GetParam())];
  const std::string& which = std::get<2>(GetParam());
  std::vector<Column> columns;
  for (const Aggregate* aggregate : aggregates::registry()) {
    if (which != "all" && aggregate->name() != which) continue;
    for (Column& column : columns_of(*aggregate, shape, on_mariadb())) {
      ASSERT_NE(column.hand, "") << "by_hand() does not know " << column.spec;
      columns.push_back(std::move(column));
    }
  }
  if (columns.empty()) GTEST_SKIP() << which << " is refused here";
  run_all(shape.tables);
  run_all(shape.rows);
  apply(summary(shape, columns));
  const std::string query = recompute(shape, columns);
  expect_equal(query);
  for (const std::string& change : shape.changes) {
    run(change);
    expect_equal(query);
    if (HasFailure()) break;
  }
}

std::vector<std::string> alone_and_together() {
  std::vector<std::string> all{"all"};
  for (const Aggregate* aggregate : aggregates::registry()) {
    all.emplace_back(aggregate->name());
  }
  return all;
}

std::string name_of_case(const testing::TestParamInfo<AggregateLaw::ParamType>& each) {
  return fmt::format("{}_{}_{}", name_of(std::get<0>(each.param)),
                     shapes()[std::get<1>(each.param)].name, std::get<2>(each.param));
}

// Alone, because a plan without min and max writes other statements than one with them.
INSTANTIATE_TEST_SUITE_P(Alone, AggregateLaw,
                         testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                                          testing::Values(0U, 1U),
                                          testing::ValuesIn(alone_and_together())),
                         name_of_case);
INSTANTIATE_TEST_SUITE_P(Together, AggregateLaw,
                         testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                                          testing::Range<std::size_t>(2, shapes().size()),
                                          testing::Values("all")),
                         name_of_case);

// A latch remembers what a recompute no longer shows.
class Latch : public EngineOnBoth {};
KEEPSUM_ON_BOTH(Latch);

TEST_P(Latch, StaysTrueAndOnlyAMissingTrueIsDrift) {
  run_all(
      {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
       "amount BIGINT)",
       "INSERT INTO payments VALUES (1, 1, 900), (2, 2, 10)"});
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
                     "aggregates": {"spent_big": "latch(p.amount > 500)"}})json");
  const std::string stored = "SELECT card, spent_big FROM cards ORDER BY card";
  // A row that would be empty need not be there.
  EXPECT_EQ(lines(stored), std::vector<std::string>{"1|1"});
  run("UPDATE payments SET amount = 1 WHERE id = 1");
  run("INSERT INTO payments VALUES (3, 2, 501)");
  run("DELETE FROM payments WHERE id IN (1, 3)");
  EXPECT_EQ(lines(stored), (std::vector<std::string>{"1|1", "2|1"}));
  EXPECT_EQ(verify().drifted, 0);
  run("INSERT INTO payments VALUES (4, 3, 501)");
  run("UPDATE cards SET spent_big = 0 WHERE card = 3");
  const reconcile::RunReport report = verify();
  EXPECT_EQ(report.drifted, 1);
  ASSERT_EQ(report.drift.size(), 1U);
  EXPECT_EQ(report.drift[0].group_key, R"json({"card":3})json");
}

// Statements that insert, update or replace as they find it.
class Upserts : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE payments (id BIGINT NOT NULL PRIMARY KEY, card BIGINT NOT NULL, "
         "ref VARCHAR(20) NOT NULL UNIQUE, amount BIGINT)",
         "CREATE INDEX payments_card ON payments (card)",
         "INSERT INTO payments VALUES (1, 1, 'a', 10), (2, 1, 'b', 20), (3, 2, 'c', 30)"});
    apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
               "aggregates": {"amount": "sum(p.amount)", "payments": "count(*)",
                              "largest": "max(p.amount)", "least": "min(p.amount)"}})json");
  }
  void check() {
    expect_equal(
        "SELECT card, COALESCE(SUM(amount), 0) AS amount, COUNT(*) AS payments, "
        "MAX(amount) AS largest, MIN(amount) AS least FROM payments GROUP BY card");
  }
};
KEEPSUM_ON_BOTH(Upserts);

TEST_P(Upserts, AreExact) {
  // REPLACE fires delete triggers on SQLite only so; the plan's contract says it.
  if (!on_mariadb()) run("PRAGMA recursive_triggers = ON");
  const std::string ignore = on_mariadb() ? "INSERT IGNORE" : "INSERT OR IGNORE";
  const std::string update = on_mariadb()
                                 ? "ON DUPLICATE KEY UPDATE card = card + 1, amount = amount * 2"
                                 : "ON CONFLICT DO UPDATE SET card = card + 1, amount = amount * 2";
  for (const std::string& statement :
       {std::string("REPLACE INTO payments VALUES (1, 2, 'a', 40)"),
        std::string("REPLACE INTO payments VALUES (4, 1, 'a', 5), (5, 3, 'z', NULL)"),
        // Collides with two rows, by different keys.
        std::string("REPLACE INTO payments VALUES (3, 1, 'b', 77)"),
        ignore + " INTO payments VALUES (3, 9, 'q', 1), (6, 1, 'f', 8), (7, 9, 'f', 8)",
        "INSERT INTO payments VALUES (3, 1, 'new', 1) " + update,
        "INSERT INTO payments VALUES (8, 1, 'h', 1), (8, 1, 'h', 1), (9, 1, 'h', 1) " + update,
        std::string("UPDATE payments SET id = id + 100, card = 3 - card WHERE card < 3")}) {
    run(statement);
    check();
  }
}

TEST_P(Upserts, AFailedStatementLeavesNoTrace) {
  const auto before = lines("SELECT * FROM cards ORDER BY card");
  fails("INSERT INTO payments VALUES (10, 1, 'x', 1), (11, 2, 'y', 2), (1, 3, 'z', 3)");
  fails("UPDATE payments SET ref = 'same', amount = 7");
  EXPECT_EQ(lines("SELECT * FROM cards ORDER BY card"), before);
  check();
}

TEST_P(Upserts, RolledBackWithTheWriter) {
  for (const char* statement :
       {"BEGIN", "INSERT INTO payments VALUES (20, 1, 'k', 500)", "SAVEPOINT here",
        "DELETE FROM payments", "ROLLBACK TO SAVEPOINT here",
        "UPDATE payments SET card = 7 WHERE id = 3"}) {
    run(statement);
    check();
  }
  run("ROLLBACK");
  check();
  EXPECT_EQ(lines("SELECT amount FROM cards WHERE card = 1"), std::vector<std::string>{"30"});
}

}  // namespace
}  // namespace keepsum::test
