// Columns, found in the scope, and calls of functions, found in their table.
#include <fmt/format.h>

#include <utility>

#include "schema/bucket.hpp"
#include "schema/expression_parser.hpp"
#include "schema/functions.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

std::string count_text(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "is" : "are");
}

}  // namespace

ExprPtr ExpressionParser::parse_column() {
  const Token first = cursor_.next();
  Expr node;
  node.kind = ExprKind::column;
  node.text = first.text;
  node.place = cursor_.place(first);
  if (cursor_.accept_symbol(".")) {
    const Token name = cursor_.next();
    if (name.kind != TokenKind::word && name.kind != TokenKind::quoted_name) {
      return unexpected(name, "a column name after the point");
    }
    node.qualifier = first.text;
    node.text = name.text;
    if (cursor_.at_symbol(".")) {
      return cursor_.error(first,
                           Complaint{"three-part-name", "a column is named by its table alone",
                                     "write `alias.column`"});
    }
  } else if (cursor_.at_symbol("(")) {
    return cursor_.error(first, Complaint{"quoted-function", "a function's name is not quoted",
                                          "remove the quotes"});
  }
  if (node.qualifier.empty() && cursor_.peek().kind == TokenKind::string) {
    return cursor_.error(
        first, Complaint{"typed-literal",
                         fmt::format("{} before a string: such literals are not portable",
                                     quoted(first.text)),
                         "write the plain string; for a date `CAST('2024-01-31' AS DATE)`"});
  }
  resolve(node, first, first.quote);
  return finish(std::move(node));
}

// Sets the qualifier to the alias as it was declared: on some servers aliases have case.
void ExpressionParser::resolve(Expr& column, const Token& token, char name_quote) {
  if (!context_.scope) return;
  const Scope& scope = *context_.scope;
  if (column.qualifier.empty()) {
    if (scope.tables.size() == 1 && scope.later.empty() && scope.complete) {
      column.qualifier = scope.tables.front().alias;
      return;
    }
    if (!scope.complete && scope.tables.empty()) return;
    std::string hint = fmt::format(
        "write {}", quoted((scope.tables.empty() ? std::string("table") : scope.tables[0].alias) +
                           "." + column.text));
    if (scope.tables.size() > 1) hint += ", or whichever table has it";
    if (name_quote == '"') hint += "; if it is text, put it in single quotes";
    cursor_.error(
        token,
        Complaint{"unqualified-column",
                  fmt::format("{} does not say which table it is of", quoted(column.text)), hint});
    return;
  }
  if (const TableRef* table = scope.find(column.qualifier)) {
    column.qualifier = table->alias;
    return;
  }
  if (const TableRef* table = scope.find_later(column.qualifier)) {
    cursor_.error(token, Complaint{"joined-later",
                                   fmt::format("{} is joined further down", quoted(table->alias)),
                                   "a join speaks of tables before it and of its own; change the "
                                   "order of `joins`"});
    return;
  }
  if (!scope.complete) return;
  if (const TableRef* table = scope.find_by_table(column.qualifier)) {
    cursor_.error(token,
                  Complaint{"unknown-alias",
                            fmt::format("table {} has the alias {} here", quoted(table->table),
                                        quoted(table->alias)),
                            fmt::format("write {}", quoted(table->alias + "." + column.text))});
    return;
  }
  const std::string near = did_you_mean(column.qualifier, scope.aliases());
  std::string names;
  for (const std::string& alias : scope.aliases())
    names += (names.empty() ? "" : ", ") + quoted(alias);
  cursor_.error(token, Complaint{"unknown-alias",
                                 fmt::format("no table is called {}", quoted(column.qualifier)),
                                 near.empty() ? "the tables are " + names
                                              : fmt::format("did you mean {}?", quoted(near))});
}

