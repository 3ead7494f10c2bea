// keepsum snapshot: the past, recorded day by day.
#include "engine/lifecycle/snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/run/progress_line.hpp"
#include "cli/run/rate_meter.hpp"
#include "cli/terminal.hpp"
#include "schema/duration.hpp"

namespace keepsum::cli {

namespace {

using Clock = RateMeter::Clock;

// On a terminal one line that is drawn anew, else a line every so often.
class DaysTold {
 public:
  void tell(std::size_t done, std::size_t all) {
    const auto now = Clock::now();
    meter_.add(now, done);
    const bool terminal = stderr_is_terminal();
    if (!terminal && now - told_ < status_every_default) return;
    told_ = now;
    std::string line = fmt::format("{} of {} days", done, all);
    if (const auto rate = meter_.per_second(now); rate && *rate > 0) {
      line += fmt::format(", {:.1f} a second, {:.0f} s left", *rate,
                          static_cast<double>(all - done) / *rate);
    }
    print_err(terminal ? fmt::format("\r\x1b[K{}{}", line, done == all ? "\n" : "") : line + "\n");
  }

 private:
  RateMeter meter_;
  Clock::time_point told_ = Clock::now();
};

}  // namespace

Result<int> run_snapshot(const GlobalOptions& global, const SnapshotCommandOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const plan::SummaryPlan plan, workspace.plan(options.name));
  DaysTold told;
  lifecycle::SnapshotOptions question;
  question.from = options.from;
  if (!options.to.empty()) question.to = options.to;
  question.every = options.every;
  question.table = options.into;
  question.workers = static_cast<std::size_t>(options.workers);
  question.again = options.again;
  if (const auto budget = schema::parse_duration(options.time_budget)) {
    question.until = Clock::now() + *budget;
  }
  question.progress = [&](std::size_t done, std::size_t all) { told.tell(done, all); };
  KEEPSUM_ASSIGN(const auto report, lifecycle::record(workspace.database(), plan, question));
  if (global.json) {
    boost::json::array left_out;
    for (const std::string& name : report.left_out) left_out.emplace_back(name);
    print(boost::json::serialize(boost::json::object{{"version", 1},
                                                     {"summary", plan.spec.name},
                                                     {"table", report.table},
                                                     {"days", report.days},
                                                     {"recorded", report.recorded},
                                                     {"there_before", report.there},
                                                     {"left_out", std::move(left_out)}}) +
          "\n");
  } else {
    print(fmt::format("{}: {} of {} days recorded, {} were there\n", report.table, report.recorded,
                      report.days, report.there));
    if (!report.left_out.empty()) {
      print_err(fmt::format("left out, because buckets cannot be merged for it: {}\n",
                            fmt::join(report.left_out, ", ")));
    }
  }
  return report.is_whole() ? exit_ok : exit_time_spent;
}

}  // namespace keepsum::cli
