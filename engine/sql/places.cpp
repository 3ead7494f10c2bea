#include "engine/sql/places.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/plan/part.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::sql {

namespace {

constexpr std::string_view before_name = "ks$before", one_name = "ks$one", stored_name = "ks$list";
constexpr std::string_view place_name = "ks$k", previous_name = "ks$p";

std::string all_of(const std::vector<std::string>& terms) {
  return fmt::format("{}", fmt::join(terms, " AND "));
}

class Places {
 public:
  // `part`: the plan's columns of the sequence alone.
  Places(const plan::SummaryPlan& part, const Dialect& dialect, std::size_t sequence)
      : part_(part),
        dialect_(dialect),
        sequence_(sequence),
        order_(part.sequences[sequence]),
        scope_(part.scope()) {
    for (const plan::AggregatePlan& aggregate : part.aggregates) {
      places_.push_back(dialect.identifier(part.state[aggregate.state.front()].name));
    }
  }

  // What takes the list's slot. Null: the row is not there then.
  [[nodiscard]] std::vector<std::string> locks(const Neighbours* was, const Neighbours* is) const {
    const std::string old_list = was == nullptr ? "" : list(*was);
    const std::string new_list = is == nullptr ? "" : list(*is);
    std::vector<std::string> all;
    if (was == nullptr) {
      all = {dialect_.lock_slot(dialect_.slot(new_list), all_of(is->conditions_of_row()))};
    } else if (is == nullptr) {
      all = {dialect_.lock_slot(dialect_.slot(old_list), all_of(was->conditions_of_row()))};
    } else if (old_list == new_list) {
      all = {dialect_.lock_slot(dialect_.slot(new_list), "")};
    } else {
      // Two lists, always the lesser slot first.
      const std::string a = dialect_.slot(old_list), b = dialect_.slot(new_list);
      all = {dialect_.lock_slot(dialect_.function("least", {a, b}), ""),
             dialect_.lock_slot(dialect_.function("greatest", {a, b}), "")};
    }
    std::erase(all, std::string());
    return all;
  }

  // `stays`: not if this holds, the row has the same key, and is in the list, before and after.
  [[nodiscard]] std::vector<std::string> goes(const Neighbours& row,
                                              const std::string& stays) const {
    std::vector<std::string> terms = row.conditions_of_row();
    if (!stays.empty()) terms.push_back(fmt::format("({}) IS NOT TRUE", stays));
    std::vector<std::string> behind = terms, itself = terms, nothing;
    for (std::string& term : same_list(row)) behind.push_back(std::move(term));
    for (std::string& term : same_key(row, summary())) itself.push_back(std::move(term));
    for (const plan::StateColumn& column : part_.state) {
      nothing.push_back(dialect_.identifier(column.name) + " = 0");
    }
    return {
        dialect_.with_values({stored(row)},
                             [&](const std::vector<std::string>& values) {
                               std::vector<std::string> where = behind;
                               where.push_back(fmt::format("{} > 0", values[0]));
                               where.push_back(fmt::format("{} > {}", places_.front(), values[0]));
                               return shift("-1", where);
                             }),
        fmt::format("UPDATE {} SET {} WHERE {}", summary(), fmt::join(nothing, ", "),
                    all_of(itself))};
  }

  [[nodiscard]] std::vector<std::string> comes(const Neighbours& row,
                                               const std::string& stays) const {
    std::vector<std::string> terms = row.conditions_of_row();
    if (!stays.empty()) terms.push_back(fmt::format("({}) IS NOT TRUE", stays));
    for (std::string& term : same_list(row)) terms.push_back(std::move(term));
    terms.push_back(not_itself(row));
    return {own(row),
            dialect_.with_values({stored(row)}, [&](const std::vector<std::string>& values) {
              std::vector<std::string> where = terms;
              where.push_back(fmt::format("{} >= {}", places_.front(), values[0]));
              return shift("1", where);
            })};
  }

