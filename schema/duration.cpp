#include "schema/duration.hpp"

#include <charconv>

namespace keepsum::schema {

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || number < 1) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
  const std::int64_t unit_ms = text == "ms"  ? 1
                               : text == "s" ? 1000
                               : text == "m" ? 60'000
                               : text == "h" ? 3'600'000
                                             : 0;
  constexpr std::int64_t year_ms = std::int64_t{365} * 24 * 3'600'000;
  if (unit_ms == 0 || number > year_ms / unit_ms) return std::nullopt;
  return std::chrono::milliseconds{number * unit_ms};
}

}  // namespace keepsum::schema
