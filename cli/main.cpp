// The command line: arguments in, exit code out.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/process_list.hpp"
#include "cli/report_json.hpp"
#include "cli/run/selection_arguments.hpp"
#include "cli/terminal.hpp"
#include "schema/duration.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::cli;

int report(const GlobalOptions& global, const Error& error) {
  if (global.json) print(error_json(error) + "\n");
  // A spec's diagnostics are complete in themselves.
  if (error.code == ErrorCode::invalid_spec && error.message.find('\n') != std::string::npos) {
    print_err(error.message);
  } else {
    print_err(describe(error) + "\n");
  }
  return exit_code(error);
}

// Of arguments that could not be parsed: who reads JSON reads it of every error.
bool asks_for_json(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc,
                     [](const char* argument) { return std::string_view(argument) == "--json"; });
}

struct Arguments {
  GlobalOptions global;
  PlanOptions plan;
  ApplyCommandOptions apply;
  ReconcileCommandOptions reconcile;
  CtlOptions ctl;
  ReadOptions read;
  KeyOptions key;
  SnapshotCommandOptions snapshot;
  DropCommandOptions drop;
  DriftCommandOptions drift;
  UndoCommandOptions undo;
  GrantsCommandOptions grants;
  SqlOptions sql;
};

// Every subcommand takes the global options too, so that they may stand anywhere.
void add_global(CLI::App& app, GlobalOptions& global) {
  app.add_option("-c,--config", global.config, "The spec")->capture_default_str();
  app.add_option("--database", global.database, "Database URL, instead of the spec's");
  app.add_flag("--json", global.json, "One JSON object on stdout");
}

// CLI11's own says how far a double goes.
std::string check_positive(const std::string& text) {
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  const bool zero = digits && text.find_first_not_of('0') == std::string::npos;
  return digits && !zero ? "" : fmt::format("`{}` is no number from 1 on", text);
}

void add_drift(CLI::App& app, Arguments& a) {
  auto* drift = app.add_subcommand("drift", "List what runs have found and repaired, and why");
  drift->add_option("NAME", a.drift.name, "The summary; all of the database if none is named");
  drift->add_option("--run", a.drift.run, "Of this run alone")
      ->check(CLI::Validator(check_positive, "NUMBER"));
  drift->add_option("--key", a.drift.key, "column=value for each group key; needs NAME");
  drift->add_option("--since", a.drift.since,
                    "Since \"2026-03-01 04:00\" (UTC), or since 30m, 2h, 7d ago");
  drift->add_option("--limit", a.drift.limit, "Rows, or runs, shown")
      ->check(CLI::Validator(check_positive, "NUMBER"))
      ->capture_default_str();
  drift->add_flag("--runs", a.drift.runs, "List the runs instead");
  auto* undo = drift->add_subcommand(
      "undo", "Take the repairs of a run back; the next reconcile would repair them anew");
  undo->add_option("RUN", a.undo.run, "The run, as `keepsum drift --runs` lists it")
      ->required()
      ->check(CLI::Validator(check_positive, "NUMBER"));
  undo->add_flag("--dry-run", a.undo.dry_run, "Show what would be done; write nothing");
  add_global(*undo, a.global);
}

// Of a time: "10s".
// A shell's variable that is not set must not widen a range.
std::string check_given(const std::string& text) {
  return text.empty() ? "nothing is given: leave the option out, or say which" : "";
}

std::string check_duration(const std::string& text) {
  if (schema::parse_duration(text)) return {};
  return fmt::format("{} is no time: write {}", text, schema::duration_form);
}

