#include <keepsum/value.hpp>

#include <fmt/format.h>

#include <charconv>

namespace keepsum::db {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

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

}  // namespace keepsum::db
