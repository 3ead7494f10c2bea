#include "engine/sql/seal.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

namespace {

constexpr std::string_view sealed_to = "ks$sealed_to";
constexpr std::string_view is_open = "ks$open";
constexpr std::string_view rows_column = "ks$rows";

std::string_view lowest(const plan::SummaryPlan& plan) {
  // SQL has no literal for the least integer: its digits alone are one too many.
  return plan.seal->is_unsigned ? "0" : "-9223372036854775807";
}

// No order value that a watermark can be is higher: a reset row is touched nowhere.
std::string_view highest(const plan::SummaryPlan& plan) {
  return plan.seal->is_unsigned ? "18446744073709551615" : "9223372036854775807";
}

std::string order_type(const plan::SummaryPlan& plan, const Dialect& dialect) {
  plan::ExprType type;
  type.family = db::TypeFamily::integer;
  type.is_unsigned = plan.seal->is_unsigned;
  return dialect.storage_type(type, nullptr);
}

std::string count_type(const Dialect& dialect) {
  plan::ExprType type;
  type.family = db::TypeFamily::integer;
  return dialect.storage_type(type, nullptr);
}

std::string totals_table(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return dialect.identifier(seal_table_name(plan.spec.name));
}

std::string order_of_row(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return dialect.identifier(plan.seal->alias) + "." + dialect.identifier(plan.seal->column);
}

// "`totals`.`k` = <expr>", for the keys as the source has them.
std::vector<std::string> total_of_source_row(const plan::SummaryPlan& plan,
                                             const Dialect& dialect) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(fmt::format("{}.{} = {}", totals_table(plan, dialect),
                                dialect.identifier(key.name), render(*key.expr)));
  }
  return terms;
}

// The same for a row of the summary.
std::vector<std::string> total_of_summary_row(const plan::SummaryPlan& plan,
                                              const Dialect& dialect) {
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    const std::string name = dialect.identifier(key.name);
    terms.push_back(fmt::format("{}.{} = {}.{}", totals_table(plan, dialect), name,
                                dialect.identifier(plan.spec.name), name));
  }
  return terms;
}

std::string not_moved_yet(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const std::vector<std::string>& same_key) {
  return fmt::format("NOT EXISTS (SELECT 1 FROM {} WHERE {} AND {}.{} >= ?)",
                     totals_table(plan, dialect), fmt::join(same_key, " AND "),
                     totals_table(plan, dialect), dialect.identifier(sealed_to));
}

// `alias.k` of each key.
std::vector<std::string> keys_of(const plan::SummaryPlan& plan, const Dialect& dialect,
                                 const std::string& table) {
  std::vector<std::string> names;
  for (const std::string& name : key_names(plan, dialect)) names.push_back(table + "." + name);
  return names;
}

std::string touched_in(const Dialect& dialect, const SealStep& step) {
  const std::string column = dialect.identifier(touched_column);
  return fmt::format("{0} <= ?{1}", column, step.has_from ? " AND " + column + " > ?" : "");
}

std::vector<std::string> key_order(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> order;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    order.push_back(dialect.collated(fmt::format("k{}", i), plan.keys[i].type));
  }
  return order;
}

// The totals of intact keys as the stored side of a comparison: every row of the summary that was
// touched nowhere up to W, since a key without a total has an empty one.
std::string intact_totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const std::vector<std::string>& restriction) {
  const std::string summary = dialect.identifier(plan.spec.name);
  std::vector<std::string> columns = keys_of(plan, dialect, summary);
  columns.emplace_back("0, 1");
  for (const plan::StateColumn& column : plan.state) {
    const std::string total = totals_table(plan, dialect) + "." + dialect.identifier(column.name);
    const std::string_view empty = aggregates::empty_value(column.merge);
    columns.push_back(empty == "0" ? fmt::format("0, COALESCE({}, 0)", total)
                                   : fmt::format("{}, {}", empty, total));
  }
  std::vector<std::string> where{
      fmt::format("{}.{} > ?", summary, dialect.identifier(touched_column)),
      fmt::format("COALESCE({}.{}, 0) = 0", totals_table(plan, dialect),
                  dialect.identifier(is_open))};
  where.insert(where.end(), restriction.begin(), restriction.end());
  return fmt::format("SELECT {} FROM {} LEFT JOIN {} ON {} WHERE {}", fmt::join(columns, ", "),
                     summary, totals_table(plan, dialect),
                     fmt::join(total_of_summary_row(plan, dialect), " AND "),
                     fmt::join(where, " AND "));
}

}  // namespace

