// Which summaries of a spec are made from which: the order they follow from, and what is refused.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "schema/diagnostic.hpp"
#include "schema/spec.hpp"

namespace keepsum::schema {

// The summary that a table's name means, as an index; nothing if it means a table. Names compare
// without regard to case.
[[nodiscard]] std::optional<std::size_t> find_summary(std::span<const SummarySpec> summaries,
                                                      std::string_view table);

// What is wrong with how summaries are made from summaries; empty if nothing is.
[[nodiscard]] std::vector<Diagnostic> check_sources(std::span<const SummarySpec> summaries);

// The summaries' indexes so that each comes after the one it is made from, else as in the file.
// Precondition: check_sources() has found no error.
[[nodiscard]] std::vector<std::size_t> by_sources(std::span<const SummarySpec> summaries);

}  // namespace keepsum::schema
