// A value of the leading key, kept in a control table between runs.
#pragma once

#include <keepsum/value.hpp>
#include <optional>
#include <string>

namespace keepsum::reconcile {

// Whether it comes back as it was: not a float, not NULL.
[[nodiscard]] bool can_be_kept(const db::Value& value);
// {"kind": 1, "value": "42"}. Precondition: can_be_kept().
[[nodiscard]] std::string to_json_text(const db::Value& value);
// Nothing if the text is none of ours.
[[nodiscard]] std::optional<db::Value> value_from_json_text(const std::string& text);

}  // namespace keepsum::reconcile
