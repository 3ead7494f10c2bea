#include "engine/embed/given_path.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <cassert>
#include <cstdio>
#include <limits>
#include <map>

#include "engine/sql/delta.hpp"

namespace keepsum::embed {

using db::TypeFamily;
using View = db::ValueView;

namespace {

// More terms than this stay in the statement: there is a text for each combination of outcomes.
constexpr std::size_t terms_max = 3;

constexpr char token_begin = '\x02', token_end = '\x03', whole_token_begin = '\x04';

// Stands for a column until the whole statement is rendered: then for a `?`.
std::string token(std::size_t row, GivenColumn column) {
  return fmt::format("{}{} {} {}{}", token_begin, row, column.table, column.column, token_end);
}

// Servers end at 4096 columns of a table, SQLite at 32767, and joins at a few dozen tables.
std::uint16_t narrow(std::size_t number) {
  assert(number <= std::numeric_limits<std::uint16_t>::max());
  return static_cast<std::uint16_t>(number);
}

std::optional<std::uint16_t> index_of(const std::vector<std::string>& names,
                                      const std::string& name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (boost::algorithm::iequals(names[i], name)) return narrow(i);
  }
  return std::nullopt;
}

// A text of the spec that could be taken for a token.
bool looks_like_a_token(const schema::ExprPtr& expr) {
  if (!expr) return false;
  const auto is_mark = [](char c) {
    return c == token_begin || c == token_end || c == whole_token_begin;
  };
  return std::any_of(expr->text.begin(), expr->text.end(), is_mark) ||
         std::any_of(expr->args.begin(), expr->args.end(), looks_like_a_token);
}

bool can_hold_tokens(const plan::SummaryPlan& plan) {
  const auto conditions = plan.conditions();
  return std::none_of(conditions.begin(), conditions.end(), looks_like_a_token) &&
         std::none_of(plan.keys.begin(), plan.keys.end(),
                      [](const auto& key) { return looks_like_a_token(key.expr); }) &&
         std::none_of(plan.orders.begin(), plan.orders.end(),
                      [](const plan::RowOrder& order) {
                        return std::any_of(
                            order.terms.begin(), order.terms.end(),
                            [](const auto& term) { return looks_like_a_token(term.expr); });
                      }) &&
         std::none_of(plan.aggregates.begin(), plan.aggregates.end(), [](const auto& aggregate) {
           return looks_like_a_token(aggregate.column.argument) ||
                  looks_like_a_token(aggregate.column.filter);
         });
}

// a = b between plain columns of two tables: settled by the values being the same.
bool is_join_equality(const schema::Expr& expr) {
  return expr.kind == schema::ExprKind::binary && expr.op == schema::Operator::equal &&
         expr.args[0]->kind == schema::ExprKind::column &&
         expr.args[1]->kind == schema::ExprKind::column &&
         expr.args[0]->qualifier != expr.args[1]->qualifier;
}

// "p.voided = 0" or "h.kind = 'sale'", of a column that takes such values as they are given.
std::optional<GivenPath::Term> as_term(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                       const schema::Expr& expr) {
  if (expr.kind != schema::ExprKind::binary || expr.op != schema::Operator::equal ||
      expr.args[0]->kind != schema::ExprKind::column) {
    return std::nullopt;
  }
  const auto table = std::find_if(
      plan.tables.begin(), plan.tables.end(),
      [&](const plan::BaseTable& each) { return each.alias == expr.args[0]->qualifier; });
  if (table == plan.tables.end()) return std::nullopt;
  const db::ColumnInfo* column = table->info.find_column(expr.args[0]->text);
  const auto at = column == nullptr ? std::nullopt : index_of(given_columns(*table), column->name);
  if (!at) return std::nullopt;
  const GivenColumn place{narrow(static_cast<std::size_t>(table - plan.tables.begin())), *at};
  const schema::Expr& constant = *expr.args[1];
  const auto kind = given_type(*column, dialect).kind;
  const auto is_plain = [](char c) { return c >= 0x20 && c < 0x7f; };
  if (constant.kind == schema::ExprKind::integer && constant.text.size() <= 18 &&
      kind == GivenType::Kind::integer) {
    return GivenPath::Term{place, db::Value(std::int64_t{std::stoll(constant.text)}), false};
  }
  if (constant.kind == schema::ExprKind::string && kind == GivenType::Kind::text &&
      std::all_of(constant.text.begin(), constant.text.end(), is_plain)) {
    const bool bytewise = column->collation.ends_with("_bin") ||
                          (dialect.name() == "sqlite" &&
                           (column->collation.empty() || column->collation == "BINARY"));
    return GivenPath::Term{place, View::text(constant.text), bytewise};
  }
  return std::nullopt;
}

// A whole condition of that form, with an integer.
std::optional<GivenPath::Integer> equals_integer(const plan::SummaryPlan& plan,
                                                 const sql::Dialect& dialect,
                                                 const schema::Expr& expr) {
  const auto term = as_term(plan, dialect, expr);
  if (!term || term->constant.kind() != View::Kind::integer) return std::nullopt;
  return GivenPath::Integer{term->column, term->constant.integer()};
}

// A term and the places in the spec's expressions where it stands.
struct PlacedTerm {
  GivenPath::Term term;
  std::vector<const schema::Expr*> places;
};

void collect_terms(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                   const schema::ExprPtr& expr, std::vector<PlacedTerm>& terms) {
  if (!expr) return;
  if (const auto term = as_term(plan, dialect, *expr)) {
    const auto same = std::find_if(terms.begin(), terms.end(), [&](const PlacedTerm& each) {
      return each.term.column == term->column && each.term.constant == term->constant;
    });
    if (same != terms.end()) {
      same->places.push_back(expr.get());
    } else if (terms.size() < terms_max) {
      terms.push_back({*term, {expr.get()}});
    }
    return;
  }
  for (const schema::ExprPtr& arg : expr->args) collect_terms(plan, dialect, arg, terms);
}

std::vector<PlacedTerm> terms_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  std::vector<PlacedTerm> terms;
  for (const plan::KeyColumn& key : plan.keys) collect_terms(plan, dialect, key.expr, terms);
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    collect_terms(plan, dialect, aggregate.column.argument, terms);
    collect_terms(plan, dialect, aggregate.column.filter, terms);
  }
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (!is_join_equality(*condition) && !equals_integer(plan, dialect, *condition)) {
      collect_terms(plan, dialect, condition, terms);
    }
  }
  return terms;
}

