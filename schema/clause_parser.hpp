// The texts of a spec that are more than one expression: tables, joins, declared keys, aggregates.
// Each complains through its cursor, and gives nothing if its text is wrong.
#pragma once

#include <optional>

#include "schema/expression_parser.hpp"
#include "schema/scope.hpp"
#include "schema/spec.hpp"
#include "schema/token_cursor.hpp"

namespace keepsum::schema {

// "payments p", "payments AS p", "payments"; stops after it.
[[nodiscard]] std::optional<TableRef> parse_table(TokenCursor& cursor);

// The rest of a `from`, after its table: there must be none.
void expect_end_of_from(TokenCursor& cursor);

// Steps over "LEFT JOIN" or "LEFT OUTER JOIN", with which an entry of `joins` may begin.
[[nodiscard]] bool accept_left_join(TokenCursor& cursor);

// "ON condition", after the table of a join. The last table of the scope is the joined one.
[[nodiscard]] ExprPtr parse_on(TokenCursor& cursor, const ExpressionContext& context);

// "h.payment_id -> p.id" or "h.(a, b) -> p.(c, d)", the whole text.
[[nodiscard]] std::optional<DeclaredKey> parse_declared_key(TokenCursor& cursor,
                                                            const Scope& scope);

// "name(argument) FILTER (WHERE condition)", the whole text. Sets function, argument and filter.
[[nodiscard]] bool parse_aggregate(TokenCursor& cursor, const ExpressionContext& context,
                                   AggregateColumn& column);

}  // namespace keepsum::schema
