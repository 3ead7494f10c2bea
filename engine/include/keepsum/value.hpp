// A value as it crosses the Session port, in or out. No arithmetic is ever done on it.
#pragma once

#include <cstdint>
#include <keepsum/export.hpp>
#include <string>
#include <variant>
#include <vector>

namespace keepsum::db {

// An exact decimal in the server's own notation, e.g. "-12.3400".
struct Decimal {
  std::string text;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// Bytes without a character set.
struct Blob {
  std::string bytes;
  friend bool operator==(const Blob&, const Blob&) = default;
};

// std::monostate is NULL. Text is UTF-8; dates and times are text in the server's notation.
using Value =
    std::variant<std::monostate, std::int64_t, std::uint64_t, double, Decimal, std::string, Blob>;

using Row = std::vector<Value>;

[[nodiscard]] inline bool is_null(const Value& value) noexcept { return value.index() == 0; }

// The value as a person reads it: "NULL", digits, text as it is, X'0a' for bytes.
[[nodiscard]] KEEPSUM_API std::string display(const Value& value);

// An integer of any of the numeric kinds; 0 for NULL and anything that is no integer.
[[nodiscard]] KEEPSUM_API std::int64_t as_int64(const Value& value) noexcept;

// Text of text, decimal and blob values; display() of the others; "" for NULL.
[[nodiscard]] KEEPSUM_API std::string as_text(const Value& value);

}  // namespace keepsum::db
