// keepsum drift: what runs have found and repaired, and why; and the runs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <regex>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/key_arguments.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "cli/usage_error.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using lifecycle::Cause;
using lifecycle::DriftFilter;
using lifecycle::DriftRecord;
using lifecycle::PastRun;

namespace {

// "2h" is by the server's clock, as the times of the evidence are.
Result<void> set_since(const std::string& text, const sql::Dialect& dialect, DriftFilter& filter) {
  static const std::regex ago("([0-9]{1,6})([smhd])");
  static const std::regex moment(
      "([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6})?)?)Z?)?");
  std::smatch part;
  if (std::regex_match(text, part, ago)) {
    constexpr std::pair<char, std::int64_t> units[] = {
        {'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86'400}};
    std::int64_t seconds = std::stoll(part[1].str());
    for (const auto& [letter, worth] : units) {
      if (part[2].str().front() == letter) seconds *= worth;
    }
    filter.since_sql = dialect.utc_now_plus(std::to_string(-seconds));
    return {};
  }
  if (std::regex_match(text, part, moment)) {
    filter.since_sql = "?";
    filter.since = {part[1].str() + (part[2].matched ? " " + part[2].str() : "")};
    return {};
  }
  return usage(fmt::format("`{}` is no time", text),
               "write \"2026-03-01\", \"2026-03-01 04:00\" (UTC), or 30m, 2h, 7d for so long ago");
}

// A summary that left the spec may still have evidence.
Result<void> check_name(Workspace& workspace, const std::string& name) {
  std::vector<std::string> known;
  for (const schema::SummarySpec& summary : workspace.spec().summaries) {
    known.push_back(summary.name);
  }
  KEEPSUM_ASSIGN(const auto records, lifecycle::Control(workspace.database()).all());
  for (const lifecycle::SummaryRecord& record : records) known.push_back(record.name);
  if (std::find(known.begin(), known.end(), name) != known.end()) return {};
  const std::string near = schema::did_you_mean(name, known);
  return usage(fmt::format("there is no summary `{}`, in the spec or in the database", name),
               near.empty() ? "" : fmt::format("did you mean `{}`?", near));
}

Result<DriftFilter> filter_of(Workspace& workspace, const DriftCommandOptions& options) {
  DriftFilter filter;
  if (!options.name.empty()) {
    KEEPSUM_TRY(check_name(workspace, options.name));
    filter.summary = options.name;
  }
  if (options.run != 0) filter.run = options.run;
  if (!options.since.empty()) {
    KEEPSUM_TRY(set_since(options.since, workspace.database().dialect, filter));
  }
  if (options.key.empty()) return filter;
  if (options.name.empty()) {
    return usage("--key needs the name of the summary", "keepsum drift NAME --key column=value");
  }
  if (options.runs) return usage("runs have no key", "leave out --key, or --runs");
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(options.name));
  KEEPSUM_ASSIGN(const auto key, parse_key(plan, options.key));
  filter.group_key = reconcile::key_json(plan, key);
  return filter;
}

// The causes of each run that is shown: its own, and those of the keys that are shown.
using CausesByRun = std::map<std::int64_t, std::vector<Cause>>;

Result<CausesByRun> causes_of(lifecycle::Evidence& evidence,
                              const std::vector<DriftRecord>& records) {
  CausesByRun causes;
  for (const DriftRecord& record : records) {
    if (causes.contains(record.run)) continue;
    KEEPSUM_ASSIGN(auto found, evidence.causes(record.run));
    std::erase_if(found, [&](const Cause& cause) {
      return cause.group_key &&
             std::none_of(records.begin(), records.end(), [&](const DriftRecord& other) {
               return other.run == record.run && other.row.group_key == *cause.group_key;
             });
    });
    causes.emplace(record.run, std::move(found));
  }
  return causes;
}

void print_drift(const std::vector<DriftRecord>& records, const CausesByRun& causes, bool more) {
  if (records.empty()) {
    print("no drift is recorded that matches\n");
    return;
  }
  for (auto at = records.begin(); at != records.end();) {
    const auto end = std::find_if(at, records.end(),
                                  [&](const DriftRecord& other) { return other.run != at->run; });
    print(fmt::format("{} run {}, {}{}\n", paint(Style::bold, time_text(at->found_at) + " UTC"),
                      at->run, at->summary, at->by_undo ? ": an undo" : ""));
    std::vector<std::vector<std::string>> rows{
        at->by_undo ? std::vector<std::string>{"key", "column", "before", "after", ""}
                    : std::vector<std::string>{"key", "column", "stored", "expected", ""}};
    for (auto row = at; row != end; ++row) {
      rows.push_back({key_text(row->row.group_key), row->row.column,
                      row->row.stored.value_or("NULL"), row->row.expected.value_or("NULL"),
                      row->by_undo        ? "taken back"
                      : row->row.repaired ? "repaired"
                                          : "not repaired"});
    }
    print(table(rows));
    print_causes(causes.at(at->run));
    at = end;
  }
  if (more) print("  … and more (--limit)\n");
}