TableColumn touched(const plan::SummaryPlan& plan, const Dialect& dialect) {
  TableColumn column{std::string(touched_column), order_type(plan, dialect), false,
                     std::string(lowest(plan)), ""};
  column.invisible = true;
  return column;
}

std::string touch_assignment(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string name = dialect.identifier(touched_column);
  const std::string stored = dialect.identifier(plan.spec.name) + "." + name;
  const std::string incoming = dialect.incoming(name);
  return fmt::format("{0} = CASE WHEN {2} < {1} THEN {2} ELSE {1} END", name, stored, incoming);
}

std::string seal_table_name(const std::string& summary) { return "ks_" + summary + "$sealed"; }

Table seal_table(const plan::SummaryPlan& plan, const Dialect& dialect) {
  Table table;
  table.name = seal_table_name(plan.spec.name);
  for (const plan::KeyColumn& key : plan.keys) {
    table.columns.push_back({key.name, key.sql_type, false, "", ""});
    table.primary_key.push_back(key.name);
  }
  table.columns.push_back({std::string(sealed_to), order_type(plan, dialect), false, "", ""});
  table.columns.push_back({std::string(is_open), count_type(dialect), false, "0", ""});
  table.columns.push_back({std::string(rows_column), count_type(dialect), false, "0", ""});
  for (const plan::StateColumn& column : plan.state) {
    const bool nullable = aggregates::empty_value(column.merge) == "NULL";
    table.columns.push_back({column.name, column.sql_type, nullable, nullable ? "" : "0", ""});
  }
  return table;
}

std::string compare_sealed(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string above =
      recompute_select(plan, dialect, {order_of_row(plan, dialect) + " > ?"}, "0 AS is_open");
  std::vector<std::string> total = key_names(plan, dialect), stored = total;
  total.push_back(dialect.identifier(is_open));
  stored.push_back(
      fmt::format("CASE WHEN {} <= ? THEN 1 ELSE 0 END", dialect.identifier(touched_column)));
  std::vector<std::string> keys, differs;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) keys.push_back(fmt::format("k{}", i));
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const std::string name = dialect.identifier(plan.state[i].name);
    const std::string_view empty = aggregates::empty_value(plan.state[i].merge);
    total.push_back(fmt::format("{}, {}", name, empty));
    stored.push_back(fmt::format("{}, {}", empty, name));
    differs.push_back(compare_column(plan.state[i], i, dialect).differs);
  }
  const std::string different = fmt::format("{}", fmt::join(differs, " OR "));
  return fmt::format(
      "SELECT {0}, MAX(is_open), CASE WHEN {1} THEN 1 ELSE 0 END FROM ({2} UNION ALL SELECT {3} "
      "FROM {4} UNION ALL SELECT {5} FROM {6}) AS sides GROUP BY {7} HAVING MAX(is_open) = 1 OR "
      "{1} ORDER BY {7}",
      fmt::join(keys, ", "), different, above, fmt::join(total, ", "), totals_table(plan, dialect),
      fmt::join(stored, ", "), dialect.identifier(plan.spec.name),
      fmt::join(key_order(plan, dialect), ", "));
}

std::string rows_above(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("SELECT COUNT(*) FROM {} WHERE {} > ?",
                     dialect.identifier(plan.table(plan.seal->alias).info.name),
                     dialect.identifier(plan.seal->column));
}

