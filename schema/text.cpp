#include "schema/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::schema {

namespace {

constexpr std::size_t quoted_bytes_max = 60;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

// Length of the well-formed sequence that starts at `at`, or 0. Follows table 3-7 of the Unicode
// standard: no overlong forms, no surrogates, nothing past U+10FFFF.
std::size_t sequence_length(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x80U) return 1;
  std::size_t length = 0;
  unsigned low = 0x80U;
  unsigned high = 0xBFU;
  if (first >= 0xC2U && first <= 0xDFU) length = 2;
  if (first >= 0xE0U && first <= 0xEFU) length = 3;
  if (first >= 0xF0U && first <= 0xF4U) length = 4;
  if (first == 0xE0U) low = 0xA0U;
  if (first == 0xEDU) high = 0x9FU;
  if (first == 0xF0U) low = 0x90U;
  if (first == 0xF4U) high = 0x8FU;
  if (length == 0 || at + length > text.size()) return 0;
  if (byte_at(text, at + 1) < low || byte_at(text, at + 1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(text[at + i])) return 0;
  }
  return length;
}

}  // namespace

std::string to_lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(),
                    [](char left, char right) { return lower(left) == lower(right); });
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::size_t find_invalid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(text, at);
    if (length == 0) return at;
    at += length;
  }
  return std::string_view::npos;
}

std::size_t acting_bytes(std::string_view text, std::size_t at) {
  const unsigned first = byte_at(text, at);
  if (first < 0x20U || first == 0x7FU) return 1;
  if (sequence_length(text, at) == 2) {
    const bool is_c1 = first == 0xC2U && byte_at(text, at + 1) < 0xA0U;
    return is_c1 ? 2 : 0;
  }
  if (first != 0xE2U || sequence_length(text, at) != 3) return 0;
  const unsigned rest = byte_at(text, at + 1) << 8U | byte_at(text, at + 2);
  const bool acts = rest == 0x808EU || rest == 0x808FU ||    // U+200E, U+200F
                    (rest >= 0x80A8U && rest <= 0x80AEU) ||  // U+2028 to U+202E
                    (rest >= 0x81A6U && rest <= 0x81A9U);    // U+2066 to U+2069
  return acts ? 3 : 0;
}

std::string printable(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t acting = acting_bytes(text, at);
    if (text[at] == '\n') {
      result += "\\n";
    } else if (acting > 0) {
      for (const char c : text.substr(at, acting)) {
        result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
      }
    } else {
      result += text[at];
    }
    at += std::max<std::size_t>(acting, 1);
  }
  return result;
}

std::string quoted(std::string_view text) {
  std::size_t end = std::min(text.size(), quoted_bytes_max);
  while (end < text.size() && is_continuation(text[end])) ++end;
  return "`" + printable(text.substr(0, end)) + (end < text.size() ? "…`" : "`");
}

}  // namespace keepsum::schema
