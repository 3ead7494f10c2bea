// Why a text is not JSON, said for people. The parser only says where it stopped.
#pragma once

#include <cstddef>
#include <string_view>

#include "schema/reporter.hpp"

namespace keepsum::schema {

// The first byte at or after `at` that is no white space, comment, comma or colon.
[[nodiscard]] std::size_t skip_to_token(std::string_view text, std::size_t at);

enum class JsonPosition {
  at_start,
  object_begin,
  after_key,
  after_member,
  array_begin,
  after_element,
  after_document,
};

struct JsonStop {
  std::string_view text;
  std::size_t at = 0;      // where the parser stopped
  std::size_t cursor = 0;  // the end of the last whole token; never after `at`
  JsonPosition position = JsonPosition::at_start;
  std::size_t open_offset = 0;  // of the innermost `{` or `[` that is not closed
};

void report_json_syntax(const JsonStop& stop, Reporter& reporter);

}  // namespace keepsum::schema
