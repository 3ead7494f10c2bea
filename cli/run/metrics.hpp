// The last run in Prometheus's text format, for the textfile collector of node_exporter.
//
// Families and labels are fixed, and no value of a business key is ever among them: what the file
// costs to store does not grow with the data.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "cli/run/result.hpp"

namespace keepsum::cli {

// Samples of a metrics file, as written: `name{labels}` → value. What is no sample is left out.
using Samples = std::map<std::string, std::string>;
[[nodiscard]] Samples read_metrics(std::string_view text);

// `before`: what the file held. Of a summary that this run did not come to a report of, the figures
// of the last that did are kept; so are the time of the last success, and the counters, which go
// on. Summaries that the spec no longer has are dropped. `now_s`: the end of the run, since 1970.
[[nodiscard]] std::string metrics_text(const RunResult& result, const Samples& before,
                                       double now_s);

// Reads `path`, writes it anew. Errors: io_failed.
Result<void> write_metrics(const std::string& path, const RunResult& result);

}  // namespace keepsum::cli
