// Columns that count distinct values, and the side tables that keep them.
//
//   side table:  group by the summary's key and the value, count(*)      kept like any summary
//   column:      the number of its rows of a key whose count is not 0    kept by its triggers
#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/compile.hpp"
#include "engine/plan/steps.hpp"
#include "engine/plan/summary_source.hpp"
#include "engine/sql/names.hpp"

namespace keepsum::plan {

using db::TypeFamily;

namespace {

constexpr const char* value_column = "ks_value";
constexpr const char* rows_column = "ks_rows";

std::int64_t bytes_in_index(const ExprType& type) {
  if (type.family == TypeFamily::binary) return type.length;
  if (type.family != TypeFamily::text) return 8;
  const bool one = type.charset == "latin1" || type.charset == "ascii" || type.charset == "binary";
  const bool three = type.charset == "utf8" || type.charset == "utf8mb3";
  return type.length * (one ? 1 : three ? 3 : 4);
}

// What the side table's key would be refused for, in words that fit the column.
bool check_value(Compilation& compilation, const SummaryPlan& plan,
                 const AggregatePlan& aggregate) {
  const schema::ExprPtr& argument = aggregate.column.argument;
  const std::string text = schema::to_text(*argument);
  const ExprType& type = aggregate.argument_type;
  if (type.is_null) {
    compilation.refuse(argument->place, "distinct-null", "NULL is no value: there is none to count",
                       "name a column");
    return false;
  }
  if (type.family == TypeFamily::floating) {
    compilation.refuse(argument->place, "float-distinct",
                       fmt::format("`{}` is a floating-point number: equal figures may differ in "
                                   "the last bit, so there is no telling how many there are",
                                   text),
                       "count an integer, a decimal or a text");
    return false;
  }
  const db::ColumnInfo* column =
      argument->kind == schema::ExprKind::column ? find_column(plan.scope(), *argument) : nullptr;
  const bool is_enumeration =
      column != nullptr && boost::algorithm::istarts_with(column->declared_type, "enum");
  if (type.family == TypeFamily::other && !is_enumeration) {
    compilation.refuse(argument->place, "unsupported-type",
                       fmt::format("`{}` has a type of which no key can be made", text),
                       "CAST it AS INTEGER, DECIMAL(p,s) or VARCHAR(n)");
    return false;
  }
  if (!compilation.dialect.enforces_foreign_keys()) return true;
  constexpr std::int64_t index_bytes_max = 3072;
  std::int64_t bytes = bytes_in_index(type);
  for (const KeyColumn& key : plan.keys) bytes += bytes_in_index(key.type);
  if (bytes <= index_bytes_max) return true;
  compilation.refuse(
      argument->place, "distinct-too-long",
      fmt::format("each value of `{}` needs a row in an index, with its group's key: {} bytes, and "
                  "InnoDB's indexes end at {}",
                  text, bytes, index_bytes_max),
      fmt::format("count(DISTINCT CAST({} AS VARCHAR(191))), if so much tells values apart", text));
  return false;
}

schema::SummarySpec side_spec(const schema::SummarySpec& spec,
                              const schema::AggregateColumn& column) {
  schema::SummarySpec side = spec;
  side.name = sql::side_table_name(spec.name, column.name);
  side.where = both(both(spec.where, column.filter), is_not_null(column.argument));
  side.group_by.push_back({value_column, column.argument, column.argument->place});
  schema::AggregateColumn rows;
  rows.name = rows_column;
  rows.function = "count";
  rows.text = "count(*)";
  rows.place = column.place;
  rows.name_place = column.name_place;
  side.aggregates = {rows};
  side.indexes.clear();
  side.shadow = false;
  side.sealed.reset();
  return side;
}

}  // namespace

Result<void> find_side_tables(Compilation& compilation, const schema::SummarySpec& spec,
                              SummaryPlan& plan) {
  for (std::size_t a = 0; a < plan.aggregates.size(); ++a) {
    AggregatePlan& aggregate = plan.aggregates[a];
    if (!aggregate.aggregate->has_side_table()) continue;
    if (!check_value(compilation, plan, aggregate)) continue;
    KEEPSUM_ASSIGN(auto compiled,
                   compile(side_spec(spec, aggregate.column), compilation.session,
                           compilation.catalog, compilation.dialect, compilation.sources));
    for (schema::Diagnostic& diagnostic : compiled.diagnostics) {
      if (diagnostic.severity != schema::Severity::error) continue;
      compilation.diagnostics.push_back(std::move(diagnostic));
    }
    if (!compiled.plan) continue;
    compiled.plan->side_of = spec.name;
    compiled.plan->group_keys = plan.keys.size();
    aggregate.argument_type = compiled.plan->keys.back().type;  // as values are told apart there
    plan.sides.push_back({a, std::make_shared<const SummaryPlan>(std::move(*compiled.plan))});
  }
  return {};
}

}  // namespace keepsum::plan
