// JSON with comments and trailing commas → a tree that knows where everything stands.
// Boost's own tree has no places and lets the last of two equal keys win in silence, so this one
// is built from the parser's events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/reporter.hpp"

namespace keepsum::schema {

enum class JsonKind { null, boolean, integer, real, string, array, object };

struct JsonMember;

struct JsonValue {
  JsonKind kind = JsonKind::null;
  std::size_t offset = 0;  // of its first byte in the file
  bool boolean = false;
  std::int64_t integer = 0;
  double real = 0;
  LocatedText string;  // its pointer is left for the reader of the spec to fill in
  std::vector<JsonValue> elements;
  std::vector<JsonMember> members;  // in the order of the file, no key twice
};

struct JsonMember {
  std::string key;
  std::size_t key_offset = 0;
  bool repeated = false;  // only while reading
  JsonValue value;
};

// The next step of a JSON pointer, escaped as RFC 6901 asks.
[[nodiscard]] std::string pointer_to(const std::string& parent, std::string_view key);
[[nodiscard]] std::string pointer_to(const std::string& parent, std::size_t index);

// "an object", "a string", …: for "expected …, found …".
[[nodiscard]] std::string_view kind_name(JsonKind kind);

// Nothing if the text is not JSON; then the reporter says why. Duplicate keys are reported and
// the first is kept.
[[nodiscard]] std::optional<JsonValue> read_json(std::string_view text, Reporter& reporter);

}  // namespace keepsum::schema
