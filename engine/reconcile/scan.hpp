// Verifying: source and summary compared in one snapshot, without locks.
//
// Source and summary change in the same transactions, so in a snapshot every difference is real:
// there are no false alarms to sort out afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/pace.hpp"
#include "engine/sql/compare.hpp"

namespace keepsum::reconcile {

// A half-open range of the leading key column; nothing means no bound on that side.
struct Chunk {
  std::optional<db::Value> from;
  std::optional<db::Value> to;
};

// A key whose stored columns are not what the source gives.
struct DriftedKey {
  std::vector<db::Value> key;
  bool in_source = false;
  bool in_summary = false;
  // One for each stored column of the plan.
  std::vector<db::Value> expected, stored, difference;
};

struct ScanResult {
  std::int64_t keys_checked = 0;
  std::vector<DriftedKey> drifted;              // in key order
  std::vector<std::vector<db::Value>> emptied;  // keys without source rows, stored as empty
  bool complete = true;                         // false: stopped at the limit
  double seconds = 0;                           // that the snapshot lived
  std::uint64_t joined_rows = 0;                // of a key in pieces, which counts them
};

struct ScanLimits {
  // Bounds of memory: the caller repairs what was found, and scans again.
  std::size_t drifted_max = 100'000;
  std::size_t bytes_max = 64U << 20U;
  // How long the snapshot may live; nothing: as long as it takes, whatever the server's own limit.
  std::optional<std::chrono::milliseconds> time = std::nullopt;
  // Of the statement that compares: it sleeps now and then.
  std::optional<sql::Rests> rests = std::nullopt;
};

// Compares one chunk in a snapshot of its own. Read-only; takes no lock; the session must not be
// in a transaction. Errors: as Session; statement_timed_out at the limit; interrupted;
// transaction_conflict where the schema changed meanwhile.
Result<ScanResult> scan(db::Session& session, const plan::SummaryPlan& plan,
                        const sql::Dialect& dialect, const Chunk& chunk, const ScanLimits& limits);

// The same of the whole, in the transaction that the session is in.
Result<ScanResult> scan_in_transaction(db::Session& session, const plan::SummaryPlan& plan,
                                       const sql::Dialect& dialect, const ScanLimits& limits);

// The same of one key, or of all keys that begin with fewer columns.
Result<ScanResult> scan_key(db::Session& session, const plan::SummaryPlan& plan,
                            const sql::Dialect& dialect, const std::vector<db::Value>& key,
                            const ScanLimits& limits);

// The same of one key, by pieces of its source rows: as `pace` says, with a call of `between` after
// each but the last, in one snapshot. It is asked to rest no more when half the time is over. For a
// key whose rows are too many for one short statement. Precondition: sql::can_be_cut(plan).
Result<ScanResult> scan_key_in_pieces(db::Session& session, const plan::SummaryPlan& plan,
                                      const sql::Dialect& dialect, const db::Value& key,
                                      const ScanLimits& limits, Pace& pace,
                                      const std::function<void()>& between);

// What a comparison asks, where it is neither a range nor a key: a statement with the result
// columns of sql::compare_range().
struct Question {
  std::string query;
  std::vector<db::Value> params;
};
Result<ScanResult> scan_question(db::Session& session, const plan::SummaryPlan& plan,
                                 const Question& question, const ScanLimits& limits);

// The same, and memory does not grow with what differs: each key that does goes to `on_drifted`,
// while the snapshot is open and the session is streaming. `drifted` stays empty; of the limits
// only the time counts.
using OnDrifted = std::function<Result<db::Flow>(DriftedKey&& key)>;
Result<ScanResult> scan_streaming(db::Session& session, const plan::SummaryPlan& plan,
                                  const sql::Dialect& dialect, const Chunk& chunk,
                                  const ScanLimits& limits, const OnDrifted& on_drifted);

// About what it takes in memory.
[[nodiscard]] std::size_t bytes_of(const DriftedKey& key);

// The end of the chunk of about `rows` rows that begins at `from`; nothing at the end of the table.
// Never ends a chunk inside one value.
struct ChunkEnd {
  std::optional<db::Value> to;
  bool is_one_key = false;  // there are more rows than that of `from` alone
};
Result<ChunkEnd> chunk_end(db::Session& session, const sql::RangeColumn& by,
                           const sql::Dialect& dialect, const std::optional<db::Value>& from,
                           std::uint64_t rows);

// The columns that differ, as evidence; hidden ones by their display name.
[[nodiscard]] std::vector<lifecycle::DriftRow> evidence(const plan::SummaryPlan& plan,
                                                        const DriftedKey& drifted, bool repaired);

// {"card_id": 42, "day": "2026-10-01"}
[[nodiscard]] std::string key_json(const plan::SummaryPlan& plan,
                                   const std::vector<db::Value>& key);

}  // namespace keepsum::reconcile
