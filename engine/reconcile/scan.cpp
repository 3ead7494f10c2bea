#include "engine/reconcile/scan.hpp"

#include <boost/json.hpp>

#include "engine/sql/pieces.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::reconcile {

namespace {

DriftedKey to_drifted(const plan::SummaryPlan& plan, const db::Row& row) {
  const std::size_t keys = plan.keys.size();
  DriftedKey drifted;
  drifted.key.assign(row.begin(), row.begin() + static_cast<std::ptrdiff_t>(keys));
  drifted.in_source = db::as_int64(row[keys]) != 0;
  drifted.in_summary = db::as_int64(row[keys + 1]) != 0;
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    const std::size_t at = keys + 3 + 3 * i;
    drifted.expected.push_back(row[at]);
    drifted.stored.push_back(row[at + 1]);
    drifted.difference.push_back(row[at + 2]);
  }
  return drifted;
}

// A latch that is true keeps the row of a key whose source rows are gone.
bool is_empty(const plan::SummaryPlan& plan, const DriftedKey& key) {
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (plan.state[i].merge == plan::Merge::latch && db::as_int64(key.stored[i]) != 0) return false;
  }
  return true;
}

bool same_text(const db::Value& a, const db::Value& b) {
  return db::is_null(a) == db::is_null(b) && db::as_text(a) == db::as_text(b);
}

bool differs(const plan::StateColumn& column, const DriftedKey& key, std::size_t i) {
  if (column.merge == plan::Merge::latch) {
    return db::as_int64(key.expected[i]) > db::as_int64(key.stored[i]);
  }
  return !same_text(key.expected[i], key.stored[i]);
}

std::optional<std::string> shown(const db::Value& value) {
  if (db::is_null(value)) return std::nullopt;
  return db::display(value);
}

struct Stream {
  const plan::SummaryPlan& plan;
  std::function<Result<db::Flow>(DriftedKey&& key, const ScanResult& so_far)> on_drifted;
};

// Asked in the snapshot that the question is for.
using Ask = std::function<Result<Question>()>;

Question about(const Chunk& chunk, const plan::SummaryPlan& plan, const sql::Dialect& dialect,
               const std::optional<sql::Rests>& rests) {
  Question question;
  question.query =
      sql::compare_range(plan, dialect, {chunk.from.has_value(), chunk.to.has_value()}, rests);
  for (int side = 0; side < 2; ++side) {
    if (chunk.from) question.params.push_back(*chunk.from);
    if (chunk.to) question.params.push_back(*chunk.to);
  }
  return question;
}

// In the transaction that the session is in.
Result<ScanResult> compare_rows(db::Session& session, const Question& question,
                                const ScanLimits& limits, const Stream& stream) {
  const plan::SummaryPlan& plan = stream.plan;
  ScanResult result;
  const std::size_t keys = plan.keys.size();
  KEEPSUM_TRY(
      session.query(question.query, question.params, [&](const db::Row& row) -> Result<db::Flow> {
        ++result.keys_checked;
        const bool in_source = db::as_int64(row[keys]) != 0;
        const bool is_different = db::as_int64(row[keys + 2]) != 0;
        if (!is_different && in_source) return db::Flow::more;
        DriftedKey drifted = to_drifted(plan, row);
        db::Flow flow = db::Flow::more;
        if (is_different) {
          KEEPSUM_ASSIGN(flow, stream.on_drifted(std::move(drifted), result));
        } else if (is_empty(plan, drifted)) {
          result.emptied.push_back(std::move(drifted.key));
          if (result.emptied.size() >= limits.drifted_max) flow = db::Flow::stop;
        }
        result.complete = flow == db::Flow::more;
        return flow;
      }));
  return result;
}

