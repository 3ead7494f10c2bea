#include "engine/reconcile/run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/lifecycle/control.hpp"
#include "engine/reconcile/cause.hpp"

namespace keepsum::reconcile {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// How much work a kill may cost.
constexpr milliseconds between_saves{1'000};

// Drift waits for its repair until so much of it is known: transactions of many keys, and a spec
// that is wrong shows itself to the guard before anything is repaired by it. But no longer than the
// position may stand still, or a run that is always killed sooner would never get past a drift.
constexpr std::size_t pending_keys_max = 10'000;
constexpr std::size_t pending_bytes_max = 16U << 20U;
constexpr milliseconds pending_time_max = between_saves;

std::optional<std::string> shown(const std::optional<db::Value>& value) {
  if (!value) return std::nullopt;
  return db::display(*value);
}

void show(const plan::SummaryPlan& plan, std::span<const DriftedKey> keys, bool repaired,
          RunReport& report) {
  for (const DriftedKey& key : keys) {
    for (lifecycle::DriftRow& row : evidence(plan, key, repaired)) report.show(std::move(row));
  }
}

}  // namespace

Run::Run(lifecycle::Database& database, const plan::SummaryPlan& plan,
         const ReconcileOptions& options, RunControl& control, RepairContext* repair,
         RunReport& report)
    : database_(database),
      plan_(plan),
      options_(options),
      control_(control),
      repair_(repair),
      report_(report),
      tours_(database),
      pass_{database, plan, control, "verify", options.on_progress} {
  if (repair_ == nullptr) return;
  mender_.emplace(*repair_, control_, Mender::locked_of(plan_),
                  [this](std::span<const DriftedKey> keys) {
                    report_.repaired += static_cast<std::int64_t>(keys.size());
                    tour_.drifted += static_cast<std::int64_t>(keys.size());
                    show(plan_, keys, true, report_);
                    if (!options_.on_progress) return;
                    options_.on_progress({"repair", static_cast<std::uint64_t>(report_.repaired),
                                          static_cast<std::uint64_t>(report_.drifted)});
                  });
}

Result<void> Run::go() {
  KEEPSUM_TRY(load_tour());
  Order order = choose();
  report_.order_reason = order.reason;
  while (order.pass == plan::Pass::one_pass) {
    KEEPSUM_ASSIGN(const auto given_up, whole(order));
    if (!given_up) {
      if (!order.part_rows || !is_on_the_way()) break;
      order = choose();
      continue;
    }
    order = given_up->may_choose_again ? choose() : Order{plan::Pass::key_ranges, {}, {}};
    const char* const next = order.pass != plan::Pass::one_pass ? "ranges"
                             : order.part_rows                  ? "gentle parts, reckoned anew"
                                                                : "a gentle pass";
    report_.order_reason += fmt::format("; {}, so the run went over to {}", given_up->why, next);
  }
  // On a slow machine the budget may be spent before a statement has begun. One range in any case,
  // or runs whose budget goes into connecting would never come round.
  const bool had_no_time = report_.ranges == 0 && control_.may_go_on() == Stop::budget;
  if (order.pass == plan::Pass::key_ranges || (had_no_time && has_ranges(plan_))) {
    KEEPSUM_TRY(ranges());
  }
  KEEPSUM_TRY(end_of_pass());
  finish();
  return {};
}

// Whether there is a next part, and the run may begin it.
bool Run::is_on_the_way() {
  control_.needs_no_rest();
  return !came_round_ && pending_.empty() && !is_stopped_by_guard() &&
         control_.may_go_on() == Stop::none;
}

Result<void> Run::load_tour() {
  lifecycle::Control control(database_);
  KEEPSUM_ASSIGN(const auto record, control.find(plan_.spec.name));
  KEEPSUM_ASSIGN(auto loaded, tours_.load(plan_));
  tour_ = std::move(loaded.tour);
  known_keys_ =
      std::max(tour_.last_keys.value_or(0), record ? record->keys_verified.value_or(0) : 0);
  if (repair_ == nullptr) {
    // It keeps no position, so it looks at all.
    tour_.position.reset();
    tour_.share = 0;
    tour_.keys = 0;
    return {};
  }
  report_.tour.restarted = loaded.restarted;
  report_.tour.from = shown(tour_.position);
  KEEPSUM_ASSIGN(const std::string now, tours_.now());
  // A statement has nothing to go on from: whoever is always stopped before its end would never get
  // round.
  const bool verified_nothing = !tour_.recent.empty() && tour_.recent.back().share <= 0;
  if (tour_.position ? verified_nothing : !tour_.started_at.empty()) {
    no_gentle_pass_ = "the run before it was cut short in its pass";
  }
  if (tour_.started_at.empty()) tour_.started_at = now;
  tour_.recent.push_back({Tours::seconds_of(now), 0});
  share_before_ = tour_.share;
  saved_ = steady_clock::now();
  return {};
}

Result<void> Run::ranges() {
  report_.order = plan::Pass::key_ranges;
  PaceLimits limits{.target = control_.chunk_time(options_.chunk_time)};
  // Half of what fitted when it was measured: this hour may be busier.
  if (tour_.chunk_rows) limits.first = *tour_.chunk_rows / 2;
  // That may have been at full speed, and whether others write is not known yet.
  const bool may_be_gentle = options_.control.pacing != Pacing::full;
  if (may_be_gentle && options_.control.gentle_chunk_time < options_.chunk_time) {
    limits.first = limits.least;
  }
  if (options_.chunk_rows > 0) {
    limits.first = limits.least = limits.most = options_.chunk_rows;
  }
  Pace pace(limits);
  KEEPSUM_ASSIGN(const PassEnd end, key_ranges(pass_, pace,
                                               {.from = tour_.position,
                                                .share = tour_.share,
                                                .chunk_time = options_.chunk_time,
                                                .snapshot_max = options_.snapshot_max,
                                                .workers = options_.workers},
                                               [this](Range& range) { return take_range(range); }));
  tour_.chunk_rows = pace.rows();
  if (is_stopped_by_guard()) return {};
  KEEPSUM_ASSIGN(const bool mended, mend_pending());
  if (mended) advance();
  if (end != PassEnd::complete || !mended) return {};
  tour_by_ranges_ended(tour_);
  came_round_ = tour_.keys;
  return {};
}

Result<void> Run::end_of_pass() {
  if (is_stopped_by_guard()) return {};
  KEEPSUM_TRY(mend_left());
  return came_round_ && !held_back_ ? complete_tour(*came_round_) : save();
}

// Keys that were locked when their turn came; the others are done by now.
Result<void> Run::mend_left() {
  if (!mender_ || mender_->left().empty()) return {};
  KEEPSUM_TRY(mender_->mend_left());
  report_.unrepaired = report_.drifted - report_.repaired;
  report_.locked = static_cast<std::int64_t>(mender_->left().size());
  if (report_.locked == 0) held_back_.reset();
  show(plan_, mender_->left(), false, report_);
  return note_left(*repair_, mender_->left());
}

Result<bool> Run::take_range(Range& range) {
  const ScanResult& result = range.result;
  const bool complete = result.complete;
  if (complete) {
    ++report_.ranges;
    report_.keys_checked += result.keys_checked;
    ahead_.to = range.chunk.to;
    ahead_.keys += result.keys_checked;
    ahead_.rows += range.rows;
  }
  take(range);
  const std::size_t unrepaired = pending_.drifted.size() + (mender_ ? mender_->left().size() : 0);
  if (guard_stops(tour_.drifted + static_cast<std::int64_t>(unrepaired),
                  tour_.keys + ahead_.keys)) {
    KEEPSUM_TRY(stop_by_guard());
    return false;
  }
  if (complete && options_.on_range) KEEPSUM_TRY(options_.on_range(range.chunk));
  if (!pending_.empty() && complete && !is_due() && !has_its_share(range)) return true;
  const bool was_empty = pending_.empty();
  KEEPSUM_ASSIGN(const bool mended, mend_pending());
  if (!mended) return false;
  if (complete) advance();
  if (!was_empty || steady_clock::now() - saved_ >= between_saves) KEEPSUM_TRY(save());
  return !has_its_share(range);
}

// The tour's end is no share: there it is completed.
bool Run::has_its_share(const Range& range) const {
  if (!options_.share_max || !range.chunk.to) return false;
  const double ahead = static_cast<double>(ahead_.rows) /
                       static_cast<double>(std::max<std::uint64_t>(estimated_rows(plan_), 1));
  return tour_.share + ahead - share_before_ >= *options_.share_max;
}

void Run::take(Range& range) {
  ScanResult& found = range.result;
  if (mender_ && !mender_->left().empty()) {
    // Looked at again, where a range had more drift than fits in memory.
    std::erase_if(found.drifted, [&](const DriftedKey& key) { return mender_->has_left(key); });
  }
  report_.drifted += static_cast<std::int64_t>(found.drifted.size());
  report_.unrepaired = report_.drifted - report_.repaired;
  for (const DriftedKey& key : found.drifted) {
    if (first_drifted_.size() == CauseLimits{}.keys_max) break;
    first_drifted_.push_back(key);
  }
  if (repair_ == nullptr) {
    show(plan_, found.drifted, false, report_);
    found.complete = true;  // nothing is mended, so looking again would find the same
    return;
  }
  if (pending_.empty()) pending_.since = steady_clock::now();
  for (DriftedKey& key : found.drifted) {
    pending_.bytes += bytes_of(key);
    pending_.drifted.push_back(std::move(key));
  }
  std::move(found.emptied.begin(), found.emptied.end(), std::back_inserter(pending_.emptied));
}

bool Run::is_due() const {
  return pending_.drifted.size() + pending_.emptied.size() >= pending_keys_max ||
         pending_.bytes >= pending_bytes_max ||
         steady_clock::now() - pending_.since >= pending_time_max;
}

bool Run::guard_stops(std::int64_t drifted, std::int64_t keys) const {
  if (repair_ == nullptr) return false;
  const auto base = static_cast<double>(std::max(known_keys_, keys));
  return drifted > options_.guard.keys_min &&
         static_cast<double>(drifted) > options_.guard.share_max * base;
}

bool Run::is_stopped_by_guard() const { return report_.outcome == Outcome::guard_stopped; }

Result<void> Run::stop_by_guard() {
  report_.outcome = Outcome::guard_stopped;
  const std::size_t repaired = report_.drift.size();
  show(plan_, mender_->left(), false, report_);
  show(plan_, pending_.drifted, false, report_);
  const std::vector<lifecycle::DriftRow> left(
      report_.drift.begin() + static_cast<std::ptrdiff_t>(repaired), report_.drift.end());
  KEEPSUM_TRY(lifecycle::in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(repair_->lease.check());
    return lifecycle::Control(database_).add_drift(*repair_->run, plan_.spec.name, left);
  }));
  return save();
}