sql::Branch given_branch(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                         std::size_t row) {
  sql::Branch branch;
  branch.single_row = true;
  for (std::size_t t = 0; t < plan.tables.size(); ++t) {
    const plan::BaseTable& table = plan.tables[t];
    branch.given.insert(table.alias);
    const auto columns = given_columns(table);
    for (std::size_t c = 0; c < columns.size(); ++c) {
      branch.binding.substitutes[{table.alias, columns[c]}] = token(row, {narrow(t), narrow(c)});
    }
  }
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (is_join_equality(*condition) || equals_integer(plan, dialect, *condition)) {
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
                                    const std::string& text, Together& together) {
  std::string sql;
  std::vector<GivenPath::Parameter> parameters;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != token_begin && text[at] != whole_token_begin) {
      sql += text[at];
      continue;
    }
    const std::size_t end = text.find(token_end, at);
    std::uint16_t row = 0;
    GivenColumn column;
    std::sscanf(text.c_str() + at + 1, "%hu %hu %hu", &row, &column.table, &column.column);
    const plan::BaseTable& table = plan.tables[column.table];
    const db::ColumnInfo& info = *table.info.find_column(given_columns(table)[column.column]);
    sql += text[at] == whole_token_begin ? "?" : dialect.carried_in(type_of(info));
    if (dialect.name() == "sqlite" && !info.collation.empty() && info.collation != "BINARY") {
      sql += " COLLATE " + info.collation;
    }
    parameters.push_back({row, column});
    at = end;
  }
  return {db::StatementText(std::move(sql)), together.keep(parameters)};
}

std::string_view without_spaces_at_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// A value that is stored as it is needs no type: the column it goes to has one. Within an
// expression it does.
std::string untyped_if_whole(std::string value) {
  if (!value.empty() && value.front() == token_begin && value.find(token_end) == value.size() - 1) {
    value.front() = whole_token_begin;
  }
  return value;
}

}  // namespace

GivenPath::Outcome GivenPath::Term::outcome(const View& value) const {
  if (value == constant) return Outcome::holds;
  if (value.kind() != constant.kind()) return Outcome::open;
  if (value.kind() != View::Kind::text) return Outcome::fails;
  // Other text may be equal by the column's collation.
  return bytewise && without_spaces_at_end(value.bytes()) != without_spaces_at_end(constant.bytes())
             ? Outcome::fails
             : Outcome::open;
}

