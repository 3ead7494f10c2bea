#include "engine/reconcile/mend.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "engine/sql/compare.hpp"

namespace keepsum::reconcile {

namespace {

using std::chrono::milliseconds;

// What a transaction of repairs should take.
constexpr milliseconds batch_time{15};
// How long what was locked is waited for at the end of a run, in all.
constexpr std::chrono::seconds again_max{10};

// A few sizes, so that there are a few statements to prepare.
std::size_t rounded(std::uint64_t rows) { return std::bit_floor(rows); }

bool is_conflict(const Error& error) {
  return error.code == ErrorCode::statement_failed || error.recovery == Recovery::retry_transaction;
}

}  // namespace

Mender::Mender(RepairContext& context, RunControl& control, Locked locked, OnMended on_mended)
    : context_(context),
      control_(control),
      locked_(locked),
      on_mended_(std::move(on_mended)),
      pace_({.target = batch_time, .first = 64, .least = 1, .most = repair_batch_keys}) {}

// One key alone may be waited for: nobody waits for it but those who are waited for.
Result<std::size_t> Mender::in_batches(std::span<const DriftedKey> keys,
                                       const Operation& operation) {
  std::size_t taken = 0;
  while (taken < keys.size()) {
    const Stop stop = control_.may_go_on();
    if (stop != Stop::none && stop != Stop::budget) break;
    const auto batch =
        keys.subspan(taken, rounded(std::min<std::uint64_t>(pace_.rows(), keys.size() - taken)));
    const bool is_one = batch.size() == 1;
    context_.locked_rows = is_one ? wait_for_one() : LockedRows::given_up;
    const auto start = std::chrono::steady_clock::now();
    const auto done = operation(batch);
    if (done.has_error()) {
      if (!is_in_the_way(context_, done.error())) return done.error();
      if (!is_one) {
        pace_.ran_out();
        continue;
      }
      if (locked_ == Locked::insisted_on) return done.error();
      left_.push_back(batch.front());
      ++taken;
      continue;
    }
    // A last batch that is small says little about a large one.
    if (batch.size() * 2 > pace_.rows()) {
      pace_.took(batch.size(), std::chrono::steady_clock::now() - start);
    }
    taken += batch.size();
    if (on_mended_) on_mended_(batch);
  }
  return taken;
}

// A spent budget is not spent further on waiting.
LockedRows Mender::wait_for_one() const {
  if (locked_ == Locked::insisted_on) return LockedRows::waited_for;
  const bool at_once = control_.stopped() == Stop::budget ||
                       (again_until_ && std::chrono::steady_clock::now() > *again_until_);
  return at_once ? LockedRows::given_up : LockedRows::waited_for_briefly;
}

bool Mender::has_left(const DriftedKey& key) const {
  return std::ranges::any_of(left_, [&](const DriftedKey& one) { return one.key == key.key; });
}

Result<std::size_t> Mender::mend(std::span<const DriftedKey> keys) {
  return in_batches(keys,
                    [&](std::span<const DriftedKey> batch) { return repair(context_, batch); });
}

Result<void> Mender::mend_left() {
  const std::vector<DriftedKey> again = std::exchange(left_, {});
  again_until_ = std::chrono::steady_clock::now() + again_max;
  const auto mended = mend(again);
  again_until_.reset();
  KEEPSUM_ASSIGN(const std::size_t taken, mended);
  left_.insert(left_.end(), again.begin() + static_cast<std::ptrdiff_t>(taken), again.end());
  return {};
}

// Why an insert is exact, extremes and all. A transaction that changes a group writes the group's
// summary row in any case where the summary keeps extremes, and only the holder of the lease
// deletes such rows. So if there was no row in the snapshot and the insert meets none, no change of
// the group was committed in between: what the snapshot showed of it is so still. One that is under
// way has its row inserted, and this insert waits for it, or comes to write it, and then meets
// ours, and reads the group again if it takes its extreme. Without extremes a writer may leave a
// group alone whose differences cancel out, which changes no sum.
Result<void> Mender::insert(std::span<const DriftedKey> keys) {
  const plan::SummaryPlan& plan = context_.plan;
  std::vector<db::Value> params;
  for (const DriftedKey& key : keys) {
    params.insert(params.end(), key.key.begin(), key.key.end());
    for (std::size_t i = 0; i < plan.state.size(); ++i) {
      params.push_back(aggregates::recomputes(plan.state[i].merge) ? key.expected[i]
                                                                   : key.difference[i]);
    }
  }
  const std::string statement =
      sql::insert_differences(plan, context_.database.dialect, keys.size());
  return in_patient_transaction(context_, [&]() -> Result<void> {
    KEEPSUM_TRY(context_.lease.check());
    KEEPSUM_TRY(context_.database.session.execute(statement, params));
    return {};
  });
}

// A row that is there after all makes the insert fail: such a batch is mended like any other.
Result<std::size_t> Mender::fill(std::span<const DriftedKey> keys) {
  return in_batches(keys, [&](std::span<const DriftedKey> batch) -> Result<void> {
    auto inserted = insert(batch);
    if (inserted.has_value() || !is_conflict(inserted.error())) return inserted;
    if (is_in_the_way(context_, inserted.error()) && batch.size() > 1) return inserted;
    return repair(context_, batch);
  });
}

}  // namespace keepsum::reconcile