Result<ScanResult> compare_in_snapshot(db::Session& session, const Ask& ask,
                                       const ScanLimits& limits, const Stream& stream) {
  const auto start = std::chrono::steady_clock::now();
  KEEPSUM_ASSIGN(auto snapshot, db::Transaction::begin(session, db::TransactionMode::snapshot));
  KEEPSUM_ASSIGN(const Question question, ask());
  KEEPSUM_ASSIGN(ScanResult result, compare_rows(session, question, limits, stream));
  KEEPSUM_TRY(snapshot.commit());
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Error too_long_in_pieces(const plan::SummaryPlan& plan) {
  Error error;
  error.code = ErrorCode::statement_timed_out;
  error.where = plan.spec.name;
  error.message = "the pieces of one key took longer than a snapshot may last";
  return error;
}

Result<Question> recomputed_in_pieces(db::Session& session, const plan::SummaryPlan& plan,
                                      const sql::Dialect& dialect, const db::Value& key,
                                      const ScanLimits& limits, Pace& pace,
                                      const std::function<void()>& between) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::vector<db::Value> so_far(1 + plan.state.size(), db::Value(std::int64_t{0}));
  std::optional<db::Value> from, to;
  do {
    const auto begun = Clock::now();
    const std::uint64_t rows = pace.rows();
    std::vector<db::Value> bounds{key};
    if (from) bounds.push_back(*from);
    std::vector<db::Value> ahead = bounds;
    ahead.emplace_back(static_cast<std::int64_t>(rows));
    KEEPSUM_ASSIGN(const auto end,
                   session.row(sql::next_piece(plan, dialect, from.has_value()), ahead));
    to = end ? std::optional((*end)[0]) : std::nullopt;
    if (to) bounds.push_back(*to);
    std::vector<db::Value> params = std::move(so_far);
    params.insert(params.end(), bounds.begin(), bounds.end());
    KEEPSUM_ASSIGN(
        auto sums,
        session.row(sql::sum_piece(plan, dialect, {from.has_value(), to.has_value()}), params));
    so_far = std::move(*sums);
    const auto now = Clock::now();
    if (to) pace.took(rows, now - begun);
    if (limits.time && now - start > *limits.time) return too_long_in_pieces(plan);
    if (to && (!limits.time || now - start < *limits.time / 2)) between();
    from = to;
  } while (to);
  Question question{sql::compare_recomputed(plan, dialect), {key}};
  question.params.insert(question.params.end(), so_far.begin() + 1, so_far.end());
  question.params.push_back(so_far.front());
  question.params.push_back(key);
  return question;
}

// The limit is of this statement alone: what else the session does is bounded otherwise.
Result<ScanResult> compare(db::Session& session, const Ask& ask, const ScanLimits& limits,
                           const Stream& stream) {
  KEEPSUM_TRY(session.limit_statements(limits.time.value_or(std::chrono::milliseconds{0})));
  auto result = compare_in_snapshot(session, ask, limits, stream);
  const auto lifted = session.limit_statements(std::nullopt);
  if (result.has_value()) KEEPSUM_TRY(lifted);
  return result;
}

boost::json::value to_json(const db::Value& value) {
  if (db::is_null(value)) return nullptr;
  if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
  if (const auto* number = std::get_if<std::uint64_t>(&value)) return *number;
  return boost::json::value(db::display(value));
}

}  // namespace

std::size_t bytes_of(const DriftedKey& key) {
  std::size_t bytes = sizeof(DriftedKey);
  for (const auto* values : {&key.key, &key.expected, &key.stored, &key.difference}) {
    for (const db::Value& value : *values) bytes += sizeof(value) + db::as_text(value).size();
  }
  return bytes;
}

namespace {

// Into memory, as far as the limits go. `compare` streams what differs.
Result<ScanResult> collect(const plan::SummaryPlan& plan, const ScanLimits& limits,
                           const std::function<Result<ScanResult>(const Stream&)>& compare) {
  std::vector<DriftedKey> drifted;
  std::size_t bytes = 0;
  const Stream stream{plan, [&](DriftedKey&& key, const ScanResult& so_far) -> Result<db::Flow> {
                        bytes += bytes_of(key);
                        drifted.push_back(std::move(key));
                        return drifted.size() + so_far.emptied.size() < limits.drifted_max &&
                                       bytes < limits.bytes_max
                                   ? db::Flow::more
                                   : db::Flow::stop;
                      }};
  KEEPSUM_ASSIGN(auto result, compare(stream));
  result.drifted = std::move(drifted);
  return result;
}

Result<ScanResult> collect(db::Session& session, const plan::SummaryPlan& plan, const Ask& ask,
                           const ScanLimits& limits) {
  return collect(plan, limits,
                 [&](const Stream& stream) { return compare(session, ask, limits, stream); });
}

}  // namespace

