#include <keepsum/value.hpp>

#include <fmt/format.h>

#include <charconv>
#include <type_traits>

namespace keepsum::db {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

template <ValueView::Kind kind, class T>
constexpr bool is_of =
    std::is_same_v<std::variant_alternative_t<static_cast<std::size_t>(kind), Value>, T>;
using Kind = ValueView::Kind;
static_assert(is_of<Kind::null, std::monostate> && is_of<Kind::integer, std::int64_t> &&
              is_of<Kind::unsigned_integer, std::uint64_t> && is_of<Kind::floating, double> &&
              is_of<Kind::decimal, Decimal> && is_of<Kind::text, std::string> &&
              is_of<Kind::blob, Blob> && std::variant_size_v<Value> == 7);

std::int64_t parse_int64(std::string_view text) noexcept {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string display(const Value& value) {
  return std::visit(Overloaded{
                        [](std::monostate) { return std::string("NULL"); },
                        [](std::int64_t v) { return std::to_string(v); },
                        [](std::uint64_t v) { return std::to_string(v); },
                        [](double v) { return fmt::format("{}", v); },
                        [](const Decimal& v) { return v.text; },
                        [](const std::string& v) { return v; },
                        [](const Blob& v) {
                          std::string hex = "X'";
                          for (char byte : v.bytes) {
                            hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
                          }
                          return hex + "'";
                        },
                    },
                    value);
}

std::int64_t as_int64(const Value& value) noexcept {
  return std::visit(Overloaded{
                        [](std::int64_t v) { return v; },
                        [](std::uint64_t v) { return static_cast<std::int64_t>(v); },
                        [](double v) { return static_cast<std::int64_t>(v); },
                        [](const Decimal& v) { return parse_int64(v.text); },
                        [](const std::string& v) { return parse_int64(v); },
                        [](const auto&) { return std::int64_t{0}; },
                    },
                    value);
}

std::string as_text(const Value& value) {
  if (is_null(value)) return {};
  if (const auto* blob = std::get_if<Blob>(&value)) return blob->bytes;
  return display(value);
}

void ValueView::look_at(const Value& value) noexcept {
  kind_ = static_cast<Kind>(value.index());
  std::visit(Overloaded{
                 [](std::monostate) {},
                 [this](std::int64_t v) { of_.integer = v; },
                 [this](std::uint64_t v) { of_.natural = v; },
                 [this](double v) { of_.floating = v; },
                 [this](const Decimal& v) { set_bytes(v.text); },
                 [this](const std::string& v) { set_bytes(v); },
                 [this](const Blob& v) { set_bytes(v.bytes); },
             },
             value);
}

Value ValueView::value() const {
  switch (kind_) {
    case Kind::null: break;
    case Kind::integer: return of_.integer;
    case Kind::unsigned_integer: return of_.natural;
    case Kind::floating: return of_.floating;
    case Kind::decimal: return Decimal{std::string(bytes())};
    case Kind::text: return std::string(bytes());
    case Kind::blob: return Blob{std::string(bytes())};
  }
  return {};
}

bool ValueView::is_equal(const ValueView& a, const ValueView& b) noexcept {
  if (a.kind_ != b.kind_) return false;
  switch (a.kind_) {
    case Kind::null: return true;
    case Kind::integer: return a.of_.integer == b.of_.integer;
    case Kind::unsigned_integer: return a.of_.natural == b.of_.natural;
    case Kind::floating: return a.of_.floating == b.of_.floating;
    case Kind::decimal:
    case Kind::text:
    case Kind::blob: break;
  }
  return a.bytes() == b.bytes();
}

}  // namespace keepsum::db
