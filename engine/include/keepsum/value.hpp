// A value as it crosses the Session port, in or out. No arithmetic is ever done on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <keepsum/export.hpp>
#include <string>
#include <string_view>
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

// A value that belongs to somebody else: a number is copied, the bytes of anything else are looked
// at where they are, and are to stay there, as with a string_view. Cheap to copy; a statement's
// parameters on the way of every payment.
class KEEPSUM_API ValueView {
 public:
  enum class Kind : std::uint8_t {  // as the alternatives of Value
    null,
    integer,
    unsigned_integer,
    floating,
    decimal,
    text,
    blob
  };

  ValueView() noexcept = default;
  // NOLINTNEXTLINE(google-explicit-constructor): as a string_view of a string
  ValueView(const Value& value) noexcept {
    if (const auto* const number = std::get_if<std::int64_t>(&value)) {
      kind_ = Kind::integer;
      of_.integer = *number;
    } else {
      look_at(value);
    }
  }
  [[nodiscard]] static ValueView text(std::string_view bytes) noexcept {
    ValueView view;
    view.kind_ = Kind::text;
    view.set_bytes(bytes);
    return view;
  }
  // The same with its bytes elsewhere: a copy of them. Precondition: has_bytes().
  [[nodiscard]] ValueView over(std::string_view copy) const noexcept {
    ValueView view;
    view.kind_ = kind_;
    view.set_bytes(copy);
    return view;
  }

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool is_null() const noexcept { return kind_ == Kind::null; }
  [[nodiscard]] bool has_bytes() const noexcept { return kind_ >= Kind::decimal; }
  // Each only of a value of that kind; where it is kept in this object.
  [[nodiscard]] const std::int64_t& integer() const noexcept { return of_.integer; }
  [[nodiscard]] const std::uint64_t& unsigned_integer() const noexcept { return of_.natural; }
  [[nodiscard]] const double& floating() const noexcept { return of_.floating; }
  // Of a decimal its notation, of text and a blob what they hold.
  [[nodiscard]] std::string_view bytes() const noexcept { return {of_.data, size_}; }

  // A copy that stands alone.
  [[nodiscard]] Value value() const;

  // As Values are: of one kind, and the same.
  friend bool operator==(const ValueView& a, const ValueView& b) noexcept {
    if (a.kind_ == Kind::integer && b.kind_ == Kind::integer) {
      return a.of_.integer == b.of_.integer;
    }
    return is_equal(a, b);
  }

 private:
  [[gnu::hot]] void look_at(const Value& value) noexcept;
  [[gnu::hot]] static bool is_equal(const ValueView& a, const ValueView& b) noexcept;

  void set_bytes(std::string_view bytes) noexcept {
    size_ = bytes.size();
    of_.data = bytes.data();
  }

  Kind kind_ = Kind::null;
  std::size_t size_ = 0;
  union {
    std::int64_t integer;
    std::uint64_t natural;
    double floating;
    const char* data;
  } of_ = {.integer = 0};
};

}  // namespace keepsum::db