Result<ScanResult> scan(db::Session& session, const plan::SummaryPlan& plan,
                        const sql::Dialect& dialect, const Chunk& chunk, const ScanLimits& limits) {
  return collect(
      session, plan, [&] { return about(chunk, plan, dialect, limits.rests); }, limits);
}

Result<ScanResult> scan_in_transaction(db::Session& session, const plan::SummaryPlan& plan,
                                       const sql::Dialect& dialect, const ScanLimits& limits) {
  return collect(plan, limits, [&](const Stream& stream) {
    return compare_rows(session, about({}, plan, dialect, limits.rests), limits, stream);
  });
}

Result<ScanResult> scan_question(db::Session& session, const plan::SummaryPlan& plan,
                                 const Question& question, const ScanLimits& limits) {
  return collect(
      session, plan, [&] { return question; }, limits);
}

Result<ScanResult> scan_key(db::Session& session, const plan::SummaryPlan& plan,
                            const sql::Dialect& dialect, const std::vector<db::Value>& key,
                            const ScanLimits& limits) {
  Question question{sql::compare_key(plan, dialect, key.size()), key};
  question.params.insert(question.params.end(), key.begin(), key.end());
  return scan_question(session, plan, question, limits);
}

Result<ScanResult> scan_key_in_pieces(db::Session& session, const plan::SummaryPlan& plan,
                                      const sql::Dialect& dialect, const db::Value& key,
                                      const ScanLimits& limits, Pace& pace,
                                      const std::function<void()>& between) {
  std::uint64_t rows = 0;
  const auto ask = [&]() -> Result<Question> {
    KEEPSUM_ASSIGN(auto question,
                   recomputed_in_pieces(session, plan, dialect, key, limits, pace, between));
    rows = static_cast<std::uint64_t>(db::as_int64(question.params.at(1 + plan.state.size())));
    return question;
  };
  KEEPSUM_ASSIGN(auto result, collect(session, plan, ask, limits));
  result.joined_rows = rows;
  return result;
}

Result<ScanResult> scan_streaming(db::Session& session, const plan::SummaryPlan& plan,
                                  const sql::Dialect& dialect, const Chunk& chunk,
                                  const ScanLimits& limits, const OnDrifted& on_drifted) {
  const Stream stream{
      plan, [&](DriftedKey&& key, const ScanResult&) { return on_drifted(std::move(key)); }};
  return compare(
      session, [&] { return about(chunk, plan, dialect, limits.rests); }, limits, stream);
}

Result<ChunkEnd> chunk_end(db::Session& session, const sql::RangeColumn& by,
                           const sql::Dialect& dialect, const std::optional<db::Value>& from,
                           std::uint64_t rows) {
  std::vector<db::Value> params;
  if (from) params.push_back(*from);
  params.emplace_back(static_cast<std::int64_t>(rows));
  KEEPSUM_ASSIGN(auto bound, session.row(sql::next_bound(by, dialect, from.has_value()), params));
  if (!bound || db::is_null((*bound)[0])) return ChunkEnd{};
  if (!from || db::display((*bound)[0]) != db::display(*from)) return ChunkEnd{(*bound)[0], false};
  // One value alone has more rows than a chunk: the chunk is that value.
  KEEPSUM_ASSIGN(auto next, session.row(sql::next_value(by, dialect), {{(*bound)[0]}}));
  return ChunkEnd{next ? std::optional((*next)[0]) : std::nullopt, true};
}

std::vector<lifecycle::DriftRow> evidence(const plan::SummaryPlan& plan, const DriftedKey& drifted,
                                          bool repaired) {
  std::vector<lifecycle::DriftRow> rows;
  const std::string key = key_json(plan, drifted.key);
  for (std::size_t i = 0; i < plan.state.size(); ++i) {
    if (!differs(plan.state[i], drifted, i)) continue;
    rows.push_back({key, sql::display_name(plan, plan.state[i]), shown(drifted.stored[i]),
                    shown(drifted.expected[i]), repaired});
  }
  return rows;
}

std::string key_json(const plan::SummaryPlan& plan, const std::vector<db::Value>& key) {
  boost::json::object object;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) object[plan.keys[i].name] = to_json(key[i]);
  return boost::json::serialize(object);
}

}  // namespace keepsum::reconcile
