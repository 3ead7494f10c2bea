// What a person sees: data on stdout, all the rest on stderr; colour only where
// a terminal is, and no colour where NO_COLOR is set.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::cli {

enum class Style { plain, bold, dim, red, green, yellow, cyan };

// Paints for stdout, if stdout is a terminal that wants colour.
[[nodiscard]] std::string paint(Style style, std::string_view text);
// Likewise for stderr.
[[nodiscard]] std::string paint_err(Style style, std::string_view text);

[[nodiscard]] bool stdin_is_terminal();
[[nodiscard]] bool stderr_is_terminal();

void print(std::string_view text);      // stdout, as it is
void print_err(std::string_view text);  // stderr, as it is

// Rows of text in columns; the first row is the header. Numbers are aligned to the right.
[[nodiscard]] std::string table(const std::vector<std::vector<std::string>>& rows,
                                const std::string& indent = "  ");

[[nodiscard]] std::string with_separators(std::int64_t number);  // 1234567 → 1,234,567
[[nodiscard]] std::string keys_text(std::int64_t number);        // 1 key; 3,000 keys
[[nodiscard]] std::string seconds_text(double seconds);          // 0.43 s, 2 min 5 s

}  // namespace keepsum::cli
