#include "engine/reconcile/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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
constexpr double least_share = 0.04;
// A run without a budget takes so long for the sake of resting, and not longer.
constexpr double gentle_run_s = 300;
// How long it works between two rests, on average. A thread that has the core for longer is felt by
// those that wait for it, however much it rests in all: see docs/decisions/0011-pace.md. Twice as
// many rests cost twice as much, so that is for where there is time to rest for long.
constexpr double between_rests_s = 0.00025, between_long_rests_s = 0.00012;
constexpr double long_rests = 3;  // times the work
// What a rest costs: sleep ends late, and caches have gone cold.
constexpr double after_a_rest_s = 0.0002;
// What it works takes longer beside writers on the same cores. What it may take of its time then.
constexpr double beside_others = 1.6;
constexpr double gentle_part = 0.9;
// A part is to be awake for so much of the time that there is, and to rest for what is left of
// gentle_part: the least where all parts together have the time for it, the most where they have
// not. Who has given the run a budget wants it to get on.
constexpr double awake_least = 0.1, awake_most = 0.4, awake_most_of_a_budget = 0.6;
// What a row costs in a part, in multiples of what it costs in a pass over the whole. Of an eighth
// of the keys or more the driving table is read as it lies; below, row by row by way of an index,
// and then a longer part is no cheaper: see docs/decisions/0011-pace.md.
constexpr double as_it_lies = 1.5, by_way_of_an_index = 4;
constexpr double large_part = 0.125;
constexpr double small_part_room_s = 5;
// In less time than this, or with fewer rows, a part would be all overhead.
constexpr double part_room_least_s = 2;
constexpr double part_rows_least = 1'000;
// So little of a part is no part of its own at the end, but makes the others larger.
constexpr double a_small_rest = 0.05;
// The last part asks for some more, as the number of rows is an estimate.
constexpr double of_the_last_part = 1.25;
// How far one gentle pass moves the estimate, and one that had to be given up.
constexpr double step_back = 0.8, step_on = 1.25, leap_on = 1.5;
// One that sleeps for longer, in multiples of what it is awake, says nothing: it sleeps at rows,
// and how many they are is an estimate.
constexpr double telling_rest = 2;
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

double room_s(const OrderLimits& limits) {
  const double bound_s = Seconds(limits.snapshot_max).count();
  return limits.left ? std::min(bound_s, limits.left->count()) : bound_s;
}

// What a run may take, in as many statements as it likes.
double run_s(const OrderLimits& limits) {
  return limits.left ? limits.left->count()
                     : std::max(gentle_run_s, Seconds(limits.snapshot_max).count());
}

double longest_rest_s(double work_s) { return work_s * (1 / least_share - 1); }

// Of what would take so long at full speed, and gives so many rows.
struct Rhythm {
  Rhythm(double work_s, double rows, double room_s, double between_s)
      : rests(std::max(1.0, work_s / between_s)),
        awake_s(work_s * beside_others + rests * after_a_rest_s),
        resting_s(std::clamp(room_s * gentle_part - awake_s, 0.0, longest_rest_s(work_s))),
        of_rows{std::min(1.0, rests / rows), Seconds{resting_s / rests}},
        percent(100 * resting_s / (work_s + resting_s)) {}
  double rests, awake_s, resting_s;
  sql::Rests of_rows;
  double percent;
};

Rhythm rhythm_of(double work_s, double rows, double room_s) {
  const Rhythm often(work_s, rows, room_s, between_long_rests_s);
  if (often.resting_s >= long_rests * work_s) return often;
  return {work_s, rows, room_s, between_rests_s};
}

bool can_rest(const OrderLimits& limits) {
  return limits.rests_by != nullptr &&
         !limits.rests_by->resting({1, Seconds{between_rests_s}}).empty();
}

// So much of the keys that it is awake for its part of the room.
struct PartSize {
  double share, cost, room_s;
};

