// Names → tables and columns of the live catalog.
#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/steps.hpp"
#include "engine/plan/summary_source.hpp"
#include "schema/text.hpp"

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

// A table that is made from its own plan need not be there yet; its size is asked if it is.
Result<void> resolve_summary(Compilation& compilation, const schema::TableRef& reference,
                             const std::shared_ptr<const SummaryPlan>& summary, SummaryPlan& plan) {
  BaseTable base{reference.alias, table_of(*summary), {}, summary};
  KEEPSUM_ASSIGN(const auto made, compilation.catalog.table(base.info.name));
  if (made) base.info.estimated_rows = made->estimated_rows;
  plan.spec.where = both(plan.spec.where, is_not_empty(*summary, reference.alias, reference.place));
  plan.tables.push_back(std::move(base));
  return {};
}

Result<void> resolve_table(Compilation& compilation, const schema::TableRef& reference,
                           SummaryPlan& plan) {
  const auto source = compilation.sources.find(schema::to_lower(reference.table));
  if (source != compilation.sources.end()) {
    return resolve_summary(compilation, reference, source->second, plan);
  }
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

void check_column(Compilation& compilation, const Scope& scope, const schema::Expr& node) {
  if (node.kind != schema::ExprKind::column) return;
  const auto table = scope.find(node.qualifier);
  if (table == scope.end()) return;  // its table was refused already
  if (table->second->find_column(node.text) != nullptr) return;
  compilation.refuse(node.place, "unknown-column",
                     fmt::format("table `{}` has no column `{}`", table->second->name, node.text),
                     suggestion(node.text, column_names(*table->second)));
}

// That a row is missing is seen by its primary key, which SQLite lets be NULL. Not in a row that
// was found by it.
void refuse_rows_without_key(Compilation& compilation, const BaseTable& table) {
  for (const std::string& name : table.info.primary_key) {
    bool asked = false;
    schema::walk(table.left_on, [&](const schema::Expr& node) {
      asked = asked || (node.kind == schema::ExprKind::column && node.qualifier == table.alias &&
                        boost::algorithm::iequals(node.text, name));
    });
    const db::ColumnInfo* column = table.info.find_column(name);
    if (asked || column == nullptr || !column->nullable) continue;
    compilation.refuse(
        table.left_on->place, "left-join-key",
        fmt::format("the primary key `{}.{}` can be NULL, as SQLite lets it unless it says NOT "
                    "NULL: such a row would be taken for a missing one",
                    table.alias, name),
        "declare it NOT NULL, or join it without LEFT");
  }
}

// In the order in which what is wrong with them is told.
template <class Visit>
void each_expression(const SummaryPlan& plan, const Visit& visit) {
  const schema::SummarySpec& spec = plan.spec;
  for (const schema::Join& join : spec.joins) visit(join.on);
  visit(spec.where);
  for (const schema::KeyPart& key : spec.group_by) visit(key.expr);
  for (const schema::AggregateColumn& column : spec.aggregates) {
    visit(column.argument);
    visit(column.filter);
    for (const schema::ExprPtr& part : column.partition) visit(part);
    for (const schema::OrderTerm& term : column.order) visit(term.expr);
  }
  if (spec.sealed) visit(spec.sealed->by);
}

}  // namespace

Result<void> resolve_tables(Compilation& compilation, SummaryPlan& plan) {
  const schema::SummarySpec& spec = plan.spec;
  KEEPSUM_TRY(resolve_table(compilation, spec.from, plan));
  for (const schema::Join& join : spec.joins) {
    const std::size_t before = plan.tables.size();
    KEEPSUM_TRY(resolve_table(compilation, join.table, plan));
    if (!join.left || plan.tables.size() == before) continue;
    BaseTable& table = plan.tables.back();
    table.left_on = join.on;
    refuse_rows_without_key(compilation, table);
    for (db::ColumnInfo& column : table.info.columns) column.nullable = true;
  }

  const Scope scope = plan.scope();
  each_expression(plan, [&](const schema::ExprPtr& expr) {
    schema::walk(expr, [&](const schema::Expr& node) { check_column(compilation, scope, node); });
  });
  note_read_columns(plan);
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

void note_read_columns(SummaryPlan& plan) {
  std::map<std::string, std::set<std::string>> read;
  each_expression(plan, [&](const schema::ExprPtr& expr) {
    schema::walk(expr, [&](const schema::Expr& node) {
      if (node.kind == schema::ExprKind::column) read[node.qualifier].insert(node.text);
    });
  });
  const auto& columns = plan.spec.aggregates;
  const bool ordered =
      std::any_of(columns.begin(), columns.end(),
                  [](const schema::AggregateColumn& column) { return !column.order.empty(); });
  for (const BaseTable& table : plan.tables) {
    // They break ties.
    const std::vector<std::string>& key = table.info.primary_key;
    if (ordered) read[table.alias].insert(key.begin(), key.end());
  }
  for (BaseTable& table : plan.tables) {
    table.read_columns.clear();
    const std::set<std::string>& names = read[table.alias];
    for (const db::ColumnInfo& column : table.info.columns) {
      const bool is_read = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return table.info.find_column(name) == &column;
      });
      if (is_read) table.read_columns.push_back(column.name);
    }
  }
}

}  // namespace keepsum::plan
