#include "engine/sql/reread.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/sql/joined.hpp"
#include "engine/sql/ranked.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

using plan::Merge;

namespace {

// What is read again together: one column that keeps an extreme, or all that follow one order.
struct Held {
  std::vector<std::size_t> columns;
  std::vector<std::size_t> place;  // of these, those that say which row is held
  const plan::RowOrder* order = nullptr;
  std::vector<schema::ExprPtr> behind;
};

std::vector<Held> held(const plan::SummaryPlan& plan) {
  std::vector<Held> all;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (!aggregates::keeps_extreme(plan.state[i].merge)) continue;
    const schema::AggregateColumn& column = plan.aggregates[plan.state[i].aggregate].column;
    all.push_back({{i}, {i}, nullptr, {column.argument, column.filter}});
  }
  for (std::size_t o = 0; o < plan.orders.size(); ++o) {
    const plan::RowOrder& order = plan.orders[o];
    // Not the values: the upsert has merged those of a row that keeps its place.
    Held each{plan.ranked_by(o), order.state, &order, {order.filter}};
    for (const plan::RankTerm& term : order.terms) each.behind.push_back(term.expr);
    all.push_back(std::move(each));
  }
  return all;
}

// MariaDB 10.11 ends (signal 11) where an UPDATE in a trigger has a derived table in which a TEXT
// or a BLOB of OLD stands as it is; as the value of an expression it may.
std::string as_expression(const std::string& value, const plan::StateColumn& column,
                          const Dialect& dialect) {
  if (!dialect.enforces_foreign_keys()) return value;
  const bool is_long = boost::algorithm::icontains(column.sql_type, "text") ||
                       boost::algorithm::icontains(column.sql_type, "blob");
  return is_long ? fmt::format("CASE WHEN TRUE THEN {} END", value) : value;
}

// Of each group the first by the order of the rows taken: columns k0 …, m0 ….
std::string first_taken(const plan::SummaryPlan& plan, const Dialect& dialect, const Held& held,
                        const Branch& taken, const Joined& rows) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, taken.binding);
  std::vector<std::string> each, keys, groups, places;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    each.push_back(fmt::format("{} AS k{}", render(*plan.keys[i].expr), i));
    keys.push_back(fmt::format("taken.k{0} AS k{0}", i));
    groups.push_back(dialect.collated(fmt::format("taken.k{}", i), plan.keys[i].type));
  }
  for (std::size_t i = 0; i < held.place.size(); ++i) {
    const plan::StateColumn& column = plan.state[held.place[i]];
    const std::string value = contribution(plan, dialect, column, taken.binding);
    each.push_back(fmt::format("{} AS m{}", as_expression(value, column, dialect), i));
    places.push_back(fmt::format("taken.m{0} AS m{0}", i));
  }
  const std::string from = fmt::format(
      "(SELECT {}\n    {}{}) AS taken\n  WHERE taken.m0 IS NOT NULL", fmt::join(each, ", "),
      rows.sql, rows.reads_table ? dialect.lock_clause() : std::string());
  if (held.order == nullptr) {
    const plan::StateColumn& column = plan.state[held.place.front()];
    return fmt::format(
        "\n  SELECT {}, {} AS m0\n  FROM {} GROUP BY {}\n", fmt::join(keys, ", "),
        aggregates::merge_rows(column.merge, dialect.collated("taken.m0", column.type)), from,
        fmt::join(groups, ", "));
  }
  if (taken.single_row) {
    return fmt::format("\n  SELECT {}, {}\n  FROM {}\n", fmt::join(keys, ", "),
                       fmt::join(places, ", "), from);
  }
  std::vector<std::string> order;
  for (std::size_t i = 0; i < held.place.size(); ++i) {
    const plan::RankTerm& term = held.order->terms[i];
    order.push_back(dialect.collated(fmt::format("taken.m{}", i), term.type) +
                    (term.greatest_first ? " DESC" : ""));
  }
  return fmt::format(
      "\n  SELECT taken.* FROM (SELECT {}, {}, ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {}) AS "
      "r\n  FROM {}) AS taken WHERE taken.r = 1\n",
      fmt::join(keys, ", "), fmt::join(places, ", "), fmt::join(groups, ", "),
      fmt::join(order, ", "), from);
}

// That the row taken may be the one that the summary still shows.
std::string may_be_held(const plan::SummaryPlan& plan, const Dialect& dialect, const Held& held) {
  const std::string summary = dialect.identifier(plan.spec.name);
  const auto stored = [&](std::size_t i) {
    return summary + "." + dialect.identifier(plan.state[i].name);
  };
  if (held.order != nullptr) {
    const auto gone = [&](std::size_t i) {
      const auto at = std::find(held.place.begin(), held.place.end(), i);
      return fmt::format("gone.m{}", at - held.place.begin());
    };
    return fmt::format("({} IS NULL OR {})", stored(held.place.front()),
                       ranks_no_later(dialect, *held.order, gone, stored));
  }
  const std::size_t i = held.place.front();
  return fmt::format("({0} IS NULL OR NOT ({0} {1} gone.m0))", stored(i),
                     plan.state[i].merge == Merge::greatest ? ">" : "<");
}

}  // namespace

