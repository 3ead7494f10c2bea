// The orders that latest() and earliest() follow: total, of values that compare exactly, and kept
// in hidden columns that all columns of one order share. And those that prev() goes by, which are
// kept nowhere, or by ordinal() as places.
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/steps.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::plan {

using aggregates::Follows;
using db::TypeFamily;

namespace {

bool same(const RowOrder& a, const RowOrder& b) {
  if (a.follows != b.follows || a.terms.size() != b.terms.size()) return false;
  if (a.numbered != b.numbered || a.partition != b.partition) return false;
  if ((a.filter == nullptr) != (b.filter == nullptr)) return false;
  if (a.filter && !schema::same(*a.filter, *b.filter)) return false;
  return std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(),
                    [](const RankTerm& left, const RankTerm& right) {
                      return left.greatest_first == right.greatest_first &&
                             schema::same(*left.expr, *right.expr);
                    });
}

void check_term(Compilation& compilation, const schema::SummarySpec& spec,
                const schema::AggregateColumn& column, const RankTerm& term, bool of_all_rows) {
  if (term.type.is_null) return;
  const std::string text = schema::to_text(*term.expr);
  if (term.type.nullable) {
    compilation.refuse(
        term.expr->place, "nullable-order",
        fmt::format("`{}` can be NULL, and a row without it has no place in the order of {}", text,
                    column.name),
        of_all_rows ? fmt::format("add to \"where\": `{} IS NOT NULL`", text)
        : column.filter
            ? fmt::format("add to the FILTER: `AND {} IS NOT NULL`", text)
            : fmt::format(
                  "add `FILTER (WHERE {0} IS NOT NULL)`, or to \"where\": `{0} IS NOT NULL`",
                  text));
  }
  if (term.type.family == TypeFamily::floating && !spec.allow_float) {
    compilation.refuse(term.expr->place, "float-order",
                       fmt::format("`{}` is a floating-point number: equal figures may differ in "
                                   "the last bit, and the order with them",
                                   text),
                       "order by an integer, a decimal, a time or a text; or say \"allow_float\": "
                       "true");
  }
  if (term.type.family == TypeFamily::other) {
    compilation.refuse(term.expr->place, "unsupported-order",
                       fmt::format("`{}` has a type that cannot be ordered by here", text),
                       "CAST it AS INTEGER, DECIMAL(p,s) or VARCHAR(n)");
  }
}

// SQLite lets every primary key be NULL, and more than once, unless it is declared NOT NULL.
void check_tie(Compilation& compilation, const schema::AggregateColumn& column,
               const RankTerm& term) {
  if (!term.type.nullable) return;
  const std::string text = schema::to_text(*term.expr);
  compilation.refuse(
      column.place, "nullable-order",
      fmt::format("`{}` breaks the ties in the order of {}, and SQLite lets a primary "
                  "key be NULL unless it says NOT NULL",
                  text, column.name),
      fmt::format("declare it NOT NULL; or add to \"where\": `{} IS NOT NULL`", text));
}

bool has_term(const RowOrder& order, const std::string& alias, const std::string& column) {
  return std::any_of(order.terms.begin(), order.terms.end(), [&](const RankTerm& term) {
    return term.expr->kind == schema::ExprKind::column && term.expr->qualifier == alias &&
           boost::algorithm::iequals(term.expr->text, column);
  });
}

// Primary keys, table by table, as far as no row before them says which row it is already.
void break_ties(const SummaryPlan& plan, RowOrder& order) {
  std::set<std::string> known;
  for (const BaseTable& table : plan.tables) {
    if (!known.empty() && determines(plan, known, table.alias)) {
      known.insert(table.alias);
      continue;
    }
    for (const std::string& name : table.info.primary_key) {
      if (has_term(order, table.alias, name)) continue;
      schema::Expr column;
      column.kind = schema::ExprKind::column;
      column.qualifier = table.alias;
      column.text = table.info.find_column(name)->name;
      RankTerm term;
      term.expr = std::make_shared<const schema::Expr>(std::move(column));
      term.greatest_first = order.follows == Follows::last;
      order.terms.push_back(std::move(term));
    }
    known.insert(table.alias);
  }
}

// The keys that say which rows follow one another: of steps all of them.
std::vector<std::size_t> partition_of(Compilation& compilation, const SummaryPlan& plan,
                                      const AggregatePlan& aggregate) {
  const std::vector<schema::KeyPart>& keys = plan.spec.group_by;
  std::vector<std::size_t> partition;
  if (aggregate.aggregate->has_steps()) {
    for (std::size_t k = 0; k < keys.size(); ++k) partition.push_back(k);
    return partition;
  }
  for (const schema::ExprPtr& part : aggregate.column.partition) {
    const auto key = std::find_if(keys.begin(), keys.end(), [&](const schema::KeyPart& each) {
      return schema::same(*each.expr, *part);
    });
    if (key != keys.end()) {
      partition.push_back(static_cast<std::size_t>(key - keys.begin()));
      continue;
    }
    compilation.refuse(part->place, "list-not-a-key",
                       fmt::format("`{}` says which list a row is in, and is no key of the summary",
                                   schema::to_text(*part)),
                       "add it to \"group_by\"");
  }
  std::sort(partition.begin(), partition.end());
  partition.erase(std::unique(partition.begin(), partition.end()), partition.end());
  return partition;
}

}  // namespace

