#include "engine/reconcile/repair.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <thread>

#include "engine/lifecycle/control.hpp"
#include "engine/reconcile/held_lists.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/reread.hpp"

namespace keepsum::reconcile {

namespace {

// With its row goes what a key was touched at, by which its seal is known to hold.
bool may_prune(const plan::SummaryPlan& plan) { return !plan.seal; }

// By halves, down to the one that is locked: it goes with a later run.
Result<std::int64_t> prune_batch(RepairContext& context,
                                 std::span<const std::vector<db::Value>> keys) {
  const std::string statement = sql::prune(context.plan, context.database.dialect);
  std::int64_t pruned = 0;
  const auto done = in_patient_transaction(context, [&]() -> Result<void> {
    pruned = 0;
    KEEPSUM_TRY(context.lease.check());
    for (const std::vector<db::Value>& key : keys) {
      KEEPSUM_ASSIGN(const auto rows, context.database.session.execute(statement, key));
      pruned += static_cast<std::int64_t>(rows);
    }
    return {};
  });
  if (done.has_value()) return pruned;
  if (!is_in_the_way(context, done.error())) return done.error();
  if (keys.size() == 1) return 0;
  const std::size_t half = keys.size() / 2;
  KEEPSUM_ASSIGN(const std::int64_t first, prune_batch(context, keys.first(half)));
  KEEPSUM_ASSIGN(const std::int64_t second, prune_batch(context, keys.subspan(half)));
  return first + second;
}

bool extremes_differ(const plan::SummaryPlan& plan, const DriftedKey& key) {
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (!aggregates::recomputes(plan.state[i].merge)) continue;
    if (db::is_null(key.expected[i]) != db::is_null(key.stored[i])) return true;
    if (db::as_text(key.expected[i]) != db::as_text(key.stored[i])) return true;
  }
  return false;
}

// The parameters of sql::store_extremes().
std::vector<db::Value> for_each_extreme(const plan::SummaryPlan& plan,
                                        const std::vector<db::Value>& key) {
  std::vector<db::Value> params;
  for (std::size_t n = sql::store_extremes_keys(plan); n > 0; --n) {
    params.insert(params.end(), key.begin(), key.end());
  }
  return params;
}

void append_differences(const plan::SummaryPlan& plan, const DriftedKey& key,
                        std::vector<db::Value>& params) {
  params.insert(params.end(), key.key.begin(), key.key.end());
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    params.push_back(aggregates::recomputes(plan.state[i].merge) ? db::Value() : key.difference[i]);
  }
}

// From its making to its end.
class LockTime {
 public:
  explicit LockTime(RepairContext& context) : context_(context) {}
  LockTime(const LockTime&) = delete;
  LockTime& operator=(const LockTime&) = delete;
  ~LockTime() {
    const std::chrono::duration<double> time = Clock::now() - began_;
    context_.longest_locks_s = std::max(context_.longest_locks_s, time.count());
  }

 private:
  using Clock = std::chrono::steady_clock;
  RepairContext& context_;
  Clock::time_point began_ = Clock::now();
};

// `locks` are those of summary rows: they end with the transaction.
Result<void> repair_in_transaction(RepairContext& context, std::span<const DriftedKey> keys,
                                   std::optional<LockTime>& locks) {
  const plan::SummaryPlan& plan = context.plan;
  const sql::Dialect& dialect = context.database.dialect;
  db::Session& session = context.database.session;
  KEEPSUM_TRY(context.lease.check());
  std::vector<db::Value> params;
  std::vector<lifecycle::DriftRow> found;
  for (const DriftedKey& key : keys) {
    if (context.run) std::ranges::move(evidence(plan, key, true), std::back_inserter(found));
    append_differences(plan, key, params);
  }
  if (context.run) {
    lifecycle::Control control(context.database);
    KEEPSUM_TRY(control.add_drift(*context.run, plan.spec.name, found));
  }
  // While one key alone is waited for, nothing is held.
  if (keys.size() > 1) locks.emplace(context);
  KEEPSUM_TRY(session.execute(sql::merge_differences(plan, dialect, keys.size()), params));
  if (!locks) locks.emplace(context);
  const std::string extremes = sql::store_extremes(plan, dialect);
  const std::string empty = sql::prune(plan, dialect);
  for (const DriftedKey& key : keys) {
    if (!extremes.empty() && extremes_differ(plan, key)) {
      KEEPSUM_TRY(session.execute(extremes, for_each_extreme(plan, key.key)));
    }
    if (!key.in_source && may_prune(plan)) KEEPSUM_TRY(session.execute(empty, key.key));
  }
  return {};
}

}  // namespace

