// keepsum ctl: a word with a reconcile that is under way.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <charconv>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/run/control_socket.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_error.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

// "chunk-ms=100"
Result<void> add_setting(const std::string& text, json::object& request) {
  const std::string form = fmt::format("write chunk-ms=N, N from 1 to {}", chunk_ms_max);
  const std::size_t equals = text.find('=');
  if (text.substr(0, equals) != "chunk-ms" || equals == std::string::npos) {
    return usage(fmt::format("`{}` is no setting", text), form);
  }
  std::int64_t ms = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data() + equals + 1, end, ms);
  if (failed != std::errc{} || stop != end || ms < 1 || ms > chunk_ms_max) {
    return usage(fmt::format("`{}` is no such number", text.substr(equals + 1)), form);
  }
  request["chunk_ms"] = ms;
  return {};
}

// The flag, else the spec's setting, else the default of the spec's file. A spec that cannot be
// read is no reason not to stop a run.
Result<std::string> path_of(const GlobalOptions& global, const CtlOptions& options) {
  if (!options.control.empty()) return options.control;
  const auto loaded = load_spec(global);
  if (loaded.has_value() && loaded->spec.reconcile.control) return *loaded->spec.reconcile.control;
  if (auto path = default_control_path(global.config)) return *path;
  return usage(
      "there is no folder for a run's socket: $XDG_RUNTIME_DIR is not set, and /run cannot "
      "be written in",
      "name the socket with --control PATH, for the run too");
}

}  // namespace

Result<int> run_ctl(const GlobalOptions& global, const CtlOptions& options) {
  json::object request{{"version", control_version}, {"command", options.command}};
  if (options.command == "set" && options.settings.empty()) {
    return usage("set what?", fmt::format("write chunk-ms=N, N from 1 to {}", chunk_ms_max));
  }
  if (options.command != "set" && !options.settings.empty()) {
    return usage(fmt::format("`{}` takes no `{}`", options.command, options.settings.front()), "");
  }
  for (const std::string& setting : options.settings) KEEPSUM_TRY(add_setting(setting, request));
  KEEPSUM_ASSIGN(const std::string path, path_of(global, options));
  KEEPSUM_ASSIGN(const std::string reply, ask_run(path, json::serialize(request)));
  boost::system::error_code failed;
  const json::value parsed = json::parse(reply, failed);
  const json::object* object = failed ? nullptr : parsed.if_object();
  const json::value* ok = object != nullptr ? object->if_contains("ok") : nullptr;
  if (ok == nullptr || !ok->is_bool()) {
    Error error;
    error.code = ErrorCode::io_failed;
    error.where = path;
    error.message = "what listens there is no run of keepsum, or of another version";
    return error;
  }
  if (!ok->get_bool()) {
    const json::value* why = object->if_contains("error");
    return usage(
        why != nullptr && why->is_string() ? std::string(why->get_string()) : "the run refused it",
        "");
  }
  if (global.json) {
    print(json::serialize(*object) + "\n");
    return exit_ok;
  }
  const json::object& status = object->at("status").as_object();
  const auto text = [&](const char* name) { return std::string(status.at(name).as_string()); };
  print(fmt::format("{}\n", text("text")));
  if (!text("pause_asked_by").empty()) {
    print(fmt::format("  pause asked for by {}\n", text("pause_asked_by")));
  }
  if (const auto* const ms = status.at("chunk_ms").if_int64()) {
    print(fmt::format("  ranges of {} ms, as was asked\n", *ms));
  }
  if (options.command == "stop") print("  it stops after what it is at\n");
  return exit_ok;
}

}  // namespace keepsum::cli