// Returns whether nothing is left to mend.
Result<bool> Run::mend_pending() {
  if (repair_ == nullptr) return true;
  if (!pending_.drifted.empty()) {
    if (options_.on_progress) {
      options_.on_progress({"repair", static_cast<std::uint64_t>(report_.repaired),
                            static_cast<std::uint64_t>(report_.drifted)});
    }
    KEEPSUM_ASSIGN(const std::size_t taken, mender_->mend(pending_.drifted));
    report_.unrepaired = report_.drifted - report_.repaired;
    if (!mender_->left().empty() && !held_back_) {
      held_back_ = HeldBack{tour_.position, tour_.share, tour_.keys};
    }
    pending_.drifted.erase(pending_.drifted.begin(),
                           pending_.drifted.begin() + static_cast<std::ptrdiff_t>(taken));
    if (!pending_.drifted.empty()) return false;
  }
  KEEPSUM_ASSIGN(const auto pruned, prune(*repair_, pending_.emptied));
  report_.pruned += pruned;
  pending_ = {};
  return true;
}

// Precondition: nothing is pending.
void Run::advance() {
  if (ahead_.rows == 0) return;
  if (ahead_.to) tour_.position = ahead_.to;
  tour_.keys += ahead_.keys;
  const std::uint64_t total = estimated_rows(plan_);
  tour_.share = std::min(Tour::share_max,
                         tour_.share + static_cast<double>(ahead_.rows) /
                                           static_cast<double>(std::max<std::uint64_t>(total, 1)));
  ahead_ = {};
}

