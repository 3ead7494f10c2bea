// Reads the properties of one JSON object: each by its name and type, and whatever is left over
// is an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json_reader.hpp"
#include "schema/reporter.hpp"

namespace keepsum::schema {

struct PropertyName {
  std::string_view name;
  bool required = false;
};

class ObjectReader {
 public:
  // All must outlive the reader. Complains at once about unknown and missing properties; `what`
  // names the object in that: "a summary".
  ObjectReader(const JsonValue& object, std::string pointer, std::string_view what,
               const std::vector<PropertyName>& known, Reporter& reporter);

  [[nodiscard]] const std::string& pointer() const { return pointer_; }
  [[nodiscard]] std::string pointer_of(std::string_view name) const;

  // The property if it is there; of the asked kind, or it was reported.
  [[nodiscard]] const JsonMember* find(std::string_view name) const;
  [[nodiscard]] const JsonValue* find(std::string_view name, JsonKind kind) const;
  [[nodiscard]] std::optional<LocatedText> find_text(std::string_view name) const;

 private:
  const JsonValue& object_;
  std::string pointer_;
  Reporter& reporter_;
};

// Whether the value is of the kind; complains if not.
bool expect_kind(const JsonValue& value, JsonKind kind, const std::string& pointer,
                 Reporter& reporter);

// Whether an array or object has at most `most` entries; complains if not.
bool expect_at_most(const JsonValue& value, std::size_t most, const std::string& pointer,
                    Reporter& reporter);

// The string of a value, with its pointer; nothing if it is none, which was reported.
[[nodiscard]] std::optional<LocatedText> expect_text(const JsonValue& value,
                                                     const std::string& pointer,
                                                     Reporter& reporter);

}  // namespace keepsum::schema
