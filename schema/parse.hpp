// Spec text → Spec, with every diagnostic of the text in one go.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "schema/diagnostic.hpp"
#include "schema/spec.hpp"

namespace keepsum::schema {

enum class AggregateArgument {
  value,          // sum(x)
  condition,      // any(c)
  value_or_star,  // count(x), count(*)
  none,           // ordinal(ORDER BY t), ordinal(PARTITION BY l ORDER BY t)
};

// Whether ORDER BY may follow the argument: latest(x ORDER BY t).
enum class AggregateOrder { none, optional, required };

// What the parser must know of an aggregate function; the engine's registry provides them.
struct AggregateSignature {
  std::string name;
  AggregateArgument argument = AggregateArgument::value;
  AggregateOrder order = AggregateOrder::none;
  bool takes_distinct = false;  // count(DISTINCT x)
  bool takes_prev = false;      // sum(x - prev(x) ORDER BY t); with it, and only then, an order
};

struct ParseResult {
  std::optional<Spec> spec;             // nothing if there is any error
  std::vector<Diagnostic> diagnostics;  // in the order of the file
};

[[nodiscard]] ParseResult parse_spec(std::string_view text,
                                     std::span<const AggregateSignature> aggregates);

// One scalar expression in the spec's grammar, for tests and tools.
struct ExprResult {
  ExprPtr expr;  // null if there is any error
  std::vector<Diagnostic> diagnostics;
};
[[nodiscard]] ExprResult parse_expression(std::string_view text);

}  // namespace keepsum::schema
