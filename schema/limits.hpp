// How large a spec and what is in it may be.
#pragma once

#include <cstddef>

namespace keepsum::schema {

inline constexpr std::size_t spec_bytes_max = std::size_t{1} << 20U;
inline constexpr std::size_t spec_depth_max = 32;
inline constexpr std::size_t expression_bytes_max = 8192;
inline constexpr std::size_t expression_depth_max = 64;
// MySQL's and MariaDB's.
inline constexpr std::size_t identifier_characters_max = 64;
inline constexpr int decimal_precision_max = 65;
inline constexpr int decimal_scale_max = 30;
// Of what a spec names: the rest of an identifier is for the prefixes and suffixes of what is
// generated.
inline constexpr std::size_t name_characters_max = 48;

}  // namespace keepsum::schema
