#include "engine/reconcile/tour.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "engine/db/optional.hpp"
#include "engine/lifecycle/control.hpp"
#include "engine/reconcile/position.hpp"

namespace keepsum::reconcile {

namespace json = boost::json;

namespace {

constexpr std::int64_t tour_version = 1;
constexpr std::size_t recent_max = 32;

constexpr const char* tour_columns[] = {
    "version",     "layout",          "fence",         "position",   "started_at",
    "share",       "keys_checked",    "drifted",       "chunk_rows", "one_pass_seconds_per_row",
    "recent_runs", "last_started_at", "last_ended_at", "last_keys"};

double as_double(const db::Value& value) {
  return std::strtod(db::as_text(value).c_str(), nullptr);
}

std::string to_text(const std::vector<RunShare>& recent) {
  json::array runs;
  for (const RunShare& run : recent) runs.push_back(json::array{run.started_at_s, run.share});
  return json::serialize(runs);
}

std::vector<RunShare> recent_from(const std::string& text) {
  std::vector<RunShare> recent;
  boost::system::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_array()) return recent;
  for (const json::value& run : parsed.get_array()) {
    if (!run.is_array() || run.get_array().size() != 2) return {};
    const json::value& at = run.get_array()[0];
    const json::value& share = run.get_array()[1];
    if (!at.is_number() || !share.is_number()) return {};
    recent.push_back({at.to_number<double>(), share.to_number<double>()});
  }
  return recent;
}

Tour to_tour(const db::Row& row) {
  Tour tour;
  if (!db::is_null(row[3])) tour.position = value_from_json_text(db::as_text(row[3]));
  tour.started_at = optional_text(row[4]).value_or("");
  tour.share = as_double(row[5]);
  tour.keys = db::as_int64(row[6]);
  tour.drifted = db::as_int64(row[7]);
  if (!db::is_null(row[8])) tour.chunk_rows = static_cast<std::uint64_t>(db::as_int64(row[8]));
  if (!db::is_null(row[9])) tour.one_pass_seconds_per_row = as_double(row[9]);
  tour.recent = recent_from(optional_text(row[10]).value_or("[]"));
  tour.last_started_at = optional_text(row[11]);
  tour.last_ended_at = optional_text(row[12]);
  if (!db::is_null(row[13])) tour.last_keys = db::as_int64(row[13]);
  return tour;
}

// What stays true of a summary whose position does not hold any more.
Tour from_the_start(const Tour& old) {
  Tour tour;
  tour.one_pass_seconds_per_row = old.one_pass_seconds_per_row;
  return tour;
}

}  // namespace

std::optional<double> Tour::seconds_per_round(double now_s) const {
  if (recent.size() < 2) return std::nullopt;
  double before_last = 0;
  for (std::size_t i = 0; i + 1 < recent.size(); ++i) before_last += recent[i].share;
  const double all = before_last + recent.back().share;
  if (before_last <= 0) return std::nullopt;
  // The first is a whole number of intervals between runs; the second notices that none came since.
  const double by_interval =
      (recent.back().started_at_s - recent.front().started_at_s) / before_last;
  const double until_now = (now_s - recent.front().started_at_s) / all;
  return std::max(by_interval, until_now);
}

Result<bool> Tours::exist() {
  if (!exist_) {
    KEEPSUM_ASSIGN(const auto table, database_.catalog.table("keepsum_tours"));
    exist_ = table.has_value();
  }
  return *exist_;
}

Result<std::string> Tours::layout_of(const plan::SummaryPlan& plan) {
  lifecycle::Control control(database_);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  const plan::ScanPlan& scan = plan.backfill_scan;
  return fmt::format("{} {}.{}", record ? record->plan_hash : "", scan.alias, scan.column);
}