  // To another place of its list, or to the same; its own place follows by comes().
  [[nodiscard]] std::string moves(const Neighbours& was, const Neighbours& is,
                                  const std::string& stays) const {
    std::vector<std::string> terms{stays};
    for (std::string& term : same_list(is)) terms.push_back(std::move(term));
    terms.push_back(not_itself(is));
    const std::string previous = fmt::format("SELECT {} FROM {}", place_before(), row_before(is));
    return dialect_.with_values(
        {stored(was), {std::string(previous_name), previous}},
        [&](const std::vector<std::string>& values) {
          const std::string& k = values[0];
          const std::string& p = values[1];
          std::vector<std::string> where = terms;
          where.push_back(fmt::format("{} >= {}", places_.front(),
                                      dialect_.function("least", {k, p + " + 1"})));
          where.push_back(
              fmt::format("{} <= {}", places_.front(), dialect_.function("greatest", {k, p})));
          return shift(fmt::format("CASE WHEN {} > {} THEN -1 ELSE 1 END", p, k), where);
        });
  }

  // The row is one group, and in the list, before and after.
  [[nodiscard]] std::string stays(const Neighbours& was, const Neighbours& is) const {
    std::vector<std::string> terms = was.conditions_of_row();
    for (std::string& term : is.conditions_of_row()) terms.push_back(std::move(term));
    const Renderer old_row(scope_, dialect_, was.of_row()), new_row(scope_, dialect_, is.of_row());
    for (const plan::KeyColumn& key : part_.keys) {
      terms.push_back(fmt::format("{} = {}", dialect_.collated(old_row(*key.expr), key.type),
                                  new_row(*key.expr)));
    }
    return all_of(terms);
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view name) const {
    return dialect_.identifier(std::string(name));
  }
  [[nodiscard]] std::string summary() const { return dialect_.identifier(part_.spec.name); }

  [[nodiscard]] std::string shift(const std::string& by,
                                  const std::vector<std::string>& where) const {
    std::vector<std::string> moved;
    for (const std::string& place : places_)
      moved.push_back(fmt::format("{0} = {0} + {1}", place, by));
    return fmt::format("UPDATE {} SET {} WHERE {}", summary(), fmt::join(moved, ", "),
                       all_of(where));
  }

  // The row's own columns, as they are from now on.
  [[nodiscard]] std::string own(const Neighbours& row) const {
    Binding binding = row.of_row();
    binding.places.assign(sequence_ + 1, fmt::format("({} + 1)", place_before()));
    const Renderer render(scope_, dialect_, binding);
    std::vector<std::string> columns = key_names(part_, dialect_), values, assignments;
    for (const plan::KeyColumn& key : part_.keys) values.push_back(render(*key.expr));
    for (const plan::StateColumn& column : part_.state) {
      const std::string name = dialect_.identifier(column.name);
      columns.push_back(name);
      values.push_back(contribution(part_, dialect_, column, binding));
      assignments.push_back(fmt::format("{} = {}", name, dialect_.incoming(name)));
    }
    const std::string where = where_beside_left_join(row.conditions_of_row());
    return fmt::format("INSERT INTO {} ({})\nSELECT {}\nFROM {} {}\n{}", summary(),
                       fmt::join(columns, ", "), fmt::join(values, ", "), row_before(row),
                       where.empty() ? "WHERE TRUE" : where,
                       dialect_.upsert_clause(key_names(part_, dialect_), assignments));
  }

  // One row, with the columns of the row before if there is one.
  [[nodiscard]] std::string row_before(const Neighbours& row) const {
    return fmt::format("(SELECT 1 AS {0}) AS {0} LEFT JOIN {1} AS {2} ON TRUE", quoted(one_name),
                       row.nearest(Side::before), quoted(before_name));
  }

