#include "engine/embed/given.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <cstdio>
#include <limits>
#include <tuple>

#include "engine/sql/delta.hpp"

namespace keepsum::embed {

using db::TypeFamily;

namespace {

// The integers a column takes unchanged; none (max < min) for a type that is not known.
std::pair<std::int64_t, std::int64_t> integer_range(const db::ColumnInfo& column, bool mysql) {
  using Limits = std::numeric_limits<std::int64_t>;
  if (!mysql) return {Limits::min(), Limits::max()};
  const std::string type = boost::algorithm::to_lower_copy(column.declared_type);
  static const std::pair<const char*, int> bits[] = {
      {"tinyint", 8}, {"smallint", 16}, {"mediumint", 24}, {"int", 32}, {"bigint", 64}};
  for (const auto& [name, width] : bits) {
    if (!type.starts_with(name)) continue;
    if (width == 64) return {column.is_unsigned ? 0 : Limits::min(), Limits::max()};
    const std::int64_t max = (std::int64_t{1} << (column.is_unsigned ? width : width - 1)) - 1;
    return {column.is_unsigned ? 0 : -max - 1, max};
  }
  return {0, -1};
}

// "-12.3400" into DECIMAL(p,s): no digit is rounded or cut.
bool fits_decimal(const db::Value& value, const db::ColumnInfo& column) {
  std::string text;
  if (const auto* number = std::get_if<std::int64_t>(&value)) text = std::to_string(*number);
  if (const auto* decimal = std::get_if<db::Decimal>(&value)) text = decimal->text;
  const bool negative = text.starts_with('-');
  if (negative) text.erase(0, 1);
  if (negative && column.is_unsigned) return false;
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::size_t fraction = point == text.size() ? 0 : text.size() - point - 1;
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool digits =
      std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(point), is_digit) &&
      std::all_of(text.end() - static_cast<std::ptrdiff_t>(fraction), text.end(), is_digit);
  return point > 0 && digits && fraction <= static_cast<std::size_t>(column.scale) &&
         point <= static_cast<std::size_t>(column.precision - column.scale);
}

bool takes_text(const db::ColumnInfo& column, bool mysql) {
  const std::string type = boost::algorithm::to_lower_copy(column.declared_type);
  if (!mysql) return type.find("char") != std::string::npos || type == "text";
  // Plain ASCII is the same bytes in these character sets; CHAR loses spaces at the end.
  static const std::set<std::string> charsets = {"utf8mb4", "utf8mb3", "utf8", "ascii", "latin1"};
  return charsets.contains(column.charset) && type.starts_with("varchar");
}

bool fits_text(const db::Value& value, const GivenType& type) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return false;
  if (!type.ascii_only) return true;
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  return text->size() <= type.length_max && std::all_of(text->begin(), text->end(), is_plain);
}

// Stands for a column until the whole statement is rendered: then for a `?`.
std::string token(std::size_t row, GivenColumn column) {
  return fmt::format("\x02{} {} {}\x03", row, column.table, column.column);
}

std::optional<std::size_t> index_of(const std::vector<std::string>& names,
                                    const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (boost::algorithm::iequals(names[i], name)) return i;
  }
  return std::nullopt;
}

// a = b between plain columns of two tables: settled by the values being the same.
bool is_join_equality(const schema::Expr& expr) {
  return expr.kind == schema::ExprKind::binary && expr.op == schema::Operator::equal &&
         expr.args[0]->kind == schema::ExprKind::column &&
         expr.args[1]->kind == schema::ExprKind::column &&
         expr.args[0]->qualifier != expr.args[1]->qualifier;
}

// "p.voided = 0", of an integer column: settled by the value being that integer.
std::optional<std::pair<GivenColumn, std::int64_t>> equals_integer(const plan::SummaryPlan& plan,
                                                                   const schema::Expr& expr) {
  if (expr.kind != schema::ExprKind::binary || expr.op != schema::Operator::equal ||
      expr.args[0]->kind != schema::ExprKind::column ||
      expr.args[1]->kind != schema::ExprKind::integer || expr.args[1]->text.size() > 18) {
    return std::nullopt;
  }
  for (std::size_t t = 0; t < plan.tables.size(); ++t) {
    const plan::BaseTable& table = plan.tables[t];
    if (table.alias != expr.args[0]->qualifier) continue;
    const db::ColumnInfo* column = table.info.find_column(expr.args[0]->text);
    if (column == nullptr || column->family != TypeFamily::integer) return std::nullopt;
    return std::pair{GivenColumn{t, index_of(given_columns(table), column->name).value()},
                     std::int64_t{std::stoll(expr.args[1]->text)}};
  }
  return std::nullopt;
}

sql::Branch given_branch(const plan::SummaryPlan& plan, std::size_t row) {
  sql::Branch branch;
  branch.single_row = true;
  for (std::size_t t = 0; t < plan.tables.size(); ++t) {
    const plan::BaseTable& table = plan.tables[t];
    branch.given.insert(table.alias);
    const auto columns = given_columns(table);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      branch.binding.substitutes[{table.alias, columns[c]}] = token(row, {t, c});
    }
  }
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (is_join_equality(*condition) || equals_integer(plan, *condition)) {
      branch.settled.insert(condition);
    }
  }
  return branch;
}

plan::ExprType type_of(const db::ColumnInfo& column) {
  plan::ExprType type;
  type.family = column.family;
  type.is_unsigned = column.is_unsigned;
  type.precision = column.precision;
  type.scale = column.scale;
  type.charset = column.charset;
  type.collation = column.collation;
  return type;
}

