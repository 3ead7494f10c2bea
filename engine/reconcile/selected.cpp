#include "engine/reconcile/selected.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <thread>

#include "engine/lifecycle/control.hpp"
#include "engine/plan/changed_at.hpp"
#include "engine/reconcile/cause.hpp"
#include "engine/reconcile/order.hpp"
#include "engine/sql/selection.hpp"

namespace keepsum::reconcile {

namespace {

// A run that the guard stops shall have repaired nothing, as far as memory goes.
constexpr std::size_t selected_keys_max = 10'000;
constexpr std::size_t selected_bytes_max = std::size_t{16} << 20U;
constexpr std::size_t page_keys = 10'000;

Error refused(const plan::SummaryPlan& plan, std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = plan.spec.name;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

}  // namespace

std::string_view to_string(Selection::Kind kind) noexcept {
  switch (kind) {
    case Selection::Kind::keys: return "keys";
    case Selection::Kind::since: return "since";
    case Selection::Kind::sample: return "sample";
  }
  return "keys";
}

SelectedRun::SelectedRun(lifecycle::Database& database, const plan::SummaryPlan& plan,
                         const ReconcileOptions& options, RunControl& control,
                         RepairContext* repair, RunReport& report)
    : database_(database),
      plan_(plan),
      options_(options),
      selection_(*options.selection),
      control_(control),
      repair_(repair),
      report_(report) {
  if (repair_ == nullptr) return;
  mender_.emplace(*repair_, control_, Mender::locked_of(plan_),
                  [this](std::span<const DriftedKey> keys) {
                    report_.repaired += static_cast<std::int64_t>(keys.size());
                    report_.unrepaired = report_.drifted - report_.repaired;
                    show(keys, true);
                  });
}

Result<void> SelectedRun::go() {
  KEEPSUM_TRY(load());
  report_.order = plan::Pass::key_ranges;
  report_.order_reason = "a selection is compared piece by piece";
  report_.coverage.kind = to_string(selection_.kind);
  switch (selection_.kind) {
    case Selection::Kind::keys:
      KEEPSUM_TRY(all_of(selection_.keys));
      report_.coverage.text =
          fmt::format("{} of {} named keys", report_.ranges, selection_.keys.size());
      break;
    case Selection::Kind::since: {
      KEEPSUM_ASSIGN(const auto keys, changed_keys());
      KEEPSUM_TRY(all_of(keys));
      report_.coverage.text = fmt::format("{} of {} keys with rows changed since {} UTC",
                                          report_.ranges, keys.size(), selection_.since);
      break;
    }
    case Selection::Kind::sample:
      KEEPSUM_TRY(sample());
      report_.coverage.text = fmt::format(
          "a sample of {:g} % of the stored keys, and what lies "
          "between each and the next",
          selection_.share * 100);
      break;
  }
  return finish();
}

Result<void> SelectedRun::load() {
  lifecycle::Control control(database_);
  KEEPSUM_ASSIGN(const auto record, control.find(plan_.spec.name));
  KEEPSUM_ASSIGN(const auto tour, Tours(database_).find(plan_.spec.name));
  known_keys_ = record ? record->keys_verified.value_or(0) : 0;
  if (!tour) return {};
  known_keys_ = std::max(known_keys_, tour->last_keys.value_or(0));
  report_.tour.share = tour->share;
  report_.tour.keys = tour->keys;
  report_.tour.oldest_verification_at = tour->last_started_at;
  return {};
}

Result<void> SelectedRun::all_of(const std::vector<std::vector<db::Value>>& keys) {
  const ScanLimits limits{.time = options_.snapshot_max};
  for (std::size_t i = 0; i < keys.size() && !stopped_; ++i) {
    say(i, keys.size());
    KEEPSUM_ASSIGN(const bool more, look([&] {
                     return scan_key(database_.session, plan_, database_.dialect, keys[i], limits);
                   }));
    stopped_ = !more;
  }
  return {};
}

// One list of all of them: each is compared in a snapshot of its own, so it may be older than they
// are.
Result<std::vector<std::vector<db::Value>>> SelectedRun::changed_keys() {
  KEEPSUM_ASSIGN(const plan::ChangedAt column, plan::changed_at_of(plan_, database_.dialect));
  const db::Value since =
      column.is_integer ? db::Value(static_cast<std::int64_t>(Tours::seconds_of(selection_.since)))
                        : db::Value(selection_.since);
  std::vector<std::vector<db::Value>> keys;
  bool too_many = false;
  KEEPSUM_TRY(database_.session.query(sql::keys_changed_since(plan_, database_.dialect),
                                      std::vector<db::Value>{since},
                                      [&](const db::Row& row) -> Result<db::Flow> {
                                        too_many = keys.size() == since_keys_max;
                                        if (too_many) return db::Flow::stop;
                                        keys.emplace_back(row.begin(), row.end());
                                        return db::Flow::more;
                                      }));
  if (too_many) {
    return refused(plan_,
                   fmt::format("rows of more than {} keys were changed since {} UTC",
                               since_keys_max, selection_.since),
                   "name a later time; or reconcile the whole, which is quicker for so many");
  }
  return keys;
}

// The stored keys are read by pages, so that no statement is long, and each is taken or not by the
// toss of a coin. The ranges from each stored key to the next, and the one before the first, cover
// the whole key space: a key that is missing from the summary lies in one of them.
Result<void> SelectedRun::sample() {
  if (!has_ranges(plan_)) {
    return refused(plan_,
                   "no index serves the key, so each key of a sample would read the whole source",
                   "reconcile the whole");
  }
  std::mt19937_64 random(std::random_device{}());
  std::bernoulli_distribution is_taken(selection_.share);
  const ScanLimits limits{.time = options_.snapshot_max};
  const auto look_at = [&](const Chunk& chunk) -> Result<void> {
    if (!is_taken(random)) return {};
    KEEPSUM_ASSIGN(const bool more, look([&] {
                     return scan(database_.session, plan_, database_.dialect, chunk, limits);
                   }));
    stopped_ = !more;
    return {};
  };
  std::optional<db::Value> last;
  std::uint64_t seen = 0;
  for (bool is_end = false; !is_end && !stopped_;) {
    std::vector<db::Value> params;
    if (last) params.push_back(*last);
    KEEPSUM_ASSIGN(const auto page,
                   database_.session.rows(sql::stored_leading_keys(plan_, database_.dialect,
                                                                   last.has_value(), page_keys),
                                          params));
    is_end = page.size() < page_keys;
    for (const db::Row& row : page) {
      if (stopped_) return {};
      say(++seen, static_cast<std::uint64_t>(known_keys_));
      KEEPSUM_TRY(look_at({last, row[0]}));
      last = row[0];
    }
  }
  return stopped_ ? Result<void>{} : look_at({last, std::nullopt});
}

Result<bool> SelectedRun::look(const Scan& scan) {
  constexpr int attempts_max = 10;
  for (int attempt = 1;;) {
    if (control_.may_go_on() != Stop::none) return false;
    auto found = scan();
    if (found.has_error()) {
      // DDL beside it ended the snapshot; a new one is as good.
      const bool again = found.error().recovery == Recovery::retry_transaction;
      if (!again || attempt++ == attempts_max) return found.error();
      std::this_thread::sleep_for(std::chrono::milliseconds{50} * attempt);
      continue;
    }
    report_.longest_snapshot_s = std::max(report_.longest_snapshot_s, found->seconds);
    const bool complete = found->complete || repair_ == nullptr;
    if (complete) {
      ++report_.ranges;
      report_.keys_checked += found->keys_checked;
    }
    KEEPSUM_ASSIGN(const bool more, take(*found));
    if (!more || complete) return more;
    KEEPSUM_ASSIGN(const bool mended, mend());  // then the next look gets further
    if (!mended) return false;
  }
}

Result<bool> SelectedRun::take(ScanResult& found) {
  if (mender_ && !mender_->left().empty()) {
    std::erase_if(found.drifted, [&](const DriftedKey& key) { return mender_->has_left(key); });
  }
  report_.drifted += static_cast<std::int64_t>(found.drifted.size());
  report_.unrepaired = report_.drifted - report_.repaired;
  for (DriftedKey& key : found.drifted) {
    if (first_drifted_.size() < CauseLimits{}.keys_max) first_drifted_.push_back(key);
    pending_bytes_ += bytes_of(key);
    pending_.push_back(std::move(key));
  }
  std::move(found.emptied.begin(), found.emptied.end(), std::back_inserter(emptied_));
  if (guard_stops()) {
    KEEPSUM_TRY(stop_by_guard());
    return false;
  }
  const bool is_due = pending_.size() + emptied_.size() >= selected_keys_max ||
                      pending_bytes_ >= selected_bytes_max;
  if (!is_due) return true;
  return mend();
}

bool SelectedRun::guard_stops() const {
  if (repair_ == nullptr) return false;
  const auto base = static_cast<double>(std::max(known_keys_, report_.keys_checked));
  return report_.drifted > options_.guard.keys_min &&
         static_cast<double>(report_.drifted) > options_.guard.share_max * base;
}

Result<void> SelectedRun::stop_by_guard() {
  report_.outcome = Outcome::guard_stopped;
  std::vector<lifecycle::DriftRow> left;
  for (const DriftedKey& key : pending_) {
    for (lifecycle::DriftRow& row : evidence(plan_, key, false)) left.push_back(std::move(row));
    if (left.size() >= drift_shown_max) break;
  }
  KEEPSUM_TRY(lifecycle::in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(repair_->lease.check());
    return lifecycle::Control(database_).add_drift(*repair_->run, plan_.spec.name, left);
  }));
  return {};
}

