#include "engine/reconcile/reconcile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/reconcile/cause.hpp"
#include "engine/reconcile/pass.hpp"
#include "engine/reconcile/repair.hpp"
#include "engine/sql/compare.hpp"

namespace keepsum::reconcile {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::consistent: return "consistent";
    case Outcome::repaired: return "repaired";
    case Outcome::drift_left: return "drift_left";
    case Outcome::guard_stopped: return "guard_stopped";
  }
  return "drift_left";
}

namespace {

// Drift is kept in memory until the whole is known; a table with more than this is no case for
// repairing key by key.
constexpr std::size_t drift_kept_max = 250'000;

struct Findings {
  std::int64_t keys_checked = 0;
  std::vector<DriftedKey> drifted;
  std::vector<std::vector<db::Value>> emptied;
  bool cut_short = false;
};

Result<Findings> verify(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        const ReconcileOptions& options) {
  Findings findings;
  PassOptions pass_options{plan.verify_scan, options.chunk_rows, std::nullopt, "verify",
                           options.on_progress};
  KEEPSUM_TRY(pass(database, plan, pass_options,
                   [&](ScanResult& result, const std::optional<db::Value>&) -> Result<void> {
                     findings.keys_checked += result.keys_checked;
                     std::move(result.drifted.begin(), result.drifted.end(),
                               std::back_inserter(findings.drifted));
                     std::move(result.emptied.begin(), result.emptied.end(),
                               std::back_inserter(findings.emptied));
                     findings.cut_short = findings.cut_short || !result.complete ||
                                          findings.drifted.size() >= drift_kept_max;
                     result.complete = true;  // nothing is mended during the pass
                     return {};
                   }));
  return findings;
}

bool guard_stops(const Guard& guard, const Findings& findings) {
  const auto drifted = static_cast<std::int64_t>(findings.drifted.size());
  if (findings.cut_short) return guard.share_max < 1.0;
  return drifted > guard.keys_min &&
         static_cast<double>(drifted) >
             guard.share_max * static_cast<double>(findings.keys_checked);
}

void show(const plan::SummaryPlan& plan, const Findings& findings, bool repaired,
          RunReport& report) {
  for (const DriftedKey& key : findings.drifted) {
    for (lifecycle::DriftRow& row : evidence(plan, key, repaired)) {
      if (report.drift.size() == drift_shown_max) return;
      report.drift.push_back(std::move(row));
    }
  }
}

Result<void> check_declared_keys(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                 RunReport& report) {
  for (const plan::ParentLink& link : plan.links) {
    if (!link.trusted) continue;
    KEEPSUM_ASSIGN(const auto orphans,
                   database.session.scalar(sql::count_orphans(plan, database.dialect, link)));
    const std::int64_t rows = db::as_int64(orphans);
    if (rows == 0) continue;
    report.broken_keys.push_back(
        {fmt::format("{}.({}) -> {}.({})", link.child_alias, fmt::join(link.child_columns, ", "),
                     link.parent_alias, fmt::join(link.parent_columns, ", ")),
         rows});
  }
  return {};
}

Result<void> mend(RepairContext& context, const Findings& findings, const ReconcileOptions& options,
                  RunReport& report) {
  std::span<const DriftedKey> open(findings.drifted);
  while (!open.empty()) {
    if (options.on_progress) {
      options.on_progress({"repair", static_cast<std::uint64_t>(report.repaired),
                           static_cast<std::uint64_t>(report.drifted)});
    }
    const auto batch = open.first(std::min(open.size(), repair_batch_keys));
    KEEPSUM_TRY(repair(context, batch));
    open = open.subspan(batch.size());
    report.repaired += static_cast<std::int64_t>(batch.size());
    report.unrepaired = report.drifted - report.repaired;
  }
  KEEPSUM_ASSIGN(report.pruned, prune(context, findings.emptied));
  return {};
}

// The repairing run, from the moment it holds the lease.
Result<void> run_with_lease(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options, Lease& lease, RunReport& report) {
  lifecycle::Control control(database);
  lifecycle::RunRecord run;
  KEEPSUM_ASSIGN(run.id, control.start_run(plan.spec.name, "reconcile", lease.fence()));
  KEEPSUM_ASSIGN(const Findings findings, verify(database, plan, options));
  report.keys_checked = findings.keys_checked;
  report.drifted = static_cast<std::int64_t>(findings.drifted.size());
  report.unrepaired = report.drifted;
  if (guard_stops(options.guard, findings)) {
    report.outcome = Outcome::guard_stopped;
    show(plan, findings, false, report);
    KEEPSUM_TRY(control.add_drift(run.id, plan.spec.name, report.drift));
  } else {
    RepairContext context{database, plan, lease, run.id};
    KEEPSUM_TRY(mend(context, findings, options, report));
    report.outcome = report.drifted == 0 ? Outcome::consistent : Outcome::repaired;
    show(plan, findings, true, report);
    // Limit checks hold the row shared until they end.
    KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&] {
      return control.set_verified(plan.spec.name, report.keys_checked);
    }));
  }
  KEEPSUM_ASSIGN(report.causes, record_causes(database, plan, findings.drifted, run.id));
  run.outcome = to_string(report.outcome);
  run.keys_checked = report.keys_checked;
  run.drifted = report.drifted;
  run.repaired = report.repaired;
  return control.finish_run(run);
}

Result<void> run_verify_only(lifecycle::Database& database, const plan::SummaryPlan& plan,
                             const ReconcileOptions& options, RunReport& report) {
  KEEPSUM_ASSIGN(const Findings findings, verify(database, plan, options));
  report.keys_checked = findings.keys_checked;
  report.drifted = static_cast<std::int64_t>(findings.drifted.size());
  report.unrepaired = report.drifted;
  report.outcome = report.drifted == 0 ? Outcome::consistent : Outcome::drift_left;
  show(plan, findings, false, report);
  KEEPSUM_ASSIGN(report.causes, find_causes(database, plan, findings.drifted));
  return {};
}

}  // namespace

Result<RunReport> reconcile(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  RunReport report;
  report.name = plan.spec.name;
  if (options.verify_only) {
    KEEPSUM_TRY(run_verify_only(database, plan, options, report));
  } else {
    KEEPSUM_ASSIGN(const auto lease, Lease::acquire(database, plan.spec.name, options.lease));
    KEEPSUM_TRY(run_with_lease(database, plan, options, *lease, report));
    KEEPSUM_TRY(lease->release());
  }
  KEEPSUM_TRY(check_declared_keys(database, plan, report));
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace keepsum::reconcile
