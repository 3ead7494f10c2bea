#include "engine/sql/ranked.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/plan/steps.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::sql {

using plan::Merge;

namespace {

// An index holds a TIMESTAMP as it is stored, which is its order in time: not as it is pinned.
std::string order_term(const plan::Scope& scope, const Renderer& render,
                       const schema::ExprPtr& expr) {
  return plan::plain_column(scope, expr) == nullptr ? render(*expr)
                                                    : render.reference(expr->qualifier, expr->text);
}

// Whether an index of the key and the argument may find an extreme: both are columns of one table.
bool may_seek(const plan::SummaryPlan& plan, const plan::AggregatePlan& aggregate) {
  const schema::ExprPtr& argument = aggregate.column.argument;
  if (!argument || argument->kind != schema::ExprKind::column) return false;
  return std::all_of(plan.keys.begin(), plan.keys.end(), [&](const plan::KeyColumn& key) {
    return key.expr->kind == schema::ExprKind::column && key.expr->qualifier == argument->qualifier;
  });
}

struct Seek {
  std::string value;
  std::vector<std::string> conditions, order;
};

Seek seek_ranked(const plan::SummaryPlan& plan, const Dialect& dialect,
                 const plan::StateColumn& column, const Binding& binding) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  const plan::RowOrder& order = plan.orders[*column.order];
  Seek seek;
  seek.value = render(column.term ? *order.terms[*column.term].expr
                                  : *plan.aggregates[column.aggregate].column.argument);
  if (order.filter) seek.conditions.push_back(render(*order.filter));
  for (const plan::RankTerm& term : order.terms) {
    seek.order.push_back(dialect.collated(order_term(scope, render, term.expr), term.type) +
                         (term.greatest_first ? " DESC" : ""));
  }
  return seek;
}

Seek seek_extreme(const plan::SummaryPlan& plan, const Dialect& dialect,
                  const plan::StateColumn& column, const Binding& binding) {
  const plan::Scope scope = plan.scope();
  const Renderer render(scope, dialect, binding);
  const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
  const std::string term = order_term(scope, render, aggregate.column.argument);
  Seek seek{render(*aggregate.column.argument), {}, {}};
  if (aggregate.argument_type.nullable) seek.conditions.push_back(term + " IS NOT NULL");
  if (aggregate.column.filter) seek.conditions.push_back(render(*aggregate.column.filter));
  seek.order.push_back(dialect.collated(term, column.type) +
                       (column.merge == Merge::greatest ? " DESC" : ""));
  return seek;
}

}  // namespace

std::string ranks_no_later(const Dialect& dialect, const plan::RowOrder& order,
                           const ColumnSql& mine, const ColumnSql& theirs) {
  std::string text, close;
  for (std::size_t i = 0; i < order.terms.size(); ++i) {
    const plan::RankTerm& term = order.terms[i];
    const std::string b = theirs(order.state[i]);
    const std::string_view beats = term.greatest_first ? ">" : "<";
    const auto a = [&] { return dialect.collated(mine(order.state[i]), term.type); };
    if (i + 1 == order.terms.size())
      return fmt::format("{}{} {}= {}{}", text, a(), beats, b, close);
    text += fmt::format("({} {} {} OR (", a(), beats, b);
    text += fmt::format("{} = {} AND ", a(), b);
    close += "))";
  }
  return text;
}

std::string rank_columns(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const std::vector<std::string>& partition, const ColumnSql& contribution) {
  std::string text;
  for (std::size_t o = 0; o < plan.orders.size(); ++o) {
    const plan::RowOrder& order = plan.orders[o];
    std::vector<std::string> terms{contribution(order.state.front()) + " IS NULL"};
    for (std::size_t i = 0; i < order.terms.size(); ++i) {
      terms.push_back(dialect.collated(contribution(order.state[i]), order.terms[i].type) +
                      (order.terms[i].greatest_first ? " DESC" : ""));
    }
    text += fmt::format(", ROW_NUMBER() OVER ({}{}ORDER BY {}) AS r{}",
                        partition.empty() ? "" : "PARTITION BY ",
                        partition.empty() ? "" : fmt::format("{} ", fmt::join(partition, ", ")),
                        fmt::join(terms, ", "), o);
  }
  return text;
}

std::string merged(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t column,
                   const std::string& source) {
  const plan::StateColumn& state = plan.state[column];
  const std::string value = fmt::format("{}.c{}", source, column);
  if (state.merge == Merge::ranked) {
    return aggregates::merge_rows(
        state.merge, fmt::format("CASE WHEN {}.r{} = 1 THEN {} END", source, *state.order, value));
  }
  return aggregates::merge_rows(state.merge, dialect.collated(value, state.type));
}

std::string value_in(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t i,
                     const std::vector<std::string>& conditions, const std::string& lock) {
  const Binding own;
  const plan::StateColumn& column = plan.state[i];
  const bool ranked = column.merge == Merge::ranked;
  if (!ranked && !may_seek(plan, plan.aggregates[column.aggregate])) {
    return fmt::format(
        "(\n  SELECT {}\n  {}{})",
        aggregates::merge_rows(
            column.merge, dialect.collated(contribution(plan, dialect, column, own), column.type)),
        joined(plan, dialect, own, {}, conditions).sql, lock);
  }
  Seek seek =
      ranked ? seek_ranked(plan, dialect, column, own) : seek_extreme(plan, dialect, column, own);
  seek.conditions.insert(seek.conditions.begin(), conditions.begin(), conditions.end());
  return fmt::format("(\n  SELECT {}\n  {}\n  ORDER BY {} LIMIT 1{})", seek.value,
                     joined(plan, dialect, own, {}, seek.conditions).sql,
                     fmt::join(seek.order, ", "), lock);
}

// Values first, then the terms from the last to the first. Let B(o') be the condition "there is no
// stored row, or the incoming place o ranks no later than the stored o'". SQLite asks it of the
// stored row as it was. MySQL and MariaDB assign from left to right and ask it of the row as it has
// become: its terms o'1 … o'j are still as they were, and the later ones are o's if B held.
//   B held: o1 … oj do not rank later than o'1 … o'j. If they rank earlier, B still holds. If they
//   are equal, what is left to compare is o with itself, and B still holds.
//   B did not hold: nothing has been assigned.
//   There was no stored row: o'1 is assigned last, and is still NULL.
// So B is the same in each assignment. It holds for an equal place, which is the same row: an
// update that changes a value of the row that ranks first merges by itself.
void add_ranked_assignments(const plan::SummaryPlan& plan, const Dialect& dialect,
                            std::vector<std::string>& assignments) {
  const auto name = [&](std::size_t i) { return dialect.identifier(plan.state[i].name); };
  const auto stored = [&](std::size_t i) {
    return dialect.identifier(plan.spec.name) + "." + name(i);
  };
  const auto incoming = [&](std::size_t i) { return dialect.incoming(name(i)); };
  for (std::size_t o = 0; o < plan.orders.size(); ++o) {
    const plan::RowOrder& order = plan.orders[o];
    const std::string condition = fmt::format("{} IS NULL OR {}", stored(order.state.front()),
                                              ranks_no_later(dialect, order, incoming, stored));
    std::vector<std::size_t> columns = plan.ranked_by(o);
    std::reverse(columns.end() - static_cast<std::ptrdiff_t>(order.state.size()), columns.end());
    for (const std::size_t i : columns) {
      assignments.push_back(fmt::format("{} = CASE WHEN {} THEN {} ELSE {} END", name(i), condition,
                                        incoming(i), stored(i)));
    }
  }
}

}  // namespace keepsum::sql
