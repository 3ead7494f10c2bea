#include "schema/clause_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "schema/text.hpp"

namespace keepsum::schema {

namespace {

bool is_name(const Token& token) {
  return token.kind == TokenKind::quoted_name ||
         (token.kind == TokenKind::word && !is_keyword(token.lower));
}

std::nullopt_t unexpected(TokenCursor& cursor, std::string_view wanted, std::string hint = {}) {
  cursor.error(
      cursor.peek(),
      Complaint{"syntax", fmt::format("expected {}, found {}", wanted, describe(cursor.peek())),
                std::move(hint)});
  return std::nullopt;
}

// What stands where a table's name should, and is known for what it is.
bool refuse_join_words(TokenCursor& cursor) {
  constexpr std::array<std::string_view, 7> kinds{"left",  "right",   "full",         "outer",
                                                  "cross", "natural", "straight_join"};
  const Token token = cursor.peek();
  if (std::find(kinds.begin(), kinds.end(), token.lower) != kinds.end() && !token.lower.empty()) {
    if (token.lower == "left") {
      cursor.error(token, Complaint{"join-kind", "a LEFT JOIN is an entry of `joins` by itself",
                                    "write there `LEFT JOIN table alias ON condition`"});
      return true;
    }
    cursor.error(token,
                 Complaint{"join-kind",
                           fmt::format("{} is not supported: a join is an inner join, or a LEFT "
                                       "JOIN of a row that may be missing",
                                       quoted(to_lower(token.text))),
                           "write `table alias ON condition`, or `LEFT JOIN` in front of it"});
    return true;
  }
  if (token.lower == "join" || token.lower == "inner") {
    cursor.error(token, Complaint{"join-word",
                                  fmt::format("leave out {}: each entry of `joins` is "
                                              "an inner join",
                                              quoted(token.text)),
                                  "write `table alias ON condition`"});
    return true;
  }
  if (token.lower == "select" || cursor.at_symbol("(")) {
    cursor.error(token, Complaint{"subquery", "a table is needed here, and not a query",
                                  "name the tables, and join them in `joins`"});
    return true;
  }
  return false;
}

bool is_left_join(const TokenCursor& cursor) {
  const std::size_t outer = cursor.at_keyword("outer", 1) ? 1 : 0;
  return cursor.at_keyword("left") && cursor.at_keyword("join", 1 + outer);
}

bool is_reserved_alias(const std::string& alias) {
  const std::string lower = to_lower(alias);
  return lower == "new" || lower == "old" || lower == "excluded" || lower.starts_with("ks_") ||
         lower.starts_with("keepsum_");
}

// MySQL and MariaDB have no such name. Of a table or a column there is none then; an alias is made
// by the spec.
bool is_nowhere_a_name(const std::string& alias) {
  const auto is_past_bmp = [](char c) { return static_cast<unsigned char>(c) >= 0xF0U; };
  return alias.ends_with(' ') || std::any_of(alias.begin(), alias.end(), is_past_bmp);
}

// keepsum's own tables; no trigger stands on them but its own.
bool is_own_table(const std::string& table) {
  const std::string lower = to_lower(table);
  return lower.starts_with("keepsum_") ||
         (lower.starts_with("ks_") && lower.find('$') != std::string::npos);
}

std::nullopt_t refuse_comma(TokenCursor& cursor) {
  cursor.error(cursor.peek(), Complaint{"comma-join", "a list of tables is not supported",
                                        "give each further table an entry in `joins`: "
                                        "`table alias ON condition`"});
  return std::nullopt;
}

}  // namespace

std::optional<TableRef> parse_table(TokenCursor& cursor) {
  if (cursor.failed() || refuse_join_words(cursor)) return std::nullopt;
  if (!is_name(cursor.peek())) {
    return unexpected(cursor, "a table's name",
                      cursor.peek().kind == TokenKind::word
                          ? fmt::format("if it is a name, write `\"{}\"`", cursor.peek().text)
                          : "");
  }
  TableRef table;
  const Token name = cursor.next();
  table.place = cursor.place(name);
  table.table = name.text;
  table.alias = table.table;
  if (is_own_table(table.table)) {
    cursor.error(name, Complaint{"own-table",
                                 fmt::format("{} is a table of keepsum's own", quoted(table.table)),
                                 "name tables of the application, or a summary of this spec"});
    return std::nullopt;
  }
  if (cursor.at_symbol(".")) {
    cursor.error(cursor.peek(), Complaint{"other-database",
                                          "a table is named without its database: keepsum works "
                                          "within the one it is connected to",
                                          "write the table's name alone"});
    return std::nullopt;
  }
  const bool as = cursor.accept_keyword("as");
  if (as && !is_name(cursor.peek())) return unexpected(cursor, "an alias after `AS`");
  if (is_name(cursor.peek())) {
    const Token alias = cursor.next();
    if (is_reserved_alias(alias.text)) {
      cursor.error(alias, Complaint{"reserved-alias",
                                    fmt::format("the alias {} is reserved", quoted(alias.text)),
                                    "choose another alias"});
    }
    if (is_nowhere_a_name(alias.text)) {
      cursor.error(alias,
                   Complaint{"bad-name", fmt::format("{} cannot be an alias", quoted(alias.text)),
                             "one ends in no space, and has no character past U+FFFF"});
    }
    table.alias = alias.text;
  }
  return table;
}

void expect_end_of_from(TokenCursor& cursor) {
  if (cursor.failed() || cursor.at_end()) return;
  if (cursor.at_symbol(",")) {
    refuse_comma(cursor);
    return;
  }
  const std::string& word = cursor.peek().lower;
  if (word == "on" || word == "using") {
    cursor.error(cursor.peek(),
                 Complaint{"syntax", "`from` has no condition", "put conditions in `where`"});
    return;
  }
  if (word == "where") {
    cursor.error(cursor.peek(), Complaint{"syntax", "`from` names a table and nothing else",
                                          "put the condition in `where`, without the word"});
    return;
  }
  if (word == "inner" || word == "join") {
    cursor.error(cursor.peek(), Complaint{"join-in-from", "`from` names one table",
                                          "give each further table an entry in `joins`: "
                                          "`table alias ON condition`"});
    return;
  }
  if (!refuse_join_words(cursor)) unexpected(cursor, "the end of `from`");
}

namespace {

// The condition must tie the joined table to one before it: all others are cross joins.
void check_reach(TokenCursor& cursor, const Scope& scope, const Expr& on, const ExprPtr& tree) {
  const TableRef& joined = scope.tables.back();
  bool itself = false;
  bool before = false;
  walk(tree, [&](const Expr& node) {
    if (node.kind != ExprKind::column) return;
    const bool own = same_name(node.qualifier, joined.alias);
    itself = itself || own;
    before = before || !own;
  });
  if (itself && before) return;
  cursor.error_at(on.place,
                  Complaint{"untied-join",
                            fmt::format("this condition does not tie {} to a table before it, so "
                                        "every row of one would meet every row of the other",
                                        quoted(joined.alias)),
                            fmt::format("compare a column of {} with one of an earlier table",
                                        quoted(joined.alias))});
}

}  // namespace

bool accept_left_join(TokenCursor& cursor) {
  if (cursor.failed() || !is_left_join(cursor)) return false;
  while (!cursor.accept_keyword("join")) cursor.next();
  return true;
}

ExprPtr parse_on(TokenCursor& cursor, const ExpressionContext& context) {
  if (cursor.failed()) return nullptr;
  if (cursor.at_symbol(",")) {
    refuse_comma(cursor);
    return nullptr;
  }
  if (cursor.at_keyword("using")) {
    return cursor.error(cursor.peek(), Complaint{"join-using", "`USING` is not supported",
                                                 "write `ON a.column = b.column`"});
  }
  if (!cursor.accept_keyword("on")) {
    if (!refuse_join_words(cursor)) unexpected(cursor, "`ON` and a condition");
    return nullptr;
  }
  ExpressionParser parser(cursor, context);
  ExprPtr on = parser.parse_condition();
  if (on && (cursor.at_keyword("join") || cursor.at_keyword("inner"))) {
    return cursor.error(cursor.peek(),
                        Complaint{"join-word", "one entry of `joins` joins one table",
                                  "give the next table an entry of its own"});
  }
  if (on && refuse_join_words(cursor)) return nullptr;
  if (on && cursor.at_symbol(",")) {
    refuse_comma(cursor);
    return nullptr;
  }
  parser.expect_end();
  if (on && !cursor.failed() && context.scope->complete)
    check_reach(cursor, *context.scope, *on, on);
  return cursor.failed() ? nullptr : on;
}

namespace {

// "h.payment_id" or "h.(a, b)".
bool parse_key_side(TokenCursor& cursor, const Scope& scope, std::string& alias,
                    std::vector<std::string>& columns) {
  const Token table = cursor.peek();
  const std::string form = "write `child.column -> parent.column`";
  if (!is_name(table)) return unexpected(cursor, "a table's alias", form), false;
  cursor.next();
  if (!cursor.accept_symbol(".")) return unexpected(cursor, "`.` and a column", form), false;
  const bool several = cursor.accept_symbol("(");
  do {
    const Token column = cursor.peek();
    if (column.kind != TokenKind::word && column.kind != TokenKind::quoted_name) {
      return unexpected(cursor, "a column's name", form), false;
    }
    cursor.next();
    for (const std::string& known : columns) {
      if (!same_name(known, column.text)) continue;
      cursor.error(column, Complaint{"duplicate-column",
                                     fmt::format("{} is listed twice", quoted(column.text))});
    }
    columns.push_back(column.text);
  } while (several && cursor.accept_symbol(","));
  if (several && !cursor.accept_symbol(")")) return unexpected(cursor, "`,` or `)`", form), false;
  alias = table.text;
  if (const TableRef* known = scope.find(alias)) {
    alias = known->alias;
  } else if (scope.complete) {
    const std::string near = did_you_mean(alias, scope.aliases());
    cursor.error(table,
                 Complaint{"unknown-alias", fmt::format("no table is called {}", quoted(alias)),
                           near.empty() ? "declare a key between tables of this summary"
                                        : fmt::format("did you mean {}?", quoted(near))});
  }
  return true;
}

}  // namespace

std::optional<DeclaredKey> parse_declared_key(TokenCursor& cursor, const Scope& scope) {
  if (cursor.failed()) return std::nullopt;
  DeclaredKey key;
  const Token start = cursor.peek();
  key.place = cursor.place(start);
  if (!parse_key_side(cursor, scope, key.child_alias, key.child_columns)) return std::nullopt;
  if (!cursor.accept_symbol("->")) {
    return unexpected(cursor, "`->` and the parent's key", "write `child.column -> parent.column`");
  }
  const Token parent = cursor.peek();
  if (!parse_key_side(cursor, scope, key.parent_alias, key.parent_columns)) return std::nullopt;
  if (!cursor.at_end()) return unexpected(cursor, "the end");
  if (key.child_columns.size() != key.parent_columns.size()) {
    cursor.error(
        start,
        Complaint{"key-columns", fmt::format("{} and {} columns: both sides need as many",
                                             key.child_columns.size(), key.parent_columns.size())});
  }
  if (same_name(key.child_alias, key.parent_alias)) {
    cursor.error(
        parent, Complaint{"key-to-itself",
                          fmt::format("{} cannot be its own parent here", quoted(key.parent_alias)),
                          "declare a key between two tables of this summary"});
  }
  if (cursor.failed()) return std::nullopt;
  return key;
}

}  // namespace keepsum::schema
