#include "engine/lifecycle/read.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engine/lifecycle/change_set.hpp"
#include "engine/sql/reading.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::lifecycle {

namespace {

// In the type that a stored zero would have: who reads a key must not see whether it has a row.
db::Value zero(const plan::ExprType& type) {
  if (type.family != db::TypeFamily::decimal) return std::int64_t{0};
  const std::string fraction(static_cast<std::size_t>(type.scale), '0');
  return db::Decimal{fraction.empty() ? "0" : "0." + fraction};
}

}  // namespace

Result<Standing> standing(Database& database, const plan::SummaryPlan& plan) {
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  Standing result;
  result.shadow = plan.spec.shadow;
  if (!record) return result;
  result.state = record->state;
  result.same_meaning = record->definition == definition_of(plan, database.dialect);
  for (const plan::SummaryPlan* foundation : plan.foundations()) {
    KEEPSUM_ASSIGN(const Standing below, standing(database, *foundation));
    result.founded = result.founded && below.is_true();
  }
  return result;
}

Result<void> check_meaning(Database& database, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const Standing now, standing(database, plan));
  if (now.same_meaning || now.state == State::absent) return {};
  Error error;
  error.code = ErrorCode::plan_moved;
  error.where = plan.spec.name;
  error.message = fmt::format(
      "the spec of {} is not the one that was applied: repairing by it would write other figures",
      plan.spec.name);
  error.hint = "look at `keepsum plan`, then `keepsum apply`";
  return error;
}

namespace {

Reading reading_of(const plan::SummaryPlan& plan, std::optional<db::Row> row) {
  Reading reading;
  reading.from_summary = true;
  reading.exists = row.has_value();
  if (row) {
    reading.values = std::move(*row);
    return reading;
  }
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    const plan::StateColumn& first = plan.state[aggregate.state.front()];
    const bool null = aggregates::empty_value(first.merge) == "NULL" ||
                      (aggregate.visible && aggregate.visible->type.nullable);
    reading.values.push_back(null ? db::Value() : zero(first.type));
  }
  return reading;
}

// Nothing if the table means something else by now.
Result<std::optional<Reading>> read_by_mark(Database& database, const plan::SummaryPlan& plan,
                                            const std::vector<db::Value>& key) {
  sql::Columns all(plan.aggregates.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  const std::string mark = live_mark(plan, database.dialect);
  auto row = database.session.row(sql::read_plain(plan, database.dialect, all, mark), key);
  if (row.has_value()) return std::optional(reading_of(plan, std::move(row).value()));
  if (database.dialect.is_gone(row.error())) return std::optional<Reading>{};
  return std::move(row).error();
}

// Of latches that are filled by those who read them: what is not set is asked of the source, and
// set if that shows it. Whoever may not write reads all the same. Nothing if the table is gone.
Result<std::optional<Reading>> read_lazily(Database& database, const plan::SummaryPlan& plan,
                                           const std::vector<db::Value>& key) {
  auto stored = read_from_summary(database, plan, key);
  if (stored.has_error() && database.dialect.is_gone(stored.error())) {
    return std::optional<Reading>{};
  }
  KEEPSUM_ASSIGN(Reading reading, std::move(stored));
  const auto is_set = [](const db::Value& value) {
    return !db::is_null(value) && db::as_int64(value) != 0;
  };
  if (std::all_of(reading.values.begin(), reading.values.end(), is_set)) {
    return std::optional(std::move(reading));
  }
  KEEPSUM_ASSIGN(const Reading source, read_from_source(database, plan, key));
  reading.from_summary = false;
  std::vector<db::Value> params = key;
  params.emplace_back(digest(definition_of(plan, database.dialect)));
  for (std::size_t i = 0; i < reading.values.size(); ++i) {
    if (is_set(reading.values[i]) || !is_set(source.values[i])) continue;
    reading.values[i] = source.values[i];
    const auto noted = database.session.execute(sql::set_latch(plan, database.dialect, i), params);
    if (noted.has_error() && noted.error().code == ErrorCode::connection_lost) {
      return noted.error();
    }
  }
  return std::optional(std::move(reading));
}

}  // namespace

Result<Reading> read_from_summary(Database& database, const plan::SummaryPlan& plan,
                                  const std::vector<db::Value>& key) {
  KEEPSUM_ASSIGN(auto row, database.session.row(sql::read_summary(plan, database.dialect), key));
  return reading_of(plan, std::move(row));
}

Result<Reading> read_from_source(Database& database, const plan::SummaryPlan& plan,
                                 const std::vector<db::Value>& key) {
  KEEPSUM_ASSIGN(auto row, database.session.row(sql::read_source(plan, database.dialect), key));
  Reading reading;
  if (row) reading.values = std::move(*row);
  return reading;
}

Result<Reading> read(Database& database, const plan::SummaryPlan& plan,
                     const std::vector<db::Value>& key) {
  KEEPSUM_ASSIGN(const Standing now, standing(database, plan));
  std::optional<Reading> reading;
  if (now.answers()) {
    KEEPSUM_ASSIGN(reading, read_by_mark(database, plan, key));
  }
  const bool is_lazy = now.state == State::lazy && now.same_meaning && !now.shadow;
  if (is_lazy) {
    KEEPSUM_ASSIGN(reading, read_lazily(database, plan, key));
  }
  if (!reading) {
    KEEPSUM_ASSIGN(reading, read_from_source(database, plan, key));
  }
  reading->standing = now;
  return std::move(*reading);
}

}  // namespace keepsum::lifecycle
