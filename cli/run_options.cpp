#include "cli/run_options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/terminal.hpp"
#include "schema/duration.hpp"

namespace keepsum::cli {

namespace {

Error invalid_replica(const Error& why) {
  Error error = why;
  error.code = ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.where = "reconcile.replicas";
  return error;
}

Result<reconcile::Replica> to_replica(const std::string& text) {
  const auto expanded = connectors::expand_environment(text);
  if (expanded.has_error()) return invalid_replica(expanded.error());
  const auto url = connectors::parse_url(*expanded);
  if (url.has_error()) return invalid_replica(url.error());
  // A replica that hangs must not hang the run.
  constexpr unsigned answer_within_s = 3;
  connectors::ConnectionUrl asked = *url;
  asked.connect_timeout_s = std::min(asked.connect_timeout_s, answer_within_s);
  asked.read_timeout_s = answer_within_s;
  return reconcile::Replica{url->display(), [asked] { return connectors::open_session(asked); }};
}

// How hard a run works. Who names a share of the time, or one long statement, has said it.
void settle_pace(const RunOptions& run, const schema::ReconcileSettings& spec,
                 reconcile::ControlOptions& control) {
  using reconcile::Pacing;
  if (spec.work_percent) control.work_share = *spec.work_percent / 100.0;
  if (run.work_percent > 0) control.work_share = run.work_percent / 100.0;
  const std::string pace = !run.pace.empty() ? run.pace : spec.pace.value_or("auto");
  if (pace == "gentle") control.pacing = Pacing::gentle;
  if (pace == "auto" && control.work_share >= 1) control.pacing = Pacing::by_writers;
  if (run.order == "one-pass") control.pacing = Pacing::full;
  if (control.pacing == Pacing::gentle && control.work_share < 1) {
    control.gentle_share = control.work_share;
  }
}

// The flag, else what the spec says, else what was there.
template <class Value>
void settle(const std::string& flag, const std::optional<std::chrono::milliseconds>& setting,
            Value& value) {
  if (const auto given = schema::parse_duration(flag)) {
    value = *given;
  } else if (setting) {
    value = *setting;
  }
}

}  // namespace

Result<reconcile::ReconcileOptions> reconcile_options(const Workspace& workspace,
                                                      const RunOptions& run) {
  const schema::ReconcileSettings& spec = workspace.spec().reconcile;
  reconcile::ReconcileOptions options;
  reconcile::ThrottleOptions& throttle = options.control.throttle;
  settle(run.chunk_time, spec.chunk_time, options.chunk_time);
  settle(run.snapshot_max, spec.snapshot_max, options.snapshot_max);
  settle(run.snapshot_max, spec.backfill_snapshot_max, options.backfill_snapshot_max);
  settle(run.throttle_wait, spec.throttle_wait, throttle.wait_max);
  settle("", spec.replica_lag_max, throttle.replica_lag_max);
  settle("", spec.commit_latency_max, throttle.commit_latency_max);
  options.workers = run.workers > 0 ? run.workers : static_cast<int>(spec.workers.value_or(1));
  settle(run.chunk_time, spec.chunk_time, options.control.gentle_chunk_time);
  settle_pace(run, spec, options.control);
  if (run.order == "one-pass") options.order = plan::Pass::one_pass;
  if (run.order == "key-ranges") options.order = plan::Pass::key_ranges;
  if (spec.guard_percent) options.guard.share_max = *spec.guard_percent / 100.0;
  if (spec.threads_running_max) throttle.threads_running_max = *spec.threads_running_max;
  if (run.threads_running_max > 0) throttle.threads_running_max = run.threads_running_max;
  throttle.query = spec.query.value_or("");
  throttle.query_max = spec.query_max.value_or(0);
  for (const std::string& url : spec.replicas) {
    KEEPSUM_ASSIGN(auto replica, to_replica(url));
    throttle.replicas.push_back(std::move(replica));
  }
  return options;
}

reconcile::Throttle::OnPause say_pause(const std::string& name, RunMonitor& monitor,
                                       ProgressLine& line) {
  return [name, &monitor, &line](const reconcile::Bite& bite) {
    monitor.pausing(bite);
    line.say(fmt::format("{}: pausing: {}\n", name, reconcile::describe(bite)));
  };
}

}  // namespace keepsum::cli
