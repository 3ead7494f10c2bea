// --keys, --keys-file, --since, --sample → what the run looks at.
#pragma once

#include "cli/commands.hpp"
#include "engine/reconcile/selection.hpp"

namespace keepsum::cli {

// Nothing if none of them is given. Keys are of one summary, so `plans` must be one then. Reads all
// of the keys' file (- for stdin), up to 64 MiB. Errors: invalid_argument, naming the line that is
// no key; io_failed for the file.
Result<std::optional<reconcile::Selection>> selection_of(
    const SelectionOptions& options, lifecycle::Database& database,
    const std::vector<plan::SummaryPlan>& plans);

// Of a share: "1%", "0.5%". Nothing for any other text, for 0 and for more than 100 %.
[[nodiscard]] std::optional<double> parse_share(const std::string& text);
// Whether it is a time ago ("30m", "2h") or a moment ("2026-03-01", "2026-03-01 04:00", …:SS; UTC).
[[nodiscard]] bool is_since(const std::string& text);

}  // namespace keepsum::cli
