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

// "`table`.`k` = <expr>", for the keys as the source has them. The stored key stands first: on
// SQLite its collation decides.
std::vector<std::string> key_of_source_row(const plan::SummaryPlan& plan, const Dialect& dialect,
                                           const std::string& table) {
  const plan::Scope scope = plan.scope();
  const Binding own;
  const Renderer render(scope, dialect, own);
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(
        fmt::format("{}.{} = {}", table, dialect.identifier(key.name), render(*key.expr)));
  }
  return terms;
}

// Of a total, or of rows: the columns that are not as they are without any row.
std::vector<std::string> says_something(const plan::SummaryPlan& plan,
                                        const std::vector<std::string>& columns) {
  std::vector<std::string> terms;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const bool is_number = aggregates::empty_value(plan.state[i].merge) == "0";
    terms.push_back(columns[i] + (is_number ? " <> 0" : " IS NOT NULL"));
  }
  return terms;
}

std::vector<std::string> total_says(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> columns;
  for (const plan::StateColumn& column : plan.state) {
    columns.push_back(totals_table(plan, dialect) + "." + dialect.identifier(column.name));
  }
  return says_something(plan, columns);
}

// "`totals`.`k` = `summary`.`k`".
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

// A total and the rows above it as one value. Either side may have no row.
std::string merge_values(const plan::StateColumn& column, const std::string& history,
                         const std::string& new_rows, const Dialect& dialect) {
  switch (column.merge) {
    case plan::Merge::add:
      return fmt::format("COALESCE({}, 0) + COALESCE({}, 0)", history, new_rows);
    case plan::Merge::latch:
      return fmt::format("CASE WHEN {} = 1 OR {} = 1 THEN 1 ELSE 0 END", history, new_rows);
    case plan::Merge::greatest:
    case plan::Merge::least:
    case plan::Merge::ranked: break;  // the planner seals none of these
  }
  return fmt::format("CASE WHEN {0} IS NULL OR {1} {2} {0} THEN {1} ELSE {0} END", history,
                     dialect.collated(new_rows, column.type),
                     column.merge == plan::Merge::greatest ? ">" : "<");
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

// A join by the keys, which both tables have as their order: a union of them, grouped, takes three
// times as long.
std::string compare_sealed(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string summary = dialect.identifier(plan.spec.name),
                    total = totals_table(plan, dialect), since = dialect.identifier("ks$since");
  const std::string is_above = order_of_row(plan, dialect) + " > ?";
  std::vector<std::string> sealed = keys_of(plan, dialect, summary), differs, new_rows;
  std::vector<std::string> summary_of_since, total_of_since, keys, keys_since;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    sealed[i] += fmt::format(" AS k{}", i);
    const std::string name = dialect.identifier(plan.keys[i].name);
    // The stored key stands first: on SQLite its collation decides.
    summary_of_since.push_back(fmt::format("{}.{} = {}.k{}", summary, name, since, i));
    total_of_since.push_back(fmt::format("{}.{} = {}.k{}", total, name, since, i));
    keys.push_back(fmt::format("k{}", i));
    keys_since.push_back(fmt::format("{}.k{}", since, i));
  }
  sealed.push_back(fmt::format("CASE WHEN {}.{} <= ? OR {}.{} = 1 THEN 1 ELSE 0 END AS is_open",
                               summary, dialect.identifier(touched_column), total,
                               dialect.identifier(is_open)));
  sealed.push_back(fmt::format("CASE WHEN {}.{} IS NULL THEN 0 ELSE 1 END AS has_total", total,
                               dialect.identifier(is_open)));
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const plan::StateColumn& column = plan.state[i];
    const std::string name = dialect.identifier(column.name);
    new_rows.push_back(fmt::format("{}.e{}", since, i));
    const std::string merged = merge_values(column, total + "." + name, new_rows.back(), dialect);
    sealed.push_back(fmt::format("{} AS e{}, {}.{} AS s{}", merged, i, summary, name, i));
    const auto in_column = [&](char side) {
      return dialect.collated(fmt::format("{}{}", side, i), column.type);
    };
    differs.push_back(compare_values(column, in_column('e'), in_column('s'), dialect).differs);
  }
  const std::string different = fmt::format("{}", fmt::join(differs, " OR "));
  std::string sql = fmt::format(
      "SELECT {}, is_open, CASE WHEN {} THEN 1 ELSE 0 END, has_total FROM (SELECT {} FROM {} LEFT "
      "JOIN {} ON {} LEFT JOIN ({}) AS {} ON {}) AS sealed WHERE (is_open = 1 OR has_total = 0 OR "
      "{}) IS TRUE",
      fmt::join(keys, ", "), different, fmt::join(sealed, ", "), summary, total,
      fmt::join(total_of_summary_row(plan, dialect), " AND "),
      recompute_select(plan, dialect, {is_above}, "COUNT(*)"), since,
      fmt::join(summary_of_since, " AND "), different);
  // Keys that have rows above the seal, and are neither in the summary nor totals without a key.
  const std::string not_in_summary =
      fmt::format("NOT EXISTS (SELECT 1 FROM {} WHERE {})", summary,
                  fmt::join(key_of_source_row(plan, dialect, summary), " AND "));
  sql += fmt::format(
      " UNION ALL SELECT {}, 0, 1, 1 FROM ({}) AS {} WHERE ({}) AND NOT EXISTS (SELECT 1 FROM {} "
      "WHERE {} AND ({}))",
      fmt::join(keys_since, ", "),
      recompute_select(plan, dialect, {is_above, not_in_summary}, "COUNT(*)"), since,
      fmt::join(says_something(plan, new_rows), " OR "), total, fmt::join(total_of_since, " AND "),
      fmt::join(total_says(plan, dialect), " OR "));
  return sql;
}

std::string totals_without_key(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string total = totals_table(plan, dialect);
  return fmt::format("SELECT {} FROM {} WHERE ({}) AND NOT EXISTS (SELECT 1 FROM {} WHERE {})",
                     fmt::join(keys_of(plan, dialect, total), ", "), total,
                     fmt::join(total_says(plan, dialect), " OR "),
                     dialect.identifier(plan.spec.name),
                     fmt::join(total_of_summary_row(plan, dialect), " AND "));
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
  if (step.may_be_moved) {
    where.push_back(not_moved_yet(plan, dialect,
                                  key_of_source_row(plan, dialect, totals_table(plan, dialect))));
  }
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
