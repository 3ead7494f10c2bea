// keepsum reconcile: the cron job.
#include "engine/reconcile/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/run/control_socket.hpp"
#include "cli/run/selection_arguments.hpp"
#include "cli/run/telling.hpp"
#include "cli/run_options.hpp"
#include "cli/seal_text.hpp"
#include "cli/stop_signal.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "schema/duration.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using reconcile::Outcome;
using reconcile::RunReport;

namespace {

constexpr std::size_t drift_printed_max = 20;

Result<void> check_standing(Workspace& workspace, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto now, lifecycle::standing(workspace.database(), plan));
  if (now.is_true()) return {};
  Error error;
  error.where = plan.spec.name;
  if (now.state != lifecycle::State::live) {
    error.code = ErrorCode::statement_failed;
    error.message = fmt::format("{} is not live: it is {}", plan.spec.name, to_string(now.state));
    error.hint = "`keepsum apply` builds it, or goes on building it";
  } else if (now.same_meaning) {
    error.code = ErrorCode::statement_failed;
    error.message = fmt::format(
        "what {} is made from is not live as the spec has it: it would be "
        "compared with nothing to go by",
        plan.spec.name);
    error.hint = "`keepsum status` says which; `keepsum apply` builds it";
  } else {
    return lifecycle::check_meaning(workspace.database(), plan);
  }
  return error;
}

void print_drift(const RunReport& report) {
  std::vector<std::vector<std::string>> rows{{"key", "column", "stored", "expected", ""}};
  for (const lifecycle::DriftRow& row : report.drift) {
    if (rows.size() > drift_printed_max) break;
    rows.push_back({key_text(row.group_key), row.column, row.stored.value_or("NULL"),
                    row.expected.value_or("NULL"), row.repaired ? "repaired" : "not repaired"});
  }
  print(table(rows));
  const std::int64_t more =
      std::ssize(report.drift) + report.drift_not_shown - std::ssize(rows) + 1;
  if (more > 0) print(fmt::format("  … and {} more\n", with_separators(more)));
}

void print_key_check(const RunReport& report) {
  for (const reconcile::BrokenKey& key : report.broken_keys) {
    print(fmt::format("  {} declared key {} is broken by {} {}\n", paint(Style::red, "!"), key.key,
                      with_separators(key.rows), key.rows == 1 ? "row" : "rows"));
  }
  if (report.key_check && !report.key_check->stopped_by.empty()) {
    print(
        fmt::format("  declared keys: {:.0f} % of their rows were looked through for such without "
                    "a parent: {}\n",
                    100 * report.key_check->share, report.key_check->stopped_by));
  }
}

void print_report(const RunReport& report) {
  if (report.coverage.kind == "lazy") {
    print(fmt::format("{} {}: looked at {}\n", paint(Style::green, "✓"), report.name,
                      report.coverage.text));
    return;
  }
  const bool is_sealed = report.coverage.kind == "sealed";
  const std::string keys = keys_text(report.keys_checked);
  const std::string took = seconds_text(report.seconds);
  switch (report.outcome) {
    case Outcome::consistent:
      print(fmt::format(
          "{} {}: {} {}, in {}\n", paint(Style::green, "✓"), report.name, keys,
          report.keys_checked == 1
              ? (is_sealed ? "equals its sealed total and the rows since" : "equals its source")
              : (is_sealed ? "equal their sealed totals and the rows since" : "equal their source"),
          took));
      break;
    case Outcome::repaired:
      print(fmt::format("{} {}: {} of {} had drifted; {} repaired, in {}\n",
                        paint(Style::yellow, "~"), report.name, with_separators(report.drifted),
                        keys, with_separators(report.repaired), took));
      break;
    case Outcome::unfinished:
      print(fmt::format("{} {}: {}; {} verified in {}, {} drifted, {} repaired{}\n",
                        paint(Style::yellow, "…"), report.name, report.stop_reason, keys, took,
                        with_separators(report.drifted), with_separators(report.repaired),
                        report.coverage.is_of_every_key()
                            ? fmt::format("; the tour has come round {:.1f} % of the keys, and the "
                                          "next run goes on",
                                          report.tour.share * 100)
                            : ""));
      break;
    case Outcome::drift_left:
      if (report.locked > 0) {
        print(fmt::format(
            "{} {}: {} of {} had drifted; {} repaired, {} left, for another transaction holds "
            "{} in the summary, in {}\n  hint: look for a transaction that has been open for "
            "long; the next run repairs what is left\n",
            paint(Style::red, "✗"), report.name, with_separators(report.drifted), keys,
            with_separators(report.repaired), with_separators(report.locked),
            report.locked == 1 ? "its row" : "their rows", took));
        break;
      }
      print(fmt::format("{} {}: {} of {} {} drifted; nothing was written, in {}\n",
                        paint(Style::red, "✗"), report.name, with_separators(report.drifted), keys,
                        report.drifted == 1 ? "has" : "have", took));
      break;
    case Outcome::guard_stopped:
      print(fmt::format(
          "{} {}: {} of {} have drifted: too many to be drift, so {} repaired\n  hint: look "
          "for a changed spec, a restored table or missing triggers (`keepsum status`); --guard "
          "100 repairs all the same\n",
          paint(Style::red, "✗"), report.name, with_separators(report.drifted), keys,
          report.repaired == 0
              ? "nothing was"
              : fmt::format("no more than the first {} were", with_separators(report.repaired))));
      break;
  }
  if (!report.coverage.is_of_every_key()) {
    print(fmt::format("  looked at: {}; the rest was not, and the tour stays where it is\n",
                      report.coverage.text));
  }
  if (report.seal) print(seal_text(report));
  if (!report.tour.restarted.empty()) {
    print(fmt::format("  the tour began anew: {}\n", report.tour.restarted));
  }
  for (const reconcile::Pause& pause : report.pauses) {
    print(fmt::format("  paused {} times, {} in all: {}\n", pause.count,
                      seconds_text(pause.seconds), describe(pause.highest)));
  }
  if (!report.drift.empty()) print_drift(report);
  print_causes(report.causes, drift_printed_max);
  if (report.pruned > 0) {
    print(fmt::format("  {} empty rows removed\n", with_separators(report.pruned)));
  }
  print_key_check(report);
}

