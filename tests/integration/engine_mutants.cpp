// The suite that keeps the delta rules, put to the test itself: mistakes are planted in the rule of
// each aggregate, in the triggers of a random summary, and the random law has to find every one.
#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <functional>
#include <memory>
#include <set>

#include "engine/aggregates/aggregate.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "tests/integration/engine_random_round.hpp"

namespace keepsum::test {
namespace {

using aggregates::Aggregate;
using aggregates::RowInput;

// An aggregate with another contribution.
class Planted final : public Aggregate {
 public:
  using Contribution = std::function<std::string(const Aggregate& right, std::size_t i,
                                                 const RowInput& row, const sql::Dialect& dialect)>;
  Planted(const Aggregate& right, Contribution contribution)
      : right_(right), contribution_(std::move(contribution)) {}

  const schema::AggregateSignature& signature() const noexcept override {
    return right_.signature();
  }
  aggregates::MaintenanceClass maintenance_class() const noexcept override {
    return right_.maintenance_class();
  }
  std::string_view reason() const noexcept override { return right_.reason(); }
  bool has_steps() const noexcept override { return right_.has_steps(); }
  bool has_places() const noexcept override { return right_.has_places(); }
  aggregates::Follows follows() const noexcept override { return right_.follows(); }
  std::vector<aggregates::StateColumn> state() const override { return right_.state(); }
  std::string contribution(std::size_t i, const RowInput& row,
                           const sql::Dialect& dialect) const override {
    return contribution_(right_, i, row, dialect);
  }

 private:
  const Aggregate& right_;
  Contribution contribution_;
};

// A mistake: in the plan that the triggers are made from, or in their text.
struct Mutation {
  std::string name;
  Planted::Contribution contribution;
  std::function<void(plan::SummaryPlan& plan)> plan;
  std::function<std::string(std::string)> text;
  std::size_t ignored_percent = RoundOptions{}.ignored_percent;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  boost::algorithm::replace_all(text, from, to);
  return text;
}

// The statements of a trigger that read a group again.
std::string without_rereads(const std::string& text) {
  std::string kept;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(";\n", at), text.size() - 2) + 2;
    const std::string statement = text.substr(at, end - at);
    const std::size_t update = statement.find("UPDATE ");
    const std::size_t insert = statement.find("INSERT INTO");
    const bool rereads = statement.find(" AS gone") != std::string::npos &&
                         insert == std::string::npos && update != std::string::npos;
    if (!rereads) kept += statement;
    at = end;
  }
  return kept;
}

void forget_filters(plan::SummaryPlan& plan) {
  for (plan::AggregatePlan& aggregate : plan.aggregates) aggregate.column.filter = nullptr;
  for (plan::RowOrder& order : plan.orders) order.filter = nullptr;
}

Mutation in_contribution(std::string name, Planted::Contribution contribution) {
  return {std::move(name), std::move(contribution), {}, {}};
}

Mutation in_plan(std::string name, std::function<void(plan::SummaryPlan&)> change) {
  return {std::move(name), {}, std::move(change), {}};
}

Mutation in_text(std::string name, std::function<std::string(std::string)> change) {
  return {std::move(name), {}, {}, std::move(change)};
}

std::vector<Mutation> of_additive() {
  return {
      in_contribution("its sign is wrong",
                      [](const Aggregate& right, std::size_t i, const RowInput& row,
                         const sql::Dialect& dialect) {
                        return fmt::format("(0 - ({}))", right.contribution(i, row, dialect));
                      }),
      in_text("a row that is taken is added",
              [](std::string text) {
                return replaced(replaced(std::move(text), "-(", "("), " -1", " 1");
              }),
      in_plan("its filter is forgotten", forget_filters),
      in_contribution(
          "NULL counts",
          [](const Aggregate& right, std::size_t i, RowInput row, const sql::Dialect& dialect) {
            row.argument_nullable = false;
            if (!right.is_condition()) return right.contribution(i, row, dialect);
            row.argument = fmt::format("(({0}) OR ({0}) IS NULL)", row.argument);
            return right.contribution(i, row, dialect);
          }),
  };
}

std::vector<Mutation> of_latch() {
  return {
      in_contribution(
          "its condition is turned round",
          [](const Aggregate& right, std::size_t i, RowInput row, const sql::Dialect& dialect) {
            row.argument = fmt::format("(NOT {})", row.argument);
            return right.contribution(i, row, dialect);
          }),
      in_plan("its filter is forgotten", forget_filters),
      in_plan("it is counted",
              [](plan::SummaryPlan& plan) {
                for (plan::StateColumn& column : plan.state) column.merge = plan::Merge::add;
              }),
      in_text("it keeps the lesser",
              [](std::string text) { return replaced(std::move(text), " > ", " < "); }),
  };
}