void add_run_options(CLI::App& app, RunOptions& run) {
  const CLI::Validator duration(check_duration, "TIME");
  app.add_option("--chunk-time", run.chunk_time, "What a range of keys should take [500ms]")
      ->check(duration);
  app.add_option("--snapshot-max", run.snapshot_max, "The longest a snapshot may last [60s]")
      ->check(duration);
  app.add_option("--work-percent", run.work_percent,
                 "Work so much of the time, and rest between ranges [100]")
      ->check(CLI::Range(1, 100));
  app.add_option("--pace", run.pace,
                 "gentle: it rests most of the time; full; auto: gentle while others write")
      ->check(CLI::IsMember({"auto", "gentle", "full"}));
  app.add_option("--workers", run.workers, "Ranges compared side by side, each on its connection")
      ->check(CLI::Range(1, 64));
  app.add_option("--order", run.order, "auto, one-pass (one long snapshot) or key-ranges [auto]")
      ->check(CLI::IsMember({"auto", "one-pass", "key-ranges"}));
  app.add_option("--max-threads-running", run.threads_running_max,
                 "Pause while more statements run on the server [50]")
      ->check(CLI::Range(1, 1'000'000));
  app.add_option("--throttle-wait", run.throttle_wait, "The longest pause, then it ends [5m]")
      ->check(duration);
}

// Of a time, or "0" for none.
std::string check_duration_or_none(const std::string& text) {
  if (schema::parse_duration_or_none(text)) return {};
  return check_duration(text) + "; or 0 for none";
}

void add_telling_options(CLI::App& app, ReconcileCommandOptions& options) {
  TellingOptions& telling = options.telling;
  app.add_option("--status-every", telling.status_every,
                 "Off a terminal: say on stderr how far it is, so often; 0 for never [30s]")
      ->check(CLI::Validator(check_duration_or_none, "TIME"));
  app.add_option("--metrics-file", telling.metrics_file,
                 "Write NAME.prom for Prometheus's textfile collector, also when the run fails");
  app.add_option("--on-drift", telling.on_drift,
                 "If drift was found, run this by /bin/sh -c, the JSON summary on its stdin");
  app.add_option("--on-drift-time", telling.on_drift_time,
                 "How long that may take before it is ended [60s]")
      ->check(CLI::Validator(check_duration, "TIME"));
  app.add_option("--ping", telling.ping,
                 "GET this URL after a good run, URL/fail after another; ${NAME} is replaced from "
                 "the environment");
  app.add_flag("--ping-start", telling.ping_start, "GET URL/start when the run begins, too");
}

std::string check_share(const std::string& text) {
  if (parse_share(text)) return {};
  return fmt::format("{} is no share: write 1% or 0.5%", text);
}

std::string check_since(const std::string& text) {
  if (is_since(text)) return {};
  return fmt::format("{} is no time: write 30m or 2h, or \"2026-03-01 04:00\" (UTC)", text);
}

void add_selection_options(CLI::App& app, SelectionOptions& selection) {
  auto* keys =
      app.add_option("--keys", selection.keys,
                     "Only this key: column=value, for several columns with commas between "
                     "or as a JSON object; may stand several times");
  keys->take_all()->expected(1)->allow_extra_args(false);
  auto* file = app.add_option("--keys-file", selection.keys_file,
                              "Only the keys of this file, one a line; - for stdin");
  auto* since =
      app.add_option("--since", selection.since,
                     "Only keys of rows that were changed since, by the spec's changed_at: "
                     "1h, or \"2026-03-01 04:00\" (UTC)");
  since->check(CLI::Validator(check_since, "TIME"))->excludes(keys)->excludes(file);
  auto* sample = app.add_option("--sample", selection.sample,
                                "Only this share of the stored keys, taken at random: 1%");
  sample->check(CLI::Validator(check_share, "SHARE"))->excludes(keys)->excludes(file);
  sample->excludes(since);
}

