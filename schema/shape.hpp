// What can be said about the type of an expression without a database: whether it is a condition,
// a value, or may be either. The engine checks the rest against the catalog.
#pragma once

#include <optional>

#include "schema/expr.hpp"
#include "schema/reporter.hpp"

namespace keepsum::schema {

enum class Shape { condition, value, either };

[[nodiscard]] Shape shape_of(const Expr& expr);

// Whether it is the same for every row: no column is in it. As a term of GROUP BY or ORDER BY an
// integer would be the number of a column.
[[nodiscard]] bool is_constant(const ExprPtr& expr);

// Why the expression cannot stand where a condition is asked for; nothing if it can.
[[nodiscard]] std::optional<Complaint> refuse_as_condition(const Expr& expr);

// Why the expression cannot be an operand of arithmetic; nothing if it can.
[[nodiscard]] std::optional<Complaint> refuse_as_number(const Expr& expr);

}  // namespace keepsum::schema
