// keepsum apply: tables, triggers, backfill, verification, live.
#include "engine/lifecycle/apply.hpp"

#include <fmt/format.h>

#include <iostream>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/run_options.hpp"
#include "cli/stop_signal.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/capture.hpp"

namespace keepsum::cli {

namespace json = boost::json;

namespace {

Result<std::vector<lifecycle::ChangeSet>> compare_all(Workspace& workspace,
                                                      const std::vector<plan::SummaryPlan>& plans) {
  std::vector<lifecycle::ChangeSet> sets;
  for (const plan::SummaryPlan& plan : plans) {
    KEEPSUM_ASSIGN(auto set, lifecycle::compare_with_database(workspace.database(), plan));
    sets.push_back(std::move(set));
  }
  return sets;
}

Result<void> agree(const std::vector<lifecycle::ChangeSet>& sets,
                   const ApplyCommandOptions& options) {
  const std::string hash = lifecycle::plan_hash(sets);
  if (!options.plan_hash.empty()) {
    if (options.plan_hash == hash) return {};
    Error error;
    error.code = ErrorCode::plan_moved;
    error.message = fmt::format("the plan is now {}, not {}", hash, options.plan_hash);
    error.hint = "look at `keepsum plan` again";
    return error;
  }
  if (options.yes) return {};
  Error error;
  error.code = ErrorCode::invalid_argument;
  if (!stdin_is_terminal()) {
    error.message = "apply changes the database and there is no terminal to ask on";
    error.hint = "pass --yes, or --plan-hash with the hash that `keepsum plan` printed";
    return error;
  }
  for (const lifecycle::ChangeSet& set : sets) {
    for (const lifecycle::ObjectChange& object : set.objects) {
      if (object.action == lifecycle::Action::keep) continue;
      print_err(fmt::format("  {} {} {}\n", sign(object.action), object.kind, object.name));
    }
  }
  print_err(fmt::format("apply plan {}? [y/N] ", hash));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  error.message = "nothing was changed";
  return error;
}

Result<lifecycle::ApplyReport> apply_one(Workspace& workspace, const plan::SummaryPlan& plan,
                                         const ApplyCommandOptions& command,
                                         const reconcile::ReconcileOptions& of_all) {
  const auto status_every = workspace.spec().reconcile.status_every.value_or(status_every_default);
  RunMonitor monitor;
  monitor.begin(plan.spec.name);
  ProgressLine line(monitor, status_every);
  lifecycle::ApplyOptions options;
  options.reconcile = of_all;
  options.reconcile.control.on_pause = say_pause(plan.spec.name, monitor, line);
  options.reconcile.on_progress = [&monitor](const reconcile::Progress& p) { monitor.progress(p); };
  options.reconcile.lease.wait_max = std::chrono::seconds{75};
  bool told = false;
  options.reconcile.lease.on_wait = [&](const std::string& holder, const std::string& expires) {
    if (!told) {
      line.say(fmt::format("{}: waiting for {}, whose lease ends at {} UTC\n", plan.spec.name,
                           holder, expires));
    }
    told = true;
  };
  options.on_step = [&](const std::string& step) {
    monitor.begin(plan.spec.name);  // another phase: what was drawn is over
    line.say(fmt::format("{}: {}\n", plan.spec.name, step));
  };
  options.waits.queue_max = std::chrono::milliseconds{command.lock_wait_ms};
  auto report = lifecycle::apply(workspace.database(), plan, options);
  monitor.end();
  return report;
}

void print_report(const lifecycle::ApplyReport& report) {
  if (report.lazy) {
    print(fmt::format("{} {}: its latches are set as they are read and written; no backfill\n",
                      report.changed ? paint(Style::green, "✓") : "=", report.name));
  } else if (!report.changed) {
    print(fmt::format("= {} is live, nothing to do\n", report.name));
  } else if (report.way) {
    const std::string verified = report.keys_verified == 0 ? "no figure had to be filled"
                                                           : keys_text(report.keys_verified) +
                                                                 " verified against the source";
    print(fmt::format(
        "{} {} is live by the new spec, {}: {}, in {}\n", paint(Style::green, "✓"), report.name,
        *report.way == lifecycle::Way::in_place ? "changed in place"
                                                : "by another table that took its place",
        verified, seconds_text(report.seconds)));
    if (report.drifted > 0) {
      print_err(
          fmt::format("{} {}: {} keys were not what the source says, and {} of them were repaired: "
                      "`keepsum drift {}` shows them\n",
                      paint_err(Style::yellow, "!"), report.name, with_separators(report.drifted),
                      with_separators(report.repaired), report.name));
    }
  } else if (report.captured_by) {
    print(fmt::format("{} {} is live, and {} write it: moved in {}\n", paint(Style::green, "✓"),
                      report.name, to_string(*report.captured_by), seconds_text(report.seconds)));
  } else {
    print(fmt::format("{} {} is live: {} verified against the source, in {}\n",
                      paint(Style::green, "✓"), report.name, keys_text(report.keys_verified),
                      seconds_text(report.seconds)));
  }
}

}  // namespace

Result<int> run_apply(const GlobalOptions& global, const ApplyCommandOptions& options) {
  // A person at the prompt may end it by Ctrl-C, as ever.
  std::optional<StopSignal> stop;
  if (options.yes || !options.plan_hash.empty()) stop.emplace();  // before any other thread
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(auto of_all, reconcile_options(workspace, options.run));
  // A fill is waited for.
  if (of_all.control.pacing == reconcile::Pacing::by_writers) {
    of_all.control.pacing = reconcile::Pacing::full;
  }
  if (stop) of_all.control.stop = stop->token();
  KEEPSUM_ASSIGN(const auto plans, workspace.plans({}, !global.json));
  KEEPSUM_ASSIGN(const auto sets, compare_all(workspace, plans));
  bool changes = false;
  for (const lifecycle::ChangeSet& set : sets) changes = changes || set.has_changes();
  json::array summaries;
  if (changes || !options.plan_hash.empty()) KEEPSUM_TRY(agree(sets, options));
  KEEPSUM_ASSIGN(const bool outdated, migrations::pending(workspace.database()));
  if (changes || outdated) KEEPSUM_TRY(migrations::run(workspace.database()));
  for (std::size_t i = 0; i < plans.size(); ++i) {
    lifecycle::ApplyReport report;
    report.name = plans[i].spec.name;
    report.lazy = sets[i].state == lifecycle::State::lazy;
    if (sets[i].has_changes()) {
      KEEPSUM_ASSIGN(report, apply_one(workspace, plans[i], options, of_all));
    }
    summaries.push_back({{"name", report.name},
                         {"changed", report.changed},
                         {"state", report.lazy ? "lazy" : "live"},
                         {"capture", to_string(plans[i].spec.capture)},
                         {"moved", report.captured_by.has_value()},
                         {"way", report.way ? json::value(to_string(*report.way)) : nullptr},
                         {"keys_verified", report.keys_verified},
                         {"drifted", report.drifted},
                         {"repaired", report.repaired},
                         {"seconds", report.seconds}});
    if (!global.json) print_report(report);
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1}, {"summaries", std::move(summaries)}}) +
          "\n");
  }
  return exit_ok;
}

}  // namespace keepsum::cli
