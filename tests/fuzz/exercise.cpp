#include "tests/fuzz/exercise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/lifecycle/load_plans.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/delta.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/golden/generated.hpp"

namespace keepsum::fuzz {

namespace {

using Plans = std::vector<plan::SummaryPlan>;

// Of the values of a row, whatever the statement.
bool is_of_values(const Error& error, bool mariadb) {
  if (mariadb) {
    constexpr std::array codes = {1048, 1062, 1264, 1265, 1292, 1366, 1406,
                                  1411, 1427, 1441, 1690, 1918, 4078};
    return std::ranges::find(codes, error.native_code) != codes.end();
  }
  constexpr std::array<std::string_view, 5> texts = {
      "integer overflow", "constraint failed", "cannot store", "datatype mismatch", "too big"};
  return std::ranges::any_of(texts, [&error](std::string_view text) {
    return error.server_message.find(text) != std::string::npos;
  });
}

Error error_of(const Result<std::uint64_t>& done) {
  return done.has_error() ? done.error() : Error{};
}

void make(Ground& ground, const std::string& what, const std::string& sql) {
  const auto done = ground.run(sql);
  require(done.has_value(), fmt::format("{}: {}: {}", what, error_of(done).server_message, sql));
}

bool has_floats(const plan::SummaryPlan& plan) {
  return std::ranges::any_of(plan.state, [](const auto& column) { return column.floating; });
}

// A verification of all keys: none differs.
void require_equal(Ground& ground, const plan::SummaryPlan& plan) {
  const std::string sql = sql::compare_range(plan, ground.dialect(), {false, false});
  const auto rows = ground.session().rows(sql);
  if (rows.has_error() && is_of_values(rows.error(), ground.is_mariadb())) return;
  require(rows.has_value(), fmt::format("{}: {}", describe(rows.error()), sql));
  if (has_floats(plan)) return;
  for (const db::Row& row : *rows) {
    std::string shown;
    for (const db::Value& value : row) shown += db::display(value) + "|";
    require(db::display(row[plan.keys.size() + 2]) == "0", plan.spec.name + " differs: " + shown);
  }
}

// Hooks name what says that they write.
void prepare_all(Ground& ground, const plan::SummaryPlan& plan) {
  const sql::Dialect& dialect = ground.dialect();
  make(ground, "the hooks' mark",
       fmt::format("ALTER TABLE {} ADD COLUMN {} INT NOT NULL DEFAULT 0",
                   dialect.identifier(plan.spec.name), dialect.identifier(sql::hooks_marker)));
  for (const auto& [what, sql] : test::statements_of(plan, dialect)) ground.prepare(sql);
}

Owned owned_by(const Plans& plans, const std::set<std::string>& tables) {
  Owned owned{.base = tables, .summary = {}};
  for (const plan::SummaryPlan& plan : plans) {
    owned.summary.insert({plan.spec.name, "ks_" + plan.spec.name + "$sealed"});
  }
  return owned;
}

}  // namespace

bool exercise(Ground& ground, const Exercise& exercise) {
  if (!ground.rebuild(exercise.schema)) return false;
  const auto plans =
      lifecycle::load_plans(exercise.spec, ground.session(), ground.catalog(), ground.dialect());
  if (plans.has_error()) {
    require_printable(plans.error().message);
    require(plans.error().code == ErrorCode::invalid_spec, describe(plans.error()));
    return false;
  }
  ground.restrict_to(owned_by(*plans, exercise.tables));
  for (const plan::SummaryPlan& plan : *plans) {
    for (const auto& [what, sql] : test::objects_of(plan, ground.dialect())) {
      make(ground, what, sql);
    }
  }
  for (const std::string& change : exercise.changes) {
    const auto done = ground.run(change);
    require(done.has_value() || is_of_values(done.error(), ground.is_mariadb()),
            fmt::format("{}: {}", error_of(done).server_message, change));
    for (const plan::SummaryPlan& plan : *plans) require_equal(ground, plan);
  }
  for (const plan::SummaryPlan& plan : *plans) prepare_all(ground, plan);
  ground.require_canary();
  return true;
}

}  // namespace keepsum::fuzz
