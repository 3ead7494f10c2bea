#include "engine/reconcile/sealed_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/lifecycle/capture.hpp"
#include "engine/reconcile/cause.hpp"
#include "engine/reconcile/run.hpp"
#include "engine/reconcile/seal_scan.hpp"
#include "engine/reconcile/selected.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::reconcile {

namespace {

// More totals than this that the source does not bear out, and they are all made anew.
constexpr std::size_t contradicted_max = 1'000;
// Of the audit in one run, after a time without runs.
constexpr double audit_share_max = 0.1;
constexpr std::uint64_t audit_rows_least = 100;
constexpr std::uint64_t audit_rows_most = 20'000;
// The seal moves when the rows above it are a thousandth of those below: then it is worth its
// price, an update of each key that had rows since.
constexpr std::int64_t sealed_rows_a_row_above = 1'000;

std::string by_of(const plan::SummaryPlan& plan) {
  return plan.seal->alias + "." + plan.seal->column;
}

}  // namespace

SealedRun::SealedRun(lifecycle::Database& database, const plan::SummaryPlan& plan,
                     const ReconcileOptions& options, RunControl& control, RepairContext* repair,
                     RunReport& report)
    : database_(database),
      plan_(plan),
      options_(options),
      control_(control),
      repair_(repair),
      report_(report) {}

Result<void> SealedRun::go() {
  report_.seal.emplace();
  report_.seal->by = by_of(plan_);
  KEEPSUM_TRY(load());
  KEEPSUM_TRY(go_on_sealing());
  KEEPSUM_ASSIGN(report_.seal->why_not, why_not());
  bool done = false;
  if (report_.seal->why_not.empty()) {
    KEEPSUM_ASSIGN(done, by_seal());
  }
  if (done) {
    KEEPSUM_TRY(audit());
  } else {
    KEEPSUM_TRY(whole());
  }
  KEEPSUM_TRY(mend_seals());
  KEEPSUM_TRY(move_on());
  return finish();
}

Result<void> SealedRun::load() {
  KEEPSUM_ASSIGN(seal_, Seals(database_).load(plan_));
  KEEPSUM_ASSIGN(tour_, Tours(database_).find(plan_.spec.name));
  return {};
}

// A run was killed, or its budget spent, while it moved the totals: some stand where the watermark
// does not yet.
Result<void> SealedRun::go_on_sealing() {
  if (repair_ == nullptr || !seal_ || !seal_->next_watermark) return {};
  Sealer sealer(*repair_, control_, options_, *seal_);
  const db::Value to = *seal_->next_watermark;
  KEEPSUM_ASSIGN(
      [[maybe_unused]] const bool done,
      sealer.advance(to, choose_order(plan_, tour_.value_or(Tour{}),
                                      {.snapshot_max = options_.snapshot_max,
                                       .left = control_.left(),
                                       .work_share = options_.control.work_share,
                                       .why_gently = [&] { return control_.why_gently(); }})));
  return {};
}

Result<std::string> SealedRun::why_not() {
  if (!seal_)
    return std::string("the control tables are of an older version, or the totals are gone");
  if (options_.deep) return std::string("asked for");
  if (seal_->next_watermark) return std::string("the seal is being moved");
  if (!seal_->watermark) return std::string("nothing is sealed yet");
  KEEPSUM_ASSIGN(const auto now, lifecycle::capturing(database_, plan_));
  const auto faults = lifecycle::capture_faults(now);
  if (!faults.empty()) {
    return fmt::format("changes may have gone past the triggers: {}", faults.front());
  }
  return std::string();
}

// Returns whether every key was verified so.
Result<bool> SealedRun::by_seal() {
  // Whoever may not go on is stopped by the tour, in its way.
  if (control_.may_go_on() != Stop::none) {
    report_.seal->why_not = control_.reason();
    return false;
  }
  if (options_.on_progress) options_.on_progress({"verify", 0, 0});
  const auto scan_all = [&] {
    Watch watch(control_, database_.session, Watch::Of::a_chunk);
    return scan_sealed(database_.session, plan_, database_.dialect, *seal_->watermark,
                       options_.snapshot_max);
  };
  const auto scanned = scan_all();
  if (scanned.has_error()) {
    if (scanned.error().code == ErrorCode::interrupted && control_.asked_to_stop()) {
      report_.seal->why_not = "it was asked to stop";
      return false;
    }
    if (scanned.error().code != ErrorCode::statement_timed_out) return scanned.error();
    report_.seal->why_not = fmt::format("the rows above the seal could not be read in {:g} s",
                                        Seconds(options_.snapshot_max).count());
    return false;
  }
  report_.longest_snapshot_s = std::max(report_.longest_snapshot_s, scanned->seconds);
  report_.seal->rows_above = scanned->rows_above;
  if (scanned->history_is_gone) {
    report_.seal->why_not = "rows that were sealed are gone";
    give_up_ = true;
    return false;
  }
  if (scanned->is_too_many) {
    give_up_ = scanned->open > scanned->suspects;
    report_.seal->why_not =
        give_up_ ? "a change touched rows below the seal in too many keys"
                 : "too many keys are not what their totals and the rows above the seal say";
    return false;
  }
  report_.seal->used = true;
  report_.seal->keys_open = scanned->open;
  report_.seal->keys_whole = scanned->open + scanned->suspects;
  KEEPSUM_TRY(look_whole(scanned->keys_to_look_at));
  report_.order = plan::Pass::one_pass;
  report_.order_reason = fmt::format("history is sealed: {} rows of {} lie above the seal",
                                     scanned->rows_above, plan_.table(plan_.seal->alias).info.name);
  report_.coverage = {"sealed",
                      "every key; of sealed ones the rows above the seal, and their totals"};
  report_.keys_checked = scanned->keys;
  return true;
}

