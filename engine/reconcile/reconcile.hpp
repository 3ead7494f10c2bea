// The tour: verify every key against the source, repair, report.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

// More drift than this is taken for a wrong spec or a restored table, and nothing is repaired.
struct Guard {
  double share_max = 0.20;        // of the keys checked
  std::int64_t keys_min = 100;    // never stops for fewer drifted keys than this
};

struct Progress {
  std::string phase;              // "backfill", "verify", "repair"
  std::uint64_t done = 0;         // source rows, or keys when repairing
  std::uint64_t total = 0;        // 0: unknown
};
using OnProgress = std::function<void(const Progress&)>;

struct ReconcileOptions {
  bool verify_only = false;       // writes nothing at all, needs no lease
  Guard guard;
  LeaseOptions lease;
  std::uint64_t chunk_rows = 20'000;
  OnProgress on_progress;
};

enum class Outcome { consistent, repaired, drift_left, guard_stopped };
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;

// A declared key that the data breaks: trusted, so it is worth a word.
struct BrokenKey {
  std::string key;                // "h.(payment_id) -> p.(id)"
  std::int64_t rows = 0;
};

struct RunReport {
  std::string name;
  Outcome outcome = Outcome::consistent;
  std::int64_t keys_checked = 0;
  std::int64_t drifted = 0;       // keys
  std::int64_t repaired = 0;      // keys
  std::int64_t unrepaired = 0;    // keys
  std::int64_t pruned = 0;        // rows that had become empty
  std::vector<lifecycle::DriftRow> drift;  // the first `drift_shown_max` columns
  std::vector<lifecycle::Cause> causes;    // what could be shown of why (see cause.hpp)
  std::vector<BrokenKey> broken_keys;
  double seconds = 0;
};
inline constexpr std::size_t drift_shown_max = 1000;

// Reconciles one live summary. Errors: lease_held, lease_lost, and those of the session.
Result<RunReport> reconcile(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options);

// Fills a summary that is being built, from its checkpoint on, then verifies it whole and calls
// it live. Readers use the source until then. Returns the keys verified.
Result<std::int64_t> backfill(lifecycle::Database& database, const plan::SummaryPlan& plan,
                              Lease& lease, const ReconcileOptions& options);

}  // namespace keepsum::reconcile
