// Verifying: source and summary compared in one snapshot, without locks.
//
// Source and summary change in the same transactions, so in a snapshot every difference is real:
// there are no false alarms to sort out afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

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
  std::vector<DriftedKey> drifted;           // in key order
  std::vector<std::vector<db::Value>> emptied;  // keys without source rows, stored as empty
  bool complete = true;                      // false: stopped at the limit
};

struct ScanLimits {
  std::size_t drifted_max = 250'000;  // bounds memory; the caller repairs and scans again
};

// Compares one chunk in a snapshot of its own. Read-only; takes no lock; the session must not be
// in a transaction. Errors: as Session; transaction_conflict where the schema changed meanwhile.
Result<ScanResult> scan(db::Session& session, const plan::SummaryPlan& plan,
                        const sql::Dialect& dialect, const Chunk& chunk, const ScanLimits& limits);

// The end of the chunk of about `rows` source rows that begins at `from`; nothing at the end of
// the key space. Never ends a chunk inside one leading key.
Result<std::optional<db::Value>> chunk_end(db::Session& session, const plan::SummaryPlan& plan,
                                           const sql::Dialect& dialect,
                                           const std::optional<db::Value>& from,
                                           std::uint64_t rows);

// The columns that differ, as evidence; hidden ones by their display name.
[[nodiscard]] std::vector<lifecycle::DriftRow> evidence(const plan::SummaryPlan& plan,
                                                        const DriftedKey& drifted, bool repaired);

// {"card_id": 42, "day": "2026-10-01"}
[[nodiscard]] std::string key_json(const plan::SummaryPlan& plan,
                                   const std::vector<db::Value>& key);

}  // namespace keepsum::reconcile