json::object to_json_with_causes(const DriftRecord& record, const CausesByRun& causes) {
  json::object object = to_json(record);
  std::vector<Cause> of_key;
  for (const Cause& cause : causes.at(record.run)) {
    if (!cause.group_key || *cause.group_key == record.row.group_key) of_key.push_back(cause);
  }
  object["causes"] = to_json(of_key);
  return object;
}

Result<int> list_drift(const GlobalOptions& global, Workspace& workspace, const DriftFilter& filter,
                       std::int64_t limit) {
  lifecycle::Evidence evidence(workspace.database());
  std::vector<DriftRecord> records;
  bool more = false;
  KEEPSUM_TRY(evidence.each_drift(filter, [&](const DriftRecord& record) {
    more = std::ssize(records) == limit;
    if (!more) records.push_back(record);
    return more ? db::Flow::stop : db::Flow::more;
  }));
  KEEPSUM_ASSIGN(const auto causes, causes_of(evidence, records));
  if (!global.json) {
    print_drift(records, causes, more);
    return exit_ok;
  }
  json::array drift;
  for (const DriftRecord& record : records) drift.push_back(to_json_with_causes(record, causes));
  print(json::serialize(json::object{{"version", 1}, {"drift", std::move(drift)}, {"more", more}}) +
        "\n");
  return exit_ok;
}

std::string undone_text(const PastRun& run) {
  if (!run.undone_by) return "";
  return fmt::format("{} by run {}", run.undo_finished ? "undone" : "being undone", *run.undone_by);
}

json::object to_json(const PastRun& run, const std::vector<Cause>& causes) {
  return {{"id", run.record.id},
          {"summary", run.summary},
          {"kind", run.record.kind},
          {"started_at", run.record.started_at},
          {"finished_at",
           run.record.finished_at ? json::value(*run.record.finished_at) : json::value(nullptr)},
          {"outcome", run.record.outcome},
          {"keys_checked", run.record.keys_checked},
          {"drifted", run.record.drifted},
          {"repaired", run.record.repaired},
          {"undone_by", run.undone_by ? json::value(*run.undone_by) : json::value(nullptr)},
          {"undo_finished", run.undo_finished},
          {"causes", cli::to_json(causes)}};
}

Result<int> list_runs(const GlobalOptions& global, Workspace& workspace, const DriftFilter& filter,
                      std::int64_t limit) {
  lifecycle::Evidence evidence(workspace.database());
  KEEPSUM_ASSIGN(auto runs, evidence.runs(filter, limit));
  for (PastRun& run : runs) {
    KEEPSUM_TRY(say_if_lost(workspace.database(), run.summary, run.record));
  }
  if (!global.json) {
    std::vector<std::vector<std::string>> rows{{"run", "started (UTC)", "summary", "kind",
                                                "outcome", "checked", "drifted", "repaired", ""}};
    for (const PastRun& run : runs) {
      rows.push_back({std::to_string(run.record.id), time_text(run.record.started_at), run.summary,
                      run.record.kind, run.record.outcome, with_separators(run.record.keys_checked),
                      with_separators(run.record.drifted), with_separators(run.record.repaired),
                      undone_text(run)});
    }
    print(runs.empty() ? std::string("no run is recorded that matches\n") : table(rows));
    return exit_ok;
  }
  json::array array;
  for (const PastRun& run : runs) {
    KEEPSUM_ASSIGN(const auto causes, evidence.causes(run.record.id));
    array.push_back(to_json(run, causes));
  }
  print(json::serialize(json::object{{"version", 1}, {"runs", std::move(array)}}) + "\n");
  return exit_ok;
}

}  // namespace

Result<int> run_drift(const GlobalOptions& global, const DriftCommandOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto filter, filter_of(workspace, options));
  return options.runs ? list_runs(global, workspace, filter, options.limit)
                      : list_drift(global, workspace, filter, options.limit);
}

}  // namespace keepsum::cli
