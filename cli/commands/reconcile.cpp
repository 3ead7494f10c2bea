// keepsum reconcile: the cron job.
#include "engine/reconcile/reconcile.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/read.hpp"

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

Result<RunReport> reconcile_one(Workspace& workspace, const plan::SummaryPlan& plan,
                                const ReconcileCommandOptions& command) {
  KEEPSUM_TRY(check_standing(workspace, plan));
  ProgressBar bar(plan.spec.name);
  reconcile::ReconcileOptions options;
  options.verify_only = command.verify_only;
  options.guard.share_max = command.guard_percent / 100.0;
  options.on_progress = [&bar](const reconcile::Progress& p) { bar.update(p); };
  return reconcile::reconcile(workspace.database(), plan, options);
}

}  // namespace

Result<int> run_reconcile(const GlobalOptions& global, const ReconcileCommandOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto plans, workspace.plans(options.names, false));
  int code = exit_ok;
  json::array summaries;
  // One summary that cannot be reconciled does not keep the others from it.
  for (const plan::SummaryPlan& plan : plans) {
    const auto report = reconcile_one(workspace, plan, options);
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
