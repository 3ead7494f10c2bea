// What a declared type means on SQLite, where a column of any type may hold any value.
#pragma once

#include <string_view>

#include <keepsum/session.hpp>

namespace keepsum::sqlite {

// By SQLite's own affinity rules, refined by words for booleans, dates and times. A DECIMAL is
// `floating`: SQLite keeps it as REAL (or INTEGER), never exactly.
[[nodiscard]] db::TypeFamily family_of_declared_type(std::string_view declared_type) noexcept;

// N of "VARCHAR(N)"; 0 if there is none.
[[nodiscard]] std::int64_t declared_length(std::string_view declared_type) noexcept;

}  // namespace keepsum::sqlite