void add_read(CLI::App& app, ReadOptions& options) {
  auto* read = app.add_subcommand("read", "Read one key, a range of buckets, or the top of a list");
  read->add_option("NAME", options.name, "The summary")->required();
  read->add_option(
      "KEY", options.key,
      "column=value for each group key; in a range or a list for those that are fixed");
  auto* last = read->add_option("--last", options.last,
                                "The buckets of the last 30d, this day and the 29 before; m, h, d, "
                                "w, mo or y");
  auto* from = read->add_option("--from", options.from, "The buckets from this day or time on");
  auto* to = read->add_option("--to", options.to, "The buckets up to this day, or time, and of it");
  auto* as_of = read->add_option("--as-of", options.as_of, "All buckets up to the end of this day");
  for (CLI::Option* bound : {last, from, to, as_of}) {
    bound->check(CLI::Validator(check_given, "TIME"));
  }
  last->excludes(from)->excludes(to)->excludes(as_of);
  as_of->excludes(from)->excludes(to);
  auto* each = read->add_flag("--each", options.each, "The buckets one by one, and not merged");
  auto* top = read->add_option("--top", options.top, "So many keys, those of the greatest values")
                  ->check(CLI::Range(1, 1'000'000));
  auto* rank = read->add_option("--rank-of", options.rank_of,
                                "The place of a key: column=value for each that KEY leaves open");
  rank->expected(1, 16);
  auto* by =
      read->add_option("--by", options.by, "The column of the order, for --top and --rank-of");
  auto* ascending = read->add_flag("--ascending", options.ascending, "The least values first");
  for (CLI::Option* range : {last, from, to, as_of, each}) {
    range->excludes(top)->excludes(rank);
  }
  top->needs(by)->excludes(rank);
  rank->needs(by);
  ascending->needs(by);
}

void add_snapshot(CLI::App& app, SnapshotCommandOptions& options) {
  auto* snapshot = app.add_subcommand(
      "snapshot", "Record the past day by day, as the buckets have it, in a table that stays");
  snapshot->add_option("NAME", options.name, "The summary")->required();
  snapshot->add_option("--from", options.from, "The first day: 2026-01-01")->required();
  snapshot->add_option("--to", options.to, "The last day [the last that is over]")
      ->check(CLI::Validator(check_given, "DAY"));
  snapshot->add_option("--every", options.every, "From one to the next: d, w, mo or y")
      ->capture_default_str();
  snapshot->add_option("--into", options.into, "The table [NAME_history]");
  snapshot->add_option("--workers", options.workers, "Days made side by side, each on a connection")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  snapshot->add_flag("--again", options.again, "Also days that are recorded already");
  snapshot
      ->add_option("--time-budget", options.time_budget,
                   "Begin no day after this time, exit 4; the next run goes on from there")
      ->check(CLI::Validator(check_duration, "TIME"));
}

