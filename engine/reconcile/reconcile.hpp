// The run: verify keys against the source, repair, report. Runs go round the key space in tours.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/control.hpp"
#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/selection.hpp"

namespace keepsum::reconcile {

// More drift than this is taken for a wrong spec or a restored table, and repairing ends. Counted
// over a tour, so that many short runs may not repair more than one long one.
struct Guard {
  double share_max = 0.01;     // of the keys the summary is known to have
  std::int64_t keys_min = 10;  // never stops for fewer drifted keys than this, nor for as many
};

struct Progress {
  std::string phase;        // "backfill", "verify", "repair", "parents"
  std::uint64_t done = 0;   // source rows, or keys when repairing
  std::uint64_t total = 0;  // 0: unknown
};
using OnProgress = std::function<void(const Progress&)>;

struct Chunk;

struct ReconcileOptions {
  bool verify_only = false;  // writes nothing at all, needs no lease, keeps no position
  Guard guard;
  LeaseOptions lease;
  ControlOptions control;              // budget, stop, throttle
  std::optional<Selection> selection;  // nothing: the whole key space, in tours
  OnProgress on_progress;

  // Nothing: the run chooses.
  std::optional<plan::Pass> order;
  // No snapshot lives longer, except one pass where no index serves the key.
  std::chrono::milliseconds snapshot_max{60'000};
  std::chrono::milliseconds backfill_snapshot_max{600'000};
  std::chrono::milliseconds chunk_time{500};
  std::uint64_t chunk_rows = 0;  // 0: as many as fit in chunk_time
  int workers = 1;               // that compare ranges side by side

  bool deep = false;  // reads sealed history too
  // What the audit of sealed history asks of a tour: to end after this share of the key space, and
  // to be told of each range that was compared.
  std::optional<double> share_max;
  std::function<Result<void>(const Chunk&)> on_range;
};

enum class Outcome {
  consistent,
  repaired,
  unfinished,  // stopped between chunks; the next run goes on from there
  drift_left,  // nothing was to be written, or keys were locked
  guard_stopped,
};
[[nodiscard]] std::string_view to_string(Outcome outcome) noexcept;
// "one_pass", "key_ranges"
[[nodiscard]] std::string_view to_string(plan::Pass order) noexcept;

// A declared key that the data breaks: trusted, so it is worth a word.
struct BrokenKey {
  std::string key;  // "h.(payment_id) -> p.(id)"
  std::int64_t rows = 0;
};

// How far the rows of the declared keys were looked through for such.
struct KeyCheckReport {
  double share = 0;        // of all of them: by this run and, where it repairs, those before it
  std::string stopped_by;  // for people; "" if it came to its end
};

// Where the run stands in its tour.
struct TourReport {
  std::optional<std::string> from, to;  // the leading key, shown; nothing: an end of the key space
  std::string restarted;                // why it began at the start though a tour was under way; ""
  double share = 0;                     // of the key space that the tour has come round
  std::int64_t keys = 0;
  bool complete = false;
  // No key was verified before this for the last time: UTC. Nothing until a tour has come round.
  std::optional<std::string> oldest_verification_at;
};

// What the run looked at. Where that is not the whole, what it found equal says nothing of the
// rest.
struct Coverage {
  std::string kind = "all";  // or a Selection's
  std::string text;          // for people; "" of the whole
  [[nodiscard]] bool is_whole() const { return kind == "all"; }
  // Every key, as far as the spec says that it must be read: sealed history is not.
  [[nodiscard]] bool is_of_every_key() const { return is_whole() || kind == "sealed"; }
};

// What a run made of sealed history.
struct SealReport {
  std::string by;                    // "p.id"
  std::optional<std::string> up_to;  // its value, as the run leaves it; nothing: nothing is sealed
  std::int64_t rows_sealed = 0;
  bool used = false;            // the keys were verified by their totals and the rows above
  std::string why_not;          // why the whole history was read instead; "" if it was not
  std::int64_t rows_above = 0;  // of the seal's table
  std::int64_t keys_whole =
      0;  // compared over their whole history: open, or not as their total says
  std::int64_t keys_open = 0;     // of these, a change had touched below the seal
  std::int64_t contradicted = 0;  // totals that the source does not bear out
  std::int64_t sealed_anew = 0;   // keys
  double audited = 0;             // share of the keys whose history this run read
};

struct RunReport {
  std::string name;
  Outcome outcome = Outcome::consistent;
  Stop stop = Stop::none;
  std::string stop_reason;  // for people; "" if it came to its end
  plan::Pass order = plan::Pass::one_pass;
  std::string order_reason;
  double longest_snapshot_s = 0;
  double longest_locks_s = 0;  // that a repair held, see RepairContext
  std::int64_t ranges = 0;     // compared
  Coverage coverage;
  TourReport tour;  // of a selection: as it was, and stays
  std::vector<Pause> pauses;
  double rested_s = 0;  // between chunks, see ControlOptions::work_share
  std::int64_t keys_checked = 0;
  std::int64_t drifted = 0;                // keys
  std::int64_t repaired = 0;               // keys
  std::int64_t unrepaired = 0;             // keys
  std::int64_t locked = 0;                 // of these: another transaction held their rows
  std::int64_t pruned = 0;                 // rows that had become empty
  std::vector<lifecycle::DriftRow> drift;  // the first `drift_shown_max` columns
  std::int64_t drift_not_shown = 0;        // columns beyond these
  std::vector<lifecycle::Cause> causes;    // what could be shown of why (see cause.hpp)
  std::optional<SealReport> seal;          // where the spec seals history
  // Where keys are declared, and the run came to its tour's end.
  std::optional<KeyCheckReport> key_check;
  std::vector<BrokenKey> broken_keys;  // found so far, by runs before it too
  double seconds = 0;

  void show(lifecycle::DriftRow row);
};
inline constexpr std::size_t drift_shown_max = 1000;

// Reconciles one live summary, as far as the budget goes. Whoever kills it, or its connection, or
// its server, at any moment: the next run goes on from what was written down last, at most some
// seconds before, and nothing is repaired twice.
// Errors: lease_held, lease_lost; plan_moved if another spec is applied, before the run or, where
// it only verifies, while it looked; and those of the session.
Result<RunReport> reconcile(lifecycle::Database& database, const plan::SummaryPlan& plan,
                            const ReconcileOptions& options);

// Fills a summary that is being built, then verifies it whole and calls it live. Readers use the
// source until then. Returns the keys verified. Killed, the next goes on: what is filled is equal.
// Errors: time_budget_spent if it was asked to stop; and as reconcile().
Result<std::int64_t> backfill(lifecycle::Database& database, const plan::SummaryPlan& plan,
                              Lease& lease, const ReconcileOptions& options);

// The same for columns that were added to a live summary, by a plan of these alone (plan::part_of):
// the others are read all the while and are left as they are, and so is what is noted of the
// summary.
Result<std::int64_t> backfill_part(lifecycle::Database& database, const plan::SummaryPlan& part,
                                   Lease& lease, const ReconcileOptions& options);

}  // namespace keepsum::reconcile
