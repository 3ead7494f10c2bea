// One expression, any binding: renders a spec expression as SQL.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/plan/expr_type.hpp"
#include "engine/sql/dialect.hpp"
#include "schema/expr.hpp"

namespace keepsum::sql {

// How the columns of each alias are written in one statement. An alias that is not named is
// written as itself.
struct Binding {
  std::map<std::string, std::string> qualifiers;  // alias → SQL, e.g. "NEW" or "`p`"
  // (alias, column) → SQL that stands for the column, e.g. "NULL" or "NEW.`id`".
  std::map<std::pair<std::string, std::string>, std::string> substitutes;
  // alias → SQL that is read in the place of its table: a subquery in parentheses.
  std::map<std::string, std::string> sources;
  // Parts of expressions whose value is known: TRUE or FALSE.
  std::map<const schema::Expr*, std::string> known;
  // What prev(column) stands for, by the plan's sequences; and which of these the expression at
  // hand goes by. Where nothing is said, the column itself: the same type, and another value.
  std::vector<std::function<std::string(const std::string& column)>> previous;
  std::size_t sequence = 0;
  // What stands for the row's place, by the plan's sequences. Where nothing is said, 1.
  std::vector<std::string> places;
};

class Renderer {
 public:
  Renderer(const plan::Scope& scope, const Dialect& dialect, const Binding& binding)
      : scope_(scope), dialect_(dialect), binding_(binding) {}

  // Parenthesised where it is not a single term.
  [[nodiscard]] std::string operator()(const schema::Expr& expr) const;
  // The raw reference, without pinning: for comparisons of a column with itself.
  [[nodiscard]] std::string reference(const std::string& alias, const std::string& column) const;

 private:
  [[nodiscard]] std::string previous(const schema::Expr& column) const;
  [[nodiscard]] std::string binary(const schema::Expr& expr) const;
  [[nodiscard]] std::string case_when(const schema::Expr& expr) const;
  [[nodiscard]] std::string operand(const schema::Expr& expr) const;
  [[nodiscard]] plan::ExprType type_of(const schema::ExprPtr& expr) const;

  const plan::Scope& scope_;
  const Dialect& dialect_;
  const Binding& binding_;
};

}  // namespace keepsum::sql
