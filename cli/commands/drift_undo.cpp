// keepsum drift undo: the repairs of one run, taken back.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/drift_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/reconcile/undo.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using reconcile::UndoneColumn;
using reconcile::UndoReport;

namespace {

constexpr std::size_t printed_max = 20;

Result<std::string> summary_of(Workspace& workspace, std::int64_t run) {
  lifecycle::DriftFilter filter;
  filter.run = run;
  KEEPSUM_ASSIGN(const auto runs, lifecycle::Evidence(workspace.database()).runs(filter, 1));
  if (!runs.empty()) return runs.front().summary;
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = fmt::format("there is no run {}", run);
  error.hint = "`keepsum drift --runs` lists them";
  return error;
}

Result<void> check_standing(Workspace& workspace, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto now, lifecycle::standing(workspace.database(), plan));
  if (now.is_true()) return {};
  Error error;
  error.code = ErrorCode::plan_moved;
  error.where = plan.spec.name;
  error.message = fmt::format(
      "{} is not live with the meaning the spec gives it: what its runs repaired is not to be "
      "taken back in it",
      plan.spec.name);
  error.hint = "look at `keepsum status` and `keepsum plan`";
  return error;
}

void print_report(const UndoReport& report, bool dry_run) {
  print(fmt::format("{} {}: {}, of {} keys, by run {}\n", paint(Style::yellow, "~"), report.name,
                    fmt::format("{} {} {}", with_separators(report.columns),
                                report.columns == 1 ? "repair" : "repairs",
                                dry_run ? "would be taken back" : "taken back"),
                    with_separators(report.keys), report.run));
  if (report.resumed) print("  the rest of an undo that was interrupted\n");
  std::vector<std::vector<std::string>> rows{{"key", "column", "is", "becomes", ""}};
  if (!dry_run) rows.front() = {"key", "column", "was", "is", ""};
  for (const UndoneColumn& column : report.shown) {
    if (rows.size() > printed_max) break;
    rows.push_back({key_text(column.group_key), column.column, column.before.value_or("NULL"),
                    column.after.value_or("NULL"),
                    column.left.empty() ? "" : "left: " + column.left});
  }
  print(table(rows));
  if (report.shown.size() >= rows.size()) {
    print(fmt::format("  … and {} more\n", report.columns + report.left - std::ssize(rows) + 1));
  }
  print(
      fmt::format("  {} {} differs from its source again, and the next `keepsum reconcile` "
                  "{} repair it anew\n",
                  paint(Style::red, "!"), report.name, dry_run ? "would" : "will"));
}

json::value nullable(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

json::object to_json(const UndoReport& report, bool dry_run) {
  json::array columns;
  for (const UndoneColumn& column : report.shown) {
    columns.push_back(
        {{"key", parsed_key(column.group_key)},
         {"column", column.column},
         {"before", nullable(column.before)},
         {"after", nullable(column.after)},
         {"left", column.left.empty() ? json::value(nullptr) : json::value(column.left)}});
  }
  return {{"version", 1},
          {"summary", report.name},
          {"undone_run", report.run},
          {"run", report.undo_run == 0 ? json::value(nullptr) : json::value(report.undo_run)},
          {"dry_run", dry_run},
          {"resumed", report.resumed},
          {"keys", report.keys},
          {"columns", report.columns},
          {"left", report.left},
          {"changes", std::move(columns)}};
}

}  // namespace

Result<int> run_drift_undo(const GlobalOptions& global, const UndoCommandOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const std::string name, summary_of(workspace, options.run));
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(name));
  KEEPSUM_TRY(check_standing(workspace, plan));
  reconcile::UndoOptions undo;
  undo.dry_run = options.dry_run;
  KEEPSUM_ASSIGN(const auto report, reconcile::undo(workspace.database(), plan, options.run, undo));
  if (global.json) {
    print(json::serialize(to_json(report, options.dry_run)) + "\n");
  } else {
    print_report(report, options.dry_run);
  }
  return exit_ok;
}

}  // namespace keepsum::cli