  // Its stored place, or 0.
  [[nodiscard]] std::string place_before() const {
    Binding binding;
    binding.qualifiers[part_.tables.front().alias] = quoted(before_name);
    const Renderer render(scope_, dialect_, binding);
    return fmt::format("COALESCE((SELECT {0}.{1} FROM {2} AS {0} WHERE {3}{4}), 0)",
                       quoted(stored_name), places_.front(), summary(),
                       all_of(keys_equal(render, quoted(stored_name))), dialect_.lock_clause());
  }

  // The row's stored place; NULL if the summary has no row for it.
  [[nodiscard]] GivenValue stored(const Neighbours& row) const {
    return {std::string(place_name),
            fmt::format("SELECT MAX({}) FROM {} WHERE {}{}", places_.front(), summary(),
                        all_of(same_key(row, summary())), dialect_.row_lock_clause())};
  }

  [[nodiscard]] std::vector<std::string> keys_equal(const Renderer& render,
                                                    const std::string& table) const {
    std::vector<std::string> terms;
    for (const plan::KeyColumn& key : part_.keys) {
      terms.push_back(
          fmt::format("{}.{} = {}", table, dialect_.identifier(key.name), render(*key.expr)));
    }
    return terms;
  }

  [[nodiscard]] std::vector<std::string> same_key(const Neighbours& row,
                                                  const std::string& table) const {
    return keys_equal(Renderer(scope_, dialect_, row.of_row()), table);
  }

  [[nodiscard]] std::string not_itself(const Neighbours& row) const {
    return fmt::format("NOT ({})", all_of(same_key(row, summary())));
  }

  // Of the summary's rows those of the row's list.
  [[nodiscard]] std::vector<std::string> same_list(const Neighbours& row) const {
    const Renderer render(scope_, dialect_, row.of_row());
    std::vector<std::string> terms;
    for (const std::size_t k : order_.partition) {
      terms.push_back(fmt::format("{} = {}", dialect_.identifier(part_.keys[k].name),
                                  render(*part_.keys[k].expr)));
    }
    return terms;
  }

  // What names the row's list, as text. Keys whose equality is not that of their text are left out:
  // then lists share a slot.
  [[nodiscard]] std::string list(const Neighbours& row) const {
    const Renderer render(scope_, dialect_, row.of_row());
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
  plan::Scope scope_;
  std::vector<std::string> places_;
};

plan::SummaryPlan part_of_sequence(const plan::SummaryPlan& plan, std::size_t sequence) {
  std::set<std::string> names;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence == sequence) names.insert(aggregate.column.name);
  }
  return plan::part_of(plan, names);
}

void append(std::vector<std::string>& to, std::vector<std::string> more) {
  for (std::string& statement : more) to.push_back(std::move(statement));
}

}  // namespace

std::vector<std::string> place_statements(const plan::SummaryPlan& plan, const Dialect& dialect,
                                          std::size_t sequence, const ChangedRow& row) {
  const plan::SummaryPlan part = part_of_sequence(plan, sequence);
  const Places places(part, dialect, sequence);
  const Neighbours was(part, dialect, sequence, "OLD", row.except);
  const Neighbours is(part, dialect, sequence, "NEW", row.except);
  std::vector<std::string> statements =
      places.locks(row.was ? &was : nullptr, row.is ? &is : nullptr);
  const std::string stays = row.was && row.is ? places.stays(was, is) : std::string();
  if (row.was) append(statements, places.goes(was, stays));
  if (!stays.empty()) statements.push_back(places.moves(was, is, stays));
  if (row.is) append(statements, places.comes(is, stays));
  return statements;
}

std::vector<std::string> turns_for_insert(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> statements;
  for (std::size_t s = 0; s < plan.sequences.size(); ++s) {
    if (!plan.sequences[s].numbered) continue;
    const plan::SummaryPlan part = part_of_sequence(plan, s);
    const std::string nothing;
    const Neighbours is(part, dialect, s, "NEW", nothing);
    append(statements, Places(part, dialect, s).locks(nullptr, &is));
  }
  return statements;
}

}  // namespace keepsum::sql