std::vector<Mutation> of_extremes() {
  return {
      in_plan("greatest and least are exchanged",
              [](plan::SummaryPlan& plan) {
                for (plan::StateColumn& column : plan.state) {
                  column.merge = column.merge == plan::Merge::greatest ? plan::Merge::least
                                                                       : plan::Merge::greatest;
                }
              }),
      in_plan("its filter is forgotten", forget_filters),
      in_text("no group is read again", without_rereads),
      in_text("a group is read again only for what lies beyond",
              [](std::string text) {
                return replaced(replaced(std::move(text), " > gone.m0", " >= gone.m0"),
                                " < gone.m0", " <= gone.m0");
              }),
  };
}

void turn_round(std::vector<plan::RowOrder>& orders, bool ties) {
  for (plan::RowOrder& order : orders) {
    for (std::size_t i = 0; i < order.terms.size(); ++i) {
      if ((i >= order.spec_terms) == ties) {
        order.terms[i].greatest_first = !order.terms[i].greatest_first;
      }
    }
  }
}

std::vector<Mutation> of_followers() {
  return {
      in_plan("the order is turned round",
              [](plan::SummaryPlan& plan) { turn_round(plan.orders, false); }),
      in_plan("ties are broken the other way",
              [](plan::SummaryPlan& plan) { turn_round(plan.orders, true); }),
      in_plan("its filter is forgotten", forget_filters),
      in_text("no group is read again", without_rereads),
      in_text("an equal place is not the same row",
              [](std::string text) {
                return replaced(replaced(std::move(text), " >= ", " > "), " <= ", " < ");
              }),
      in_contribution("a NULL does not replace a value",
                      [](const Aggregate& right, std::size_t i, const RowInput& row,
                         const sql::Dialect& dialect) {
                        return fmt::format("COALESCE({}, '7')",
                                           right.contribution(i, row, dialect));
                      }),
  };
}

std::vector<Mutation> of_sequences() {
  return {
      in_plan("the order is turned round",
              [](plan::SummaryPlan& plan) { turn_round(plan.sequences, false); }),
      in_plan("ties are broken the other way",
              [](plan::SummaryPlan& plan) { turn_round(plan.sequences, true); }),
      in_text("a row at the same place is beyond",
              [](std::string text) {
                return replaced(replaced(std::move(text), " < NEW.", " <= NEW."), " > NEW.",
                                " >= NEW.");
              }),
      in_text("the row itself is its neighbour",
              [](std::string text) { return replaced(std::move(text), "NOT (", "(TRUE OR "); }),
  };
}

std::vector<Mutation> of_steps() {
  std::vector<Mutation> all = of_sequences();
  all.push_back(in_plan("its filter is forgotten", forget_filters));
  all.push_back(in_text("a row that is taken is added",
                        [](std::string text) { return replaced(std::move(text), "-(", "("); }));
  return all;
}

std::vector<Mutation> of_places(bool shown) {
  std::vector<Mutation> all = of_sequences();
  all.push_back(in_text("a row that comes does not move those behind it", [](std::string text) {
    return replaced(std::move(text), " + 1 WHERE", " + 0 WHERE");
  }));
  all.push_back(in_text("a row that goes leaves its gap", [](std::string text) {
    return replaced(std::move(text), " + -1 WHERE", " + 0 WHERE");
  }));
  all.push_back(in_text("a row that goes keeps its place", [](std::string text) {
    return replaced(replaced(std::move(text), " = 0 WHERE", " = 1 WHERE"), " = 0, ", " = 1, ");
  }));
  all.push_back(in_text("a row takes the place of the one before it", [](std::string text) {
    return replaced(std::move(text), ", 0) + 1)", ", 0) + 0)");
  }));
  all.push_back(in_text("a row that moves leaves the rows between alone", [](std::string text) {
    return replaced(std::move(text), " + CASE WHEN", " + 0 * CASE WHEN");
  }));
  all.push_back(in_plan("all lists are one", [](plan::SummaryPlan& plan) {
    for (plan::RowOrder& order : plan.sequences) order.partition.clear();
  }));
  if (shown) all.push_back(in_plan("its filter is forgotten", forget_filters));
  return all;
}

