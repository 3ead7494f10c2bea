// The orders that latest() and earliest() follow: total, of values that compare exactly, and kept
// in hidden columns that all columns of one order share. And those that prev() goes by, which are
// kept nowhere.
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
  if ((a.filter == nullptr) != (b.filter == nullptr)) return false;
  if (a.filter && !schema::same(*a.filter, *b.filter)) return false;
  return std::equal(a.terms.begin(), a.terms.end(), b.terms.begin(),
                    [](const RankTerm& left, const RankTerm& right) {
                      return left.greatest_first == right.greatest_first &&
                             schema::same(*left.expr, *right.expr);
                    });
}

void check_term(Compilation& compilation, const schema::SummarySpec& spec,
                const schema::AggregateColumn& column, const RankTerm& term, bool steps) {
  if (term.type.is_null) return;
  const std::string text = schema::to_text(*term.expr);
  if (term.type.nullable) {
    compilation.refuse(
        term.expr->place, "nullable-order",
        fmt::format("`{}` can be NULL, and a row without it has no place in the order of {}", text,
                    column.name),
        steps ? fmt::format("add to \"where\": `{} IS NOT NULL`", text)
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

}  // namespace

void find_orders(Compilation& compilation, SummaryPlan& plan, const TypeChecker& checker) {
  for (AggregatePlan& aggregate : plan.aggregates) {
    const schema::AggregateColumn& column = aggregate.column;
    const bool steps = aggregate.aggregate->has_steps();
    const Follows follows = steps ? Follows::first : aggregate.aggregate->follows();
    if (follows == Follows::nothing) continue;
    TypeChecker of_rows_that_meet_the_filter = checker;
    RowOrder order;
    order.follows = follows;
    if (column.filter && !steps) {
      of_rows_that_meet_the_filter.assume(column.filter);
      order.filter = column.filter;
    }
    for (const schema::OrderTerm& written : column.order) {
      RankTerm term{written.expr, written.descending == (follows == Follows::first), {}};
      term.type = of_rows_that_meet_the_filter.infer(written.expr);
      check_term(compilation, plan.spec, column, term, steps);
      order.terms.push_back(std::move(term));
    }
    order.spec_terms = order.terms.size();
    break_ties(plan, order);
    for (std::size_t i = order.spec_terms; i < order.terms.size(); ++i) {
      order.terms[i].type = of_rows_that_meet_the_filter.infer(order.terms[i].expr);
    }
    std::vector<RowOrder>& orders = steps ? plan.sequences : plan.orders;
    const auto known = std::find_if(orders.begin(), orders.end(),
                                    [&](const RowOrder& other) { return same(order, other); });
    (steps ? aggregate.sequence : aggregate.order) =
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
