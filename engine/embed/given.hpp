// Values the caller gives of a row it has just inserted.
//
// A given value is used only if it is sure to be what the table now stores, whatever the session's
// sql_mode. Whatever is not sure is read from the table instead: slower, and as exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <keepsum/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::embed {

// What is known of a column before a value comes. Small: each payment looks at all of them.
struct GivenType {
  enum class Kind : std::uint8_t { unsure, integer, decimal, text };
  std::string_view name;                             // the column's; outlives this
  std::int64_t min = 0, max = -1;                    // integer
  std::uint32_t length_max = 0;                      // text, characters
  std::int16_t place_in_key = -1;                    // in the primary key; less than 0: none
  std::uint8_t digits_before = 0, digits_after = 0;  // decimal: at most, of the point
  Kind kind = Kind::unsure;
  bool nullable = false;
  bool is_unsigned = false;  // decimal
  bool ascii_only = false;   // text
};
[[nodiscard]] GivenType given_type(const db::ColumnInfo& column, const sql::Dialect& dialect);

// Of the same kind, in range, no digit or character too many. False where a session's setting or a
// conversion could have a say: dates, floating numbers, CHAR padding, foreign character sets.
[[nodiscard, gnu::hot]] bool is_stored_as_given(const db::ValueView& value, const GivenType& type);

// The columns of a base table that a given row must have: those the spec reads and the primary key.
[[nodiscard]] std::vector<std::string> given_columns(const plan::BaseTable& table);

}  // namespace keepsum::embed