void add_commands(CLI::App& app, Arguments& a) {
  app.add_subcommand("check", "Check the spec, and against the database if it can be reached");
  auto* plan = app.add_subcommand("plan", "Show what would change: objects, SQL, cost, contract");
  plan->add_flag("!--no-sql", a.plan.sql, "Leave the SQL out");
  auto* apply = app.add_subcommand("apply", "Create tables and triggers, fill, verify, go live");
  apply->add_flag("-y,--yes", a.apply.yes, "Do not ask");
  apply->add_option("--plan-hash", a.apply.plan_hash, "Refuse unless the plan has this hash");
  apply
      ->add_option("--lock-wait", a.apply.lock_wait_ms,
                   "Milliseconds that writers may wait behind one try to change triggers")
      ->check(CLI::Range(1, 60'000))
      ->capture_default_str();
  add_run_options(*apply, a.apply.run);
  auto* reconcile = app.add_subcommand("reconcile", "Verify every key against the source; repair");
  reconcile->add_option("NAME", a.reconcile.names, "Summaries; all of the spec if none is named");
  reconcile->add_flag("--verify-only", a.reconcile.verify_only, "Write nothing");
  reconcile->add_flag("--deep", a.reconcile.deep, "Read history that is sealed, too");
  reconcile
      ->add_option("--guard", a.reconcile.guard_percent,
                   "Stop if more than this percentage of the keys (and more than 10) drifted in a "
                   "tour [1]")
      ->check(CLI::Range(0.0, 100.0));
  reconcile
      ->add_option("--time-budget", a.reconcile.time_budget,
                   "Stop after this time, exit 4; the next run goes on from there")
      ->check(CLI::Validator(check_duration, "TIME"));
  add_run_options(*reconcile, a.reconcile.run);
  add_telling_options(*reconcile, a.reconcile);
  add_selection_options(*reconcile, a.reconcile.selection);
  reconcile->add_option("--control", a.reconcile.control,
                        "The Unix socket for `keepsum ctl` [in $XDG_RUNTIME_DIR or /run]");
  reconcile->add_option("--pause-file", a.reconcile.pause_file, "Pause while this file exists");
  auto* ctl = app.add_subcommand("ctl", "Speak to a reconcile that is under way");
  ctl->add_option("COMMAND", a.ctl.command, "status, pause, resume, set or stop")
      ->required()
      ->check(CLI::IsMember({"status", "pause", "resume", "set", "stop"}));
  ctl->add_option("SETTING", a.ctl.settings, "For set: chunk-ms=N");
  ctl->add_option("--control", a.ctl.control, "The run's socket, if it is not the default");
  add_read(app, a.read);
  add_snapshot(app, a.snapshot);
  auto* explain = app.add_subcommand("explain", "Show the source rows that make one key's figures");
  explain->add_option("NAME", a.key.name, "The summary")->required();
  explain->add_option("KEY", a.key.key, "column=value for each group key")->required();
  explain->add_option("--limit", a.key.limit, "Source rows shown")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_subcommand("status", "State of every summary: live or not, last verified, triggers");
  auto* drop = app.add_subcommand("drop", "Remove a summary and all that belongs to it");
  drop->add_option("NAME", a.drop.name, "The summary")->required();
  drop->add_flag("-y,--yes", a.drop.yes, "Do not ask");
  add_drift(app, a);
  auto* grants = app.add_subcommand("grants", "Print the GRANTs that each user needs");
  grants->add_option("--as", a.grants.as, "For whom; all of them if nobody is named")
      ->check(CLI::IsMember({"apply", "cron", "service", "reader"}));
  grants->add_option("--user", a.grants.user, "\"'user'@'host'\"; keepsum_<as> if none is named");
  auto* sql = app.add_subcommand("sql", "Print the SQL, for a migration or another language");
  sql->add_option("NAME", a.sql.names, "Summaries; all of the spec if none is named");
  sql->add_flag("--hooks", a.sql.hooks,
                "The statements of the hooks; with --json a statement pack");
  sql->add_flag("--triggers", a.sql.triggers, "The triggers");
  sql->add_flag("--tables", a.sql.tables, "The tables");
  for (CLI::App* command : app.get_subcommands({})) add_global(*command, a.global);
}

Result<int> dispatch(const CLI::App& app, const Arguments& a) {
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "check") return run_check(a.global);
  if (name == "plan") return run_plan(a.global, a.plan);
  if (name == "apply") return run_apply(a.global, a.apply);
  if (name == "reconcile") return run_reconcile(a.global, a.reconcile);
  if (name == "ctl") return run_ctl(a.global, a.ctl);
  if (name == "read") return run_read(a.global, a.read);
  if (name == "explain") return run_explain(a.global, a.key);
  if (name == "status") return run_status(a.global);
  if (name == "snapshot") return run_snapshot(a.global, a.snapshot);
  if (name == "drop") return run_drop(a.global, a.drop);
  if (name == "grants") return run_grants(a.global, a.grants);
  if (name == "drift") {
    const bool undo = app.get_subcommands().front()->got_subcommand("undo");
    return undo ? run_drift_undo(a.global, a.undo) : run_drift(a.global, a.drift);
  }
  return run_sql(a.global, a.sql);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app{"keepsum: summary tables that stay true"};
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string(version()));
  add_global(app, arguments.global);
  add_commands(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (app.exit(error) == 0) return exit_ok;  // --help, --version
    if (asks_for_json(argc, argv)) {
      Error usage;
      usage.code = ErrorCode::invalid_argument;
      usage.message = error.what();
      print(error_json(usage) + "\n");
    }
    return exit_usage;
  }
  hide_passwords(argc, argv);
  try {
    const auto result = dispatch(app, arguments);
    std::fflush(stdout);
    return result.has_value() ? result.value() : report(arguments.global, result.error());
  } catch (const std::exception& error) {
    Error bug;
    bug.code = ErrorCode::internal;
    bug.message = error.what();
    return report(arguments.global, bug);
  }
}
