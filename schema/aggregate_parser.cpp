// "name(argument) FILTER (WHERE condition)": exactly one aggregate, and nothing around it.
#include <fmt/format.h>

#include <optional>
#include <utility>

#include "schema/clause_parser.hpp"
#include "schema/functions.hpp"
#include "schema/shape.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

const AggregateSignature* find_aggregate(const ExpressionContext& context, std::string_view name) {
  for (const AggregateSignature& signature : context.aggregates) {
    if (signature.name == name) return &signature;
  }
  return nullptr;
}

Complaint refuse_aggregate(const ExpressionContext& context, const Token& name) {
  if (const RefusedFunction* refused = find_refused_aggregate(name.lower)) {
    return Complaint{"refused-aggregate",
                     fmt::format("{} cannot be used: {}", quoted(name.lower), refused->reason),
                     std::string(refused->hint)};
  }
  if (find_function(name.lower) || find_refused_function(name.lower)) {
    std::string hint = fmt::format("write `sum({}(…))`, or another aggregate", name.lower);
    if (name.lower == "coalesce" || name.lower == "ifnull") {
      hint = "write the aggregate alone: the sum of nothing is 0 already";
    }
    if (name.lower == "greatest") hint = "for the largest of all rows write `max(x)`";
    if (name.lower == "least") hint = "for the smallest of all rows write `min(x)`";
    if (find_refused_function(name.lower) && name.lower != "ifnull") {
      hint = "write one of the aggregates, as in `sum(x)`";
    }
    return Complaint{
        "not-an-aggregate",
        fmt::format("{} is a function of one row, and no aggregate", quoted(name.lower)), hint};
  }
  std::vector<std::string> names;
  for (const AggregateSignature& signature : context.aggregates) names.push_back(signature.name);
  const std::string near = did_you_mean(name.lower, names);
  std::string list;
  for (const std::string& known : names) list += (list.empty() ? "" : ", ") + quoted(known);
  return Complaint{
      "unknown-aggregate", fmt::format("no aggregate is called {}", quoted(name.text)),
      near.empty() ? "the aggregates are " + list : fmt::format("did you mean {}?", quoted(near))};
}

// A condition where the aggregate wants a value: SQL would count or add it up as 0 and 1.
std::optional<Complaint> refuse_as_argument(const AggregateSignature& signature,
                                            const Expr& argument) {
  const std::string& function = signature.name;
  if (argument.kind == ExprKind::null) {
    return Complaint{"constant-argument",
                     fmt::format("`{}(NULL)` is the same for all rows", function)};
  }
  if (shape_of(argument) != Shape::condition && argument.kind != ExprKind::boolean) {
    return std::nullopt;
  }
  const std::string text = to_text(argument);
  std::string hint = fmt::format("write `count(*) FILTER (WHERE {})`", text);
  if (signature.order == AggregateOrder::required) {
    hint = fmt::format("write `{}(CASE WHEN {} THEN 1 ELSE 0 END ORDER BY …)`", function, text);
  }
  if (function == "max") hint = fmt::format("write `any({})`", text);
  return Complaint{"condition-argument",
                   fmt::format("{} is a condition, and `{}` takes a value", quoted(text), function),
                   hint};
}

bool refuse_star(TokenCursor& cursor, const std::string& function) {
  cursor.error(cursor.peek(),
               Complaint{"star-argument", fmt::format("`{}(*)` has no meaning", function),
                         fmt::format("write `{}(x)`, or `count(*)` to count rows", function)});
  return false;
}

