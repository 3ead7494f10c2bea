// Which order a pass takes: one statement as long as its snapshot may last, else ranges. A run that
// goes gently takes one statement too, where that can sleep now and then: in the order the tables
// lie in a row costs a fraction of what it costs by way of an index, so the least work for all
// others is one pass, stretched over the time that its snapshot may last. Where that is too little,
// it is one statement for each part of the keys: of a large part the tables are still read in that
// order.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/plan/plan.hpp"
#include "engine/reconcile/pace.hpp"
#include "engine/reconcile/tour.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::reconcile {

struct Order {
  plan::Pass pass = plan::Pass::one_pass;
  std::string reason;  // for people
  // How long one_pass may take; nothing where there is no other order.
  std::optional<std::chrono::milliseconds> snapshot_max;
  // Of one_pass that goes gently: how long it would take at full speed, sleeps in all, and is
  // expected to be awake beside others.
  std::optional<sql::Rests> rests = std::nullopt;
  Seconds expected{0}, resting{0}, awake{0};
  // Of one_pass over a part of the keys, from where the tour is: about how many of
  // estimated_rows(). `resting` and `awake` are of the part, `expected` of the whole.
  std::optional<std::uint64_t> part_rows = std::nullopt;
};

struct OrderLimits {
  std::optional<plan::Pass> asked = std::nullopt;
  std::chrono::milliseconds snapshot_max{60'000};
  std::optional<Seconds> left = std::nullopt;  // of the budget
  double work_share = 1;  // of the time: less than all of it, and one pass could not rest
  // Why the run goes gently; "" if it does not. Asked if one pass would be felt, or always.
  std::function<std::string()> why_gently = [] { return std::string(); };
  bool gently_always = false;
  double work = 1;  // times the work of a verification: a backfill writes too
  // Where one pass may go gently, by statements of this database.
  const sql::Dialect* rests_by = nullptr;
  // Why it may not all the same: it has the longest to lose when a run is cut short. "" if it may.
  std::string no_gentle_pass = {};
  // Whether a part of the keys may be one statement, from where the tour is.
  bool may_go_by_parts = false;
};

[[nodiscard]] bool has_ranges(const plan::SummaryPlan& plan);
// About how many rows the pass goes over: of the table whose index makes the ranges; where there
// are none, of the driving table.
[[nodiscard]] std::uint64_t estimated_rows(const plan::SummaryPlan& plan);
[[nodiscard]] Order choose_order(const plan::SummaryPlan& plan, const Tour& tour,
                                 const OrderLimits& limits);

// What a pass over the whole has taught, for the next choice: one at full speed. Tables of few rows
// teach nothing.
void one_pass_took(const plan::SummaryPlan& plan, Seconds time, Tour& tour);
// It took longer than this.
void one_pass_ran_out(const plan::SummaryPlan& plan, Seconds time, Tour& tour);
// One that went gently teaches less, as sleeps end late: a step towards what it took, so that the
// next one sleeps less if this was late, or more; nothing where it has slept most of the time.
void gentle_pass_took(const plan::SummaryPlan& plan, const Order& order, Seconds time, Tour& tour);
void gentle_pass_ran_out(const plan::SummaryPlan& plan, const Order& order, Tour& tour);
// A bad night is not for ever: each tour by ranges makes one pass look a little quicker.
void tour_by_ranges_ended(Tour& tour);

}  // namespace keepsum::reconcile
