#include "engine/reconcile/order.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace keepsum::reconcile {

namespace {

// Of each row of each table, before anything was measured: three times what a server with the
// tables in memory takes.
constexpr double cautious_seconds_per_row = 3e-6;
// What takes no longer, writers need not be asked for.
constexpr double short_pass_s = 0.5;
// An estimate must leave this much room.
constexpr double margin = 1.2;
// A gentle pass works no smaller share of the time, however much of it there is.
constexpr double least_share = 0.1;
// How long it works between two rests, on average. A thread that has the core for longer is felt by
// those that wait for it, however much it rests in all: see docs/decisions/0011-pace.md.
constexpr double between_rests_s = 0.00025;
// What a rest costs: sleep ends late, and caches have gone cold.
constexpr double after_a_rest_s = 0.0002;
// What it works takes longer beside writers on the same cores. What it may take of its time then.
constexpr double beside_others = 1.6;
constexpr double gentle_part = 0.9;
// How far one gentle pass moves the estimate, and one that had to be given up.
constexpr double step_back = 0.8, step_on = 1.25, leap_on = 1.5;
// Of fewer rows the time is that of the round trips.
constexpr std::uint64_t telling_rows = 10'000;

std::uint64_t rows_of(const plan::SummaryPlan& plan) {
  return plan.tables.front().info.estimated_rows;
}

// About how many rows the joins give: of tables that are joined by keys, as many as the largest
// has.
double joined_rows(const plan::SummaryPlan& plan) {
  std::uint64_t most = 1;
  for (const plan::BaseTable& table : plan.tables) {
    most = std::max(most, table.info.estimated_rows);
  }
  return static_cast<double>(most);
}

double estimate(const plan::SummaryPlan& plan, const Tour& tour) {
  if (tour.one_pass_seconds_per_row) {
    return static_cast<double>(rows_of(plan)) * *tour.one_pass_seconds_per_row;
  }
  double rows = 0;
  for (const plan::BaseTable& table : plan.tables) {
    rows += static_cast<double>(table.info.estimated_rows);
  }
  return rows * cautious_seconds_per_row;
}

// Precondition: one pass has the time it is expected to take at full speed.
Order gently(const plan::SummaryPlan& plan, const OrderLimits& limits, double expected_s,
             const std::string& because) {
  const auto bound = limits.snapshot_max;
  if (!limits.no_gentle_pass.empty()) {
    return {plan::Pass::key_ranges, fmt::format("{}, and {}", because, limits.no_gentle_pass),
            bound};
  }
  double room_s = Seconds(bound).count();
  if (limits.left) room_s = std::min(room_s, limits.left->count());
  const double rests = std::max(1.0, expected_s / between_rests_s);
  const double awake_s = expected_s * beside_others + rests * after_a_rest_s;
  const double resting_s =
      std::clamp(room_s * gentle_part - awake_s, 0.0, expected_s * (1 / least_share - 1));
  const sql::Rests of_rows{std::min(1.0, rests / joined_rows(plan)), Seconds{resting_s / rests}};
  if (limits.rests_by == nullptr || limits.rests_by->resting(of_rows).empty()) {
    return {plan::Pass::key_ranges, because, bound};
  }
  return {plan::Pass::one_pass,
          fmt::format("{}, so it rests {:.0f} % of the time", because,
                      100 * resting_s / (expected_s + resting_s)),
          bound,
          of_rows,
          Seconds{expected_s},
          Seconds{resting_s},
          Seconds{awake_s}};
}

}  // namespace

bool has_ranges(const plan::SummaryPlan& plan) {
  return plan.backfill_scan.pass == plan::Pass::key_ranges && !plan.numbers_across_keys();
}

std::uint64_t estimated_rows(const plan::SummaryPlan& plan) {
  const std::string& alias = plan.backfill_scan.alias;
  return alias.empty() ? rows_of(plan) : plan.table(alias).info.estimated_rows;
}

Order choose_order(const plan::SummaryPlan& plan, const Tour& tour, const OrderLimits& limits) {
  using plan::Pass;
  if (!has_ranges(plan)) {
    return {Pass::one_pass,
            fmt::format("{}, so it takes as long as it takes", plan.verify_scan.reason),
            std::nullopt};
  }
  const auto bound = limits.snapshot_max;
  if (limits.asked) return {*limits.asked, "asked for", bound};
  if (plan.verify_scan.pass == Pass::key_ranges) {
    return {Pass::key_ranges, plan.verify_scan.reason, bound};
  }
  if (limits.work_share < 1) {
    return {Pass::key_ranges,
            fmt::format("it works {:g} % of the time, and rests between ranges",
                        limits.work_share * 100),
            bound};
  }
  const double expected = estimate(plan, tour) * limits.work;
  const std::string because =
      fmt::format("one pass over {} rows is expected to take {:.1f} s, {}", rows_of(plan), expected,
                  tour.one_pass_seconds_per_row ? "at the pace of the last" : "a cautious guess");
  if (expected * margin > Seconds(bound).count()) {
    return {Pass::key_ranges,
            fmt::format("{}; a snapshot may last {:g} s", because, Seconds(bound).count()), bound};
  }
  if (limits.left && expected * margin > limits.left->count()) {
    return {Pass::key_ranges,
            fmt::format("{}; {:.1f} s are left of the time budget", because, limits.left->count()),
            bound};
  }
  if (limits.gently_always || expected > short_pass_s) {
    const std::string why = limits.why_gently();
    if (!why.empty()) {
      return gently(plan, limits, expected, fmt::format("{}, and {}", because, why));
    }
  }
  return {Pass::one_pass, because, bound};
}

void one_pass_took(const plan::SummaryPlan& plan, Seconds time, Tour& tour) {
  if (rows_of(plan) < telling_rows) return;
  tour.one_pass_seconds_per_row = time.count() / static_cast<double>(rows_of(plan));
}

void one_pass_ran_out(const plan::SummaryPlan& plan, Seconds time, Tour& tour) {
  // Statistics of a table that was just filled say nothing, and the next choice must not be as
  // wrong.
  const auto rows = static_cast<double>(std::max<std::uint64_t>(rows_of(plan), 1));
  const double at_least = 2 * time.count() / rows;
  tour.one_pass_seconds_per_row = std::max(at_least, tour.one_pass_seconds_per_row.value_or(0));
}

void gentle_pass_took(const plan::SummaryPlan& plan, const Order& order, Seconds time, Tour& tour) {
  const double factor = std::clamp((time - order.resting) / order.awake, step_back, step_on);
  one_pass_took(plan, order.expected * factor, tour);
}

void gentle_pass_ran_out(const plan::SummaryPlan& plan, const Order& order, Tour& tour) {
  one_pass_took(plan, order.expected * leap_on, tour);
}

void tour_by_ranges_ended(Tour& tour) {
  if (tour.one_pass_seconds_per_row) *tour.one_pass_seconds_per_row *= 0.9;
}

}  // namespace keepsum::reconcile
