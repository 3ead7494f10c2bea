// "2026-10-01 09:15": how a person writes a day or a moment, in the spec and on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace keepsum::schema {

// By some clock: no zone is meant.
struct TimeText {
  std::chrono::sys_seconds time;
  bool is_day = false;   // no time of day stands in it
  std::string fraction;  // of the second, its digits: "250"
};

// "2026-10-01", "2026-10-01 09:15", "2026-10-01 09:15:00", "2026-10-01 09:15:00.250" with up to six
// digits; T may stand for the space. Nothing for any other text, or a day that no calendar has.
[[nodiscard]] std::optional<TimeText> parse_time_text(std::string_view text);

// "2026-10-01 09:15:00", as databases write it.
[[nodiscard]] std::string day_text(std::chrono::sys_seconds time);
[[nodiscard]] std::string moment_text(std::chrono::sys_seconds time);

}  // namespace keepsum::schema
