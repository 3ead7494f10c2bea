// Names → tables and columns of the live catalog.
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/steps.hpp"

namespace keepsum::plan {

namespace {

std::string suggestion(const std::string& name, const std::vector<std::string>& candidates) {
  const std::string near = schema::did_you_mean(name, candidates);
  return near.empty() ? std::string() : fmt::format("did you mean `{}`?", near);
}

// MySQL and MariaDB do not tell a table that is hidden from one that is not there.
std::string missing_hint(const Compilation& compilation, std::string near) {
  if (!near.empty() || compilation.dialect.name() != "mysql") return near;
  return "or this user has no right on it: `keepsum grants` prints what each user needs";
}

std::vector<std::string> column_names(const db::TableInfo& table) {
  std::vector<std::string> names;
  for (const db::ColumnInfo& column : table.columns) names.push_back(column.name);
  return names;
}

Result<void> resolve_table(Compilation& compilation, const schema::TableRef& reference,
                           SummaryPlan& plan) {
  KEEPSUM_ASSIGN(auto table, compilation.catalog.table(reference.table));
  if (!table) {
    KEEPSUM_ASSIGN(const auto names, compilation.catalog.table_names());
    compilation.refuse(reference.place, "unknown-table",
                       fmt::format("there is no table `{}` in the database", reference.table),
                       missing_hint(compilation, suggestion(reference.table, names)));
    return {};
  }
  if (table->is_view) {
    compilation.refuse(
        reference.place, "view",
        fmt::format("`{}` is a view: no trigger sees its rows change", reference.table),
        "name the tables the view is made of");
    return {};
  }
  if (!table->transactional) {
    compilation.refuse(
        reference.place, "not-transactional",
        fmt::format("`{}` is not transactional: a rollback would leave the summary wrong",
                    reference.table),
        fmt::format("ALTER TABLE {} ENGINE=InnoDB", reference.table));
  }
  if (table->primary_key.empty()) {
    compilation.refuse(
        reference.place, "no-primary-key",
        fmt::format("`{}` has no primary key: its rows cannot be told apart", reference.table),
        "add a primary key to the table");
  }
  plan.tables.push_back({reference.alias, std::move(*table), {}});
  return {};
}

void resolve_columns_of(Compilation& compilation, const Scope& scope, const schema::ExprPtr& expr,
                        std::map<std::string, std::set<std::string>>& read) {
  schema::walk(expr, [&](const schema::Expr& node) {
    if (node.kind != schema::ExprKind::column) return;
    const auto table = scope.find(node.qualifier);
    if (table == scope.end()) return;  // its table was refused already
    if (const db::ColumnInfo* column = table->second->find_column(node.text)) {
      read[node.qualifier].insert(column->name);
      return;
    }
    compilation.refuse(node.place, "unknown-column",
                       fmt::format("table `{}` has no column `{}`", table->second->name, node.text),
                       suggestion(node.text, column_names(*table->second)));
  });
}

}  // namespace

Result<void> resolve_tables(Compilation& compilation, SummaryPlan& plan) {
  const schema::SummarySpec& spec = plan.spec;
  KEEPSUM_TRY(resolve_table(compilation, spec.from, plan));
  for (const schema::Join& join : spec.joins) {
    KEEPSUM_TRY(resolve_table(compilation, join.table, plan));
  }

  const Scope scope = plan.scope();
  std::map<std::string, std::set<std::string>> read;
  for (const schema::Join& join : spec.joins) resolve_columns_of(compilation, scope, join.on, read);
  resolve_columns_of(compilation, scope, spec.where, read);
  for (const schema::KeyPart& key : spec.group_by) {
    resolve_columns_of(compilation, scope, key.expr, read);
  }
  for (const schema::AggregateColumn& column : spec.aggregates) {
    resolve_columns_of(compilation, scope, column.argument, read);
    resolve_columns_of(compilation, scope, column.filter, read);
  }
  if (spec.sealed) resolve_columns_of(compilation, scope, spec.sealed->by, read);
  for (BaseTable& table : plan.tables) {
    for (const db::ColumnInfo& column : table.info.columns) {
      if (read[table.alias].contains(column.name)) table.read_columns.push_back(column.name);
    }
  }
  for (const BaseTable& table : plan.tables) {
    for (const char* taken : {"old", "new", spec.name.c_str()}) {
      if (!boost::algorithm::iequals(table.alias, taken)) continue;
      compilation.refuse(spec.from.place, "alias-taken",
                         fmt::format("`{}` cannot be an alias here: the generated SQL uses the "
                                     "name itself",
                                     table.alias),
                         fmt::format("write `{} some_other_alias`", table.info.name));
    }
    if (boost::algorithm::iequals(table.info.name, spec.name)) {
      compilation.refuse(
          spec.place, "name-taken",
          fmt::format("`{}` is a base table: the summary needs a name of its own", spec.name), "");
    }
  }
  return {};
}

}  // namespace keepsum::plan