bool parse_order(TokenCursor& cursor, const ExpressionContext& context,
                 const AggregateSignature& signature, bool steps, std::vector<OrderTerm>& order) {
  const std::string& name = signature.name;
  if (!cursor.at_keyword("order")) {
    if (signature.order != AggregateOrder::required && !steps) return true;
    if (steps) {
      cursor.error(cursor.peek(),
                   Complaint{"order-by", "`prev(x)` needs an order: which row comes before?",
                             fmt::format("write `{}(… ORDER BY t)`", name)});
      return false;
    }
    cursor.error(cursor.peek(),
                 Complaint{"order-by", fmt::format("`{}` needs an order", name),
                           fmt::format("write `{}(x ORDER BY t)`: it follows the row that comes "
                                       "first or last by `t`",
                                       name)});
    return false;
  }
  if (signature.order == AggregateOrder::none && !steps) {
    if (signature.takes_prev) {
      cursor.error(cursor.peek(),
                   Complaint{"order-by", fmt::format("`{}` is the same in any order", name),
                             "leave the order out; it is for steps from one row to the next, as in "
                             "`sum(p.x - prev(p.x) ORDER BY p.at)`"});
      return false;
    }
    cursor.error(cursor.peek(), Complaint{"order-by", fmt::format("`{}` has no order", name)});
    return false;
  }
  cursor.next();
  if (!cursor.accept_keyword("by")) {
    cursor.error(cursor.peek(), Complaint{"syntax",
                                          fmt::format("expected `BY` after `ORDER`, found {}",
                                                      describe(cursor.peek())),
                                          fmt::format("write `{}(x ORDER BY t)`", name)});
    return false;
  }
  do {
    OrderTerm term;
    term.expr = ExpressionParser(cursor, context).parse();
    if (!term.expr) return false;
    if (!cursor.failed() && is_constant(term.expr)) {
      cursor.error_at(term.expr->place,
                      Complaint{"constant-order", "this is the same for every row",
                                "order by a column, or leave the term out"});
    }
    term.descending = cursor.accept_keyword("desc");
    if (!term.descending) cursor.accept_keyword("asc");
    order.push_back(std::move(term));
  } while (cursor.accept_symbol(","));
  return true;
}

// "PARTITION BY a, b ORDER BY t": what stands in the place of an argument.
bool parse_list(TokenCursor& cursor, const ExpressionContext& context,
                const AggregateSignature& signature, AggregateColumn& column) {
  const std::string& name = signature.name;
  if (cursor.accept_keyword("partition")) {
    if (!cursor.accept_keyword("by")) {
      cursor.error(cursor.peek(),
                   Complaint{"syntax",
                             fmt::format("expected `BY` after `PARTITION`, found {}",
                                         describe(cursor.peek())),
                             fmt::format("write `{}(PARTITION BY l ORDER BY t)`", name)});
      return false;
    }
    do {
      ExprPtr part = ExpressionParser(cursor, context).parse();
      if (!part) return false;
      column.partition.push_back(std::move(part));
    } while (cursor.accept_symbol(","));
  }
  if (!cursor.at_keyword("order")) {
    const bool alone = cursor.at_symbol(")");
    cursor.error(
        cursor.peek(),
        Complaint{alone ? "order-by" : "list-argument",
                  alone ? fmt::format("`{}` needs an order", name)
                        : fmt::format("`{}` has no argument: expected `ORDER BY`, found {}", name,
                                      describe(cursor.peek())),
                  fmt::format("write `{0}(ORDER BY t)`, or `{0}(PARTITION BY l ORDER BY "
                              "t)` for a list of each `l`",
                              name)});
    return false;
  }
  return parse_order(cursor, context, signature, false, column.order);
}

bool parse_argument(TokenCursor& cursor, const ExpressionContext& context,
                    const AggregateSignature& signature, AggregateColumn& column) {
  if (signature.argument == AggregateArgument::none) {
    return parse_list(cursor, context, signature, column);
  }
  ExprPtr& argument = column.argument;
  const std::string& name = signature.name;
  if (cursor.at_symbol("*")) {
    if (signature.argument != AggregateArgument::value_or_star) return refuse_star(cursor, name);
    cursor.next();
    return true;
  }
  if (cursor.at_symbol(")")) {
    cursor.error(cursor.peek(),
                 Complaint{"empty-expression", fmt::format("`{}` needs an argument", name),
                           signature.argument == AggregateArgument::value_or_star
                               ? fmt::format("write `{}(*)` for all rows", name)
                               : ""});
    return false;
  }
  if (signature.takes_distinct) column.distinct = cursor.accept_keyword("distinct");
  if (cursor.at_keyword("distinct")) {
    cursor.error(cursor.peek(),
                 Complaint{"distinct",
                           fmt::format("`{}(DISTINCT …)` is not supported: whether a value is new "
                                       "cannot be told from the changed row",
                                       name),
                           "put the value in `group_by`, and count the summary's rows"});
    return false;
  }
  ExpressionContext of_argument = context;
  of_argument.takes_prev = signature.takes_prev;
  ExpressionParser parser(cursor, of_argument);
  const bool condition = signature.argument == AggregateArgument::condition;
  argument = condition ? parser.parse_condition() : parser.parse();
  if (!argument) return false;
  if (!condition) {
    if (std::optional<Complaint> refused = refuse_as_argument(signature, *argument)) {
      cursor.error_at(argument->place, std::move(*refused));
    }
  }
  if (column.distinct && !cursor.failed() && is_constant(argument)) {
    cursor.error_at(argument->place, Complaint{"constant-distinct", "there is one value at most",
                                               "count a column's values, or rows by `count(*)`"});
  }
  if (cursor.at_symbol(",")) {
    cursor.error(cursor.peek(),
                 Complaint{"wrong-arity", fmt::format("`{}` takes one argument", name),
                           name == "min"   ? "for the smaller of several values write `least(a, b)`"
                           : name == "max" ? "for the larger of several values write "
                                             "`greatest(a, b)`"
                                           : ""});
    return false;
  }
  return parse_order(cursor, context, signature, has_prev(argument), column.order);
}

