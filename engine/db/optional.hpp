// Values that may be NULL, as std::optional.
#pragma once

#include <keepsum/value.hpp>
#include <optional>
#include <string>
#include <type_traits>

namespace keepsum::db {

inline std::optional<std::string> optional_text(const Value& value) {
  if (is_null(value)) return std::nullopt;
  return as_text(value);
}

// NULL where there is none.
template <class T>
Value nullable(const std::optional<T>& value) {
  if constexpr (std::is_same_v<T, std::string>) {
    return value ? Value(*value) : Value();
  } else {
    return value ? Value(as_text(*value)) : Value();
  }
}

}  // namespace keepsum::db
