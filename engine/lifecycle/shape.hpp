// What the parts of a summary mean, one by one, as digests: what another spec of it keeps, adds,
// drops and redefines can be told without the spec that was applied.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::lifecycle {

// A version 5 UUID: SHA-1 of the text.
[[nodiscard]] std::string digest(const std::string& text);

struct Shape {
  std::string rows;                            // keys, joined rows, foreign key actions
  std::map<std::string, std::string> columns;  // aggregate → what it stores and shows

  // Whether a table of this shape has every column of `other`, meaning the same.
  [[nodiscard]] bool includes(const Shape& other) const;
  bool operator==(const Shape& other) const = default;
};

[[nodiscard]] Shape shape_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

[[nodiscard]] std::string to_text(const Shape& shape);
// Nothing for a text that is none of to_text()'s.
[[nodiscard]] std::optional<Shape> shape_from(std::string_view text);

}  // namespace keepsum::lifecycle
