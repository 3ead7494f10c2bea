// Small questions about names and text that the lexer, the readers and the diagnostics share.
// Case is ASCII case: a spec's keywords and plain names hold nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace keepsum::schema {

[[nodiscard]] std::string to_lower(std::string_view text);
[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

// [A-Za-z_][A-Za-z0-9_]*
[[nodiscard]] bool is_plain_name(std::string_view text);

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
[[nodiscard]] constexpr bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

// Whether the byte continues a UTF-8 sequence.
[[nodiscard]] constexpr bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

// Characters, not bytes, of valid UTF-8.
[[nodiscard]] std::size_t character_count(std::string_view text);

// The offset of the first byte that is not valid UTF-8, or npos.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text);

// The bytes of the character at `at` if a terminal or a log may act on it, else 0: controls, C1
// too, what ends a line, and what turns the direction of text. Of UTF-8; else a byte at a time.
[[nodiscard]] std::size_t acting_bytes(std::string_view text, std::size_t at);

// `text` with such characters escaped.
[[nodiscard]] std::string printable(std::string_view text);

// `text` fit for a message: in backticks, printable, cut when long.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace keepsum::schema
