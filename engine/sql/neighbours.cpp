#include "engine/sql/neighbours.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/sequenced.hpp"

namespace keepsum::sql {

Neighbours::Neighbours(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
                       std::string row, const std::string& except)
    : plan_(plan),
      dialect_(dialect),
      order_(plan.sequences[sequence]),
      table_(plan.tables.front()),
      row_(std::move(row)),
      except_(except),
      scope_(plan.scope()) {
  of_row_.qualifiers[table_.alias] = row_;
}

std::vector<std::string> Neighbours::conditions_of_row() const {
  const Renderer render(scope_, dialect_, of_row_);
  std::vector<std::string> terms;
  for (const schema::ExprPtr& condition : plan_.conditions()) terms.push_back(render(*condition));
  return terms;
}

std::vector<std::string> Neighbours::rows(Side side) const {
  const Binding own;
  const Renderer theirs(scope_, dialect_, own), ours(scope_, dialect_, of_row_);
  std::vector<std::string> terms;
  for (const std::size_t k : order_.partition) {
    const plan::KeyColumn& key = plan_.keys[k];
    terms.push_back(same(dialect_.collated(theirs(*key.expr), key.type), ours(*key.expr)));
  }
  for (const schema::ExprPtr& condition : plan_.conditions()) terms.push_back(theirs(*condition));
  if (!except_.empty()) {
    const std::string itself = primary_key_equals(table_, dialect_, [&](const std::string& column) {
      return except_ + "." + dialect_.identifier(column);
    });
    terms.push_back(fmt::format("NOT ({})", itself));
  }
  terms.push_back(beyond(theirs, ours, side));
  return terms;
}

std::string Neighbours::nearest(Side side) const {
  const Binding own;
  const Renderer theirs(scope_, dialect_, own);
  std::vector<std::string> columns, order;
  for (const std::string& column : table_.read_columns) {
    columns.push_back(theirs.reference(table_.alias, column));
  }
  // The partition is one, and leads the index.
  for (const std::size_t k : order_.partition) {
    const plan::KeyColumn& key = plan_.keys[k];
    const bool descending = order_.terms.front().greatest_first != (side == Side::before);
    order.push_back(dialect_.collated(theirs(*key.expr), key.type) + (descending ? " DESC" : ""));
  }
  for (const plan::RankTerm& term : order_.terms) {
    const bool descending = term.greatest_first != (side == Side::before);
    order.push_back(dialect_.collated(sequence_term(scope_, theirs, term.expr), term.type) +
                    (descending ? " DESC" : ""));
  }
  const std::string name = dialect_.identifier(table_.alias);
  const std::string table = dialect_.identifier(table_.info.name);
  return fmt::format("(SELECT {} FROM {}{} WHERE {} ORDER BY {} LIMIT 1{})",
                     fmt::join(columns, ", "), table, table == name ? "" : " " + name,
                     fmt::join(rows(side), " AND "), fmt::join(order, ", "),
                     dialect_.lock_clause());
}

// By an equality MariaDB looks the group up in the index and reads all of it, from one of its
// ends, whatever the order may say; by two bounds it seeks the row. SQLite does it the other way
// round.
std::string Neighbours::same(const std::string& theirs, const std::string& ours) const {
  return dialect_.name() == "sqlite" ? fmt::format("{} = {}", theirs, ours)
                                     : fmt::format("{0} <= {1} AND {0} >= {1}", theirs, ours);
}

// Their place lies before (after) ours. The first term alone comes first, for the index.
std::string Neighbours::beyond(const Renderer& theirs, const Renderer& ours, Side side) const {
  std::string text, close;
  for (std::size_t i = 0; i < order_.terms.size(); ++i) {
    const plan::RankTerm& term = order_.terms[i];
    const std::string a = dialect_.collated(sequence_term(scope_, theirs, term.expr), term.type);
    const std::string b = sequence_term(scope_, ours, term.expr);
    const std::string_view op = term.greatest_first == (side == Side::before) ? ">" : "<";
    if (i + 1 == order_.terms.size()) return fmt::format("{}{} {} {}{}", text, a, op, b, close);
    if (i == 0) text = fmt::format("{} {}= {} AND ", a, op, b);
    text += fmt::format("({0} {1} {2} OR ({0} = {2} AND ", a, op, b);
    close += "))";
  }
  return text + close;
}

}  // namespace keepsum::sql