void SelectedRun::show(std::span<const DriftedKey> keys, bool repaired) {
  for (const DriftedKey& key : keys) {
    for (lifecycle::DriftRow& row : evidence(plan_, key, repaired)) report_.show(std::move(row));
  }
}

// Returns whether nothing is left to mend but what others have locked. Keys that a person named are
// in that person's order, and transactions of several keys must have one order: they are mended one
// by one.
Result<bool> SelectedRun::mend() {
  if (repair_ == nullptr || report_.outcome == Outcome::guard_stopped) {
    show(pending_, false);
    pending_.clear();
    return true;
  }
  const std::size_t at_once = selection_.kind == Selection::Kind::keys ? 1 : pending_.size();
  std::size_t done = 0;
  while (done < pending_.size()) {
    const auto batch = std::span<const DriftedKey>(pending_).subspan(done, at_once);
    KEEPSUM_ASSIGN(const std::size_t taken, mender_->mend(batch));
    done += taken;
    if (taken < batch.size()) break;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
  if (!pending_.empty()) {
    show(pending_, false);
    return false;
  }
  KEEPSUM_ASSIGN(const auto pruned, prune(*repair_, emptied_));
  report_.pruned += pruned;
  emptied_.clear();
  pending_bytes_ = 0;
  return true;
}

Result<void> SelectedRun::finish() {
  KEEPSUM_ASSIGN(const bool mended, mend());
  if (mender_ && !mender_->left().empty()) {
    KEEPSUM_TRY(mender_->mend_left());
    report_.locked = static_cast<std::int64_t>(mender_->left().size());
    show(mender_->left(), false);
    KEEPSUM_TRY(note_left(*repair_, mender_->left()));
  }
  report_.stop = control_.stopped();
  report_.stop_reason = control_.reason();
  if (report_.outcome == Outcome::guard_stopped) return {};
  const bool verifies_only = repair_ == nullptr;
  if ((verifies_only && report_.drifted > 0) || report_.locked > 0) {
    report_.outcome = Outcome::drift_left;
  } else if (stopped_ || !mended) {
    report_.outcome = Outcome::unfinished;
  } else {
    report_.outcome = report_.drifted == 0 ? Outcome::consistent : Outcome::repaired;
  }
  return {};
}

void SelectedRun::say(std::uint64_t done, std::uint64_t total) const {
  if (options_.on_progress) options_.on_progress({"verify", done, total});
}

}  // namespace keepsum::reconcile
