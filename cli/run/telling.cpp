#include "cli/run/telling.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/run/drift_command.hpp"
#include "cli/run/metrics.hpp"
#include "cli/terminal.hpp"
#include "connectors/url.hpp"
#include "schema/duration.hpp"

namespace keepsum::cli {

namespace {

// A flag, or a setting of the spec: they are told apart because the person must look elsewhere.
struct Given {
  std::string text;
  std::string where;  // "--ping", "reconcile.ping"
  bool is_flag = false;
};

Given given(const std::string& flag, const std::optional<std::string>& setting,
            const std::string& name) {
  std::string dashed = name;
  std::replace(dashed.begin(), dashed.end(), '_', '-');
  if (!flag.empty()) return {flag, "--" + dashed, true};
  return {setting.value_or(""), "reconcile." + name, false};
}

Error refused(const Given& given, std::string message, std::string hint) {
  Error error;
  error.code = given.is_flag ? ErrorCode::invalid_argument : ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.where = given.where;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// Whatever else is at that path, a typing error must not replace it.
Result<void> check_metrics_file(const Given& file) {
  if (file.text.empty() || (file.text.ends_with(".prom") && !file.text.ends_with("/.prom"))) {
    return {};
  }
  return refused(
      file, "the metrics file's name does not end in .prom",
      "the textfile collector reads no other: /var/lib/prometheus/node-exporter/keepsum.prom");
}

Result<std::optional<PingUrl>> ping_of(const Given& text) {
  if (text.text.empty()) return std::optional<PingUrl>{};
  const auto expanded = connectors::expand_environment(text.text);
  if (expanded.has_error()) return refused(text, expanded.error().message, expanded.error().hint);
  auto url = parse_ping_url(*expanded);
  if (url.has_error()) return refused(text, url.error().message, url.error().hint);
  return std::optional<PingUrl>(std::move(url).value());
}

void warn(std::string_view what, const Error& error) {
  print_err(fmt::format("{} {}: {}\n", paint_err(Style::yellow, "!"), what, describe(error)));
}

void send(const Telling& telling, Ping what) {
  const auto sent = ping(*telling.ping, what);
  if (sent.has_error()) warn("the ping was not taken", sent.error());
}

std::string names_of_drifted(const RunResult& result) {
  std::string names;
  for (const SummaryResult& one : result.summaries) {
    if (!one.report || one.report->drifted == 0) continue;
    names += (names.empty() ? "" : " ") + one.name;
  }
  return names;
}

void tell_drift(const Telling& telling, const RunResult& result, const std::string& config,
                const std::stop_token& stop) {
  const Totals all = totals(result);
  Command command;
  command.text = telling.on_drift;
  command.input = boost::json::serialize(to_json(result)) + "\n";
  command.environment = {{"KEEPSUM_CONFIG", config},
                         {"KEEPSUM_EXIT_CODE", std::to_string(result.code)},
                         {"KEEPSUM_SUMMARIES", names_of_drifted(result)},
                         {"KEEPSUM_DRIFTED", std::to_string(all.drifted)},
                         {"KEEPSUM_REPAIRED", std::to_string(all.repaired)},
                         {"KEEPSUM_UNREPAIRED", std::to_string(all.unrepaired)},
                         {"KEEPSUM_VERIFY_ONLY", result.verify_only ? "1" : "0"}};
  command.time_max = telling.on_drift_time;
  command.stop = stop;
  const auto done = run_command(command);
  if (done.has_error()) warn("drift was found, and its command failed", done.error());
}

}  // namespace

Result<Telling> telling_of(const TellingOptions& flags, const schema::ReconcileSettings& spec) {
  Telling telling;
  if (spec.status_every) telling.status_every = *spec.status_every;
  if (const auto every = schema::parse_duration_or_none(flags.status_every)) {
    telling.status_every = *every;
  }
  if (spec.on_drift_time) telling.on_drift_time = *spec.on_drift_time;
  if (const auto time = schema::parse_duration(flags.on_drift_time)) telling.on_drift_time = *time;
  const Given metrics = given(flags.metrics_file, spec.metrics_file, "metrics_file");
  KEEPSUM_TRY(check_metrics_file(metrics));
  telling.metrics_file = metrics.text;
  telling.on_drift = given(flags.on_drift, spec.on_drift, "on_drift").text;
  KEEPSUM_ASSIGN(telling.ping, ping_of(given(flags.ping, spec.ping, "ping")));
  telling.ping_start = flags.ping_start || spec.ping_start;
  return telling;
}

void tell_start(const Telling& telling) {
  if (telling.ping && telling.ping_start) send(telling, Ping::start);
}

void tell_end(const Telling& telling, const RunResult& result, const std::string& config,
              const std::stop_token& stop) {
  if (!telling.metrics_file.empty()) {
    const auto written = write_metrics(telling.metrics_file, result);
    if (written.has_error()) warn("the metrics file was not written", written.error());
  }
  if (telling.ping && !is_left_to_another(result)) {
    send(telling, is_success(result) ? Ping::success : Ping::failure);
  }
  if (!telling.on_drift.empty() && totals(result).drifted > 0) {
    tell_drift(telling, result, config, stop);
  }
}

}  // namespace keepsum::cli
