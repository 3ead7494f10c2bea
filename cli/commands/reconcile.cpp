// keepsum reconcile: the cron job.
#include "engine/reconcile/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/run_options.hpp"
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
  } else {
    error.code = ErrorCode::plan_moved;
    error.message = fmt::format(
        "the spec of {} is not the one that was applied: repairing by it "
        "would write other figures",
        plan.spec.name);
    error.hint = "look at `keepsum plan`, then `keepsum apply`";
  }
  return error;
}

int exit_of(const RunReport& report) {
  switch (report.outcome) {
    case Outcome::consistent: return exit_ok;
    case Outcome::repaired: return exit_changed;
    case Outcome::unfinished: return exit_time_spent;
    case Outcome::drift_left:
    case Outcome::guard_stopped: return exit_drift_left;
  }
  return exit_failed;
}

// The gravest of several outcomes is the run's.
int graver(int a, int b) {
  constexpr int order[] = {exit_failed,     exit_config,  exit_drift_left, exit_lease_held,
                           exit_time_spent, exit_changed, exit_ok};
  for (const int code : order) {
    if (a == code || b == code) return code;
  }
  return exit_failed;
}

void print_drift(const RunReport& report) {
  std::vector<std::vector<std::string>> rows{{"key", "column", "stored", "expected", ""}};
  for (const lifecycle::DriftRow& row : report.drift) {
    if (rows.size() > drift_printed_max) break;
    rows.push_back({key_text(row.group_key), row.column, row.stored.value_or("NULL"),
                    row.expected.value_or("NULL"), row.repaired ? "repaired" : "not repaired"});
  }
  print(table(rows));
  if (report.drift.size() >= rows.size()) {
    print(fmt::format("  … and {} more\n", report.drift.size() - rows.size() + 1));
  }
}

void print_report(const RunReport& report) {
  const std::string keys = with_separators(report.keys_checked);
  const std::string took = seconds_text(report.seconds);
  switch (report.outcome) {
    case Outcome::consistent:
      print(fmt::format("{} {}: {} keys equal their source, in {}\n", paint(Style::green, "✓"),
                        report.name, keys, took));
      break;
    case Outcome::repaired:
      print(fmt::format("{} {}: {} of {} keys had drifted; {} repaired, in {}\n",
                        paint(Style::yellow, "~"), report.name, with_separators(report.drifted),
                        keys, with_separators(report.repaired), took));
      break;
    case Outcome::unfinished:
      print(fmt::format(
          "{} {}: {}; {} keys verified in {}, {} drifted, {} repaired; the tour has come "
          "round {:.1f} % of the keys, and the next run goes on\n",
          paint(Style::yellow, "…"), report.name, report.stop_reason, keys, took,
          with_separators(report.drifted), with_separators(report.repaired),
          report.tour.share * 100));
      break;
    case Outcome::drift_left:
      print(fmt::format("{} {}: {} of {} keys {} drifted; nothing was written, in {}\n",
                        paint(Style::red, "✗"), report.name, with_separators(report.drifted), keys,
                        report.drifted == 1 ? "has" : "have", took));
      break;
    case Outcome::guard_stopped:
      print(
          fmt::format("{} {}: {} of {} keys have drifted: too many to be drift, so nothing was "
                      "repaired\n  hint: look for a changed spec, a restored table or missing "
                      "triggers (`keepsum status`); --guard 100 repairs all the same\n",
                      paint(Style::red, "✗"), report.name, with_separators(report.drifted), keys));
      break;
  }
  if (!report.tour.restarted.empty()) {
    print(fmt::format("  the tour began anew: {}\n", report.tour.restarted));
  }
  for (const reconcile::Pause& pause : report.pauses) {
    print(fmt::format("  paused {} times, {} in all: {}\n", pause.count,
                      seconds_text(pause.seconds), describe(pause.highest)));
  }
  if (!report.drift.empty()) print_drift(report);
  print_causes(report.causes);
  if (report.pruned > 0) {
    print(fmt::format("  {} empty rows removed\n", with_separators(report.pruned)));
  }
  for (const reconcile::BrokenKey& key : report.broken_keys) {
    print(fmt::format("  {} declared key {} is broken by {} rows\n", paint(Style::red, "!"),
                      key.key, with_separators(key.rows)));
  }
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

Result<RunReport> reconcile_one(Workspace& workspace, const plan::SummaryPlan& plan,
                                const reconcile::ReconcileOptions& of_all,
                                std::optional<std::chrono::milliseconds> time_budget) {
  KEEPSUM_TRY(check_standing(workspace, plan));
  ProgressBar bar(plan.spec.name);
  reconcile::ReconcileOptions options = of_all;
  options.on_progress = [&bar](const reconcile::Progress& p) { bar.update(p); };
  options.control.on_pause = say_pause(plan.spec.name);
  options.control.time_budget = time_budget;
  return reconcile::reconcile(workspace.database(), plan, options);
}

// Each summary gets its share of what is left, so that the first cannot starve the last.
std::optional<std::chrono::milliseconds> share_of(std::optional<Clock::time_point> end,
                                                  std::size_t summaries_left) {
  if (!end) return std::nullopt;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*end - Clock::now());
  return std::max(left, std::chrono::milliseconds{0}) / static_cast<std::int64_t>(summaries_left);
}

}  // namespace

Result<int> run_reconcile(const GlobalOptions& global, const ReconcileCommandOptions& options) {
  const StopSignal stop;  // before any other thread
  std::optional<Clock::time_point> end;
  if (const auto budget = schema::parse_duration(options.time_budget)) {
    end = Clock::now() + *budget;
  }
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(auto of_all, reconcile_options(workspace, options.run));
  of_all.verify_only = options.verify_only;
  if (options.guard_percent) of_all.guard.share_max = *options.guard_percent / 100.0;
  of_all.control.stop = stop.token();
  KEEPSUM_ASSIGN(const auto plans, workspace.plans(options.names, false));
  if (!options.verify_only) bring_up_to_date(workspace);
  std::size_t left = plans.size();
  int code = exit_ok;
  json::array summaries;
  // One summary that cannot be reconciled does not keep the others from it.
  for (const plan::SummaryPlan& plan : plans) {
    const auto report = reconcile_one(workspace, plan, of_all, share_of(end, left--));
    if (report.has_error()) {
      code = graver(code, exit_code(report.error()));
      print_err(describe(report.error()) + "\n");
      summaries.push_back({{"name", plan.spec.name},
                           {"outcome", "error"},
                           {"error", error_object(report.error())}});
      if (report.error().recovery == Recovery::reconnect) break;
      continue;
    }
    code = graver(code, exit_of(*report));
    KEEPSUM_ASSIGN(const auto now, lifecycle::capturing(workspace.database(), plan));
    json::object object = to_json(*report);
    json::array trigger_faults;
    for (const std::string& fault : lifecycle::capture_faults(now)) {
      trigger_faults.push_back(json::value(fault));
      print_err(fmt::format("{} {}: {}; `keepsum apply` puts it right\n",
                            paint_err(Style::red, "!"), plan.spec.name, fault));
    }
    object["trigger_faults"] = std::move(trigger_faults);
    summaries.push_back(std::move(object));
    if (!global.json) print_report(*report);
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1},
                                       {"verify_only", options.verify_only},
                                       {"summaries", std::move(summaries)}}) +
          "\n");
  }
  return code;
}

}  // namespace keepsum::cli
