#include "schema/names.hpp"

#include <fmt/format.h>

#include "schema/limits.hpp"
#include "schema/text.hpp"

namespace keepsum::schema {

bool check_name(std::string_view name, std::string_view what, const Place& place,
                Reporter& reporter) {
  if (!is_plain_name(name)) {
    reporter.error(
        place,
        Complaint{"bad-name", fmt::format("{} cannot be the name of a {}", quoted(name), what),
                  "a name has letters A-Z, digits and `_`, and starts with no "
                  "digit"});
    return false;
  }
  if (name.size() > name_characters_max) {
    reporter.error(place, Complaint{"name-too-long",
                                    fmt::format("the name of a {} has at most {} characters, and "
                                                "this one has {}",
                                                what, name_characters_max, name.size())});
    return false;
  }
  const std::string lower = to_lower(name);
  if (lower.starts_with("keepsum_") || lower.starts_with("ks_")) {
    reporter.error(
        place, Complaint{"reserved-name", "names that start with `keepsum_` or `ks_` are reserved",
                         "choose another name"});
    return false;
  }
  return true;
}

}  // namespace keepsum::schema