std::string history_is_gone(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> terms{
      fmt::format("NOT EXISTS (SELECT 1 FROM {} WHERE {} <= ?)",
                  dialect.identifier(plan.table(plan.seal->alias).info.name),
                  dialect.identifier(plan.seal->column))};
  for (const plan::BaseTable& table : plan.tables) {
    terms.push_back(
        fmt::format("NOT EXISTS (SELECT 1 FROM {})", dialect.identifier(table.info.name)));
  }
  return fmt::format("SELECT CASE WHEN {} THEN 1 ELSE 0 END", fmt::join(terms, " OR "));
}

std::string compare_totals(const plan::SummaryPlan& plan, const Dialect& dialect,
                           const RangeShape& shape) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> source{order_of_row(plan, dialect) + " <= ?"};
  for (std::string& term : range_terms(render(*plan.keys.front().expr), shape)) {
    source.push_back(std::move(term));
  }
  const std::string leading =
      dialect.identifier(plan.spec.name) + "." + dialect.identifier(plan.keys.front().name);
  return compare_sides(plan, dialect, recompute_select(plan, dialect, source),
                       intact_totals(plan, dialect, range_terms(leading, shape)));
}

std::string compare_total(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> source{order_of_row(plan, dialect) + " <= ?"};
  for (std::string& term : source_key_equals(plan, dialect)) source.push_back(std::move(term));
  std::vector<std::string> stored;
  for (const plan::KeyColumn& key : plan.keys) {
    stored.push_back(fmt::format("{}.{} = {}", dialect.identifier(plan.spec.name),
                                 dialect.identifier(key.name), dialect.typed_parameter(key.type)));
  }
  return compare_sides(plan, dialect, recompute_select(plan, dialect, source),
                       intact_totals(plan, dialect, stored));
}

std::string touched_keys(const plan::SummaryPlan& plan, const Dialect& dialect,
                         const SealStep& step, bool has_key, std::size_t keys) {
  const std::string leading = dialect.identifier(plan.keys.front().name);
  return fmt::format("SELECT {0} FROM {1} WHERE {2} AND {3}{4} ORDER BY {0} LIMIT {5}",
                     fmt::join(key_names(plan, dialect), ", "), dialect.identifier(plan.spec.name),
                     touched_in(dialect, step),
                     not_moved_yet(plan, dialect, total_of_summary_row(plan, dialect)),
                     has_key ? fmt::format(" AND {} >= ?", leading) : "", keys);
}

std::string reset_touched(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const SealStep& step) {
  return fmt::format("UPDATE {} SET {} = {} WHERE {} AND {} AND {}",
                     dialect.identifier(plan.spec.name), dialect.identifier(touched_column),
                     highest(plan), summary_key_equals(plan, dialect), touched_in(dialect, step),
                     not_moved_yet(plan, dialect, total_of_summary_row(plan, dialect)));
}

std::string totals(const plan::SummaryPlan& plan, const Dialect& dialect, const SealStep& step,
                   const RangeShape& shape) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  const std::string order = order_of_row(plan, dialect);
  std::vector<std::string> where{order + " <= ?"};
  if (step.has_from) where.push_back(order + " > ?");
  for (std::string& term : range_terms(render(*plan.keys.front().expr), shape)) {
    where.push_back(std::move(term));
  }
  where.push_back(not_moved_yet(plan, dialect, total_of_source_row(plan, dialect)));
  return fmt::format("{} ORDER BY {}", recompute_select(plan, dialect, where, "COUNT(*)"),
                     fmt::join(key_order(plan, dialect), ", "));
}

