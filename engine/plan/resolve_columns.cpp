// Types and names of everything the summary stores.
#include <fmt/format.h>

#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/steps.hpp"
#include "engine/sql/composed.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::plan {

using db::TypeFamily;

const db::ColumnInfo* plain_column(const Scope& scope, const schema::ExprPtr& expr) {
  return expr && expr->kind == schema::ExprKind::column ? find_column(scope, *expr) : nullptr;
}

bool is_enumeration(const db::ColumnInfo* column) {
  return column != nullptr && boost::algorithm::istarts_with(column->declared_type, "enum");
}

namespace {

void check_key(Compilation& compilation, const schema::KeyPart& key, const ExprType& type,
               const db::ColumnInfo* column) {
  const std::string text = schema::to_text(*key.expr);
  if (type.is_null) return;
  if (type.nullable) {
    compilation.refuse(key.expr->place, "nullable-key",
                       fmt::format("group key `{}` can be NULL, and a row without a key belongs "
                                   "to no group",
                                   key.name),
                       fmt::format("add to \"where\": `{} IS NOT NULL`", text));
  }
  if (type.family == TypeFamily::floating) {
    compilation.refuse(key.expr->place, "float-key",
                       fmt::format("group key `{}` is a floating-point number: equal figures may "
                                   "differ in the last bit",
                                   key.name),
                       "group by an integer, a decimal or a text");
  }
  if (type.family == TypeFamily::other && !is_enumeration(column)) {
    compilation.refuse(key.expr->place, "unsupported-key",
                       fmt::format("group key `{}` has a type that cannot be a key here", key.name),
                       "CAST it AS INTEGER or VARCHAR(n)");
  }
  // InnoDB's longest index key is 3072 bytes, four for a character of utf8mb4.
  const bool sized = type.family == TypeFamily::text || type.family == TypeFamily::binary;
  if (sized && compilation.dialect.enforces_foreign_keys() && type.length > 768) {
    compilation.refuse(key.expr->place, "key-too-long",
                       fmt::format("group key `{}` may be {} characters long, too long for an "
                                   "index",
                                   key.name, type.length),
                       fmt::format("group by `CAST({} AS VARCHAR(191))`", text));
  }
}

void check_aggregate(Compilation& compilation, const SummaryPlan& plan,
                     const AggregatePlan& aggregate) {
  const schema::SummarySpec& spec = plan.spec;
  const schema::AggregateColumn& column = aggregate.column;
  // A value that is kept as one row has it is neither added up nor compared.
  const bool copied = aggregate.aggregate->follows() != aggregates::Follows::nothing;
  const ExprType& type = aggregate.argument_type;
  if (!column.argument || type.is_null) return;
  // What a side table cannot keep, find_side_tables() says.
  const bool stores_argument =
      aggregate.aggregate->signature().argument == schema::AggregateArgument::value &&
      !aggregate.aggregate->has_side_table();
  if (!stores_argument) return;
  if (aggregate.aggregate->wants_number() && !type.is_number()) {
    compilation.refuse(column.argument->place, "not-a-number",
                       fmt::format("{}() wants a number, and `{}` is {}", column.function,
                                   schema::to_text(*column.argument), to_string(type.family)),
                       type.family == TypeFamily::boolean_
                           ? "count the rows: count(*) FILTER (WHERE …)"
                       : type.family == TypeFamily::text && compilation.dialect.has_exact_decimals()
                           ? "store it as a number, or in a column that is generated from it"
                           : "make a number of it: CAST it AS INTEGER or DECIMAL(p,s)");
    return;
  }
  if (type.family == TypeFamily::floating && !spec.allow_float && !copied) {
    compilation.refuse(
        column.argument->place, "float-money",
        fmt::format("`{}` is a floating-point number: sums of these depend on the order of "
                    "addition, so the summary could never be proved equal to its source",
                    schema::to_text(*column.argument)),
        compilation.dialect.has_exact_decimals()
            ? "store money as DECIMAL or as an integer of minor units; or say "
              "\"allow_float\": true and accept a tolerance"
            : "SQLite has no exact decimals: store money as an integer of minor units; or say "
              "\"allow_float\": true and accept a tolerance");
  }
  if (type.family == TypeFamily::other &&
      !(copied && is_enumeration(plain_column(plan.scope(), column.argument)))) {
    compilation.refuse(column.argument->place, "unsupported-type",
                       fmt::format("{}() cannot keep a value of the type of `{}`", column.function,
                                   schema::to_text(*column.argument)),
                       "CAST it AS INTEGER, DECIMAL(p,s) or VARCHAR(n)");
  }
}

// The types of a summary's columns are asked of its source: its table need not be there yet.
sql::Binding no_rows(const Compilation& compilation, const SummaryPlan& plan) {
  return sql::composed(plan, compilation.dialect, {}, sql::SourceRows::none);
}

}  // namespace

