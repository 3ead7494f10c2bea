// Backfill is the reconciliation of an empty summary, while the triggers already do their part: in
// one snapshot as long as it may last, whose rows are written by a second session as they come;
// else range by range. Killed, the next one finds what is filled equal, and ranges begin where the
// last ended. Only a whole verification without a difference makes the summary live.
#include <fmt/format.h>

#include "engine/reconcile/held_lists.hpp"
#include "engine/reconcile/position.hpp"
#include "engine/reconcile/run.hpp"

namespace keepsum::reconcile {

namespace {

using std::chrono::milliseconds;

constexpr int verifications_max = 5;
// A filling pass reads as a verification does, and writes besides.
constexpr double work_of_filling = 2;
// Keys in memory while a snapshot streams.
constexpr std::size_t filled_at_once = 4096;

class Backfill {
 public:
  Backfill(RepairContext& context, RunControl& control, const ReconcileOptions& options)
      : context_(context),
        database_(context.database),
        plan_(context.plan),
        control_(control),
        options_(options),
        mender_(context, control, Mender::Locked::insisted_on),
        tours_(context.database) {}

  // The keys of the last, whole verification.
  Result<std::int64_t> run(bool whole);

 private:
  // The keys of the whole, and how many of them still differed and were mended.
  struct Verification {
    std::int64_t keys = 0;
    std::int64_t mended = 0;
  };

  Result<void> fill();
  Result<bool> fill_in_one_pass(milliseconds snapshot_max);
  Result<void> fill_by_ranges();
  Result<bool> write(std::vector<DriftedKey>& keys);
  Result<Verification> verify();
  Result<void> verify_by_ranges(Verification& verification);
  Result<bool> can_stream();
  [[nodiscard]] PassContext context_of(const char* phase) const {
    return PassContext{database_, plan_, control_, phase, options_.on_progress};
  }
  [[nodiscard]] Pace pace();
  [[nodiscard]] Error stopped() const;
  [[nodiscard]] Error not_converging() const;
  Result<void> save_tour(const std::string& started_at, std::int64_t keys);

