#include "engine/sql/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/plan/part.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/sequenced.hpp"

namespace keepsum::sql {

namespace {

constexpr std::string_view before_name = "ks$before", one_name = "ks$one";

enum class Side { before, after };

// The neighbours of one state of the row: of OLD or of NEW.
class Neighbours {
 public:
  Neighbours(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
             std::string row, const std::string& except)
      : plan_(plan),
        dialect_(dialect),
        sequence_(sequence),
        order_(plan.sequences[sequence]),
        table_(plan.tables.front()),
        row_(std::move(row)),
        except_(except),
        scope_(plan.scope()) {
    of_row_.qualifiers[table_.alias] = row_;
  }

  // What the coming (+1) or going (-1) of the row does.
  [[nodiscard]] std::vector<Branch> branches(int weight) const {
    const std::string before = fmt::format("{} AS {}", seek(Side::before), quoted(before_name));
    const std::string after =
        fmt::format("{} AS {}", seek(Side::after), dialect_.identifier(table_.alias));
    const std::string where = conditions_of_row();
    Branch own = branch(weight, quoted(before_name),
                        fmt::format("FROM (SELECT 1 AS {0}) AS {0} LEFT JOIN {1} ON TRUE{2}",
                                    quoted(one_name), before, where));
    own.binding.qualifiers = of_row_.qualifiers;
    own.given = {table_.alias};
    return {std::move(own), branch(weight, row_, fmt::format("FROM {}{}", after, where)),
            branch(-weight, quoted(before_name),
                   fmt::format("FROM {} LEFT JOIN {} ON TRUE{}", after, before, where))};
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view name) const {
    return dialect_.identifier(std::string(name));
  }

  // `previous`: what stands for the row before.
  [[nodiscard]] Branch branch(int weight, const std::string& previous, std::string from) const {
    Branch branch;
    branch.weight = weight;
    branch.from = std::move(from);
    branch.binding.previous.resize(sequence_ + 1);
    branch.binding.previous[sequence_] = [this, previous](const std::string& column) {
      return previous + "." + dialect_.identifier(column);
    };
    return branch;
  }

  [[nodiscard]] std::string conditions_of_row() const {
    const Renderer render(scope_, dialect_, of_row_);
    std::vector<std::string> terms;
    for (const schema::ExprPtr& condition : plan_.conditions()) {
      terms.push_back(render(*condition));
    }
    return terms.empty() ? "" : fmt::format(" WHERE {}", fmt::join(terms, " AND "));
  }

  // The row that comes right before or right after, of the same group, as one row of a subquery.
  [[nodiscard]] std::string seek(Side side) const {
    const Binding own;
    const Renderer theirs(scope_, dialect_, own), ours(scope_, dialect_, of_row_);
    std::vector<std::string> columns, terms, order;
    for (const std::string& column : table_.read_columns) {
      columns.push_back(theirs.reference(table_.alias, column));
    }
    for (const plan::KeyColumn& key : plan_.keys) {
      const std::string key_of_theirs = dialect_.collated(theirs(*key.expr), key.type);
      terms.push_back(same(key_of_theirs, ours(*key.expr)));
      const bool descending = order_.terms.front().greatest_first != (side == Side::before);
      order.push_back(key_of_theirs + (descending ? " DESC" : ""));
    }
    for (const schema::ExprPtr& condition : plan_.conditions()) {
      terms.push_back(theirs(*condition));
    }
    if (!except_.empty()) {
      const std::string same = primary_key_equals(table_, dialect_, [&](const std::string& column) {
        return except_ + "." + dialect_.identifier(column);
      });
      terms.push_back(fmt::format("NOT ({})", same));
    }
    terms.push_back(beyond(theirs, ours, side));
    for (const plan::RankTerm& term : order_.terms) {
      const bool descending = term.greatest_first != (side == Side::before);
      order.push_back(dialect_.collated(sequence_term(scope_, theirs, term.expr), term.type) +
                      (descending ? " DESC" : ""));
    }
    const std::string name = dialect_.identifier(table_.alias);
    const std::string table = dialect_.identifier(table_.info.name);
    return fmt::format("(SELECT {} FROM {}{} WHERE {} ORDER BY {} LIMIT 1{})",
                       fmt::join(columns, ", "), table, table == name ? "" : " " + name,
                       fmt::join(terms, " AND "), fmt::join(order, ", "), dialect_.lock_clause());
  }

  // By an equality MariaDB looks the group up in the index and reads all of it, from one of its
  // ends, whatever the order may say; by two bounds it seeks the row. SQLite does it the other way
  // round.
  [[nodiscard]] std::string same(const std::string& theirs, const std::string& ours) const {
    return dialect_.name() == "sqlite" ? fmt::format("{} = {}", theirs, ours)
                                       : fmt::format("{0} <= {1} AND {0} >= {1}", theirs, ours);
  }

  // Their place lies before (after) ours. The first term alone comes first, for the index.
  [[nodiscard]] std::string beyond(const Renderer& theirs, const Renderer& ours, Side side) const {
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

  const plan::SummaryPlan& plan_;
  const Dialect& dialect_;
  std::size_t sequence_;
  const plan::RowOrder& order_;
  const plan::BaseTable& table_;
  std::string row_;
  const std::string& except_;
  plan::Scope scope_;
  Binding of_row_;
};

}  // namespace

std::string step_upsert(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
                        const ChangedRow& row) {
  std::set<std::string> names;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence == sequence) names.insert(aggregate.column.name);
  }
  const plan::SummaryPlan part = plan::part_of(plan, names);
  std::vector<Branch> branches;
  const Neighbours before(part, dialect, sequence, "OLD", row.except);
  const Neighbours now(part, dialect, sequence, "NEW", row.except);
  if (row.was) branches = before.branches(-1);
  if (row.is) {
    for (Branch& branch : now.branches(+1)) branches.push_back(std::move(branch));
  }
  return upsert(part, dialect, branches);
}

}  // namespace keepsum::sql