// As a run over named keys does it: with its guard, its evidence, its repairs.
Result<void> SealedRun::look_whole(const std::vector<std::vector<db::Value>>& keys) {
  ReconcileOptions options = options_;
  options.selection = Selection{};
  options.selection->keys = keys;
  reconcile::SelectedRun run(database_, plan_, options, control_, repair_, report_);
  KEEPSUM_TRY(run.go());
  first_drifted_ = run.first_drifted();
  if (report_.outcome == Outcome::guard_stopped) return {};
  const ScanLimits limits{.time = options_.snapshot_max};
  for (const std::vector<db::Value>& key : keys) {
    if (control_.may_go_on() != Stop::none) return {};
    KEEPSUM_ASSIGN(auto bad, contradicted(database_.session, plan_, database_.dialect,
                                          *seal_->watermark, key, limits));
    if (bad.empty()) {
      to_seal_anew_.push_back(key);  // open; to seal a good one anew changes nothing
    } else {
      KEEPSUM_TRY(note(std::move(bad)));
    }
  }
  return {};
}

Result<void> SealedRun::whole() {
  ReconcileOptions options = options_;
  const bool has_totals = is_usable() && !seal_->next_watermark;
  if (has_totals) {
    options.on_range = [this](const Chunk& chunk) { return check_range(chunk); };
  }
  Run run(database_, plan_, options, control_, repair_, report_);
  KEEPSUM_TRY(run.go());
  const auto drifted = run.first_drifted();
  first_drifted_.assign(drifted.begin(), drifted.end());
  report_.seal->audited = report_.tour.share;
  return {};
}

// How much of the tour lies behind where it should be by now.
double SealedRun::audit_due(double now_s) const {
  if (!tour_) return 0;
  const std::string since =
      tour_->started_at.empty() ? tour_->last_ended_at.value_or("") : tour_->started_at;
  if (since.empty()) return 1;
  const double period_s = Seconds(plan_.spec.sealed->audit).count();
  return (now_s - Tours::seconds_of(since)) / period_s - tour_->share;
}

Result<void> SealedRun::audit() {
  if (repair_ == nullptr || report_.outcome == Outcome::guard_stopped) return {};
  KEEPSUM_ASSIGN(const std::string now, Tours(database_).now());
  const double due = audit_due(Tours::seconds_of(now));
  const bool by_ranges = has_ranges(plan_);
  const auto rows = static_cast<double>(estimated_rows(plan_));
  // Less than a few rows is put off: until it is more, or all of it is due.
  if (due < 1 && (!by_ranges || due * rows < static_cast<double>(audit_rows_least))) return {};
  ReconcileOptions options = options_;
  options.on_range = [this](const Chunk& chunk) { return check_range(chunk); };
  if (by_ranges) {
    options.order = plan::Pass::key_ranges;
    options.share_max = std::min(due, audit_share_max);
    options.chunk_rows = std::clamp(static_cast<std::uint64_t>(*options.share_max * rows),
                                    audit_rows_least, audit_rows_most);
  }
  RunReport audited;
  audited.name = report_.name;
  Run run(database_, plan_, options, control_, repair_, audited);
  KEEPSUM_TRY(run.go());
  for (const DriftedKey& key : run.first_drifted()) {
    if (first_drifted_.size() < CauseLimits{}.keys_max) first_drifted_.push_back(key);
  }
  merge(audited);
  return {};
}

void SealedRun::merge(const RunReport& audit) {
  report_.seal->audited = audit.tour.share - tour_->share;
  report_.tour = audit.tour;
  report_.ranges += audit.ranges;
  report_.longest_snapshot_s = std::max(report_.longest_snapshot_s, audit.longest_snapshot_s);
  report_.drifted += audit.drifted;
  report_.repaired += audit.repaired;
  report_.locked += audit.locked;
  report_.unrepaired = report_.drifted - report_.repaired;
  for (const lifecycle::DriftRow& row : audit.drift) report_.show(row);
  report_.drift_not_shown += audit.drift_not_shown;
  if (audit.outcome == Outcome::guard_stopped) {
    report_.outcome = Outcome::guard_stopped;
  } else if (audit.locked > 0) {
    report_.outcome = Outcome::drift_left;
  } else if (audit.drifted > 0 && report_.outcome == Outcome::consistent) {
    report_.outcome = report_.unrepaired == 0 ? Outcome::repaired : Outcome::unfinished;
  }
}