Result<void> Run::complete_tour(std::int64_t keys) {
  report_.tour.complete = true;
  report_.tour.share = 1;
  report_.tour.keys = keys;
  if (repair_ == nullptr) return {};
  KEEPSUM_ASSIGN(const std::string now, tours_.now());
  tour_.last_started_at = tour_.started_at;
  tour_.last_ended_at = now;
  tour_.last_keys = keys;
  tour_.recent.back().share = 1 - share_before_;
  tour_.started_at.clear();
  tour_.position.reset();
  tour_.share = 0;
  tour_.keys = tour_.drifted = 0;
  KEEPSUM_TRY(tours_.save(plan_, tour_, repair_->lease));
  // Limit checks hold the row shared until they end.
  return lifecycle::in_transaction(database_.session, [&] {
    return lifecycle::Control(database_).set_verified(plan_.spec.name, keys);
  });
}

Result<void> Run::save() {
  if (repair_ == nullptr) return {};
  Tour tour = tour_;
  if (held_back_) {
    tour.position = held_back_->position;
    tour.share = held_back_->share;
    tour.keys = held_back_->keys;
  }
  tour.recent.back().share = std::max(0.0, tour.share - share_before_);
  saved_ = steady_clock::now();
  return tours_.save(plan_, tour, repair_->lease);
}

void Run::finish() {
  if (held_back_) {
    tour_.position = held_back_->position;
    tour_.share = held_back_->share;
    tour_.keys = held_back_->keys;
  }
  report_.tour.oldest_verification_at = tour_.last_started_at;
  report_.longest_snapshot_s = pass_.longest_snapshot_s;
  if (!report_.tour.complete) {
    report_.tour.to = shown(tour_.position);
    report_.tour.share = tour_.share;
    report_.tour.keys = tour_.keys;
    report_.stop = control_.stopped();
    report_.stop_reason = control_.reason();
  }
  if (is_stopped_by_guard()) return;
  show(plan_, pending_.drifted, false, report_);
  const bool verifies_only = repair_ == nullptr;
  if ((verifies_only && report_.drifted > 0) || report_.locked > 0) {
    report_.outcome = Outcome::drift_left;
  } else if (!report_.tour.complete) {
    report_.outcome = Outcome::unfinished;
  } else {
    report_.outcome = report_.drifted == 0 ? Outcome::consistent : Outcome::repaired;
  }
}

}  // namespace keepsum::reconcile