bool parse_filter(TokenCursor& cursor, const ExpressionContext& context, ExprPtr& filter) {
  if (!cursor.accept_keyword("filter")) return true;
  for (const std::string_view wanted : {"(", "where"}) {
    if (cursor.accept_symbol(wanted) || cursor.accept_keyword(wanted)) continue;
    cursor.error(cursor.peek(),
                 Complaint{"syntax",
                           fmt::format("expected `{}`, found {}", wanted == "(" ? "(" : "WHERE",
                                       describe(cursor.peek())),
                           "write `FILTER (WHERE condition)`"});
    return false;
  }
  ExpressionParser parser(cursor, context);
  filter = parser.parse_condition();
  if (!filter) return false;
  return parser.expect_close();
}

void expect_end(TokenCursor& cursor) {
  if (cursor.at_end()) return;
  const Token token = cursor.peek();
  if (token.lower == "over") {
    cursor.error(token, Complaint{"window-function", "window functions are not supported"});
  } else if (token.lower == "filter") {
    cursor.error(token, Complaint{"syntax", "a second `FILTER`", "join the conditions with `AND`"});
  } else if (token.kind == TokenKind::symbol &&
             std::string_view("+-*%=<>=<>!=").find(token.text) != std::string_view::npos) {
    cursor.error(token, Complaint{"aggregate-arithmetic",
                                  "an aggregate stands alone: there is no arithmetic after it",
                                  "write `sum(a - b)`, or two columns"});
  } else {
    cursor.error(token,
                 Complaint{"syntax", fmt::format("expected `FILTER (WHERE …)` or the end, found {}",
                                                 describe(token))});
  }
}

}  // namespace

bool parse_aggregate(TokenCursor& cursor, const ExpressionContext& context,
                     AggregateColumn& column) {
  if (cursor.failed()) return false;
  const Token name = cursor.peek();
  if (cursor.at_end()) {
    cursor.error(name, Complaint{"empty-expression", "an aggregate is missing",
                                 "write one, as in `sum(t.amount)` or `count(*)`"});
    return false;
  }
  const bool word = name.kind == TokenKind::word;
  if (!word || !cursor.at_symbol("(", 1)) {
    const char* hint = "write one, as in `sum(t.amount)` or `count(*)`";
    if (cursor.at_symbol("-")) hint = "put the minus inside, as in `sum(-t.amount)`";
    if (cursor.at_keyword("select")) hint = "write the aggregate alone, as in `count(*)`";
    cursor.error(name,
                 Complaint{"not-an-aggregate",
                           fmt::format("expected an aggregate, found {}", describe(name)), hint});
    return false;
  }
  const AggregateSignature* signature = find_aggregate(context, name.lower);
  if (!signature) {
    cursor.error(name, refuse_aggregate(context, name));
    return false;
  }
  column.function = signature->name;
  cursor.next();
  cursor.next();
  if (!parse_argument(cursor, context, *signature, column)) return false;
  if (!ExpressionParser(cursor, context).expect_close()) return false;
  if (!parse_filter(cursor, context, column.filter)) return false;
  expect_end(cursor);
  return !cursor.failed();
}

}  // namespace keepsum::schema
