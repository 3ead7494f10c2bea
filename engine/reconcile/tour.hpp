// How far the reconciler has come round the keys of a summary, and how fast, from run to run.
//
// Invariant: everything before the position is verified, and repaired, in this tour. A run that is
// killed therefore loses what it did since it was written down last, and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/lease.hpp"

namespace keepsum::reconcile {

// One run's part of the key space, 0 to 1, and when it began by the server's clock.
struct RunShare {
  double started_at_s = 0;  // since 1970, UTC
  double share = 0;
};

struct Tour {
  std::optional<db::Value> position;  // where the next range begins; nothing at the start
  std::string started_at;             // UTC; "" while it has not begun
  // Of the key space that lies before the position. The number of rows is an estimate: while there
  // are more, it is share_max at most.
  double share = 0;
  static constexpr double share_max = 0.99;
  std::int64_t keys = 0;
  std::int64_t drifted = 0;  // keys, repaired ones too

  std::optional<std::uint64_t> chunk_rows;
  std::optional<double> one_pass_seconds_per_row;
  std::vector<RunShare> recent;  // oldest first

  // The last tour that came round.
  std::optional<std::string> last_started_at, last_ended_at;
  std::optional<std::int64_t> last_keys;

  // How long the tour takes to come round, by its pace over the recent runs, the time between them
  // counted: the oldest verification is never older than that. Nothing until two runs are known.
  [[nodiscard]] std::optional<double> seconds_per_round(double now_s) const;
};

// Rows of keepsum_tours.
class Tours {
 public:
  explicit Tours(lifecycle::Database& database) : database_(database) {}

  struct Loaded {
    Tour tour;
    std::string restarted;  // why what was kept of the position does not hold; "" if it does
  };
  // Where an older version made the control tables there is nothing to load, nor to save.
  Result<Loaded> load(const plan::SummaryPlan& plan);
  // As it is, for people: nothing if there is none.
  Result<std::optional<Tour>> find(const std::string& summary);
  // In a short transaction of its own. Errors: lease_lost.
  Result<void> save(const plan::SummaryPlan& plan, const Tour& tour, Lease& lease);

  // The server's clock, as it is kept, and in seconds since 1970.
  Result<std::string> now();
  [[nodiscard]] static double seconds_of(const std::string& utc);

 private:
  Result<std::string> layout_of(const plan::SummaryPlan& plan);
  Result<bool> exist();

  lifecycle::Database& database_;
  std::optional<bool> exist_;
};

}  // namespace keepsum::reconcile