void complete(ExprType& type, const db::ResultColumn& described) {
  if (described.family == TypeFamily::other) return;
  type.family = described.family == TypeFamily::timestamp ? TypeFamily::datetime : described.family;
  type.is_unsigned = described.is_unsigned;
  // MariaDB describes a difference of wide numbers as wider than a column can be.
  constexpr int widest_decimal = 65;
  type.precision = std::min(described.precision, widest_decimal);
  type.scale = described.scale;
  if (described.length > 0) type.length = described.length;
}

Result<void> ask_collation(Compilation& compilation, const SummaryPlan& plan,
                           const std::string& expr, ExprType& type) {
  const std::string question = compilation.dialect.collation_of(expr);
  // Where there is no such question (SQLite), only a plain column has a collation.
  if (question.empty()) type.collation.clear();
  if (question.empty() || type.family != TypeFamily::text) return {};
  KEEPSUM_ASSIGN(
      const auto answer,
      compilation.session.scalar(fmt::format(
          "SELECT {} {}", question,
          sql::joined(plan, compilation.dialect, no_rows(compilation, plan), {}, {"FALSE"}).sql)));
  type.collation = db::as_text(answer);
  type.charset = type.collation.substr(0, type.collation.find('_'));
  return {};
}

Result<std::vector<db::ResultColumn>> describe(Compilation& compilation, const SummaryPlan& plan,
                                               const std::vector<std::string>& exprs) {
  if (exprs.empty()) return std::vector<db::ResultColumn>{};
  std::string list;
  for (const std::string& expr : exprs) list += (list.empty() ? "" : ", ") + expr;
  return compilation.session.describe_query(
      fmt::format("SELECT {} {}", list,
                  sql::joined(plan, compilation.dialect, no_rows(compilation, plan), {}, {}).sql));
}

namespace {

Result<void> resolve_keys(Compilation& compilation, SummaryPlan& plan, TypeChecker& checker) {
  const Scope scope = plan.scope();
  for (const schema::KeyPart& part : plan.spec.group_by) {
    plan.keys.push_back({part.name, part.expr, checker.infer(part.expr), ""});
  }
  if (schema::has_errors(compilation.diagnostics)) {
    // The server is not asked any more; what is known without it is said in the same go.
    for (std::size_t i = 0; i < plan.keys.size(); ++i) {
      check_key(compilation, plan.spec.group_by[i], plan.keys[i].type,
                plain_column(scope, plan.keys[i].expr));
    }
    return {};
  }
  const sql::Binding own;
  const sql::Renderer render(scope, compilation.dialect, own);
  std::vector<std::string> exprs;
  for (const KeyColumn& key : plan.keys) exprs.push_back(render(*key.expr));
  KEEPSUM_ASSIGN(const auto described, describe(compilation, plan, exprs));
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    KeyColumn& key = plan.keys[i];
    const db::ColumnInfo* column = plain_column(scope, key.expr);
    if (!column || !is_enumeration(column)) complete(key.type, described[i]);
    if (column == nullptr)
      KEEPSUM_TRY(ask_collation(compilation, plan, fmt::format("MIN({})", exprs[i]), key.type));
    check_key(compilation, plan.spec.group_by[i], key.type, column);
    key.sql_type = compilation.dialect.storage_type(key.type, column);
  }
  return {};
}

ExprType count_type() {
  ExprType type;
  type.family = TypeFamily::integer;
  type.nullable = false;
  return type;
}