Result<Tours::Loaded> Tours::load(const plan::SummaryPlan& plan) {
  Loaded loaded;
  KEEPSUM_ASSIGN(const bool there, exist());
  if (!there) return loaded;
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row(fmt::format("SELECT {} FROM keepsum_tours WHERE summary = ?",
                                                   fmt::join(tour_columns, ", ")),
                                       std::vector<db::Value>{plan.spec.name}));
  if (!row) return loaded;
  KEEPSUM_ASSIGN(const std::string layout, layout_of(plan));
  loaded.tour = to_tour(*row);
  if (db::as_int64((*row)[0]) != tour_version) {
    loaded.restarted = "another version of keepsum wrote down the position";
  } else if (db::as_text((*row)[1]) != layout) {
    loaded.restarted = "the spec or the index of the key has changed";
  } else if (!db::is_null((*row)[3]) && !loaded.tour.position) {
    loaded.restarted = "the position in keepsum_tours cannot be read";
  }
  if (!loaded.restarted.empty()) loaded.tour = from_the_start(loaded.tour);
  return loaded;
}

Result<std::optional<Tour>> Tours::find(const std::string& summary) {
  KEEPSUM_ASSIGN(const bool there, exist());
  if (!there) return std::optional<Tour>{};
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row(fmt::format("SELECT {} FROM keepsum_tours WHERE summary = ?",
                                                   fmt::join(tour_columns, ", ")),
                                       std::vector<db::Value>{summary}));
  if (!row) return std::optional<Tour>{};
  return std::optional(to_tour(*row));
}

Result<void> Tours::save(const plan::SummaryPlan& plan, const Tour& tour, Lease& lease) {
  KEEPSUM_ASSIGN(const bool there, exist());
  if (!there) return {};
  KEEPSUM_ASSIGN(const std::string layout, layout_of(plan));
  std::vector<std::string> assignments, places;
  for (const char* column : tour_columns) {
    assignments.push_back(fmt::format("{} = {}", column, database_.dialect.incoming(column)));
    places.emplace_back("?");
  }
  assignments.push_back(fmt::format("updated_at = {}", database_.dialect.utc_now()));
  std::vector<RunShare> recent = tour.recent;
  if (recent.size() > recent_max) recent.erase(recent.begin(), recent.end() - recent_max);
  const auto number = [](const auto& value) {
    return value ? db::Value(static_cast<std::int64_t>(*value)) : db::Value();
  };
  const std::vector<db::Value> params{
      tour_version,
      layout,
      lease.fence(),
      tour.position ? db::Value(to_json_text(*tour.position)) : db::Value(),
      tour.started_at.empty() ? db::Value() : db::Value(tour.started_at),
      tour.share,
      tour.keys,
      tour.drifted,
      number(tour.chunk_rows),
      tour.one_pass_seconds_per_row ? db::Value(*tour.one_pass_seconds_per_row) : db::Value(),
      to_text(recent),
      db::nullable(tour.last_started_at),
      db::nullable(tour.last_ended_at),
      number(tour.last_keys),
      plan.spec.name};
  const std::string statement = fmt::format(
      "INSERT INTO keepsum_tours ({}, summary, updated_at) VALUES ({}, ?, {}) {}",
      fmt::join(tour_columns, ", "), fmt::join(places, ", "), database_.dialect.utc_now(),
      database_.dialect.upsert_clause({"summary"}, assignments));
  return lifecycle::in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    KEEPSUM_TRY(database_.session.execute(statement, params));
    return {};
  });
}

Result<std::string> Tours::now() {
  KEEPSUM_ASSIGN(const auto now,
                 database_.session.scalar(fmt::format("SELECT {}", database_.dialect.utc_now())));
  return db::as_text(now);
}

// "2026-03-01 04:00:02.123456"
double Tours::seconds_of(const std::string& utc) {
  std::tm time{};
  double seconds = 0;
  if (std::sscanf(utc.c_str(), "%d-%d-%d %d:%d:%lf", &time.tm_year, &time.tm_mon, &time.tm_mday,
                  &time.tm_hour, &time.tm_min, &seconds) != 6) {
    return 0;
  }
  time.tm_year -= 1900;
  time.tm_mon -= 1;
  return static_cast<double>(timegm(&time)) + seconds;
}

}  // namespace keepsum::reconcile
