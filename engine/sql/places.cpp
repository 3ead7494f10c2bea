#include "engine/sql/places.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/plan/part.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum::sql {

namespace {

constexpr std::string_view before_name = "ks$before", one_name = "ks$one", stored_name = "ks$list";

std::string all_of(const std::vector<std::string>& terms) {
  return fmt::format("{}", fmt::join(terms, " AND "));
}

class Places {
 public:
  // `part`: the plan's columns of the sequence alone.
  Places(const plan::SummaryPlan& part, const Dialect& dialect, std::size_t sequence)
      : part_(part), dialect_(dialect), sequence_(sequence), order_(part.sequences[sequence]) {}

  // That `row` comes (+1) or goes (-1), which is `other` afterwards or was it before; null if it is
  // not there then.
  [[nodiscard]] std::string upsert(int weight, const Neighbours& row,
                                   const Neighbours* other) const {
    return sql::upsert(part_, dialect_, {own(weight, row), behind(weight, row, other)});
  }

  // What takes the list's slot.
  [[nodiscard]] std::vector<std::string> locks(const Neighbours* old_row,
                                               const Neighbours* new_row) const {
    const std::string was = old_row == nullptr ? "" : list(*old_row);
    const std::string is = new_row == nullptr ? "" : list(*new_row);
    std::vector<std::string> all;
    if (old_row == nullptr) {
      all = {dialect_.lock_slot(dialect_.slot(is), all_of(new_row->conditions_of_row()))};
    } else if (new_row == nullptr) {
      all = {dialect_.lock_slot(dialect_.slot(was), all_of(old_row->conditions_of_row()))};
    } else if (was == is) {
      all = {dialect_.lock_slot(dialect_.slot(is), "")};
    } else {
      // Two lists, always the lesser slot first.
      const std::string a = dialect_.slot(was), b = dialect_.slot(is);
      all = {dialect_.lock_slot(dialect_.function("least", {a, b}), ""),
             dialect_.lock_slot(dialect_.function("greatest", {a, b}), "")};
    }
    std::erase(all, std::string());
    return all;
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view name) const {
    return dialect_.identifier(std::string(name));
  }

  [[nodiscard]] Branch branch(int weight, std::string place, std::string from) const {
    Branch branch;
    branch.weight = weight;
    branch.from = std::move(from);
    branch.binding.places.assign(sequence_ + 1, "1");
    branch.binding.places[sequence_] = std::move(place);
    return branch;
  }

  [[nodiscard]] Branch own(int weight, const Neighbours& row) const {
    const auto conditions = row.conditions_of_row();
    Branch own =
        branch(weight, fmt::format("({} + 1)", place_of(quoted(before_name))),
               fmt::format("FROM (SELECT 1 AS {0}) AS {0} LEFT JOIN {1} AS {2} ON TRUE{3}",
                           quoted(one_name), row.nearest(Side::before), quoted(before_name),
                           conditions.empty() ? "" : " WHERE " + all_of(conditions)));
    own.binding.qualifiers = row.of_row().qualifiers;
    own.given = {part_.tables.front().alias};
    return own;
  }

  // The stored place of a row that is given by the columns of `source`, or 0. Its filter has no
  // say in it.
  [[nodiscard]] std::string place_of(const std::string& source) const {
    Binding binding;
    binding.qualifiers[part_.tables.front().alias] = source;
    const plan::Scope scope = part_.scope();
    const Renderer render(scope, dialect_, binding);
    std::vector<std::string> equal;
    for (const plan::KeyColumn& key : part_.keys) {
      equal.push_back(fmt::format("{}.{} = {}", quoted(stored_name), dialect_.identifier(key.name),
                                  render(*key.expr)));
    }
    return fmt::format("COALESCE((SELECT {0}.{1} FROM {2} AS {0} WHERE {3}{4}), 0)",
                       quoted(stored_name), dialect_.identifier(part_.state.front().name),
                       dialect_.identifier(part_.spec.name), all_of(equal), dialect_.lock_clause());
  }