void find_orders(Compilation& compilation, SummaryPlan& plan, const TypeChecker& checker) {
  for (AggregatePlan& aggregate : plan.aggregates) {
    const schema::AggregateColumn& column = aggregate.column;
    // Of all rows, whatever the FILTER may say.
    const bool sequence = aggregate.aggregate->has_steps() || aggregate.aggregate->has_places();
    const Follows follows = sequence ? Follows::first : aggregate.aggregate->follows();
    if (follows == Follows::nothing) continue;
    TypeChecker of_rows_that_meet_the_filter = checker;
    RowOrder order;
    order.follows = follows;
    if (sequence) {
      order.partition = partition_of(compilation, plan, aggregate);
      order.numbered = aggregate.aggregate->has_places();
    } else if (column.filter) {
      of_rows_that_meet_the_filter.assume(column.filter);
      order.filter = column.filter;
    }
    for (const schema::OrderTerm& written : column.order) {
      RankTerm term{written.expr, written.descending == (follows == Follows::first), {}};
      term.type = of_rows_that_meet_the_filter.infer(written.expr);
      check_term(compilation, plan.spec, column, term, sequence);
      order.terms.push_back(std::move(term));
    }
    order.spec_terms = order.terms.size();
    break_ties(plan, order);
    for (std::size_t i = order.spec_terms; i < order.terms.size(); ++i) {
      order.terms[i].type = of_rows_that_meet_the_filter.infer(order.terms[i].expr);
      check_tie(compilation, column, order.terms[i]);
    }
    std::vector<RowOrder>& orders = sequence ? plan.sequences : plan.orders;
    const auto known = std::find_if(orders.begin(), orders.end(),
                                    [&](const RowOrder& other) { return same(order, other); });
    (sequence ? aggregate.sequence : aggregate.order) =
        static_cast<std::size_t>(known - orders.begin());
    if (known == orders.end()) orders.push_back(std::move(order));
  }
}