void name_state(SummaryPlan& plan) {
  for (std::size_t a = 0; a < plan.aggregates.size(); ++a) {
    AggregatePlan& aggregate = plan.aggregates[a];
    const auto columns = aggregate.aggregate->state();
    for (std::size_t part = 0; part < columns.size(); ++part) {
      StateColumn column;
      column.hidden = columns[part].hidden;
      column.suffix = columns[part].suffix;
      column.name = column.hidden ? fmt::format("ks_{}_{}", aggregate.column.name, column.suffix)
                                  : aggregate.column.name;
      column.merge = columns[part].merge;
      column.aggregate = a;
      column.part = part;
      aggregate.state.push_back(plan.state.size());
      plan.state.push_back(std::move(column));
    }
  }
}

Result<void> type_state(Compilation& compilation, SummaryPlan& plan) {
  const Scope scope = plan.scope();
  const sql::Binding own;
  const sql::Renderer render(scope, compilation.dialect, own);
  // Arguments as they are, and sums as the server would give them.
  std::vector<std::string> arguments, sums, squares;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const bool value = aggregate.column.argument && aggregate.aggregate->signature().argument ==
                                                        schema::AggregateArgument::value;
    const std::string sql = value ? render(*aggregate.column.argument) : "0";
    arguments.push_back(sql);
    sums.push_back(fmt::format("SUM({})", compilation.dialect.exact(sql, aggregate.argument_type)));
    squares.push_back(
        fmt::format("SUM({})", compilation.dialect.square(sql, aggregate.argument_type)));
    if (!value || !aggregate.aggregate->wants_number()) sums.back() = squares.back() = "SUM(0)";
  }
  KEEPSUM_ASSIGN(const auto described_arguments, describe(compilation, plan, arguments));
  KEEPSUM_ASSIGN(const auto described_sums, describe(compilation, plan, sums));
  KEEPSUM_ASSIGN(const auto described_squares, describe(compilation, plan, squares));
  for (StateColumn& state : plan.state) {
    if (state.term) continue;
    AggregatePlan& aggregate = plan.aggregates[state.aggregate];
    const db::ColumnInfo* column = plain_column(scope, aggregate.column.argument);
    const aggregates::StorageType storage = aggregate.aggregate->state()[state.part].storage;
    switch (storage) {
      case aggregates::StorageType::count:
        state.type = count_type();
        column = nullptr;
        break;
      case aggregates::StorageType::flag:
        state.type = aggregates::flag_type();
        column = nullptr;
        break;
      case aggregates::StorageType::argument:
        if (!is_enumeration(column))
          complete(aggregate.argument_type, described_arguments[state.aggregate]);
        if (column == nullptr) {
          KEEPSUM_TRY(ask_collation(compilation, plan,
                                    fmt::format("MIN({})", arguments[state.aggregate]),
                                    aggregate.argument_type));
        }
        state.type = aggregate.argument_type;
        state.type.nullable = true;
        break;
      case aggregates::StorageType::sum:
      case aggregates::StorageType::squares:
        state.type = aggregate.argument_type;
        complete(aggregate.argument_type, described_arguments[state.aggregate]);
        complete(state.type, storage == aggregates::StorageType::sum
                                 ? described_sums[state.aggregate]
                                 : described_squares[state.aggregate]);
        state.type.is_unsigned = false;
        state.type.nullable = false;
        column = nullptr;
        break;
    }
    state.floating = state.type.family == TypeFamily::floating;
    state.sql_type = compilation.dialect.storage_type(state.type, column);
  }
  return {};
}

// What no column holds whose type keepsum has to choose.
void refuse_long_values(Compilation& compilation, const SummaryPlan& plan) {
  constexpr std::int64_t characters_max = 16'383;  // of VARCHAR in utf8mb4
  if (!compilation.dialect.enforces_foreign_keys()) return;
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const schema::ExprPtr& argument = aggregate.column.argument;
    const ExprType& type = aggregate.argument_type;
    const bool sized = type.family == TypeFamily::text || type.family == TypeFamily::binary;
    const bool stored =
        std::any_of(aggregate.state.begin(), aggregate.state.end(), [&](const std::size_t i) {
          const StateColumn& state = plan.state[i];
          return !state.term && aggregate.aggregate->state()[state.part].storage ==
                                    aggregates::StorageType::argument;
        });
    if (!argument || !sized || !stored || type.length <= characters_max) continue;
    if (plain_column(plan.scope(), argument) != nullptr) continue;
    compilation.refuse(aggregate.column.place, "value-too-long",
                       fmt::format("`{}` may be {} characters long, more than a VARCHAR has",
                                   schema::to_text(*argument), type.length),
                       fmt::format("keep `CAST({} AS VARCHAR(1000))`", schema::to_text(*argument)));
  }
}