PartSize part_size(const OrderLimits& limits, double expected_s) {
  const double awake_s = expected_s * (beside_others + after_a_rest_s / between_rests_s);
  const double most = limits.left ? awake_most_of_a_budget : awake_most;
  const double room = room_s(limits);
  const double largest = most * room / (awake_s * as_it_lies);
  if (largest >= large_part) {
    const double awake = std::max(awake_least, awake_s * as_it_lies / run_s(limits));
    const double wanted = awake * room / (awake_s * as_it_lies);
    return {std::clamp(wanted, large_part, largest), as_it_lies, room};
  }
  const double small_room = std::min(room, small_part_room_s);
  return {most * small_room / (awake_s * by_way_of_an_index), by_way_of_an_index, small_room};
}

Order in_rhythm(const OrderLimits& limits, double expected_s, const Rhythm& rhythm,
                const std::string& reason, std::optional<std::uint64_t> part_rows = std::nullopt) {
  return {
      plan::Pass::one_pass,    fmt::format("{} rests {:.0f} % of the time", reason, rhythm.percent),
      limits.snapshot_max,     rhythm.of_rows,
      Seconds{expected_s},     Seconds{rhythm.resting_s},
      Seconds{rhythm.awake_s}, part_rows};
}

// Nothing where parts will not do either.
std::optional<Order> by_parts(const plan::SummaryPlan& plan, const Tour& tour,
                              const OrderLimits& limits, double expected_s,
                              const std::string& because) {
  if (!limits.may_go_by_parts || !can_rest(limits)) return std::nullopt;
  const PartSize size = part_size(limits, expected_s);
  const double left = 1 - tour.share;
  double share = std::min(size.share, 1.0);
  bool is_last = false;
  if (tour.share < Tour::share_max) {  // else nobody knows how much is left
    const double parts = std::max(1.0, std::ceil(left / share - a_small_rest));
    share = left / parts;
    is_last = parts == 1;
  }
  const double rows = share * static_cast<double>(estimated_rows(plan));
  if (size.room_s < part_room_least_s || rows < part_rows_least) return std::nullopt;
  return in_rhythm(
      limits, expected_s,
      rhythm_of(expected_s * size.cost * share, joined_rows(plan) * share, size.room_s),
      fmt::format("{}, so it goes by parts of {:.1f} % of the keys, and", because, 100 * share),
      static_cast<std::uint64_t>(is_last ? rows * of_the_last_part : rows));
}

Order gently(const plan::SummaryPlan& plan, const Tour& tour, const OrderLimits& limits,
             double expected_s, bool is_too_long, const std::string& because) {
  if (!limits.no_gentle_pass.empty()) {
    return {plan::Pass::key_ranges, fmt::format("{}, and {}", because, limits.no_gentle_pass),
            limits.snapshot_max};
  }
  const double room = room_s(limits);
  const Rhythm rhythm = rhythm_of(expected_s, joined_rows(plan), room);
  const bool has_time = rhythm.awake_s <= gentle_part * room || !limits.may_go_by_parts;
  const bool will_do = !is_too_long && !tour.position && has_time && can_rest(limits);
  // In more statements than one it may rest for longer than a snapshot may last.
  const bool could_rest_more =
      rhythm.resting_s < longest_rest_s(expected_s) && run_s(limits) > room * margin;
  if (!will_do || could_rest_more) {
    if (auto parts = by_parts(plan, tour, limits, expected_s, because)) return *std::move(parts);
  }
  if (!will_do) return {plan::Pass::key_ranges, because, limits.snapshot_max};
  return in_rhythm(limits, expected_s, rhythm, because + ", so it");
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
  std::string too_long;
  if (expected * margin > Seconds(bound).count()) {
    too_long = fmt::format("; a snapshot may last {:g} s", Seconds(bound).count());
  } else if (limits.left && expected * margin > limits.left->count()) {
    too_long = fmt::format("; {:.1f} s are left of the time budget", limits.left->count());
  }
  if (limits.gently_always || expected > short_pass_s) {
    const std::string why = limits.why_gently();
    if (!why.empty()) {
      const std::string all = fmt::format("{}{}, and {}", because, too_long, why);
      return gently(plan, tour, limits, expected, !too_long.empty(), all);
    }
  }
  return {too_long.empty() ? Pass::one_pass : Pass::key_ranges, because + too_long, bound};
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
  if (order.resting > telling_rest * order.awake) return;
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