bool GivenPath::find_steps(const plan::SummaryPlan& plan, std::size_t start, Together& together) {
  std::vector<Step> steps;
  std::set<std::size_t> placed{start};
  const auto table_index = [&](const std::string& alias) {
    return static_cast<std::size_t>(
        std::find_if(plan.tables.begin(), plan.tables.end(),
                     [&](const plan::BaseTable& table) { return table.alias == alias; }) -
        plan.tables.begin());
  };
  const auto column_of = [&](const std::string& alias, const std::string& name) {
    const std::size_t table = table_index(alias);
    return GivenColumn{narrow(table), index_of(given_columns(plan.tables[table]), name).value()};
  };
  for (bool found = true; found && placed.size() < plan.tables.size();) {
    found = false;
    for (std::size_t t = 0; t < plan.tables.size(); ++t) {
      if (placed.contains(t)) continue;
      std::vector<Equality> equal;
      std::set<std::string> covered;
      for (const plan::JoinEquality& e : plan.equalities) {
        const GivenColumn left = column_of(e.left_alias, e.left_column);
        const GivenColumn right = column_of(e.right_alias, e.right_column);
        const bool is_left = left.table == t && placed.contains(right.table);
        const bool is_right = right.table == t && placed.contains(left.table);
        if (!is_left && !is_right) continue;
        equal.push_back({is_left ? left.column : right.column, is_left ? right : left});
        covered.insert(boost::algorithm::to_lower_copy(is_left ? e.left_column : e.right_column));
      }
      const auto& key = plan.tables[t].info.primary_key;
      if (!std::all_of(key.begin(), key.end(), [&](const std::string& name) {
            return covered.contains(boost::algorithm::to_lower_copy(name));
          })) {
        continue;
      }
      steps.push_back({narrow(t), together.keep(equal)});
      placed.insert(t);
      found = true;
    }
  }
  steps_ = together.keep(steps);
  return placed.size() == plan.tables.size();
}

void GivenPath::render(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                       Together& together) {
  const bool keys_are_columns =
      std::all_of(plan.keys.begin(), plan.keys.end(), [&](const plan::KeyColumn& key) {
        return key.expr->kind == schema::ExprKind::column &&
               !plan.table(key.expr->qualifier).info.find_column(key.expr->text)->nullable;
      });
  for (std::size_t rows = 1; rows <= rows_max; ++rows) {
    std::vector<sql::Branch> branches;
    for (std::size_t row = 0; row < rows; ++row) {
      branches.push_back(given_branch(plan, dialect, row));
    }
    statements_.push_back(resolve_tokens(
        plan, dialect,
        rows == 1 && keys_are_columns
            ? sql::upsert_given(plan, dialect, branches.front(), untyped_if_whole)
            : sql::upsert(plan, dialect, branches, {.further = {}, .plain_hook = true}),
        together));
  }
  const std::vector<PlacedTerm> terms =
      keys_are_columns ? terms_of(plan, dialect) : std::vector<PlacedTerm>();
  std::size_t combinations = 1;
  std::vector<Term> plain_terms;
  for (const PlacedTerm& placed : terms) {
    plain_terms.push_back(placed.term);
    View& constant = plain_terms.back().constant;
    if (constant.has_bytes()) constant = constant.over(together.keep(constant.bytes()));
    combinations *= 3;
  }
  terms_ = together.keep(plain_terms);
  settled_.push_back(statements_.front());
  for (std::size_t outcomes = 1; outcomes < combinations; ++outcomes) {
    sql::Branch branch = given_branch(plan, dialect, 0);
    std::size_t rest = outcomes;
    for (const PlacedTerm& placed : terms) {
      const auto outcome = static_cast<Outcome>(rest % 3);
      rest /= 3;
      if (outcome == Outcome::open) continue;
      for (const schema::Expr* place : placed.places) {
        branch.binding.known[place] = outcome == Outcome::holds ? "TRUE" : "FALSE";
      }
    }
    settled_.push_back(resolve_tokens(
        plan, dialect, sql::upsert_given(plan, dialect, branch, untyped_if_whole), together));
  }
}

std::optional<GivenPath> GivenPath::make(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                         std::size_t table, const std::set<std::string>& altered,
                                         Together& together) {
  const plan::Hook* hook = plan.hook(plan.tables[table].alias, sql::Event::insert);
  if (hook == nullptr || !hook->needed || !hook->single_row) return std::nullopt;
  for (const plan::BaseTable& base : plan.tables) {
    if (altered.contains(boost::algorithm::to_lower_copy(base.info.name))) return std::nullopt;
  }
  GivenPath path;
  if (!can_hold_tokens(plan) || !path.find_steps(plan, table, together)) return std::nullopt;
  std::vector<Integer> integers;
  for (const schema::ExprPtr& condition : plan.conditions()) {
    if (const auto equal = equals_integer(plan, dialect, *condition)) integers.push_back(*equal);
  }
  path.integers_ = together.keep(integers);
  path.render(plan, dialect, together);
  return path;
}

}  // namespace keepsum::embed
