// What steps from row to row and places in a list cost, and the indexes they want.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/contract.hpp"

namespace keepsum::plan {

namespace {

// By what the rows of a sequence are sought: the columns of an index, or why none can serve.
Wanted wanted_for(const SummaryPlan& plan, const RowOrder& order) {
  std::vector<schema::ExprPtr> exprs;
  std::string why;
  for (std::size_t i = 0; i < order.spec_terms; ++i) {
    exprs.push_back(order.terms[i].expr);
    const db::ColumnInfo* column = plain_column(plan.scope(), order.terms[i].expr);
    if (column != nullptr && column->family == db::TypeFamily::timestamp) {
      why = fmt::format("{} is a TIMESTAMP, and these compare in the time zone of the session",
                        schema::to_text(*order.terms[i].expr));
    }
    if (order.terms[i].greatest_first != order.terms.back().greatest_first) {
      why = "descending order differs from that of the primary key, which breaks ties";
    }
  }
  Wanted wanted = wanted_index(plan.tables.front().alias, exprs);
  if (why.empty()) why = wanted.why_none;
  std::vector<std::string> columns;
  for (const std::size_t k : order.partition) {
    const schema::Expr& key = *plan.keys[k].expr;
    if (key.kind != schema::ExprKind::column) why = "the key is an expression";
    columns.push_back(key.text);
  }
  wanted.why_none = why;
  wanted.columns.insert(wanted.columns.begin(), columns.begin(), columns.end());
  return wanted;
}

// An index that begins with the columns of the partition, in any order, and goes on with the rest.
bool has_index(const BaseTable& table, const std::vector<std::string>& columns,
               std::size_t partition) {
  const auto same = [](const std::string& a, const std::string& b) {
    return boost::algorithm::iequals(a, b);
  };
  return std::any_of(
      table.info.indexes.begin(), table.info.indexes.end(), [&](const db::IndexInfo& index) {
        if (index.partial) return false;
        // The primary key follows by itself.
        std::vector<std::string> has = index.columns;
        has.insert(has.end(), table.info.primary_key.begin(), table.info.primary_key.end());
        if (has.size() < columns.size()) return false;
        const auto middle = static_cast<std::ptrdiff_t>(partition);
        return std::is_permutation(columns.begin(), columns.begin() + middle, has.begin(), same) &&
               std::equal(columns.begin() + middle, columns.end(), has.begin() + middle, same);
      });
}

struct Named {
  std::vector<std::string> names;
  const schema::AggregateColumn* first = nullptr;
};

Named columns_of(const SummaryPlan& plan, std::size_t sequence) {
  Named named;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence != sequence) continue;
    if (named.first == nullptr) named.first = &aggregate.column;
    named.names.push_back(aggregate.column.name);
  }
  return named;
}

void warn_of_seeks(Compilation& compilation, const SummaryPlan& plan, std::size_t sequence,
                   const std::string& what, std::string_view group, std::string_view seeks) {
  const RowOrder& order = plan.sequences[sequence];
  const BaseTable& table = plan.tables.front();
  const Named named = columns_of(plan, sequence);
  const Wanted wanted = wanted_for(plan, order);
  if (!wanted.why_none.empty()) {
    compilation.warn(
        named.first->place, order.numbered ? "slow-places" : "slow-steps",
        fmt::format("{}, and reads every row of the {} for it: {}", what, group, wanted.why_none),
        "order and group by plain columns, such as a DATETIME in UTC");
  } else if (!has_index(table, wanted.columns, order.partition.size())) {
    compilation.warn(
        named.first->place, "missing-index",
        fmt::format("{}, and reads every row of the {} for it; an index makes that {}", what, group,
                    seeks),
        index_to_make(compilation.dialect, table, named.names.front(), wanted.columns));
  }
}

// Each change looks for the row before and the row after.
void warn_of_steps(Compilation& compilation, SummaryPlan& plan, std::size_t sequence) {
  const std::string what =
      fmt::format("{}: a row that comes, goes or changes looks for the rows before and after it",
                  fmt::join(columns_of(plan, sequence).names, ", "));
  if (is_mysql(compilation)) {
    plan.contract.push_back(
        {ClauseKind::price, what + ", and locks them: two transactions that change neighbours may "
                                   "deadlock (1213) and one of them must be retried"});
  }
  warn_of_seeks(compilation, plan, sequence, what, "group", "two seeks");
}

// The index by places is of hidden columns, if only some of them are shown.
void warn_of_pages(Compilation& compilation, const SummaryPlan& plan,
                   const AggregatePlan& aggregate) {
  std::vector<std::string> wanted;
  for (const std::size_t k : plan.sequences[*aggregate.sequence].partition) {
    wanted.push_back(plan.keys[k].name);
  }
  wanted.push_back(aggregate.column.name);
  const auto& indexes = plan.spec.indexes;
  const auto same = [](const std::string& a, const std::string& b) {
    return boost::algorithm::iequals(a, b);
  };
  const bool paged =
      std::any_of(indexes.begin(), indexes.end(), [&](const schema::IndexSpec& index) {
        const auto size = static_cast<std::ptrdiff_t>(wanted.size());
        return index.columns.size() >= wanted.size() &&
               std::is_permutation(wanted.begin(), wanted.end(), index.columns.begin(),
                                   index.columns.begin() + size, same);
      });
  if (paged) return;
  compilation.warn(
      aggregate.column.place, "missing-index",
      fmt::format("a page by {} reads the whole summary", aggregate.column.name),
      fmt::format(R"(add to the summary: "indexes": [["{}"]])", fmt::join(wanted, R"(", ")")));
}

// Each change looks for the row before, and moves all rows behind.
void warn_of_places(Compilation& compilation, SummaryPlan& plan, std::size_t sequence) {
  const Named named = columns_of(plan, sequence);
  const std::string names = fmt::format("{}", fmt::join(named.names, ", "));
  plan.contract.push_back(
      {ClauseKind::price,
       fmt::format("{}: a row that comes or goes anywhere but at the end of its list writes every "
                   "row behind it",
                   names)});
  if (is_mysql(compilation)) {
    plan.contract.push_back(
        {ClauseKind::price,
         fmt::format("{}: transactions that change one list take turns, each waiting for the "
                     "other's commit; if both have written before, one of them deadlocks (1213) "
                     "and must be retried",
                     names)});
  }
  warn_of_seeks(compilation, plan, sequence,
                names + ": a row that comes or goes looks for the row before it", "list",
                "one seek");
  for (const AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence == sequence && aggregate.visible)
      warn_of_pages(compilation, plan, aggregate);
  }
}

}  // namespace

void say_of_sequences(Compilation& compilation, SummaryPlan& plan) {
  for (std::size_t s = 0; s < plan.sequences.size(); ++s) {
    if (plan.sequences[s].numbered) {
      warn_of_places(compilation, plan, s);
    } else {
      warn_of_steps(compilation, plan, s);
    }
  }
}

}  // namespace keepsum::plan