GivenPath::Statement resolve_tokens(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                    const std::string& text) {
  GivenPath::Statement statement;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\x02') {
      statement.sql += text[at];
      continue;
    }
    const std::size_t end = text.find('\x03', at);
    std::size_t row = 0;
    GivenColumn column;
    std::sscanf(text.c_str() + at + 1, "%zu %zu %zu", &row, &column.table, &column.column);
    const plan::BaseTable& table = plan.tables[column.table];
    const db::ColumnInfo& info = *table.info.find_column(given_columns(table)[column.column]);
    statement.sql += dialect.carried_in(type_of(info));
    if (dialect.name() == "sqlite" && !info.collation.empty() && info.collation != "BINARY") {
      statement.sql += " COLLATE " + info.collation;
    }
    statement.parameters.emplace_back(row, column);
    at = end;
  }
  return statement;
}

}  // namespace

GivenType given_type(const db::ColumnInfo& column, const sql::Dialect& dialect) {
  const bool mysql = dialect.name() == "mysql";
  GivenType type;
  type.column = &column;
  if (column.generated || column.sets_itself) return type;
  if (column.family == TypeFamily::integer) {
    type.kind = GivenType::Kind::integer;
    std::tie(type.min, type.max) = integer_range(column, mysql);
  } else if (column.family == TypeFamily::decimal && mysql) {
    type.kind = GivenType::Kind::decimal;
  } else if (column.family == TypeFamily::text && takes_text(column, mysql)) {
    type.kind = GivenType::Kind::text;
    type.ascii_only = mysql;
    type.length_max = static_cast<std::size_t>(std::max<std::int64_t>(column.length, 0));
  }
  return type;
}

bool is_stored_as_given(const db::Value& value, const GivenType& type) {
  if (type.kind == GivenType::Kind::unsure) return false;
  if (db::is_null(value)) return type.column->nullable;
  switch (type.kind) {
    case GivenType::Kind::integer: {
      const auto* number = std::get_if<std::int64_t>(&value);
      return number != nullptr && *number >= type.min && *number <= type.max;
    }
    case GivenType::Kind::decimal: return fits_decimal(value, *type.column);
    case GivenType::Kind::text: return fits_text(value, type);
    case GivenType::Kind::unsure: break;
  }
  return false;
}

std::vector<std::string> given_columns(const plan::BaseTable& table) {
  std::vector<std::string> columns = table.read_columns;
  for (const std::string& name : table.info.primary_key) {
    if (!index_of(columns, name)) columns.push_back(table.info.find_column(name)->name);
  }
  return columns;
}

bool GivenPath::find_steps(const plan::SummaryPlan& plan, std::size_t start) {
  std::set<std::size_t> placed{start};
  const auto table_index = [&](const std::string& alias) {
    return static_cast<std::size_t>(
        std::find_if(plan.tables.begin(), plan.tables.end(),
                     [&](const plan::BaseTable& table) { return table.alias == alias; }) -
        plan.tables.begin());
  };
  const auto column_of = [&](const std::string& alias, const std::string& name) {
    const std::size_t table = table_index(alias);
    return GivenColumn{table, index_of(given_columns(plan.tables[table]), name).value()};
  };
  for (bool found = true; found && placed.size() < plan.tables.size();) {
    found = false;
    for (std::size_t t = 0; t < plan.tables.size(); ++t) {
      if (placed.contains(t)) continue;
      Step step{t, {}};
      std::set<std::string> covered;
      for (const plan::JoinEquality& e : plan.equalities) {
        const GivenColumn left = column_of(e.left_alias, e.left_column);
        const GivenColumn right = column_of(e.right_alias, e.right_column);
        const bool is_left = left.table == t && placed.contains(right.table);
        const bool is_right = right.table == t && placed.contains(left.table);
        if (!is_left && !is_right) continue;
        step.equal.emplace_back(is_left ? left.column : right.column, is_left ? right : left);
        covered.insert(boost::algorithm::to_lower_copy(is_left ? e.left_column : e.right_column));
      }
      const auto& key = plan.tables[t].info.primary_key;
      if (!std::all_of(key.begin(), key.end(), [&](const std::string& name) {
            return covered.contains(boost::algorithm::to_lower_copy(name));
          })) {
        continue;
      }
      steps_.push_back(std::move(step));
      placed.insert(t);
      found = true;
    }
  }
  return placed.size() == plan.tables.size();
}

void GivenPath::render(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  const bool keys_are_columns =
      std::all_of(plan.keys.begin(), plan.keys.end(), [&](const plan::KeyColumn& key) {
        return key.expr->kind == schema::ExprKind::column &&
               !plan.table(key.expr->qualifier).info.find_column(key.expr->text)->nullable;
      });
  for (std::size_t rows = 1; rows <= rows_max; ++rows) {
    std::vector<sql::Branch> branches;
    for (std::size_t row = 0; row < rows; ++row) branches.push_back(given_branch(plan, row));
    const std::string text =
        rows == 1 && keys_are_columns
            ? sql::upsert_given(plan, dialect, branches.front())
            : sql::upsert(plan, dialect, branches, {.further = {}, .plain_hook = true});
    statements_.push_back(resolve_tokens(plan, dialect, text));
  }
}

std::optional<GivenPath> GivenPath::make(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                         std::size_t table, const std::set<std::string>& altered) {
  const plan::Hook* hook = plan.hook(plan.tables[table].alias, sql::Event::insert);
  if (hook == nullptr || !hook->needed || !hook->single_row) return std::nullopt;
  for (const plan::BaseTable& base : plan.tables) {
    if (altered.contains(boost::algorithm::to_lower_copy(base.info.name))) return std::nullopt;
  }
  GivenPath path;
  if (!path.find_steps(plan, table)) return std::nullopt;
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (const auto equal = equals_integer(plan, *condition)) path.integers_.push_back(*equal);
  }
  path.render(plan, dialect);
  return path;
}

}  // namespace keepsum::embed
