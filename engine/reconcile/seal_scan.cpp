#include "engine/reconcile/seal_scan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/sql/seal.hpp"

namespace keepsum::reconcile {

namespace {

// More keys than this to look at whole, and reading the history in its own order is quicker.
std::int64_t few(std::int64_t keys, std::int64_t share) {
  return std::max<std::int64_t>(100, keys / share);
}

Result<void> compare(db::Session& session, const plan::SummaryPlan& plan,
                     const sql::Dialect& dialect, const db::Value& watermark, SealedScan& result) {
  KEEPSUM_ASSIGN(auto snapshot, db::Transaction::begin(session, db::TransactionMode::snapshot));
  const std::vector<db::Value> once{watermark}, thrice(3, watermark);
  KEEPSUM_ASSIGN(const auto gone, session.scalar(sql::history_is_gone(plan, dialect), once));
  result.history_is_gone = db::as_int64(gone) != 0;
  if (result.history_is_gone) return snapshot.commit();
  KEEPSUM_ASSIGN(const auto above, session.scalar(sql::rows_above(plan, dialect), once));
  result.rows_above = db::as_int64(above);
  const auto rows_of = [&](const std::string& table) {
    return session.scalar("SELECT COUNT(*) FROM " + dialect.identifier(table));
  };
  KEEPSUM_ASSIGN(const auto keys, rows_of(plan.spec.name));
  result.keys = db::as_int64(keys);
  const std::size_t width = plan.keys.size();
  const auto look_at = [&](const db::Row& row, std::int64_t& of) {
    ++of;
    result.is_too_many =
        result.open > few(result.keys, 20) || result.suspects > few(result.keys, 100);
    if (result.is_too_many) return db::Flow::stop;
    result.keys_to_look_at.emplace_back(row.begin(),
                                        row.begin() + static_cast<std::ptrdiff_t>(width));
    return db::Flow::more;
  };
  std::int64_t without_total = 0;
  KEEPSUM_TRY(session.query(sql::compare_sealed(plan, dialect), thrice,
                            [&](const db::Row& row) -> Result<db::Flow> {
                              const bool is_open = db::as_int64(row[width]) != 0;
                              const bool differs = db::as_int64(row[width + 1]) != 0;
                              if (db::as_int64(row[width + 2]) == 0) ++without_total;
                              if (!is_open && !differs) return db::Flow::more;
                              return look_at(row, is_open ? result.open : result.suspects);
                            }));
  if (result.is_too_many) return snapshot.commit();
  KEEPSUM_ASSIGN(const auto totals, rows_of(sql::seal_table_name(plan.spec.name)));
  if (db::as_int64(totals) != result.keys - without_total) {
    KEEPSUM_TRY(session.query(
        sql::totals_without_key(plan, dialect), {},
        [&](const db::Row& row) -> Result<db::Flow> { return look_at(row, result.suspects); }));
  }
  return snapshot.commit();
}

Result<std::vector<DriftedKey>> sealed_ones(Result<ScanResult> found) {
  KEEPSUM_ASSIGN(auto result, std::move(found));
  // A key that is not sealed has no total that could be wrong.
  std::erase_if(result.drifted, [](const DriftedKey& key) { return !key.in_summary; });
  return std::move(result.drifted);
}

}  // namespace

Result<SealedScan> scan_sealed(db::Session& session, const plan::SummaryPlan& plan,
                               const sql::Dialect& dialect, const db::Value& watermark,
                               std::chrono::milliseconds snapshot_max) {
  SealedScan result;
  const auto start = std::chrono::steady_clock::now();
  KEEPSUM_TRY(session.limit_statements(snapshot_max));
  const auto compared = compare(session, plan, dialect, watermark, result);
  const auto lifted = session.limit_statements(std::nullopt);
  KEEPSUM_TRY(compared);
  KEEPSUM_TRY(lifted);
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

Result<std::vector<DriftedKey>> contradicted(db::Session& session, const plan::SummaryPlan& plan,
                                             const sql::Dialect& dialect,
                                             const db::Value& watermark, const Chunk& chunk,
                                             const ScanLimits& limits) {
  Question question{
      sql::compare_totals(plan, dialect, {chunk.from.has_value(), chunk.to.has_value()}), {}};
  for (int side = 0; side < 2; ++side) {
    question.params.push_back(watermark);
    if (chunk.from) question.params.push_back(*chunk.from);
    if (chunk.to) question.params.push_back(*chunk.to);
  }
  return sealed_ones(scan_question(session, plan, question, limits));
}

Result<std::vector<DriftedKey>> contradicted(db::Session& session, const plan::SummaryPlan& plan,
                                             const sql::Dialect& dialect,
                                             const db::Value& watermark,
                                             const std::vector<db::Value>& key,
                                             const ScanLimits& limits) {
  Question question{sql::compare_total(plan, dialect), {}};
  for (int side = 0; side < 2; ++side) {
    question.params.push_back(watermark);
    question.params.insert(question.params.end(), key.begin(), key.end());
  }
  return sealed_ones(scan_question(session, plan, question, limits));
}

}  // namespace keepsum::reconcile