std::string add_totals(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t rows) {
  plan::SummaryPlan beside = plan;
  beside.spec.name = seal_table_name(plan.spec.name);
  std::vector<std::string> columns = key_names(plan, dialect);
  for (const std::string_view name : {sealed_to, rows_column}) {
    columns.push_back(dialect.identifier(name));
  }
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(dialect.identifier(column.name));
  }
  std::vector<std::string> assignments = merge_assignments(beside, dialect);
  const std::string count = dialect.identifier(rows_column), to = dialect.identifier(sealed_to);
  assignments.push_back(fmt::format("{0} = {1}.{0} + {2}", count, totals_table(plan, dialect),
                                    dialect.incoming(count)));
  assignments.push_back(fmt::format("{} = {}", to, dialect.incoming(to)));
  const std::vector<std::string> one(columns.size(), "?");
  const std::vector<std::string> all(rows, fmt::format("({})", fmt::join(one, ", ")));
  return fmt::format("INSERT INTO {} ({}) VALUES {} {}", totals_table(plan, dialect),
                     fmt::join(columns, ", "), fmt::join(all, ", "),
                     dialect.upsert_clause(key_names(plan, dialect), assignments));
}

std::string last_total(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string leading = dialect.identifier(plan.keys.front().name);
  return fmt::format("SELECT {0} FROM {1} WHERE {2} >= ? ORDER BY {0} DESC LIMIT 1", leading,
                     totals_table(plan, dialect), dialect.identifier(sealed_to));
}

std::string rows_sealed(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("SELECT COALESCE(SUM({}), 0) FROM {}", dialect.identifier(rows_column),
                     totals_table(plan, dialect));
}

std::string open_total(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> columns = key_names(plan, dialect);
  std::vector<std::string> values(columns.size() + 1, "?");
  values.emplace_back("1");
  columns.push_back(dialect.identifier(sealed_to));
  columns.push_back(dialect.identifier(is_open));
  return fmt::format(
      "INSERT INTO {} ({}) VALUES ({}) {}", totals_table(plan, dialect), fmt::join(columns, ", "),
      fmt::join(values, ", "),
      dialect.upsert_clause(key_names(plan, dialect), {dialect.identifier(is_open) + " = 1"}));
}

std::string untouch(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("UPDATE {} SET {} = {} WHERE {}", dialect.identifier(plan.spec.name),
                     dialect.identifier(touched_column), highest(plan),
                     summary_key_equals(plan, dialect));
}

std::string key_total(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const Binding own;
  std::vector<std::string> columns{"COUNT(*)"};
  for (const plan::StateColumn& column : plan.state) {
    const plan::AggregatePlan& aggregate = plan.aggregates[column.aggregate];
    columns.push_back(aggregate.aggregate->recompute(
        column.part, row_input(plan, aggregate, dialect, own), dialect));
  }
  std::vector<std::string> where = source_key_equals(plan, dialect);
  where.push_back(order_of_row(plan, dialect) + " <= ?");
  return fmt::format("SELECT {} {}", fmt::join(columns, ", "),
                     joined(plan, dialect, own, {}, where).sql);
}

std::string close_total(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> assignments;
  for (const std::string_view name : {sealed_to, rows_column}) {
    assignments.push_back(dialect.identifier(name) + " = ?");
  }
  for (const plan::StateColumn& column : plan.state) {
    assignments.push_back(dialect.identifier(column.name) + " = ?");
  }
  assignments.push_back(dialect.identifier(is_open) + " = 0");
  return fmt::format("UPDATE {} SET {} WHERE {}", totals_table(plan, dialect),
                     fmt::join(assignments, ", "), summary_key_equals(plan, dialect));
}

std::string totals_bound(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t keys) {
  const std::string leading = dialect.identifier(plan.keys.front().name);
  return fmt::format("SELECT {0} FROM {1} ORDER BY {0} LIMIT 1 OFFSET {2}", leading,
                     totals_table(plan, dialect), keys);
}

std::string delete_totals(const plan::SummaryPlan& plan, const Dialect& dialect, bool has_bound) {
  return fmt::format(
      "DELETE FROM {}{}", totals_table(plan, dialect),
      has_bound ? fmt::format(" WHERE {} < ?", dialect.identifier(plan.keys.front().name)) : "");
}

}  // namespace keepsum::sql