void name_order_state(SummaryPlan& plan) {
  for (StateColumn& column : plan.state) column.order = plan.aggregates[column.aggregate].order;
  for (std::size_t o = 0; o < plan.orders.size(); ++o) {
    // The first of the columns that share it gives the name.
    const auto owner =
        std::find_if(plan.aggregates.begin(), plan.aggregates.end(),
                     [&](const AggregatePlan& aggregate) { return aggregate.order == o; });
    for (std::size_t t = 0; t < plan.orders[o].terms.size(); ++t) {
      StateColumn column;
      column.suffix = fmt::format("order_{}", t + 1);
      column.name = fmt::format("ks_{}_{}", owner->column.name, column.suffix);
      column.merge = Merge::ranked;
      column.hidden = true;
      column.aggregate = static_cast<std::size_t>(owner - plan.aggregates.begin());
      column.order = o;
      column.term = t;
      plan.orders[o].state.push_back(plan.state.size());
      plan.state.push_back(std::move(column));
    }
  }
}

namespace {

// MySQL and MariaDB sort by the first max_sort_length bytes of a text, 1,024 unless a session says
// otherwise, and compare by all of them: the first row by the one need not be that by the other.
void refuse_long_text(Compilation& compilation, const schema::AggregateColumn& column,
                      const RankTerm& term) {
  constexpr std::int64_t characters_max = 255;
  const bool is_text =
      term.type.family == TypeFamily::text || term.type.family == TypeFamily::binary;
  if (!is_text || term.type.length <= characters_max) return;
  const std::string text = schema::to_text(*term.expr);
  compilation.refuse(
      column.place, "order-too-long",
      fmt::format("`{}` orders the rows of {} and may be {} long: the server sorts by the first "
                  "1,024 bytes alone, fewer than {} characters can have",
                  text, column.name, term.type.length, characters_max + 1),
      fmt::format(
          "order by `CAST({} AS VARCHAR({}))`: rows that agree so far go by the primary key", text,
          characters_max));
}

const schema::AggregateColumn& owner_of(const SummaryPlan& plan, const RowOrder& order) {
  const auto is_its = [&](const AggregatePlan& aggregate) {
    return (aggregate.order && &plan.orders[*aggregate.order] == &order) ||
           (aggregate.sequence && &plan.sequences[*aggregate.sequence] == &order);
  };
  return std::find_if(plan.aggregates.begin(), plan.aggregates.end(), is_its)->column;
}

Result<void> complete_terms(Compilation& compilation, const SummaryPlan& plan, RowOrder& order) {
  const Scope scope = plan.scope();
  const sql::Binding own;
  const sql::Renderer render(scope, compilation.dialect, own);
  std::vector<std::string> exprs;
  for (const RankTerm& term : order.terms) exprs.push_back(render(*term.expr));
  KEEPSUM_ASSIGN(const auto described, describe(compilation, plan, exprs));
  for (std::size_t t = 0; t < order.terms.size(); ++t) {
    ExprType& type = order.terms[t].type;
    complete(type, described[t]);
    if (plain_column(scope, order.terms[t].expr) == nullptr) {
      KEEPSUM_TRY(ask_collation(compilation, plan, fmt::format("MIN({})", exprs[t]), type));
    }
    if (compilation.dialect.enforces_foreign_keys()) {
      refuse_long_text(compilation, owner_of(plan, order), order.terms[t]);
    }
  }
  return {};
}

}  // namespace

Result<void> type_order_state(Compilation& compilation, SummaryPlan& plan) {
  const Scope scope = plan.scope();
  for (RowOrder& sequence : plan.sequences) {
    KEEPSUM_TRY(complete_terms(compilation, plan, sequence));
  }
  for (RowOrder& order : plan.orders) {
    KEEPSUM_TRY(complete_terms(compilation, plan, order));
    for (std::size_t t = 0; t < order.terms.size(); ++t) {
      const ExprType& type = order.terms[t].type;
      const db::ColumnInfo* column = plain_column(scope, order.terms[t].expr);
      StateColumn& state = plan.state[order.state[t]];
      state.type = type;
      state.type.nullable = true;
      state.floating = type.family == TypeFamily::floating;
      state.sql_type = compilation.dialect.storage_type(type, column);
    }
  }
  return {};
}

}  // namespace keepsum::plan
