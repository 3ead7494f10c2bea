// How far the history of each summary is sealed: rows of keepsum_seals.
//
// What a seal promises is in the summary's own rows and the table of totals (see sql/seal.hpp);
// here is only the order value W up to which both speak. Every change of it is made under the
// lease's fence, in a transaction of its own.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"

namespace keepsum::reconcile {

struct Seal {
  std::optional<db::Value> watermark;       // sealed up to this order value; nothing: not at all
  std::optional<db::Value> next_watermark;  // the totals are being moved there
  std::int64_t rows_sealed = 0;
  std::vector<std::pair<double, db::Value>> seen;     // seconds since 1970, highest order value
  std::optional<std::string> sealed_at, verified_at;  // UTC
  std::int64_t open_keys = 0;                         // that the last run had to look at whole
};

class Seals {
 public:
  explicit Seals(lifecycle::Database& database) : database_(database) {}

  // Nothing where the control table or the table of totals is not there: an older version applied
  // the summary, or someone dropped it. `plan` must have a seal.
  Result<std::optional<Seal>> load(const plan::SummaryPlan& plan);
  Result<void> save(const plan::SummaryPlan& plan, const Seal& seal, Lease& lease);
  // The highest order value there is now; nothing in an empty table.
  Result<std::optional<db::Value>> highest(const plan::SummaryPlan& plan);

 private:
  lifecycle::Database& database_;
};

// Adds what is the highest now, and forgets what is of no more use.
void note_seen(Seal& seal, double now_s, const db::Value& highest, std::chrono::milliseconds after);
// The highest order value that was there at least `after` ago; nothing if that is not known yet, or
// no higher than the watermark.
[[nodiscard]] std::optional<db::Value> due(const Seal& seal, double now_s,
                                           std::chrono::milliseconds after);

}  // namespace keepsum::reconcile