// Tells at most once, and lets the run go on: it keeps no position then, and needs none.
void bring_up_to_date(Workspace& workspace) {
  const auto behind = migrations::pending(workspace.database());
  if (behind.has_error() || !*behind) return;
  const auto done = migrations::run(workspace.database());
  if (done.has_value()) return;
  print_err(
      fmt::format("keepsum's control tables are of an older version and this user may not "
                  "change them ({}); runs begin at the start until `keepsum apply` has\n",
                  done.error().message));
}

using Clock = std::chrono::steady_clock;

// What all summaries of a run share.
struct Running {
  Workspace& workspace;
  reconcile::ReconcileOptions options;
  std::optional<Clock::time_point> end;  // of the time budget
  RunMonitor& monitor;
  ProgressLine& line;
};

// Each summary gets its share of what is left, so that the first cannot starve the last.
std::optional<std::chrono::milliseconds> share_of(std::optional<Clock::time_point> end,
                                                  std::size_t summaries_left) {
  if (!end) return std::nullopt;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end - Clock::now());
  return std::max(left, std::chrono::milliseconds{0}) / static_cast<std::int64_t>(summaries_left);
}

// Of latches that are filled as they are read nothing can be wrong: one that is set was so once,
// and one that is not is asked of the source.
RunReport nothing_to_verify(const plan::SummaryPlan& plan) {
  RunReport report;
  report.name = plan.spec.name;
  report.coverage = {"lazy", "its triggers alone: its latches are set as they are read"};
  return report;
}

Result<RunReport> reconcile_one(Running& running, const plan::SummaryPlan& plan,
                                std::size_t summaries_left) {
  KEEPSUM_ASSIGN(const auto now, lifecycle::standing(running.workspace.database(), plan));
  if (plan.spec.lazy && now.state == lifecycle::State::lazy && now.same_meaning) {
    KEEPSUM_ASSIGN(const auto table, running.workspace.database().catalog.table(plan.spec.name));
    if (table) return nothing_to_verify(plan);
    Error error;
    error.code = ErrorCode::statement_failed;
    error.where = plan.spec.name;
    error.message =
        fmt::format("the table of {} is gone, and its triggers write to it", plan.spec.name);
    error.hint = "`keepsum apply` makes it anew";
    return error;
  }
  KEEPSUM_TRY(check_standing(running.workspace, plan));
  reconcile::ReconcileOptions options = running.options;
  options.on_progress = [&](const reconcile::Progress& p) { running.monitor.progress(p); };
  options.control.on_pause = say_pause(plan.spec.name, running.monitor, running.line);
  options.control.time_budget = share_of(running.end, summaries_left);
  return reconcile::reconcile(running.workspace.database(), plan, options);
}

