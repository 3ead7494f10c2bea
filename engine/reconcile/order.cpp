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
// Of fewer rows the time is that of the round trips.
constexpr std::uint64_t telling_rows = 10'000;

std::uint64_t rows_of(const plan::SummaryPlan& plan) {
  return plan.tables.front().info.estimated_rows;
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
      return {Pass::key_ranges, fmt::format("{}, and {}", because, why), bound};
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

void tour_by_ranges_ended(Tour& tour) {
  if (tour.one_pass_seconds_per_row) *tour.one_pass_seconds_per_row *= 0.9;
}

}  // namespace keepsum::reconcile
