#include "cli/run/result.hpp"

#include <algorithm>

#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using reconcile::Outcome;

std::string_view outcome_of(const SummaryResult& result) {
  if (result.report) return reconcile::to_string(result.report->outcome);
  const bool held = result.error && result.error->code == ErrorCode::lease_held;
  return held ? "lease_held" : "failed";
}

bool is_success(const SummaryResult& result) {
  if (!result.report || result.error) return false;
  switch (result.report->outcome) {
    case Outcome::consistent:
    case Outcome::repaired: return true;
    case Outcome::unfinished:
      return result.report->unrepaired == 0 && result.report->stop != reconcile::Stop::throttled;
    case Outcome::drift_left:
    case Outcome::guard_stopped: return false;
  }
  return false;
}

bool is_success(const RunResult& result) {
  return !result.error && std::all_of(result.summaries.begin(), result.summaries.end(),
                                      [](const SummaryResult& one) { return is_success(one); });
}

bool is_left_to_another(const RunResult& result) { return result.code == exit_lease_held; }

Totals totals(const RunResult& result) {
  Totals all;
  for (const SummaryResult& one : result.summaries) {
    if (!one.report) continue;
    all.drifted += one.report->drifted;
    all.repaired += one.report->repaired;
    all.unrepaired += one.report->unrepaired;
  }
  return all;
}

int exit_of(const SummaryResult& result) {
  int code = result.error ? exit_code(*result.error) : static_cast<int>(exit_ok);
  if (!result.report) return code;
  switch (result.report->outcome) {
    case Outcome::consistent: return graver(code, exit_ok);
    case Outcome::repaired: return graver(code, exit_changed);
    case Outcome::unfinished: return graver(code, exit_time_spent);
    case Outcome::drift_left:
    case Outcome::guard_stopped: return graver(code, exit_drift_left);
  }
  return exit_failed;
}

int graver(int a, int b) {
  constexpr int order[] = {exit_failed,     exit_config,     exit_usage,   exit_drift_left,
                           exit_lease_held, exit_time_spent, exit_changed, exit_ok};
  for (const int code : order) {
    if (a == code || b == code) return code;
  }
  return exit_failed;
}

json::object to_json(const RunResult& result) {
  json::array summaries;
  for (const SummaryResult& one : result.summaries) {
    json::object object;
    if (one.report) {
      object = to_json(*one.report);
    } else {
      object = {{"name", one.name}, {"outcome", "error"}};
    }
    if (one.error) object["error"] = error_object(*one.error);
    json::array faults;
    for (const std::string& fault : one.trigger_faults) faults.push_back(json::value(fault));
    if (one.report) object["trigger_faults"] = std::move(faults);
    summaries.push_back(std::move(object));
  }
  json::object object{{"version", 1},
                      {"verify_only", result.verify_only},
                      {"exit_code", result.code},
                      {"seconds", result.seconds},
                      {"summaries", std::move(summaries)}};
  if (result.error) object["error"] = error_object(*result.error);
  return object;
}

}  // namespace keepsum::cli
