#include "engine/reconcile/reconcile.hpp"

#include <fmt/format.h>

#include "engine/lifecycle/read.hpp"
#include "engine/reconcile/cause.hpp"
#include "engine/reconcile/held_lists.hpp"
#include "engine/reconcile/key_check.hpp"
#include "engine/reconcile/run.hpp"
#include "engine/reconcile/sealed_run.hpp"
#include "engine/reconcile/selected.hpp"
#include "engine/sql/compare.hpp"

namespace keepsum::reconcile {

void RunReport::show(lifecycle::DriftRow row) {
  if (drift.size() < drift_shown_max) {
    drift.push_back(std::move(row));
  } else {
    ++drift_not_shown;
  }
}

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::consistent: return "consistent";
    case Outcome::repaired: return "repaired";
    case Outcome::unfinished: return "unfinished";
    case Outcome::drift_left: return "drift_left";
    case Outcome::guard_stopped: return "guard_stopped";
  }
  return "drift_left";
}

std::string_view to_string(plan::Pass order) noexcept {
  return order == plan::Pass::one_pass ? "one_pass" : "key_ranges";
}

namespace {

// What was found besides goes before what `look` has shown already.
Result<void> add_causes(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        std::vector<lifecycle::Cause> found, std::optional<std::int64_t> run,
                        RunReport& report) {
  if (run && !report.causes.empty()) {
    KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&] {
      return lifecycle::Evidence(database).add_causes(*run, plan.spec.name, report.causes);
    }));
  }
  report.causes.insert(report.causes.begin(), std::make_move_iterator(found.begin()),
                       std::make_move_iterator(found.end()));
  return {};
}

// Over the whole or over a selection; returns the first drifted keys, for their causes.
Result<std::vector<DriftedKey>> look(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                     const ReconcileOptions& options, RunControl& control,
                                     RepairContext* repair, RunReport& report) {
  if (plan.seal && !options.selection) {
    SealedRun run(database, plan, options, control, repair, report);
    KEEPSUM_TRY(run.go());
    report.causes = run.causes();
    return run.first_drifted();
  }
  if (options.selection) {
    SelectedRun run(database, plan, options, control, repair, report);
    KEEPSUM_TRY(run.go());
    return run.first_drifted();
  }
  Run run(database, plan, options, control, repair, report);
  KEEPSUM_TRY(run.go());
  const auto drifted = run.first_drifted();
  return std::vector<DriftedKey>(drifted.begin(), drifted.end());
}

Result<void> repair_what_is_found(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                  const ReconcileOptions& options, RunControl& control,
                                  Lease& lease, std::int64_t run_id, RunReport& report) {
  RepairContext context{database, plan, lease, run_id};
  std::unique_ptr<HeldLists> held;
  if (plan.has_places() && !has_one_writer(database)) {
    // First without anybody waiting.
    RunReport probe = report;
    KEEPSUM_TRY(look(database, plan, options, control, nullptr, probe));
    if (probe.drifted > 0) {
      KEEPSUM_ASSIGN(held, HeldLists::hold(database, plan));
    }
  }
  KEEPSUM_ASSIGN(const auto drifted, look(database, plan, options, control, &context, report));
  if (plan.has_places() && has_one_writer(database) && report.outcome == Outcome::repaired) {
    // What came between the look and the repairs.
    KEEPSUM_ASSIGN(const std::int64_t more, repair_alone(context));
    report.drifted += more;
    report.repaired += more;
  }
  report.longest_locks_s = context.longest_locks_s;
  KEEPSUM_ASSIGN(auto causes, record_causes(database, plan, drifted, run_id));
  return add_causes(database, plan, std::move(causes), run_id, report);
}

// The repairing run, from the moment it holds the lease.
Result<void> run_with_lease(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options, RunControl& control, Lease& lease,
                            RunReport& report) {
  lifecycle::Control records(database);
  lifecycle::RunRecord record;
  KEEPSUM_ASSIGN(record.id, records.start_run(plan.spec.name,
                                              options.selection ? "reconcile_part" : "reconcile",
                                              lease.fence()));
  auto done = repair_what_is_found(database, plan, options, control, lease, record.id, report);
  if (done.has_value() && report.tour.complete) {
    done = KeyCheck(database, plan, options, control, &lease, report).go();
  }
  record.outcome = done.has_value() ? to_string(report.outcome) : "failed";
  record.keys_checked = report.keys_checked;
  record.drifted = report.drifted;
  record.repaired = report.repaired;
  const auto noted = records.finish_run(record);
  // What cannot be noted is found by the next run, and called lost.
  return done.has_error() ? done : noted;
}

// A table that somebody dropped or altered by hand.
Error as_told(const lifecycle::Database& database, const plan::SummaryPlan& plan, Error error) {
  if (!error.hint.empty() || !database.dialect.is_gone(error)) return error;
  error.where = plan.spec.name;
  error.message =
      fmt::format("the table of {}, or a column that belongs to it, is gone", plan.spec.name);
  error.hint = "`keepsum status` says what is not in place; `keepsum apply` builds it anew";
  return error;
}

Result<RunReport> reconcile_as_it_stands(lifecycle::Database& database,
                                         const plan::SummaryPlan& plan,
                                         const ReconcileOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  RunReport report;
  report.name = plan.spec.name;
  RunControl control(database, plan.spec.name, options.control, !options.verify_only);
  if (options.verify_only) {
    KEEPSUM_TRY(lifecycle::check_meaning(database, plan));
    // Without a lease the spec may change while it looks: right figures would be drift.
    const auto looked = look(database, plan, options, control, nullptr, report);
    KEEPSUM_TRY(lifecycle::check_meaning(database, plan));
    KEEPSUM_ASSIGN(const auto drifted, looked);
    KEEPSUM_ASSIGN(auto causes, find_causes(database, plan, drifted));
    KEEPSUM_TRY(add_causes(database, plan, std::move(causes), std::nullopt, report));
    if (report.tour.complete) {
      KEEPSUM_TRY(KeyCheck(database, plan, options, control, nullptr, report).go());
    }
  } else {
    KEEPSUM_ASSIGN(const auto beside, side_leases(database, plan, options.lease));
    KEEPSUM_ASSIGN(const auto lease, Lease::acquire(database, plan.spec.name, options.lease));
    KEEPSUM_TRY(lifecycle::check_meaning(database, plan));
    KEEPSUM_TRY(run_with_lease(database, plan, options, control, *lease, report));
    KEEPSUM_TRY(lease->release());
    for (const auto& side : beside) KEEPSUM_TRY(side->release());
  }
  report.pauses = control.throttle().pauses();
  report.rested_s = control.rested_s();
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

}  // namespace

Result<RunReport> reconcile(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options) {
  auto report = reconcile_as_it_stands(database, plan, options);
  if (report.has_error()) return as_told(database, plan, std::move(report).error());
  return report;
}

}  // namespace keepsum::reconcile
