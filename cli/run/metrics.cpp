#include "cli/run/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <sstream>

#include "cli/run/atomic_file.hpp"
#include "engine/reconcile/tour.hpp"

namespace keepsum::cli {

namespace {

struct Family {
  std::string_view name, type, help;
};

// In the order of the file.
constexpr Family families[] = {
    {"keepsum_reconcile_run_timestamp_seconds", "gauge",
     "When the last run of keepsum reconcile ended, since 1970."},
    {"keepsum_reconcile_run_duration_seconds", "gauge", "How long the last run took."},
    {"keepsum_reconcile_run_exit_code", "gauge", "The exit code of the last run."},
    {"keepsum_reconcile_outcome", "gauge", "1 for the outcome of the summary's last run, else 0."},
    {"keepsum_reconcile_timestamp_seconds", "gauge",
     "When the summary was last looked at, since 1970, whatever came of it."},
    {"keepsum_reconcile_last_success_timestamp_seconds", "gauge",
     "When a run last did what it was asked to and left no drift, since 1970."},
    {"keepsum_reconcile_duration_seconds", "gauge", "How long the last report took to make."},
    {"keepsum_reconcile_checked_keys", "gauge", "Keys verified by the last run that reported."},
    {"keepsum_reconcile_drifted_keys", "gauge",
     "Keys that the last run that reported found to differ from the source."},
    {"keepsum_reconcile_repaired_keys", "gauge", "Keys that it repaired."},
    {"keepsum_reconcile_unrepaired_keys", "gauge", "Keys that it left differing."},
    {"keepsum_reconcile_drifted_keys_total", "counter", "Drifted keys found by all runs."},
    {"keepsum_reconcile_repaired_keys_total", "counter", "Keys repaired by all runs."},
    {"keepsum_reconcile_trigger_faults", "gauge",
     "Triggers that were missing, or not the planned ones, after the last run that reported."},
    {"keepsum_reconcile_pause_seconds", "gauge",
     "How long the last run that reported paused, by the signal it paused for."},
    {"keepsum_reconcile_longest_snapshot_seconds", "gauge",
     "The longest snapshot of the last run that reported."},
    {"keepsum_reconcile_oldest_verification_timestamp_seconds", "gauge",
     "No key was verified before this for the last time, since 1970."},
    {"keepsum_reconcile_tour_ratio", "gauge",
     "How much of the key space the tour has come round, 0 to 1."},
};

constexpr std::string_view outcomes[] = {"consistent",    "repaired",   "unfinished", "drift_left",
                                         "guard_stopped", "lease_held", "failed"};
// A replica's name is not among the labels: the signal's first word is.
constexpr std::string_view signals[] = {"threads_running", "replica_lag", "query", "commit_latency",
                                        "pause"};

std::string series(std::string_view name, const std::string& summary, std::string_view label = {},
                   std::string_view value = {}) {
  // Names of summaries are letters, digits and _, so nothing has to be escaped.
  if (label.empty()) return fmt::format("keepsum_reconcile_{}{{summary=\"{}\"}}", name, summary);
  return fmt::format("keepsum_reconcile_{}{{summary=\"{}\",{}=\"{}\"}}", name, summary, label,
                     value);
}

std::string text_of(double value) { return fmt::format("{}", value); }
std::string seconds_of(double value) { return fmt::format("{:.3f}", value); }

double number_in(const Samples& samples, const std::string& name) {
  const auto found = samples.find(name);
  double number = 0;
  if (found == samples.end()) return number;
  const std::string& text = found->second;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string summary_of(const std::string& name) {
  constexpr std::string_view before = "{summary=\"";
  const std::size_t at = name.find(before);
  if (at == std::string::npos) return "";
  const std::size_t start = at + before.size();
  return name.substr(start, name.find('"', start) - start);
}

double paused_for(const reconcile::RunReport& report, std::string_view signal) {
  double seconds = 0;
  for (const reconcile::Pause& pause : report.pauses) {
    const std::string& name = pause.highest.signal;
    if (name.substr(0, name.find(' ')) == signal) seconds += pause.seconds;
  }
  return seconds;
}

void put_report(const reconcile::RunReport& report, Samples& samples) {
  const std::string& name = report.name;
  const auto put = [&](std::string_view metric, std::string value) {
    samples[series(metric, name)] = std::move(value);
  };
  const auto count = [&](std::string_view metric, std::int64_t more) {
    const std::string key = series(metric, name);
    samples[key] = text_of(number_in(samples, key) + static_cast<double>(more));
  };
  put("duration_seconds", seconds_of(report.seconds));
  put("checked_keys", std::to_string(report.keys_checked));
  put("drifted_keys", std::to_string(report.drifted));
  put("repaired_keys", std::to_string(report.repaired));
  put("unrepaired_keys", std::to_string(report.unrepaired));
  count("drifted_keys_total", report.drifted);
  count("repaired_keys_total", report.repaired);
  put("longest_snapshot_seconds", seconds_of(report.longest_snapshot_s));
  for (const std::string_view signal : signals) {
    samples[series("pause_seconds", name, "signal", signal)] =
        seconds_of(paused_for(report, signal));
  }
  if (report.tour.oldest_verification_at) {
    put("oldest_verification_timestamp_seconds",
        seconds_of(reconcile::Tours::seconds_of(*report.tour.oldest_verification_at)));
  }
  put("tour_ratio", text_of(report.tour.share));
}

void put(const SummaryResult& result, double now_s, Samples& samples) {
  for (const std::string_view outcome : outcomes) {
    samples[series("outcome", result.name, "outcome", outcome)] =
        outcome == outcome_of(result) ? "1" : "0";
  }
  samples[series("timestamp_seconds", result.name)] = seconds_of(now_s);
  // A run over a few keys says nothing of the rest.
  if (is_success(result) && result.report->coverage.is_of_every_key()) {
    samples[series("last_success_timestamp_seconds", result.name)] = seconds_of(now_s);
  }
  if (!result.report) return;
  put_report(*result.report, samples);
  if (result.error) return;  // they could not be looked at
  samples[series("trigger_faults", result.name)] = std::to_string(result.trigger_faults.size());
}

bool is_of(const std::string& sample, std::string_view family) {
  return sample.starts_with(family) &&
         (sample.size() == family.size() || sample[family.size()] == '{');
}

}  // namespace

Samples read_metrics(std::string_view text) {
  Samples samples;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    const std::size_t space = line.rfind(' ');
    if (line.starts_with('#') || space == std::string::npos) continue;
    samples[line.substr(0, space)] = line.substr(space + 1);
  }
  return samples;
}

std::string metrics_text(const RunResult& result, const Samples& before, double now_s) {
  Samples samples;
  for (const auto& [name, value] : before) {
    const std::string summary = summary_of(name);
    if (summary.empty()) continue;
    const bool is_there =
        !result.in_spec ||
        std::find(result.in_spec->begin(), result.in_spec->end(), summary) != result.in_spec->end();
    if (is_there) samples[name] = value;
  }
  for (const SummaryResult& one : result.summaries) put(one, now_s, samples);
  samples["keepsum_reconcile_run_timestamp_seconds"] = seconds_of(now_s);
  samples["keepsum_reconcile_run_duration_seconds"] = seconds_of(result.seconds);
  samples["keepsum_reconcile_run_exit_code"] = std::to_string(result.code);
  std::string text;
  for (const Family& family : families) {
    std::string lines;
    for (const auto& [name, value] : samples) {
      if (is_of(name, family.name)) lines += fmt::format("{} {}\n", name, value);
    }
    if (lines.empty()) continue;
    text += fmt::format("# HELP {0} {1}\n# TYPE {0} {2}\n{3}", family.name, family.help,
                        family.type, lines);
  }
  return text;
}

Result<void> write_metrics(const std::string& path, const RunResult& result) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream before;
  if (file) before << file.rdbuf();
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return write_atomically(path, metrics_text(result, read_metrics(before.str()),
                                             std::chrono::duration<double>(now).count()));
}

}  // namespace keepsum::cli
