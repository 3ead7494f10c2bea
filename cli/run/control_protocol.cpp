#include "cli/run/control_protocol.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace keepsum::cli {

namespace json = boost::json;

namespace {

json::value nullable(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object status_of(const Controlled& run) {
  const RunView view = run.monitor.view();
  const std::string who = run.steering.who_pauses();
  const auto chunk = run.steering.chunk_time();
  return {{"pid", ::getpid()},
          {"summary", view.summary},
          {"phase", view.phase},
          {"done", view.done},
          {"total", view.total},
          {"share", nullable(view.share())},
          {"per_second", nullable(view.per_second)},
          {"left_seconds", nullable(view.left_s)},
          {"seconds", view.run_s},
          {"pausing_for", view.pausing},
          {"pause_asked_by", who},
          {"chunk_ms", chunk ? json::value(chunk->count()) : json::value(nullptr)},
          {"text", describe(view)}};
}

std::string refusal(std::string why) {
  return json::serialize(
      json::object{{"version", control_version}, {"ok", false}, {"error", std::move(why)}});
}

std::string set(const json::object& asked, const Controlled& run) {
  const json::value* chunk = asked.if_contains("chunk_ms");
  if (chunk == nullptr) return refusal("set what? chunk_ms is all that can be set");
  const std::int64_t* ms = chunk->if_int64();
  if (ms == nullptr || *ms < 1 || *ms > chunk_ms_max) {
    return refusal(fmt::format("chunk_ms must be an integer from 1 to {}", chunk_ms_max));
  }
  run.steering.set_chunk_time(std::chrono::milliseconds{*ms});
  return {};
}

// The reason why not; "" if it was done.
std::string obey(const json::object& asked, const Controlled& run) {
  const json::value* version = asked.if_contains("version");
  if (version == nullptr || *version != json::value(control_version)) {
    return refusal(fmt::format("this run speaks version {} of the protocol", control_version));
  }
  const json::value* command = asked.if_contains("command");
  const std::string name =
      command != nullptr && command->is_string() ? std::string(command->get_string()) : "";
  if (name == "status") return {};
  if (name == "pause") {
    run.steering.pause("keepsum ctl");
  } else if (name == "resume") {
    run.steering.resume();
  } else if (name == "stop") {
    run.stop();
  } else if (name == "set") {
    return set(asked, run);
  } else {
    return refusal("the commands are status, pause, resume, set, stop");
  }
  return {};
}

// FNV-1a: the same on every machine and in every version.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  return hash;
}

}  // namespace

std::string answer(std::string_view line, const Controlled& run) {
  boost::system::error_code failed;
  const json::value asked = json::parse(json::string_view(line.data(), line.size()), failed);
  if (failed || !asked.is_object()) return refusal("that is no JSON object");
  std::string refused = obey(asked.get_object(), run);
  if (!refused.empty()) return refused;
  return json::serialize(
      json::object{{"version", control_version}, {"ok", true}, {"status", status_of(run)}});
}

std::optional<std::string> default_control_path(const std::string& config) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe)
  const std::string folder = runtime != nullptr && *runtime == '/' ? runtime : "/run";
  if (::access(folder.c_str(), W_OK | X_OK) != 0) return std::nullopt;
  std::error_code failed;
  const auto absolute = std::filesystem::weakly_canonical(config, failed);
  const std::string name = failed ? config : absolute.string();
  return fmt::format("{}/keepsum-{:016x}.sock", folder, hash_of(name));
}

}  // namespace keepsum::cli
