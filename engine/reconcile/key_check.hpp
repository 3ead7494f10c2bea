// Rows that break a declared key. Nobody enforces such a key; what it proves needs no trigger, so
// where it does not hold the summary drifts.
//
// They are looked for by short ranges of the children, each in a statement of its own, after a tour
// has come round. What a run has no time for, the next ones go on with.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/reconcile/lease.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/scan.hpp"

namespace keepsum::reconcile {

class KeyCheck {
 public:
  // Without `lease` it begins at the start, and keeps no place. All must outlive it.
  KeyCheck(lifecycle::Database& database, const plan::SummaryPlan& plan,
           const ReconcileOptions& options, RunControl& control, Lease* lease, RunReport& report);

  // Looks at one range at least, if nothing but the budget is against it. What goes wrong with a
  // statement ends the check, and is told in the report. Precondition: the session is in no
  // transaction. Errors: connection_lost, lease_lost.
  Result<void> go();

 private:
  struct Key {
    const plan::ParentLink* link;
    std::string text;                    // "h.(payment_id) -> p.(id)"
    std::optional<sql::RangeColumn> by;  // nothing: the child has no primary key
    std::string of;            // the same with the names of the tables: for its place to hold
    std::int64_t broken = 0;   // rows, so far
    bool passed_over = false;  // in part: some rows could not be looked through in time
  };
  // The range that begins there.
  struct Place {
    std::size_t key = 0;
    std::optional<db::Value> from;
    std::uint64_t rows = 0;  // of this key's children that lie before it
  };

  [[nodiscard]] bool is_at_its_end() const { return place_.key == keys_.size(); }
  [[nodiscard]] Progress progress() const;
  [[nodiscard]] std::optional<sql::Rests> rests();
  Result<bool> exists();
  Result<void> load();
  [[nodiscard]] bool take(const std::string& text);
  [[nodiscard]] std::string place_text() const;
  Result<void> save();
  Result<void> look();
  Result<bool> look_at_range(Pace& pace);
  [[nodiscard]] std::chrono::milliseconds statement_limit() const;
  void could_not(const ChunkEnd& end, Pace& pace);
  void go_past(const ChunkEnd& end, std::uint64_t rows);
  void tell(std::string stopped_by);

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  const ReconcileOptions& options_;
  RunControl& control_;
  Lease* lease_;
  RunReport& report_;
  std::vector<Key> keys_;
  Place place_;
  bool without_rests_ = false;  // the range that is next: with them it took too long
  std::optional<bool> exists_;
  std::chrono::steady_clock::time_point saved_;
};

}  // namespace keepsum::reconcile
