// The grammar of expressions, by recursive descent; one function for each level of precedence.
// After a complaint that leaves the tree meaningful (an unknown function, say) parsing goes on, so
// that one text can show several; after any other it returns null all the way up.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "schema/parse.hpp"
#include "schema/scope.hpp"
#include "schema/token_cursor.hpp"

namespace keepsum::schema {

struct ExpressionContext {
  const Scope* scope = nullptr;  // null: columns stay as written
  std::span<const AggregateSignature> aggregates = {};
  bool takes_prev = false;  // whether prev(x) has a meaning here
};

class ExpressionParser {
 public:
  // All must outlive the parser.
  ExpressionParser(TokenCursor& cursor, const ExpressionContext& context)
      : cursor_(cursor), context_(context) {}

  // One expression, up to the first token that cannot belong to it.
  ExprPtr parse();

  // The same, and it must be a condition.
  ExprPtr parse_condition();

  // Complains about what is left after a whole expression, if anything is.
  void expect_end();

  // Steps over the `)` after an expression; complains if there is none.
  bool expect_close();

 private:
  ExprPtr parse_or();
  ExprPtr parse_and();
  ExprPtr parse_not();
  ExprPtr parse_comparison();
  ExprPtr parse_sum();
  ExprPtr parse_product();
  ExprPtr parse_negation();

  ExprPtr parse_primary();
  ExprPtr parse_parenthesis();
  ExprPtr parse_keyword();
  ExprPtr parse_case();
  ExprPtr parse_cast();
  bool parse_type(CastType& type);
  bool parse_type_number(int& number, int least, int most);
  ExprPtr parse_column();
  ExprPtr parse_function();
  bool parse_arguments(Expr& call);
  void check_bucket(const Expr& call);
  void check_prev(const Expr& call);
  ExprPtr refuse_call(const Token& name);

  // `start` is where the left operand begins, its parentheses included.
  ExprPtr parse_is(std::size_t start, ExprPtr left);
  ExprPtr parse_in(std::size_t start, ExprPtr left, bool negated);
  ExprPtr parse_between(std::size_t start, ExprPtr left, bool negated);
  ExprPtr parse_like(std::size_t start, ExprPtr left, bool negated);
  ExprPtr parse_relation(std::size_t start, ExprPtr left, Operator op);

  void resolve(Expr& column, const Token& token, char name_quote);
  void check_condition(const ExprPtr& expr);
  void check_number(const ExprPtr& expr);
  ExprPtr finish(Expr node);
  ExprPtr make_binary(std::size_t start, Operator op, ExprPtr left, ExprPtr right);
  std::nullptr_t unexpected(const Token& token, std::string_view wanted);

  TokenCursor& cursor_;
  const ExpressionContext& context_;
  std::size_t depth_ = 0;
  std::size_t nodes_ = 0;
};

}  // namespace keepsum::schema