Result<void> in_patient_transaction(RepairContext& context,
                                    const std::function<Result<void>()>& operation) {
  constexpr std::chrono::seconds brief{2};
  db::Session& session = context.database.session;
  const sql::Dialect& dialect = context.database.dialect;
  if (context.locked_rows == LockedRows::waited_for || has_one_writer(context.database)) {
    return lifecycle::in_transaction(session, operation);
  }
  const bool briefly = context.locked_rows == LockedRows::waited_for_briefly;
  KEEPSUM_TRY(session.limit_lock_waits(briefly ? brief : std::chrono::seconds{0}));
  // Deadlocks say nothing of how long a row stays locked: where writers are many, there are many.
  const int attempts_max = briefly ? 20 : 3;
  Result<void> result;
  std::chrono::milliseconds pause{5};
  for (int i = 0; i < attempts_max; ++i) {
    if (i > 0) {
      std::this_thread::sleep_for(pause);
      pause = std::min(pause * 2, std::chrono::milliseconds{500});
    }
    result = lifecycle::in_transaction(session, operation, 1);
    if (result.has_value() || !is_in_the_way(context, result.error()) ||
        dialect.gave_up_waiting(result.error())) {
      break;
    }
  }
  const auto lifted = session.limit_lock_waits(std::nullopt);
  KEEPSUM_TRY(result);
  return lifted;
}

bool is_in_the_way(const RepairContext& context, const Error& error) {
  return error.recovery == Recovery::retry_transaction && !has_one_writer(context.database);
}

Result<void> repair(RepairContext& context, std::span<const DriftedKey> keys) {
  while (!keys.empty()) {
    const auto batch = keys.first(std::min(keys.size(), repair_batch_keys));
    keys = keys.subspan(batch.size());
    std::optional<LockTime> locks;
    KEEPSUM_TRY(in_patient_transaction(context, [&] {
      auto done = repair_in_transaction(context, batch, locks);
      if (done.has_error()) locks.reset();
      return done;
    }));
  }
  return {};
}

Result<std::int64_t> repair_alone(RepairContext& context) {
  std::int64_t repaired = 0;
  for (bool complete = false; !complete;) {
    std::size_t found = 0;
    KEEPSUM_TRY(lifecycle::in_transaction(context.database.session, [&]() -> Result<void> {
      KEEPSUM_ASSIGN(const ScanResult scan,
                     scan_in_transaction(context.database.session, context.plan,
                                         context.database.dialect, {}));
      complete = scan.complete;
      found = scan.drifted.size();
      std::span<const DriftedKey> keys(scan.drifted);
      while (!keys.empty()) {
        const auto batch = keys.first(std::min(keys.size(), repair_batch_keys));
        keys = keys.subspan(batch.size());
        std::optional<LockTime> locks;
        KEEPSUM_TRY(repair_in_transaction(context, batch, locks));
      }
      return {};
    }));
    repaired += static_cast<std::int64_t>(found);
  }
  return repaired;
}

Result<void> note_left(RepairContext& context, std::span<const DriftedKey> keys) {
  if (keys.empty()) return {};
  std::vector<lifecycle::DriftRow> rows;
  for (const DriftedKey& key : keys) {
    std::ranges::move(evidence(context.plan, key, false), std::back_inserter(rows));
  }
  return lifecycle::in_transaction(context.database.session, [&]() -> Result<void> {
    KEEPSUM_TRY(context.lease.check());
    return lifecycle::Control(context.database)
        .add_drift(*context.run, context.plan.spec.name, rows);
  });
}

Result<std::int64_t> prune(RepairContext& context, std::span<const std::vector<db::Value>> keys) {
  std::int64_t pruned = 0;
  if (!may_prune(context.plan)) return pruned;
  context.locked_rows = LockedRows::given_up;
  while (!keys.empty()) {
    const auto batch = keys.first(std::min(keys.size(), repair_batch_keys));
    keys = keys.subspan(batch.size());
    KEEPSUM_ASSIGN(const std::int64_t went, prune_batch(context, batch));
    pruned += went;
  }
  return pruned;
}

}  // namespace keepsum::reconcile
