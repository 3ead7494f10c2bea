#include "schema/time_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace keepsum::schema {

namespace {

namespace chrono = std::chrono;

bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end || text.starts_with('-')) return std::nullopt;
  return value;
}

std::optional<chrono::sys_days> parse_day(std::string_view text) {
  if (text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = number(text.substr(0, 4)), month = number(text.substr(5, 2)),
             day = number(text.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  const chrono::year_month_day date{chrono::year(*year), chrono::month(unsigned(*month)),
                                    chrono::day(unsigned(*day))};
  if (!date.ok() || *year == 0) return std::nullopt;
  return chrono::sys_days(date);
}

// "09:15" or "09:15:00".
std::optional<chrono::seconds> parse_clock(std::string_view text) {
  if (text[2] != ':' || (text.size() == 8 && text[5] != ':')) return std::nullopt;
  const auto hour = number(text.substr(0, 2)), minute = number(text.substr(3, 2)),
             second = text.size() == 8 ? number(text.substr(6, 2)) : std::optional(0);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) {
    return std::nullopt;
  }
  return chrono::hours(*hour) + chrono::minutes(*minute) + chrono::seconds(*second);
}

}  // namespace

std::optional<TimeText> parse_time_text(std::string_view text) {
  constexpr std::size_t day_size = 10, minute_size = 16, second_size = 19, longest = 26;
  const std::size_t size = std::min(text.size(), second_size);
  if (text.size() > longest || (size != day_size && size != minute_size && size != second_size)) {
    return std::nullopt;
  }
  TimeText result;
  if (text.size() > second_size) {
    const std::string_view fraction = text.substr(second_size + 1);
    if (text[second_size] != '.' || fraction.empty() ||
        !std::all_of(fraction.begin(), fraction.end(), is_decimal_digit)) {
      return std::nullopt;
    }
    result.fraction = fraction;
  }
  const auto day = parse_day(text);
  if (!day) return std::nullopt;
  result.time = *day;
  result.is_day = size == day_size;
  if (result.is_day) return result;
  if (text[day_size] != ' ' && text[day_size] != 'T') return std::nullopt;
  const auto clock = parse_clock(text.substr(day_size + 1, size - day_size - 1));
  if (!clock) return std::nullopt;
  result.time += *clock;
  return result;
}

std::string day_text(chrono::sys_seconds time) {
  const chrono::year_month_day date{chrono::floor<chrono::days>(time)};
  return fmt::format("{:04}-{:02}-{:02}", int(date.year()), unsigned(date.month()),
                     unsigned(date.day()));
}

std::string moment_text(chrono::sys_seconds time) {
  const chrono::hh_mm_ss clock{time - chrono::floor<chrono::days>(time)};
  return fmt::format("{} {:02}:{:02}:{:02}", day_text(time), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count());
}

}  // namespace keepsum::schema