std::vector<Mutation> mutations_of(const Aggregate& aggregate) {
  if (aggregate.follows() != aggregates::Follows::nothing) return of_followers();
  switch (aggregate.maintenance_class()) {
    case aggregates::MaintenanceClass::additive: return of_additive();
    case aggregates::MaintenanceClass::neighbours: return of_steps();
    case aggregates::MaintenanceClass::places:
      return of_places(aggregate.name() != aggregate.signature().name);
    case aggregates::MaintenanceClass::monotone: return of_latch();
    case aggregates::MaintenanceClass::recompute: return of_extremes();
  }
  return {};
}

// Puts triggers with the mistake in the place of the right ones. False if it changes none of them.
bool plant(RandomRound& round, const Mutation& mutation,
           std::vector<std::unique_ptr<Planted>>& planted) {
  const sql::Dialect& dialect = round.database().dialect;
  plan::SummaryPlan wrong = round.plan();
  if (mutation.plan) mutation.plan(wrong);
  for (plan::AggregatePlan& aggregate : wrong.aggregates) {
    if (!mutation.contribution) break;
    planted.push_back(std::make_unique<Planted>(*aggregate.aggregate, mutation.contribution));
    aggregate.aggregate = planted.back().get();
  }
  const auto right = maintain::trigger_set(round.plan(), dialect);
  const auto triggers = maintain::trigger_set(wrong, dialect);
  bool differs = false;
  for (const sql::TriggerText& trigger : right) round.run(trigger.drop_sql);
  for (std::size_t i = 0; i < triggers.size(); ++i) {
    const std::string text =
        mutation.text ? mutation.text(triggers[i].create_sql) : triggers[i].create_sql;
    differs = differs || i >= right.size() || text != right[i].create_sql;
    round.run(text);
  }
  return differs;
}

class Mutants : public testing::TestWithParam<std::tuple<Server, std::string>> {};

TEST_P(Mutants, AreAllCaught) {
  const auto& [server, name] = GetParam();
  if (is_refused(name, server == Server::mariadb)) GTEST_SKIP() << "refused here";
  std::vector<Mutation> mutations = mutations_of(*aggregates::find(name));
  ASSERT_GE(mutations.size(), 3U);
  // One of each class. A latch may be true where no row shows it any more.
  const std::set<std::string> classes{"sum", "max", "latest", "sum_steps", "ordinal"};
  if (server == Server::mariadb && classes.contains(name)) {
    mutations.push_back(in_text(
        "a row that UPDATE IGNORE left alone is counted",
        [](std::string text) { return replaced(std::move(text), "`ks$refused` = 0", "TRUE"); }));
    mutations.back().ignored_percent = 80;
  }
  constexpr std::int64_t changes_max = 4000;
  int caught = 0;
  for (const Mutation& mutation : mutations) {
    std::int64_t changes = 0;
    std::string fault;
    for (std::uint64_t seed = 900'000; fault.empty() && changes < changes_max; ++seed) {
      RandomRound round(server, seed,
                        {.aggregate = name, .ignored_percent = mutation.ignored_percent});
      if (!round.prepare()) continue;
      std::vector<std::unique_ptr<Planted>> planted;
      if (!plant(round, mutation, planted)) continue;
      for (int i = 0; i < 30 && fault.empty(); ++i) fault = round.transact() + round.fault();
      changes += round.changes();
      if (testing::Test::HasFailure()) return;
    }
    EXPECT_NE(fault, "") << name << ": " << mutation.name << ": not seen in " << changes
                         << " changed rows";
    fmt::print("{}: {}: seen within {} changed rows\n", name, mutation.name, changes);
    caught += fault.empty() ? 0 : 1;
  }
  RecordProperty("planted", std::to_string(mutations.size()));
  RecordProperty("caught", std::to_string(caught));
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const Aggregate* aggregate : aggregates::registry()) {
    // Kept by a count(*) of its own table, which has its mutants, and by triggers, not by this
    // rule.
    if (aggregate->has_side_table()) continue;
    names.push_back(std::string(aggregate->name()));
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Each, Mutants,
                         testing::Combine(testing::Values(Server::sqlite, Server::mariadb),
                                          testing::ValuesIn(all_names())),
                         [](const auto& each) {
                           return name_of(std::get<0>(each.param)) + "_" + std::get<1>(each.param);
                         });

}  // namespace
}  // namespace keepsum::test
