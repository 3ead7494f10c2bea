#include "engine/reconcile/sealer.hpp"

#include <algorithm>
#include <bit>

#include "engine/reconcile/pace.hpp"
#include "engine/reconcile/scan.hpp"
#include "engine/reconcile/tour.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::reconcile {

using std::chrono::milliseconds;

namespace {

// Bounds of memory.
constexpr std::size_t keys_at_once = 10'000;
constexpr std::size_t totals_at_once = 100'000;
// What goes into one transaction: locks of writers' rows, and rows that nobody else uses.
constexpr std::size_t reset_batch_keys = 32;
constexpr std::size_t store_batch_keys = 256;
constexpr std::size_t store_params_max = 16'000;
constexpr std::size_t delete_batch_keys = 1'000;

void append(std::vector<db::Value>& to, std::span<const db::Value> more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

// Keys in a range; `from` moves on while it is read.
struct Sealer::Part {
  Chunk chunk;
  std::optional<milliseconds> time;
  bool is_done = false;
};

Result<bool> Sealer::advance(const db::Value& to, const Order& order) {
  Seals seals(context_.database);
  may_be_moved_ = seal_.next_watermark.has_value();
  if (!seal_.next_watermark) {
    if (is_first()) KEEPSUM_TRY(delete_totals());
    seal_.next_watermark = to;
    KEEPSUM_TRY(seals.save(context_.plan, seal_, context_.lease));
  }
  KEEPSUM_ASSIGN(const bool is_reset, reset());
  if (!is_reset) return false;
  KEEPSUM_ASSIGN(const bool is_moved, move(order));
  if (!is_moved) return false;
  KEEPSUM_ASSIGN(const auto rows, context_.database.session.scalar(
                                      sql::rows_sealed(context_.plan, context_.database.dialect)));
  KEEPSUM_ASSIGN(seal_.sealed_at, Tours(context_.database).now());
  seal_.rows_sealed = db::as_int64(rows);
  seal_.watermark = seal_.next_watermark;
  seal_.next_watermark.reset();
  KEEPSUM_TRY(seals.save(context_.plan, seal_, context_.lease));
  return true;
}

// Page by page in key order. A key that is touched up to the new watermark again, after it was
// passed, stays so: its seal will be open.
Result<bool> Sealer::reset() {
  const sql::SealStep step{!is_first()};
  std::optional<db::Value> from;
  for (bool is_end = false; !is_end;) {
    std::vector<db::Value> params{*seal_.next_watermark};
    if (step.has_from) params.push_back(*seal_.watermark);
    params.push_back(*seal_.next_watermark);
    if (from) params.push_back(*from);
    KEEPSUM_ASSIGN(const auto page, context_.database.session.rows(
                                        sql::touched_keys(context_.plan, context_.database.dialect,
                                                          step, from.has_value(), keys_at_once),
                                        params));
    is_end = page.size() < keys_at_once;
    for (std::span<const std::vector<db::Value>> left(page); !left.empty();) {
      if (control_.may_go_on() != Stop::none) return false;
      const auto batch = left.first(std::min(left.size(), reset_batch_keys));
      left = left.subspan(batch.size());
      KEEPSUM_ASSIGN(const bool is_reset, reset_batch(batch));
      if (!is_reset) return false;
    }
    if (!page.empty()) from = page.back().front();
  }
  return true;
}

// By halves where another transaction holds one of them, so that it alone is waited for; false if
// that was in vain.
Result<bool> Sealer::reset_batch(std::span<const std::vector<db::Value>> keys) {
  const sql::SealStep step{!is_first()};
  const std::string statement = sql::reset_touched(context_.plan, context_.database.dialect, step);
  context_.locked_rows = keys.size() > 1 ? LockedRows::given_up : LockedRows::waited_for_briefly;
  const auto done = in_patient_transaction(context_, [&]() -> Result<void> {
    KEEPSUM_TRY(context_.lease.check());
    for (const std::vector<db::Value>& key : keys) {
      std::vector<db::Value> params = key;
      params.push_back(*seal_.next_watermark);
      if (step.has_from) params.push_back(*seal_.watermark);
      params.push_back(*seal_.next_watermark);
      KEEPSUM_TRY(context_.database.session.execute(statement, params));
    }
    return {};
  });
  if (done.has_value()) return true;
  if (!is_in_the_way(context_, done.error())) return done.error();
  if (keys.size() == 1) return false;
  const std::size_t half = keys.size() / 2;
  KEEPSUM_ASSIGN(const bool first, reset_batch(keys.first(half)));
  if (!first) return false;
  return reset_batch(keys.subspan(half));
}

Result<bool> Sealer::move(const Order& order) {
  const bool by_ranges = is_first() && order.pass == plan::Pass::key_ranges;
  if (by_ranges) return move_by_ranges();
  Part whole;
  if (has_ranges(context_.plan)) whole.time = options_.snapshot_max;
  while (!whole.is_done) {
    if (control_.may_go_on() != Stop::none) return false;
    const auto moved = move_part(whole);
    if (moved.has_value()) continue;
    if (was_stopped(moved.error())) return false;
    if (moved.error().code == ErrorCode::statement_timed_out && has_ranges(context_.plan)) {
      return move_by_ranges();
    }
    return moved.error();
  }
  return true;
}

// Goes on behind the last key that is stored; that key's own rows may be of several groups.
Result<bool> Sealer::move_by_ranges() {
  db::Session& session = context_.database.session;
  const sql::Dialect& dialect = context_.database.dialect;
  Pace pace({.target = control_.chunk_time(options_.chunk_time)});
  std::optional<db::Value> from;
  if (is_first()) {
    KEEPSUM_ASSIGN(const auto last, session.row(sql::last_total(context_.plan, dialect),
                                                std::vector<db::Value>{*seal_.next_watermark}));
    if (last) from = (*last)[0];
  }
  for (bool is_end = false; !is_end;) {
    if (control_.may_go_on() != Stop::none) return false;
    Part part{{from, std::nullopt}, options_.snapshot_max};
    KEEPSUM_ASSIGN(const ChunkEnd end,
                   chunk_end(session, sql::leading_key(context_.plan), dialect, from, pace.rows()));
    part.chunk.to = end.to;
    const std::optional<db::Value> to = part.chunk.to;
    const auto start = std::chrono::steady_clock::now();
    while (!part.is_done) {
      const auto moved = move_part(part);
      if (moved.has_value()) continue;
      if (was_stopped(moved.error())) return false;
      if (moved.error().code != ErrorCode::statement_timed_out || pace.is_least())
        return moved.error();
      break;
    }
    if (!part.is_done) {
      pace.ran_out();
      continue;
    }
    pace.set_target(control_.chunk_time(options_.chunk_time));
    pace.took(pace.rows(), std::chrono::steady_clock::now() - start);
    from = to;
    is_end = !to;
  }
  return true;
}

// Reads what fits into memory, and stores it. What is stored is left out of the next read.
Result<void> Sealer::move_part(Part& part) {
  const sql::SealStep step{!is_first(), may_be_moved_};
  db::Session& session = context_.database.session;
  std::vector<db::Value> params{*seal_.next_watermark};
  if (step.has_from) params.push_back(*seal_.watermark);
  if (part.chunk.from) params.push_back(*part.chunk.from);
  if (part.chunk.to) params.push_back(*part.chunk.to);
  if (step.may_be_moved) params.push_back(*seal_.next_watermark);
  std::vector<db::Row> totals;
  Watch watch(control_, session, Watch::Of::a_chunk);
  KEEPSUM_TRY(session.limit_statements(part.time.value_or(milliseconds{0})));
  const auto read =
      session.query(sql::totals(context_.plan, context_.database.dialect, step,
                                {part.chunk.from.has_value(), part.chunk.to.has_value()}),
                    params, [&](const db::Row& row) -> Result<db::Flow> {
                      totals.push_back(row);
                      return totals.size() < totals_at_once ? db::Flow::more : db::Flow::stop;
                    });
  const auto lifted = session.limit_statements(std::nullopt);
  KEEPSUM_TRY(read);
  KEEPSUM_TRY(lifted);
  part.is_done = totals.size() < totals_at_once;
  if (!totals.empty()) part.chunk.from = totals.back().front();
  may_be_moved_ = may_be_moved_ || !part.is_done;
  return store(totals);
}

Result<void> Sealer::store(std::span<const db::Row> totals) {
  const plan::SummaryPlan& plan = context_.plan;
  const std::size_t keys = plan.keys.size(), width = keys + 2 + plan.state.size();
  const std::size_t most =
      std::bit_floor(std::clamp<std::size_t>(store_params_max / width, 1, store_batch_keys));
  while (!totals.empty()) {
    const auto batch = totals.first(std::bit_floor(std::min(totals.size(), most)));
    totals = totals.subspan(batch.size());
    std::vector<db::Value> params;
    for (const db::Row& row : batch) {
      append(params, std::span(row).first(keys));
      params.push_back(*seal_.next_watermark);
      params.push_back(row[keys]);
      for (std::size_t i = 0; i < plan.state.size(); ++i) params.push_back(row[keys + 1 + 2 * i]);
    }
    const std::string statement = sql::add_totals(plan, context_.database.dialect, batch.size());
    KEEPSUM_TRY(lifecycle::in_transaction(context_.database.session, [&]() -> Result<void> {
      KEEPSUM_TRY(context_.lease.check());
      KEEPSUM_TRY(context_.database.session.execute(statement, params));
      return {};
    }));
  }
  return {};
}

Result<std::int64_t> Sealer::seal_anew(std::span<const std::vector<db::Value>> keys) {
  std::int64_t sealed = 0;
  for (const std::vector<db::Value>& key : keys) {
    if (control_.may_go_on() != Stop::none) break;
    KEEPSUM_ASSIGN(const bool is_sealed, seal_one(key));
    if (is_sealed) ++sealed;
  }
  return sealed;
}

// The same three steps for one key: between the first and the last its total is marked as open.
Result<bool> Sealer::seal_one(const std::vector<db::Value>& key) {
  const plan::SummaryPlan& plan = context_.plan;
  const sql::Dialect& dialect = context_.database.dialect;
  db::Session& session = context_.database.session;
  std::vector<db::Value> key_and_mark = key;
  key_and_mark.push_back(*seal_.watermark);
  context_.locked_rows = LockedRows::waited_for_briefly;
  const auto opened = in_patient_transaction(context_, [&]() -> Result<void> {
    KEEPSUM_TRY(context_.lease.check());
    KEEPSUM_TRY(session.execute(sql::untouch(plan, dialect), key));
    KEEPSUM_TRY(session.execute(sql::open_total(plan, dialect), key_and_mark));
    return {};
  });
  if (opened.has_error()) {
    if (is_in_the_way(context_, opened.error())) return false;
    return opened.error();
  }
  KEEPSUM_ASSIGN(const auto total, session.row(sql::key_total(plan, dialect), key_and_mark));
  std::vector<db::Value> params{*seal_.watermark};
  append(params, *total);
  append(params, key);
  KEEPSUM_TRY(lifecycle::in_transaction(session, [&]() -> Result<void> {
    KEEPSUM_TRY(context_.lease.check());
    KEEPSUM_TRY(session.execute(sql::close_total(plan, dialect), params));
    return {};
  }));
  return true;
}

Result<void> Sealer::clear() {
  seal_.watermark.reset();
  seal_.next_watermark.reset();
  seal_.rows_sealed = 0;
  seal_.sealed_at.reset();
  KEEPSUM_TRY(Seals(context_.database).save(context_.plan, seal_, context_.lease));
  return delete_totals();
}

Result<void> Sealer::delete_totals() {
  const plan::SummaryPlan& plan = context_.plan;
  const sql::Dialect& dialect = context_.database.dialect;
  db::Session& session = context_.database.session;
  for (bool is_end = false; !is_end;) {
    KEEPSUM_ASSIGN(const auto bound,
                   session.row(sql::totals_bound(plan, dialect, delete_batch_keys)));
    std::uint64_t deleted = 0;
    const auto remove = [&](bool has_bound, const std::vector<db::Value>& params) {
      return lifecycle::in_transaction(session, [&]() -> Result<void> {
        KEEPSUM_TRY(context_.lease.check());
        KEEPSUM_ASSIGN(deleted,
                       session.execute(sql::delete_totals(plan, dialect, has_bound), params));
        return {};
      });
    };
    if (bound) KEEPSUM_TRY(remove(true, {(*bound)[0]}));
    is_end = !bound || deleted == 0;  // one leading key alone may have them all
    if (is_end) KEEPSUM_TRY(remove(false, {}));
  }
  return {};
}

}  // namespace keepsum::reconcile
