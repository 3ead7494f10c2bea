#include "engine/sql/reading.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/sql/composed.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::sql {

namespace {

// In all statements `k` is the control row and `s` the summary.
std::string is_live(const Dialect& dialect) { return "k.state = " + dialect.literal("live"); }

std::string column_list(const plan::SummaryPlan& plan, const Dialect& dialect,
                        const Columns& columns, std::string_view qualifier) {
  std::string list;
  for (const std::size_t i : columns) {
    list += fmt::format("{}{}, ", qualifier, dialect.identifier(plan.aggregates[i].column.name));
  }
  return list;
}

std::string key_equals(const plan::SummaryPlan& plan, const Dialect& dialect,
                       std::string_view qualifier) {
  std::vector<std::string> terms;
  for (const plan::KeyColumn& key : plan.keys) {
    terms.push_back(fmt::format("{}{} = {}", qualifier, dialect.identifier(key.name),
                                dialect.typed_parameter(key.type)));
  }
  return fmt::format("{}", fmt::join(terms, " AND "));
}

std::string named(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return "k.name = " + dialect.literal(plan.spec.name);
}

// FROM and WHERE of a read that is nothing unless `condition` holds of the control row. A mark's
// value is 0.
std::string beside_control(const plan::SummaryPlan& plan, const Dialect& dialect,
                           const std::string& on, std::string_view condition,
                           const std::string& mark = {}) {
  return fmt::format("FROM keepsum_summaries k LEFT JOIN {} s ON {}{} WHERE {} AND {}",
                     dialect.identifier(plan.spec.name), on,
                     mark.empty() ? "" : fmt::format(" AND s.{} = 0", dialect.identifier(mark)),
                     named(plan, dialect), condition);
}

std::string keys_in(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t keys) {
  if (plan.keys.size() > 1) {
    const std::vector<std::string> all(keys, "(" + key_equals(plan, dialect, "s.") + ")");
    return fmt::format("({})", fmt::join(all, " OR "));
  }
  const std::vector<std::string> all(keys, dialect.typed_parameter(plan.keys.front().type));
  return fmt::format("s.{} IN ({})", dialect.identifier(plan.keys.front().name),
                     fmt::join(all, ", "));
}

// The hash as it is now, whatever the transaction's snapshot: a row that was locked is read as it
// is now, and a state older than it would vouch for what it has not seen. The lock keeps it so.
std::string live_hash_now(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return fmt::format("(SELECT k.plan_hash FROM keepsum_summaries k WHERE {} AND {}{})",
                     named(plan, dialect), is_live(dialect), dialect.lock_clause());
}

std::string key_parameters(const plan::SummaryPlan& plan, const Dialect& dialect) {
  std::vector<std::string> parameters;
  for (const plan::KeyColumn& key : plan.keys) {
    parameters.push_back(dialect.typed_parameter(key.type));
  }
  return fmt::format("{}", fmt::join(parameters, ", "));
}

// Nothing but a lock: a column becomes what it is.
std::string touch(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string name = dialect.identifier(plan.keys.front().name);
  return fmt::format("{} = {}.{}", name, dialect.identifier(plan.spec.name), name);
}

}  // namespace

std::string read_plain(const plan::SummaryPlan& plan, const Dialect& dialect,
                       const Columns& columns, const std::string& mark) {
  std::string list = column_list(plan, dialect, columns, "");
  list.resize(list.size() - 2);
  // Of one row there is no order: naming the mark there costs no work. SQLite would take a name in
  // quotes that is no column's for a string.
  return fmt::format("SELECT {} FROM {} WHERE {} ORDER BY {}.{}", list,
                     dialect.identifier(plan.spec.name), key_equals(plan, dialect, ""),
                     dialect.identifier(plan.spec.name), dialect.identifier(mark));
}

std::string read_live(const plan::SummaryPlan& plan, const Dialect& dialect, const Columns& columns,
                      const std::string& mark) {
  return fmt::format(
      "SELECT {}k.plan_hash {}", column_list(plan, dialect, columns, "s."),
      beside_control(plan, dialect, key_equals(plan, dialect, "s."), is_live(dialect), mark));
}

std::string read_live_by_key(const plan::SummaryPlan& plan, const Dialect& dialect,
                             const Columns& columns, std::size_t keys, const std::string& mark) {
  std::string key_list;
  for (const std::string& name : key_names(plan, dialect)) key_list += "s." + name + ", ";
  return fmt::format(
      "SELECT {}{}k.plan_hash {}", key_list, column_list(plan, dialect, columns, "s."),
      beside_control(plan, dialect, keys_in(plan, dialect, keys), is_live(dialect), mark));
}

