#include "engine/plan/summary_source.hpp"

#include <fmt/format.h>

namespace keepsum::plan {

using schema::Expr;
using schema::ExprKind;
using schema::ExprPtr;
using schema::Operator;

namespace {

// As the catalog would print it: the collation is told apart there.
std::string declared(const std::string& sql_type) {
  for (const char* tail : {" CHARACTER SET ", " COLLATE "}) {
    if (const auto at = sql_type.find(tail); at != std::string::npos) return sql_type.substr(0, at);
  }
  return sql_type;
}

db::ColumnInfo column_of(const std::string& name, const std::string& sql_type,
                         const ExprType& type) {
  db::ColumnInfo column;
  column.name = name;
  column.declared_type = declared(sql_type);
  column.family = type.family == db::TypeFamily::timestamp ? db::TypeFamily::datetime : type.family;
  column.is_unsigned = type.is_unsigned;
  column.precision = type.precision;
  column.scale = type.scale;
  column.length = type.length;
  column.charset = type.charset;
  column.collation = type.collation;
  return column;
}

ExprPtr binary(Operator op, ExprPtr a, ExprPtr b, const schema::Place& place) {
  auto expr = std::make_shared<Expr>();
  expr->kind = ExprKind::binary;
  expr->op = op;
  expr->args = {std::move(a), std::move(b)};
  expr->place = place;
  return expr;
}

ExprPtr zero(const schema::Place& place) {
  auto expr = std::make_shared<Expr>();
  expr->kind = ExprKind::integer;
  expr->text = "0";
  expr->place = place;
  return expr;
}

}  // namespace

bool is_null_when_empty(const SummaryPlan& plan, const AggregatePlan& aggregate) {
  if (aggregate.visible) return aggregate.visible->type.nullable;
  return aggregates::empty_value(plan.state[aggregate.state.front()].merge) == "NULL";
}

db::TableInfo table_of(const SummaryPlan& plan) {
  db::TableInfo table;
  table.name = plan.spec.name;
  db::IndexInfo primary{"PRIMARY", {}, true, true, false};
  for (const KeyColumn& key : plan.keys) {
    table.columns.push_back(column_of(key.name, key.sql_type, key.type));
    table.columns.back().nullable = false;
    primary.columns.push_back(key.name);
  }
  table.primary_key = primary.columns;
  table.indexes.push_back(std::move(primary));
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const StateColumn& first = plan.state[aggregate.state.front()];
    db::ColumnInfo column = aggregate.visible
                                ? column_of(aggregate.column.name, "", aggregate.visible->type)
                                : column_of(aggregate.column.name, first.sql_type, first.type);
    column.nullable = is_null_when_empty(plan, aggregate);
    column.generated = aggregate.visible.has_value();
    table.columns.push_back(std::move(column));
  }
  for (std::size_t i = 0; i < plan.spec.indexes.size(); ++i) {
    table.indexes.push_back({fmt::format("ks_{}_{}", plan.spec.name, i + 1),
                             plan.spec.indexes[i].columns, false, false, false});
  }
  return table;
}

ExprPtr is_not_empty(const SummaryPlan& plan, const std::string& alias,
                     const schema::Place& place) {
  ExprPtr any;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const ExprPtr column = column_ref(alias, aggregate.column.name, place);
    const ExprPtr term = is_null_when_empty(plan, aggregate)
                             ? is_not_null(column)
                             : binary(Operator::not_equal, column, zero(place), place);
    any = any ? binary(Operator::logical_or, any, term, place) : term;
  }
  return any;
}

ExprPtr both(const ExprPtr& a, const ExprPtr& b) {
  if (!a || !b) return a ? a : b;
  return binary(Operator::logical_and, a, b, a->place);
}

ExprPtr is_not_null(const ExprPtr& expr) {
  auto result = std::make_shared<Expr>();
  result->kind = ExprKind::is_null;
  result->negated = true;
  result->args = {expr};
  result->place = expr->place;
  return result;
}

ExprPtr column_ref(const std::string& alias, const std::string& name, const schema::Place& place) {
  auto expr = std::make_shared<Expr>();
  expr->kind = ExprKind::column;
  expr->qualifier = alias;
  expr->text = name;
  expr->place = place;
  return expr;
}

}  // namespace keepsum::plan