Result<void> SealedRun::check_range(const Chunk& chunk) {
  if (give_up_) return {};
  const ScanLimits limits{.time = chunk.from || chunk.to ? std::optional(options_.snapshot_max)
                                                         : std::nullopt};
  KEEPSUM_ASSIGN(auto bad, contradicted(database_.session, plan_, database_.dialect,
                                        *seal_->watermark, chunk, limits));
  return note(std::move(bad));
}

Result<void> SealedRun::note(std::vector<DriftedKey> contradicted) {
  for (DriftedKey& key : contradicted) {
    ++report_.seal->contradicted;
    to_seal_anew_.push_back(key.key);
    if (contradicted_.size() < CauseLimits{}.keys_max) contradicted_.push_back(std::move(key));
  }
  give_up_ = give_up_ || to_seal_anew_.size() > contradicted_max;
  return {};
}

// What the source says of the totals is a fact about the source if the summary did not equal it
// either, and about the total if it did.
Result<void> SealedRun::mend_seals() {
  const std::string up_to =
      is_usable() ? fmt::format("{} {}", by_of(plan_), db::display(*seal_->watermark)) : "";
  for (const DriftedKey& key : contradicted_) {
    const bool has_drifted =
        std::any_of(first_drifted_.begin(), first_drifted_.end(),
                    [&](const DriftedKey& other) { return other.key == key.key; });
    for (const lifecycle::DriftRow& row : evidence(plan_, key, false)) {
      const std::string was = row.stored.value_or("NULL"), is = row.expected.value_or("NULL");
      causes_.push_back(
          has_drifted
              ? lifecycle::Cause{row.group_key, "changed_below_seal",
                                 fmt::format("the rows up to {} made {} {} when they were sealed, "
                                             "and make {} now; no trigger saw one of them change",
                                             up_to, row.column, was, is)}
              : lifecycle::Cause{row.group_key, "total_altered",
                                 fmt::format("the sealed total of {} up to {} was {}, and its rows "
                                             "make {}; the summary equals its source all the same",
                                             row.column, up_to, was, is)});
    }
  }
  if (repair_ == nullptr || !is_usable() || seal_->next_watermark) return {};
  Sealer sealer(*repair_, control_, options_, *seal_);
  if (give_up_) return sealer.clear();
  KEEPSUM_ASSIGN(report_.seal->sealed_anew, sealer.seal_anew(to_seal_anew_));
  return {};
}

Result<void> SealedRun::move_on() {
  if (repair_ == nullptr || !seal_ || report_.outcome == Outcome::guard_stopped) return {};
  KEEPSUM_ASSIGN(const std::string now, Tours(database_).now());
  const double now_s = Tours::seconds_of(now);
  KEEPSUM_ASSIGN(const auto highest, Seals(database_).highest(plan_));
  if (highest) note_seen(*seal_, now_s, *highest, plan_.spec.sealed->after);
  const bool verified = report_.seal->used || report_.tour.complete;
  if (verified && report_.unrepaired == 0) seal_->verified_at = now;
  seal_->open_keys = report_.seal->keys_open;
  const auto to = due(*seal_, now_s, plan_.spec.sealed->after);
  const bool is_worth_it =
      !seal_->watermark || report_.seal->rows_above > seal_->rows_sealed / sealed_rows_a_row_above;
  if (verified && to && is_worth_it && !seal_->next_watermark) {
    KEEPSUM_ASSIGN(const auto tour, Tours(database_).find(plan_.spec.name));
    const Order order = choose_order(plan_, tour.value_or(Tour{}),
                                     {.snapshot_max = options_.snapshot_max,
                                      .left = control_.left(),
                                      .work_share = options_.control.work_share,
                                      .why_gently = [&] { return control_.why_gently(); }});
    Sealer sealer(*repair_, control_, options_, *seal_);
    KEEPSUM_ASSIGN([[maybe_unused]] const bool done, sealer.advance(*to, order));
  }
  return Seals(database_).save(plan_, *seal_, repair_->lease);
}

Result<void> SealedRun::finish() {
  if (is_usable()) {
    report_.seal->up_to = db::display(*seal_->watermark);
    report_.seal->rows_sealed = seal_->rows_sealed;
  }
  if (!report_.seal->used || repair_ == nullptr) return {};
  if (report_.outcome != Outcome::consistent && report_.outcome != Outcome::repaired) return {};
  return lifecycle::in_transaction(database_.session, [&] {
    return lifecycle::Control(database_).set_verified(plan_.spec.name, report_.keys_checked);
  });
}

}  // namespace keepsum::reconcile