SummaryResult result_of(Running& running, const plan::SummaryPlan& plan,
                        std::size_t summaries_left) {
  SummaryResult result;
  result.name = plan.spec.name;
  running.monitor.begin(plan.spec.name);
  auto report = reconcile_one(running, plan, summaries_left);
  running.monitor.end();
  running.line.clear();
  if (report.has_error()) {
    result.error = std::move(report).error();
    return result;
  }
  result.report = std::move(report).value();
  const auto now = lifecycle::capturing(running.workspace.database(), plan);
  if (now.has_error()) {
    result.error = now.error();
  } else {
    result.trigger_faults = lifecycle::capture_faults(*now);
  }
  return result;
}

void print_result(const SummaryResult& result, bool json) {
  if (result.report && !json) print_report(*result.report);
  if (result.error) print_err(describe(*result.error) + "\n");
  for (const std::string& fault : result.trigger_faults) {
    print_err(fmt::format("{} {}: {}; `keepsum apply` puts it right\n", paint_err(Style::red, "!"),
                          result.name, fault));
  }
}

// Null where nobody can reach the run, which is no reason not to run.
std::unique_ptr<ControlSocket> listen(const GlobalOptions& global,
                                      const ReconcileCommandOptions& options,
                                      const schema::ReconcileSettings& spec,
                                      const Controlled& run) {
  const std::string named = options.control.empty() ? spec.control.value_or("") : options.control;
  const auto path = named.empty() ? default_control_path(global.config) : std::optional(named);
  if (!path) return nullptr;
  auto socket = ControlSocket::listen(*path, run);
  if (socket.has_value()) return std::move(socket).value();
  if (!named.empty()) {
    print_err(fmt::format("{} `keepsum ctl` will not reach this run: {}\n",
                          paint_err(Style::yellow, "!"), describe(socket.error())));
  }
  return nullptr;
}

Result<void> reconcile_all(const GlobalOptions& global, const ReconcileCommandOptions& options,
                           const Telling& telling, StopSignal& stop, RunResult& result) {
  std::optional<Clock::time_point> end;
  if (const auto budget = schema::parse_duration(options.time_budget)) {
    end = Clock::now() + *budget;
  }
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(auto of_all, reconcile_options(workspace, options.run));
  of_all.verify_only = options.verify_only;
  of_all.deep = options.deep;
  if (options.guard_percent) of_all.guard.share_max = *options.guard_percent / 100.0;
  of_all.control.stop = stop.token();
  const schema::ReconcileSettings& spec = workspace.spec().reconcile;
  reconcile::Steering steering(options.pause_file.empty() ? spec.pause_file.value_or("")
                                                          : options.pause_file);
  of_all.control.throttle.steering = &steering;
  KEEPSUM_ASSIGN(const auto plans, workspace.plans(options.names, false));
  KEEPSUM_ASSIGN(of_all.selection, selection_of(options.selection, workspace.database(), plans));
  if (!options.verify_only) bring_up_to_date(workspace);
  RunMonitor monitor;
  ProgressLine line(monitor, telling.status_every);
  const auto socket =
      listen(global, options, spec, {monitor, steering, [&stop] { stop.request_stop(); }});
  Running running{workspace, std::move(of_all), end, monitor, line};
  std::size_t left = plans.size();
  // One summary that cannot be reconciled does not keep the others from it.
  for (const plan::SummaryPlan& plan : plans) {
    result.summaries.push_back(result_of(running, plan, left--));
    const SummaryResult& last = result.summaries.back();
    result.code = graver(result.code, exit_of(last));
    print_result(last, global.json);
    if (last.error && last.error->recovery == Recovery::reconnect) break;
  }
  return {};
}

}  // namespace

Result<int> run_reconcile(const GlobalOptions& global, const ReconcileCommandOptions& options) {
  StopSignal stop;  // before any other thread
  const auto start = Clock::now();
  RunResult result;
  result.verify_only = options.verify_only;
  // Who is told of a run is told of one whose spec cannot be read, too, as far as the flags say
  // who.
  const auto loaded = load_spec(global);
  schema::ReconcileSettings settings;
  if (loaded.has_value()) {
    settings = loaded->spec.reconcile;
    result.in_spec.emplace();
    for (const auto& summary : loaded->spec.summaries) result.in_spec->push_back(summary.name);
  }
  KEEPSUM_ASSIGN(const Telling telling, telling_of(options.telling, settings));
  tell_start(telling);
  const auto done = reconcile_all(global, options, telling, stop, result);
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  if (done.has_error()) {
    result.error = done.error();
    result.code = exit_code(done.error());
  } else if (global.json) {
    print(json::serialize(to_json(result)) + "\n");
  }
  std::fflush(stdout);  // what the drift command writes comes after it
  tell_end(telling, result, global.config, stop.token());
  if (done.has_error()) return done.error();
  return result.code;
}

}  // namespace keepsum::cli