// Once the server has completed the arguments' types.
void refuse_what_is_not_exact(Compilation& compilation, const SummaryPlan& plan) {
  for (const AggregatePlan& aggregate : plan.aggregates) {
    const schema::AggregateColumn& column = aggregate.column;
    const auto refusal = aggregate.aggregate->refuses(aggregate.argument_type, compilation.dialect);
    if (!refusal) continue;
    compilation.refuse(column.place, "not-exact",
                       fmt::format("{}() of `{}` cannot be kept: {}", column.function,
                                   schema::to_text(*column.argument), refusal->reason),
                       refusal->hint);
  }
}

// What the server itself takes for NULL though it is none: a TIMESTAMP of zeros read by a trigger,
// text that is no UUID or INET6 beside one. A comparison of numbers or of texts has no such thing.
bool compares_plainly(const Scope& scope, const schema::Expr& node) {
  if (node.kind == schema::ExprKind::is_null) return true;
  if (node.kind == schema::ExprKind::column) {
    const db::ColumnInfo* const column = find_column(scope, node);
    return column != nullptr &&
           (column->family == db::TypeFamily::integer ||
            column->family == db::TypeFamily::decimal ||
            column->family == db::TypeFamily::floating || column->family == db::TypeFamily::text);
  }
  return std::all_of(node.args.begin(), node.args.end(),
                     [&](const schema::ExprPtr& arg) { return compares_plainly(scope, *arg); });
}

bool is_flag(const Scope& scope, TypeChecker& checker, const schema::ExprPtr& expr) {
  return schema::is_plain_condition(*expr) && compares_plainly(scope, *expr) &&
         !checker.infer(expr).nullable;
}

}  // namespace

Result<void> resolve_columns(Compilation& compilation, SummaryPlan& plan) {
  const Scope scope = plan.scope();
  TypeChecker checker(scope, compilation.dialect.has_exact_decimals(), compilation.diagnostics);
  for (const schema::ExprPtr& condition : plan.conditions()) checker.assume(condition);
  for (const schema::Join& join : plan.spec.joins) checker.check_condition(join.on);
  if (plan.spec.where) checker.check_condition(plan.spec.where);

  for (const schema::AggregateColumn& column : plan.spec.aggregates) {
    AggregatePlan aggregate;
    aggregate.aggregate = aggregates::find(column);
    aggregate.column = column;
    if (column.filter) {
      checker.check_condition(column.filter);
      aggregate.filter_is_flag = is_flag(scope, checker, column.filter);
    }
    if (column.argument) {
      aggregate.argument_type = checker.infer(column.argument);
      aggregate.argument_is_flag = is_flag(scope, checker, column.argument);
      if (aggregate.aggregate->signature().argument == schema::AggregateArgument::condition) {
        checker.check_condition(column.argument);
      }
    }
    check_aggregate(compilation, plan, aggregate);
    plan.aggregates.push_back(std::move(aggregate));
  }
  find_orders(compilation, plan, checker);
  KEEPSUM_TRY(resolve_keys(compilation, plan, checker));
  if (schema::has_errors(compilation.diagnostics)) return {};

  name_state(plan);
  name_order_state(plan);
  KEEPSUM_TRY(type_state(compilation, plan));
  KEEPSUM_TRY(type_order_state(compilation, plan));
  refuse_what_is_not_exact(compilation, plan);
  refuse_long_values(compilation, plan);
  if (schema::has_errors(compilation.diagnostics)) return {};
  for (AggregatePlan& aggregate : plan.aggregates) {
    std::vector<std::string> state;
    for (const std::size_t i : aggregate.state) {
      state.push_back(compilation.dialect.identifier(plan.state[i].name));
    }
    aggregate.visible =
        aggregate.aggregate->visible(state, aggregate.argument_type, compilation.dialect);
  }
  return {};
}

}  // namespace keepsum::plan