std::vector<Reread> recompute_extremes(const plan::SummaryPlan& plan, const Dialect& dialect,
                                       const Branch& taken, const std::string& except,
                                       const ExtremeGuard& guard) {
  std::vector<Reread> statements;
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render_own(scope, dialect, own);
  const Renderer render_taken(scope, dialect, taken.binding);
  const std::string summary = dialect.identifier(plan.spec.name);

  std::vector<std::string> same_group, gone_group;
  if (!except.empty()) same_group.push_back(fmt::format("({}) IS NOT TRUE", except));
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    const std::string name = summary + "." + dialect.identifier(plan.keys[i].name);
    // By the key's value where the changed row has it: MariaDB then plans each read for that value,
    // and can seek past NULLs. By the summary's column it cannot know the value yet.
    const std::set<std::string> aliases = plan::aliases_of(plan.keys[i].expr);
    const bool given =
        std::includes(taken.given.begin(), taken.given.end(), aliases.begin(), aliases.end());
    same_group.push_back(fmt::format("{} = {}", render_own(*plan.keys[i].expr),
                                     given ? render_taken(*plan.keys[i].expr) : name));
    gone_group.push_back(fmt::format("{} = gone.k{}", name, i));
  }
  for (const Held& each : held(plan)) {
    std::vector<std::string> extra = taken.extra;
    const std::string condition = guard ? guard(each.behind) : std::string();
    if (!condition.empty()) extra.push_back("(" + condition + ")");
    const Joined rows = joined(plan, dialect, taken.binding, taken.given, extra);
    std::vector<std::string> again;
    for (const std::size_t i : each.columns) {
      again.push_back(fmt::format("{} = {}", dialect.identifier(plan.state[i].name),
                                  value_in(plan, dialect, i, same_group, dialect.lock_clause())));
    }
    statements.push_back({dialect.update_joined(
                              summary, first_taken(plan, dialect, each, taken, rows), "gone", again,
                              fmt::format("{} AND {}", fmt::join(gone_group, " AND "),
                                          may_be_held(plan, dialect, each))),
                          each.columns.size()});
  }
  return statements;
}

namespace {

// The key by its value, not by the summary's column: MariaDB then asks the index how many rows the
// key has, and reads by it. With a column it trusts its statistics, and tables that were just
// loaded have none: it reads the whole source for each key.
std::vector<std::string> group_is_carried(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(fmt::format("{} = {}", render(*key.expr), dialect.carried_in(key.type)));
  }
  return terms;
}

std::string row_is_carried(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(
        fmt::format("{} = {}", dialect.identifier(key.name), dialect.carried_in(key.type)));
  }
  return fmt::format("{}", fmt::join(terms, " AND "));
}

}  // namespace

std::vector<GroupReread> reread_group(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<GroupReread> statements;
  const std::vector<std::string> same_group = group_is_carried(plan, dialect);
  const auto stored = [&](std::size_t i) { return dialect.identifier(plan.state[i].name); };
  for (const Held& each : held(plan)) {
    GroupReread statement;
    statement.held = each.place.front();
    const auto add_key = [&] {
      for (std::size_t k = 0; k < plan.keys.size(); ++k) statement.parameters.push_back(k);
    };
    const auto gone = [&](std::size_t i) {
      statement.parameters.push_back(plan.keys.size() + i);
      return dialect.carried_in(plan.state[i].type);
    };
    std::vector<std::string> assignments;
    for (const std::size_t i : each.columns) {
      assignments.push_back(fmt::format(
          "{} = {}", stored(i), value_in(plan, dialect, i, same_group, dialect.lock_clause())));
      add_key();
    }
    add_key();
    const std::size_t i = each.place.front();
    const std::string may_be_held =
        each.order != nullptr
            ? ranks_no_later(dialect, *each.order, gone, stored)
            : fmt::format("NOT ({} {} {})", stored(i),
                          plan.state[i].merge == Merge::greatest ? ">" : "<", gone(i));
    statement.sql = fmt::format("UPDATE {} SET {}\nWHERE {} AND ({} IS NULL OR {})",
                                dialect.identifier(plan.spec.name), fmt::join(assignments, ", "),
                                row_is_carried(plan, dialect), stored(i), may_be_held);
    statements.push_back(std::move(statement));
  }
  return statements;
}

std::string store_extremes(const plan::SummaryPlan& plan, const Dialect& dialect) {
  if (!plan.has_recompute()) return {};
  const std::vector<std::string> same_group = source_key_equals(plan, dialect);
  std::vector<std::string> assignments;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (!aggregates::recomputes(plan.state[i].merge)) continue;
    assignments.push_back(fmt::format("{} = {}", dialect.identifier(plan.state[i].name),
                                      value_in(plan, dialect, i, same_group, "")));
  }
  return fmt::format("UPDATE {} SET {} WHERE {}", dialect.identifier(plan.spec.name),
                     fmt::join(assignments, ", "), summary_key_equals(plan, dialect));
}

std::size_t store_extremes_keys(const plan::SummaryPlan& plan) {
  return 1 + static_cast<std::size_t>(std::count_if(plan.state.begin(), plan.state.end(),
                                                    [](const plan::StateColumn& column) {
                                                      return aggregates::recomputes(column.merge);
                                                    }));
}

}  // namespace keepsum::sql
