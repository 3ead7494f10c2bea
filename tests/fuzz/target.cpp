#include "tests/fuzz/target.hpp"

#include <fmt/format.h>

#include "schema/text.hpp"

namespace keepsum::fuzz {

namespace {

// C1 controls, what turns the direction of a line, and what ends one.
constexpr bool acts(unsigned character) {
  return (character >= 0x7FU && character <= 0x9FU) || character == 0x200EU ||
         character == 0x200FU || (character >= 0x2028U && character <= 0x202EU) ||
         (character >= 0x2066U && character <= 0x2069U);
}

}  // namespace

void require_printable(const std::string& text) {
  require(schema::find_invalid_utf8(text) == std::string::npos, "not UTF-8: " + text);
  unsigned character = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (!schema::is_continuation(text[at])) {
      character = byte < 0x80U ? byte : byte < 0xE0U ? byte & 0x1FU : byte & 0x0FU;
    } else {
      character = (character << 6U) | (byte & 0x3FU);
    }
    const bool whole = at + 1 == text.size() || !schema::is_continuation(text[at + 1]);
    const bool control = character < 0x20U && character != '\n';
    require(!whole || (!control && !acts(character)),
            fmt::format("U+{:04X} at byte {} of: {}", character, at, text));
  }
}

}  // namespace keepsum::fuzz
