// All lists held, so that no writer changes a place: for a fill, and for a run that has found
// drift.
#pragma once

#include <memory>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::reconcile {

// A change of a list goes by the places that are stored (engine/sql/places.hpp). Where these are
// not right, a snapshot's differences are not those of a moment later, and adding them mends
// nothing. So they are taken and added while the writers of lists wait for their turn, which is
// this session's.
//
// With one writer at a time there are no turns, and nothing to hold: there repair_alone() does it.
[[nodiscard]] bool has_one_writer(const lifecycle::Database& database);

class HeldLists {
 public:
  // Null if the plan has no places, or the database one writer. Waits for the turn of each list, as
  // writers do; the error of a wait that was too long is transaction_conflict.
  static Result<std::unique_ptr<HeldLists>> hold(lifecycle::Database& database,
                                                 const plan::SummaryPlan& plan);

 private:
  explicit HeldLists(std::unique_ptr<db::Session> session) : session_(std::move(session)) {}
  std::unique_ptr<db::Session> session_;  // its end lets go
};

}  // namespace keepsum::reconcile