  // The rows that are moved: those behind `row` and not behind `other` as well, none if its place
  // is the same.
  [[nodiscard]] Branch behind(int weight, const Neighbours& row, const Neighbours* other) const {
    std::vector<std::string> terms;
    if (other != nullptr) terms.push_back(moves());
    for (std::string& term : row.conditions_of_row()) terms.push_back(std::move(term));
    for (std::string& term : row.rows(Side::after)) terms.push_back(std::move(term));
    if (other != nullptr) {
      std::vector<std::string> both = other->conditions_of_row();
      for (std::string& term : other->rows(Side::after)) both.push_back(std::move(term));
      terms.push_back(fmt::format("({}) IS NOT TRUE", all_of(both)));
    }
    Branch moved = branch(
        weight, "1",
        fmt::format("FROM {} WHERE {}{}", row.table(), all_of(terms), dialect_.lock_clause()));
    // What a row shows does not change by its being moved.
    for (const plan::AggregatePlan& aggregate : part_.aggregates) {
      if (aggregate.column.filter) moved.binding.known[aggregate.column.filter.get()] = "FALSE";
    }
    return moved;
  }

  // Some column that decides on the place is another one now.
  [[nodiscard]] std::string moves() const {
    const plan::BaseTable& table = part_.tables.front();
    std::set<std::string> names(table.info.primary_key.begin(), table.info.primary_key.end());
    const auto collect = [&](const schema::ExprPtr& expr) {
      schema::walk(expr, [&](const schema::Expr& node) {
        if (node.kind != schema::ExprKind::column) return;
        names.insert(table.info.find_column(node.text)->name);
      });
    };
    for (const schema::ExprPtr& condition : part_.conditions()) collect(condition);
    for (const plan::KeyColumn& key : part_.keys) collect(key.expr);
    for (const plan::RankTerm& term : order_.terms) collect(term.expr);
    std::vector<std::string> terms;
    for (const std::string& name : names) {
      const std::string column = dialect_.identifier(name);
      terms.push_back("NOT " + dialect_.same_bytes("OLD." + column, "NEW." + column,
                                                   *table.info.find_column(name)));
    }
    return fmt::format("({})", fmt::join(terms, " OR "));
  }

  // What names the row's list, as text. Keys whose equality is not that of their text are left out:
  // then lists share a slot.
  [[nodiscard]] std::string list(const Neighbours& row) const {
    const plan::Scope scope = part_.scope();
    const Renderer render(scope, dialect_, row.of_row());
    std::vector<std::string> parts{dialect_.literal(part_.spec.name)};
    for (const std::size_t k : order_.partition) {
      const plan::KeyColumn& key = part_.keys[k];
      if (key.type.family == db::TypeFamily::integer) parts.push_back(render(*key.expr));
    }
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  const plan::SummaryPlan& part_;
  const Dialect& dialect_;
  std::size_t sequence_;
  const plan::RowOrder& order_;
};

}  // namespace

std::vector<std::string> place_statements(const plan::SummaryPlan& plan, const Dialect& dialect,
                                          std::size_t sequence, const ChangedRow& row) {
  std::set<std::string> names;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence == sequence) names.insert(aggregate.column.name);
  }
  const plan::SummaryPlan part = plan::part_of(plan, names);
  const Places places(part, dialect, sequence);
  const Neighbours old_row(part, dialect, sequence, "OLD", row.except);
  const Neighbours new_row(part, dialect, sequence, "NEW", row.except);
  const Neighbours* const was = row.was ? &old_row : nullptr;
  const Neighbours* const is = row.is ? &new_row : nullptr;
  std::vector<std::string> statements = places.locks(was, is);
  if (row.was) statements.push_back(places.upsert(-1, old_row, is));
  if (row.is) statements.push_back(places.upsert(+1, new_row, was));
  return statements;
}

}  // namespace keepsum::sql