std::string read_live_by_number(const plan::SummaryPlan& plan, const Dialect& dialect,
                                const Columns& columns, std::size_t keys, const std::string& mark) {
  const std::string rest = fmt::format(
      "{}k.plan_hash {}", column_list(plan, dialect, columns, "s."),
      beside_control(plan, dialect, key_equals(plan, dialect, "s."), is_live(dialect), mark));
  std::vector<std::string> selects;
  for (std::size_t i = 0; i < keys; ++i) selects.push_back(fmt::format("SELECT {}, {}", i, rest));
  return fmt::format("{}", fmt::join(selects, "\nUNION ALL "));
}

std::string read_source_by_number(const plan::SummaryPlan& plan, const Dialect& dialect,
                                  std::size_t keys) {
  const std::string one = read_source(plan, dialect);
  std::vector<std::string> selects;
  for (std::size_t i = 0; i < keys; ++i) {
    selects.push_back(fmt::format("SELECT {} AS ks_number, r.* FROM ({}) AS r", i, one));
  }
  return fmt::format("{}", fmt::join(selects, "\nUNION ALL "));
}

std::string read_live_hash(const plan::SummaryPlan& plan, const Dialect& dialect) {
  return "SELECT k.plan_hash " + beside_control(plan, dialect, "FALSE", is_live(dialect));
}

// The layout is noted once the table is there. Until then the table of another spec may be.
std::string read_flag(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t column,
                      FlagOf of, const std::string& mark) {
  const std::string live = is_live(dialect);
  const std::string made = "LENGTH(k.layout) > 0";
  const std::string condition = of == FlagOf::live     ? live
                                : of == FlagOf::filled ? fmt::format("{} AND NOT {}", made, live)
                                                       : made;
  return fmt::format(
      "SELECT {}k.plan_hash, {} {}", column_list(plan, dialect, {column}, "s."), live,
      beside_control(plan, dialect, key_equals(plan, dialect, "s."), condition, mark));
}

std::string source_shows(const plan::SummaryPlan& plan, const Dialect& dialect,
                         std::size_t column) {
  const Binding own = composed(plan, dialect);
  const aggregates::RowInput row = row_input(plan, plan.aggregates[column], dialect, own);
  std::vector<std::string> conditions = source_key_equals(plan, dialect);
  conditions.push_back("(" + row.argument + ")");
  if (row.filter) conditions.push_back("(" + *row.filter + ")");
  return fmt::format("SELECT 1 {} LIMIT 1", joined(plan, dialect, own, {}, conditions).sql);
}

std::string set_latch(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t column) {
  const std::string flag = dialect.identifier(plan.aggregates[column].column.name);
  return fmt::format(
      "INSERT INTO {} ({}, {}) SELECT {}, 1 FROM keepsum_summaries k WHERE {} AND k.plan_hash = ? "
      "AND LENGTH(k.layout) > 0{} {}",
      dialect.identifier(plan.spec.name), fmt::join(key_names(plan, dialect), ", "), flag,
      key_parameters(plan, dialect), named(plan, dialect), dialect.lock_clause(),
      dialect.upsert_clause(key_names(plan, dialect), {flag + " = 1"}));
}

std::string lock_group(const plan::SummaryPlan& plan, const Dialect& dialect) {
  const std::string table = dialect.identifier(plan.spec.name);
  if (dialect.row_lock_clause().empty()) {
    return fmt::format("DELETE FROM {} WHERE {} AND FALSE", table, key_equals(plan, dialect, ""));
  }
  const auto keys = key_names(plan, dialect);
  return fmt::format("INSERT INTO {} ({}) VALUES ({}) {}", table, fmt::join(keys, ", "),
                     key_parameters(plan, dialect),
                     dialect.upsert_clause(keys, {touch(plan, dialect)}));
}

std::string read_locked(const plan::SummaryPlan& plan, const Dialect& dialect,
                        const Columns& columns) {
  // Where one writes at a time, the group may have no row, and everything is as it is now.
  if (dialect.row_lock_clause().empty()) {
    return fmt::format(
        "SELECT {}k.plan_hash, 1 {}", column_list(plan, dialect, columns, "s."),
        beside_control(plan, dialect, key_equals(plan, dialect, "s."), is_live(dialect)));
  }
  return fmt::format("SELECT {}{}, 1 FROM {} WHERE {}{}", column_list(plan, dialect, columns, ""),
                     live_hash_now(plan, dialect), dialect.identifier(plan.spec.name),
                     key_equals(plan, dialect, ""), dialect.row_lock_clause());
}

std::string lock_and_read(const plan::SummaryPlan& plan, const Dialect& dialect,
                          const Columns& columns) {
  return fmt::format("{} RETURNING {}{}, {}", lock_group(plan, dialect),
                     column_list(plan, dialect, columns, ""), live_hash_now(plan, dialect),
                     key_equals(plan, dialect, ""));
}

}  // namespace keepsum::sql
