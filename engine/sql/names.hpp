// Names of objects that keepsum makes.
#pragma once

#include <cstddef>
#include <string>

namespace keepsum::sql {

// As long as a summary's name may be: what is made of such a name fits everywhere.
inline constexpr std::size_t summary_name_max = 48;

// Short names stay readable; a long one keeps its head and gets a digest of the whole.
[[nodiscard]] std::string fit(const std::string& name, std::size_t length_max);

// Letters, digits and `_`; what had other characters gets a digest, so that two stay two.
[[nodiscard]] std::string safe(const std::string& name);

// The table of a column's values (see plan::SideTable). No summary of a spec has such a name, nor
// is the prefix of its triggers that of a summary's.
[[nodiscard]] std::string side_table_name(const std::string& summary, const std::string& column);

}  // namespace keepsum::sql
