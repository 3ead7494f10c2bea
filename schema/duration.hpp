// "500ms", "10s", "10m", "2h": how a person writes a time, in the spec and on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace keepsum::schema {

// A whole number from 1 on and a unit, nothing else, at most 365 days. Nothing for any other text.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

// For messages: what parse_duration() takes.
inline constexpr std::string_view duration_form = "a whole number and ms, s, m or h: 500ms, 10s, 5m";

}  // namespace keepsum::schema
