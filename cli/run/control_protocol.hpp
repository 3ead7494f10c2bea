// What `keepsum ctl` and a run say to each other: one JSON object on one line each way, then the
// connection ends.
//
//   {"version":1,"command":"set","chunk_ms":100}
//   {"version":1,"ok":true,"status":{…}}
//   {"version":1,"ok":false,"error":"…"}
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <keepsum/result.hpp>
#include <optional>
#include <string>

#include "cli/run/monitor.hpp"
#include "engine/reconcile/steering.hpp"

namespace keepsum::cli {

inline constexpr std::int64_t control_version = 1;
inline constexpr std::size_t control_line_max = 4096;  // bytes
inline constexpr std::int64_t chunk_ms_max = 600'000;

// What a command may touch. Thread-safe, all of it.
struct Controlled {
  const RunMonitor& monitor;
  reconcile::Steering& steering;
  std::function<void()> stop;  // asks the run to stop between chunks
};

// The answer to one line. Never throws; a line that is no command is answered, too.
[[nodiscard]] std::string answer(std::string_view line, const Controlled& run);

// The socket of a run of `config` unless another is named: in $XDG_RUNTIME_DIR, else in /run; of a
// name that is the same for the same file. Nothing where there is no such folder to write in.
[[nodiscard]] std::optional<std::string> default_control_path(const std::string& config);

}  // namespace keepsum::cli