  RepairContext& context_;
  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  RunControl& control_;
  const ReconcileOptions& options_;
  Mender mender_;
  Tours tours_;
  Tour tour_;
};

Pace Backfill::pace() {
  PaceLimits limits{.target = control_.chunk_time(options_.chunk_time)};
  if (limits.target < options_.chunk_time) limits.first = limits.least;
  if (options_.chunk_rows > 0) limits.first = limits.least = limits.most = options_.chunk_rows;
  return Pace(limits);
}

Error Backfill::stopped() const {
  Error error;
  error.code = ErrorCode::time_budget_spent;
  error.where = plan_.spec.name;
  error.message = fmt::format("the fill stopped: {}", control_.reason());
  error.hint = "`keepsum apply` goes on; readers go on reading the source until it has ended";
  return error;
}

// Writes in key order, whatever was there in the snapshot. Returns false if the run was stopped.
Result<bool> Backfill::write(std::vector<DriftedKey>& keys) {
  const auto fresh = std::stable_partition(keys.begin(), keys.end(),
                                           [](const DriftedKey& key) { return key.in_summary; });
  const std::span<const DriftedKey> there(keys.begin(), fresh);
  const std::span<const DriftedKey> missing(fresh, keys.end());
  KEEPSUM_ASSIGN(const std::size_t mended, mender_.mend(there));
  if (mended < there.size()) return false;
  KEEPSUM_ASSIGN(const std::size_t filled, mender_.fill(missing));
  if (filled < missing.size()) return false;
  keys.clear();
  return true;
}

// A snapshot of one session beside writes of another.
Result<bool> Backfill::can_stream() {
  const std::string question = database_.dialect.snapshots_beside_writers();
  if (question.empty()) return true;
  KEEPSUM_ASSIGN(const auto answer, database_.session.scalar(question));
  return db::as_int64(answer) == 1;
}

Result<void> Backfill::fill() {
  KEEPSUM_ASSIGN(auto loaded, tours_.load(plan_));
  tour_ = std::move(loaded.tour);
  tour_.position.reset();
  const Order order = choose_order(plan_, tour_,
                                   {.asked = options_.order,
                                    .snapshot_max = options_.backfill_snapshot_max,
                                    .work_share = options_.control.work_share,
                                    .why_gently = [&] { return control_.why_gently(); },
                                    .gently_always = options_.control.pacing == Pacing::gentle,
                                    .work = work_of_filling});
  if (order.pass == plan::Pass::one_pass) {
    KEEPSUM_ASSIGN(const bool ended,
                   fill_in_one_pass(order.snapshot_max.value_or(milliseconds{0})));
    if (ended) return {};
  }
  return fill_by_ranges();
}

// Memory: the keys of one batch, however many there are. Returns false if ranges must go on.
Result<bool> Backfill::fill_in_one_pass(milliseconds snapshot_max) {
  KEEPSUM_ASSIGN(const bool streams, can_stream());
  if (!streams && has_ranges(plan_)) return false;
  PassContext pass = context_of("backfill");
  const OnePassOptions options{snapshot_max, has_ranges(plan_)};
  const auto end_of = [&](Range& range) -> Result<bool> {
    KEEPSUM_TRY(prune(context_, range.result.emptied));
    return control_.stopped() != Stop::asked;
  };
  OnePassEnd ended;
  std::vector<DriftedKey> keys;
  if (streams) {
    KEEPSUM_ASSIGN(ended,
                   one_pass_streaming(pass, options,
                                      {.on_snapshot = [&] { keys.clear(); },
                                       .on_drifted = [&](DriftedKey&& key) -> Result<db::Flow> {
                                         keys.push_back(std::move(key));
                                         if (keys.size() < filled_at_once) return db::Flow::more;
                                         KEEPSUM_ASSIGN(const bool more, write(keys));
                                         return more ? db::Flow::more : db::Flow::stop;
                                       },
                                       .on_end = [&](Range& range) -> Result<bool> {
                                         KEEPSUM_ASSIGN(const bool more, write(keys));
                                         if (!more) range.result.complete = false;
                                         KEEPSUM_TRY(end_of(range));
                                         return more;
                                       }}));
  } else {
    KEEPSUM_ASSIGN(ended, one_pass(pass, options, [&](Range& range) -> Result<bool> {
                     KEEPSUM_ASSIGN(const bool more, write(range.result.drifted));
                     KEEPSUM_TRY(end_of(range));
                     return more;
                   }));
  }
  if (control_.stopped() == Stop::asked || control_.stopped() == Stop::throttled) return stopped();
  return ended.end == PassEnd::complete;
}

Result<void> Backfill::fill_by_ranges() {
  lifecycle::Control control(database_);
  KEEPSUM_ASSIGN(const auto record, control.find(plan_.spec.name));
  KeyRangesOptions options{.chunk_time = options_.chunk_time,
                           .snapshot_max = options_.snapshot_max,
                           .workers = options_.workers};
  if (record && record->checkpoint) options.from = value_from_json_text(*record->checkpoint);
  PassContext pass = context_of("backfill");
  Pace chunks = pace();
  KEEPSUM_ASSIGN(const PassEnd end,
                 key_ranges(pass, chunks, options, [&](Range& range) -> Result<bool> {
                   KEEPSUM_ASSIGN(const bool more, write(range.result.drifted));
                   if (!more) return false;
                   KEEPSUM_TRY(prune(context_, range.result.emptied));
                   const auto& next = range.chunk.to;
                   if (!range.result.complete || !next || !can_be_kept(*next)) return true;
                   // Limit checks hold the row shared until they end.
                   KEEPSUM_TRY(lifecycle::in_transaction(database_.session, [&] {
                     return control.set_checkpoint(plan_.spec.name, to_json_text(*next));
                   }));
                   return true;
                 }));
  if (end != PassEnd::complete) return stopped();
  return {};
}

Result<Backfill::Verification> Backfill::verify() {
  Verification verification;
  const Order order = choose_order(plan_, tour_,
                                   {.asked = options_.order,
                                    .snapshot_max = options_.backfill_snapshot_max,
                                    .work_share = options_.control.work_share,
                                    .why_gently = [&] { return control_.why_gently(); },
                                    .gently_always = options_.control.pacing == Pacing::gentle});
  if (order.pass == plan::Pass::key_ranges) {
    KEEPSUM_TRY(verify_by_ranges(verification));
    return verification;
  }
  PassContext pass = context_of("verify");
  const OnePassOptions options{order.snapshot_max, has_ranges(plan_)};
  KEEPSUM_ASSIGN(const auto ended, one_pass(pass, options, [&](Range& range) -> Result<bool> {
                   verification.keys = range.result.keys_checked;
                   verification.mended += static_cast<std::int64_t>(range.result.drifted.size());
                   KEEPSUM_ASSIGN(const auto mended, mender_.mend(range.result.drifted));
                   KEEPSUM_TRY(prune(context_, range.result.emptied));
                   return mended == range.result.drifted.size();
                 }));
  if (control_.stopped() != Stop::none) return stopped();
  if (ended.end == PassEnd::complete) {
    one_pass_took(plan_, Seconds(pass.longest_snapshot_s), tour_);
  } else {
    one_pass_ran_out(plan_, Seconds(options_.backfill_snapshot_max), tour_);
    KEEPSUM_TRY(verify_by_ranges(verification));
  }
  return verification;
}

Result<void> Backfill::verify_by_ranges(Verification& verification) {
  verification = {};
  PassContext pass = context_of("verify");
  Pace chunks = pace();
  const KeyRangesOptions options{.chunk_time = options_.chunk_time,
                                 .snapshot_max = options_.snapshot_max,
                                 .workers = options_.workers};
  KEEPSUM_ASSIGN(const PassEnd end,
                 key_ranges(pass, chunks, options, [&](Range& range) -> Result<bool> {
                   if (range.result.complete) verification.keys += range.result.keys_checked;
                   verification.mended += static_cast<std::int64_t>(range.result.drifted.size());
                   KEEPSUM_ASSIGN(const auto mended, mender_.mend(range.result.drifted));
                   KEEPSUM_TRY(prune(context_, range.result.emptied));
                   return mended == range.result.drifted.size();
                 }));
  if (end != PassEnd::complete) return stopped();
  tour_.chunk_rows = chunks.rows();
  return {};
}

// This verification is the first tour.
Result<void> Backfill::save_tour(const std::string& started_at, std::int64_t keys) {
  Tour tour;
  tour.one_pass_seconds_per_row = tour_.one_pass_seconds_per_row;
  tour.chunk_rows = tour_.chunk_rows;
  tour.last_started_at = started_at;
  KEEPSUM_ASSIGN(tour.last_ended_at, tours_.now());
  tour.last_keys = keys;
  return tours_.save(plan_, tour, context_.lease);
}

Error Backfill::not_converging() const {
  Error error;
  error.code = ErrorCode::internal;
  error.where = plan_.spec.name;
  error.message = fmt::format(
      "{} verifications in a row found differences: something writes to the base tables past the "
      "triggers",
      verifications_max);
  error.hint =
      "look for a writer that bypasses the triggers (see the contract in `keepsum plan`); "
      "readers go on reading the source";
  return error;
}

// A part's verification is no tour: it has not looked at the other columns.
Result<std::int64_t> Backfill::run(bool whole) {
  KEEPSUM_TRY(fill());
  for (int i = 0; i < verifications_max; ++i) {
    // What is changed beside a place that is not right goes by it.
    if (plan_.has_places() && has_one_writer(database_)) KEEPSUM_TRY(repair_alone(context_));
    KEEPSUM_ASSIGN(const std::string started_at, tours_.now());
    KEEPSUM_ASSIGN(const Verification verification, verify());
    if (verification.mended > 0) continue;
    if (whole) KEEPSUM_TRY(save_tour(started_at, verification.keys));
    return verification.keys;
  }
  return not_converging();
}

Result<void> note_failure(lifecycle::Control& records, lifecycle::RunRecord& record,
                          const Error& error) {
  if (error.recovery == Recovery::reconnect) return {};
  record.outcome = error.code == ErrorCode::time_budget_spent ? "unfinished" : "not_converging";
  return records.finish_run(record);
}

}  // namespace

Result<std::int64_t> backfill(lifecycle::Database& database, const plan::SummaryPlan& plan,
                              Lease& lease, const ReconcileOptions& options) {
  lifecycle::Control records(database);
  lifecycle::RunRecord record;
  KEEPSUM_ASSIGN(record.id, records.start_run(plan.spec.name, "backfill", lease.fence()));
  RepairContext context{database, plan, lease, std::nullopt};
  KEEPSUM_ASSIGN(const auto held, HeldLists::hold(database, plan));
  RunControl control(database, plan.spec.name, options.control, true);
  auto keys = Backfill(context, control, options).run(true);
  if (keys.has_value()) {
    KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&]() -> Result<void> {
      KEEPSUM_TRY(lease.check());
      return records.set_live(plan.spec.name, *keys);
    }));
    record.outcome = "live";
    record.keys_checked = *keys;
    KEEPSUM_TRY(records.finish_run(record));
  } else {
    KEEPSUM_TRY(note_failure(records, record, keys.error()));
  }
  return keys;
}

Result<std::int64_t> backfill_part(lifecycle::Database& database, const plan::SummaryPlan& part,
                                   Lease& lease, const ReconcileOptions& options) {
  lifecycle::Control records(database);
  lifecycle::RunRecord record;
  KEEPSUM_ASSIGN(record.id, records.start_run(part.spec.name, "backfill_part", lease.fence()));
  RepairContext context{database, part, lease, std::nullopt};
  KEEPSUM_ASSIGN(const auto held, HeldLists::hold(database, part));
  RunControl control(database, part.spec.name, options.control, true);
  auto keys = Backfill(context, control, options).run(false);
  if (keys.has_value()) {
    record.outcome = "filled";
    record.keys_checked = *keys;
    KEEPSUM_TRY(records.finish_run(record));
  } else {
    KEEPSUM_TRY(note_failure(records, record, keys.error()));
  }
  return keys;
}

}  // namespace keepsum::reconcile