ExprPtr ExpressionParser::parse_function() {
  const Token name = cursor_.next();
  Expr node;
  node.kind = ExprKind::function;
  node.text = name.lower;
  node.place = cursor_.place(name);
  const FunctionSignature* function = find_function(name.lower);
  if (!function && (find_refused_function(name.lower) || is_aggregate_name(name.lower))) {
    return refuse_call(name);
  }
  if (!function) refuse_call(name);
  if (!parse_arguments(node)) return nullptr;
  if (function &&
      (node.args.size() < function->arguments_min || node.args.size() > function->arguments_max)) {
    cursor_.error(name, Complaint{"wrong-arity", fmt::format("{}; {} given", arity_text(*function),
                                                             count_text(node.args.size()))});
  } else if (is_bucket(node)) {
    check_bucket(node);
  } else if (is_prev(node)) {
    check_prev(node);
  }
  return finish(std::move(node));
}

// Its length and its zone are known before any row is.
void ExpressionParser::check_bucket(const Expr& call) {
  Bucket bucket;
  for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
    if (i >= call.args.size()) continue;
    const Expr& arg = *call.args[i];
    if (arg.kind != ExprKind::string) {
      cursor_.error_at(
          arg.place,
          Complaint{"bad-bucket",
                    fmt::format("the {} of a bucket is a string, the same for all rows",
                                i == 0 ? "length" : "zone"),
                    i == 0 ? "write it first, as in `bucket('1 day', p.created_at)`"
                           : "write an offset, as '+09:00', or a name, as 'Asia/Tokyo'"});
      return;
    }
    const auto complaint =
        i == 0 ? parse_bucket_length(arg.text, bucket) : parse_bucket_zone(arg.text, bucket);
    if (complaint) {
      cursor_.error_at(arg.place, Complaint{"bad-bucket", complaint->message, complaint->hint});
      return;
    }
  }
}

void ExpressionParser::check_prev(const Expr& call) {
  if (!context_.takes_prev) {
    cursor_.error_at(
        call.place,
        Complaint{"prev-here", "`prev(x)` is the x of the row before, and rows have no order here",
                  "it stands in what `sum(… ORDER BY …)` adds up, as in `sum(p.x - prev(p.x) ORDER "
                  "BY p.at)`, and not in its FILTER: write a CASE in the sum"});
  } else if (call.args.front()->kind != ExprKind::column) {
    cursor_.error_at(call.args.front()->place,
                     Complaint{"prev-argument", "`prev(x)` takes a column",
                               "write `prev` around each column of the row before"});
  }
}

bool ExpressionParser::parse_arguments(Expr& call) {
  cursor_.next();
  if (cursor_.accept_symbol(")")) return true;
  do {
    ExprPtr arg = parse_or();
    if (!arg) return false;
    call.args.push_back(std::move(arg));
  } while (cursor_.accept_symbol(","));
  if (cursor_.accept_symbol(")")) return true;
  unexpected(cursor_.peek(), "an operator, `,` or `)`");
  return false;
}

ExprPtr ExpressionParser::refuse_call(const Token& name) {
  if (const RefusedFunction* refused = find_refused_function(name.lower)) {
    return cursor_.error(
        name, Complaint{"refused-function",
                        fmt::format("{} cannot be used: {}", quoted(name.lower), refused->reason),
                        std::string(refused->hint)});
  }
  bool aggregate = is_aggregate_name(name.lower);
  for (const AggregateSignature& signature : context_.aggregates) {
    aggregate = aggregate || signature.name == name.lower;
  }
  if (aggregate) {
    std::string hint = "an aggregate stands alone under `aggregates`, once for each column";
    if (name.lower == "min") hint += "; for the smaller of several values write `least(a, b)`";
    if (name.lower == "max") hint += "; for the larger of several values write `greatest(a, b)`";
    return cursor_.error(
        name,
        Complaint{"aggregate-here",
                  fmt::format("the aggregate {} has no place here", quoted(name.lower)), hint});
  }
  std::string hint;
  const std::string near = did_you_mean(name.lower, function_names());
  if (!near.empty()) {
    hint = fmt::format("did you mean {}?", quoted(near));
  } else {
    hint = fmt::format("the functions are {}", fmt::join(function_names(), ", "));
  }
  return cursor_.error(name,
                       Complaint{"unknown-function",
                                 fmt::format("no function is called {}", quoted(name.text)), hint});
}

}  // namespace keepsum::schema
