// Verifying by sealed totals: a key is well if its stored row is its total merged with the rows
// above the seal. Rows above the seal are read, history is not.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

struct SealedScan {
  std::int64_t keys = 0;        // of the summary
  std::int64_t rows_above = 0;  // of the seal's table
  std::int64_t open = 0;        // keys that a change touched at or below the seal
  std::int64_t suspects = 0;    // other keys that are not what their total says
  // Both, each once: what is wrong with them, if anything, only their whole history says.
  std::vector<std::vector<db::Value>> keys_to_look_at;
  bool history_is_gone = false;  // then nothing else was looked at
  bool is_too_many = false;      // then the list is not whole
  double seconds = 0;            // that the snapshot lived
};

// In one snapshot, without locks. Errors: as scan().
Result<SealedScan> scan_sealed(db::Session& session, const plan::SummaryPlan& plan,
                               const sql::Dialect& dialect, const db::Value& watermark,
                               std::chrono::milliseconds snapshot_max);

// Totals that the source up to the watermark does not bear out, of a range of keys or of one. Of
// the result `stored` is the total.
Result<std::vector<DriftedKey>> contradicted(db::Session& session, const plan::SummaryPlan& plan,
                                             const sql::Dialect& dialect,
                                             const db::Value& watermark, const Chunk& chunk,
                                             const ScanLimits& limits);
Result<std::vector<DriftedKey>> contradicted(db::Session& session, const plan::SummaryPlan& plan,
                                             const sql::Dialect& dialect,
                                             const db::Value& watermark,
                                             const std::vector<db::Value>& key,
                                             const ScanLimits& limits);

}  // namespace keepsum::reconcile
