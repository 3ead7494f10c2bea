#include "engine/embed/load.hpp"

#include <fmt/format.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <set>

#include "engine/embed/compiled.hpp"
#include "engine/lifecycle/changes.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/read.hpp"

namespace keepsum::embed {

namespace {

// A payment must not be the first to find out that there is no table to write to.
Result<void> check_applied(lifecycle::Database& database, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const lifecycle::Standing now, lifecycle::standing(database, plan));
  if (now.state != lifecycle::State::absent && now.same_meaning) return {};
  if (now.state != lifecycle::State::absent) {
    // Of another order of columns, or with other indexes: the hooks write the same.
    KEEPSUM_ASSIGN(const auto record, lifecycle::Control(database).find(plan.spec.name));
    KEEPSUM_ASSIGN(const auto applied,
                   lifecycle::Changes(database).shape(plan.spec.name, record->plan_hash));
    if (applied == lifecycle::shape_of(plan, database.dialect)) return {};
  }
  Error error;
  error.code = ErrorCode::plan_moved;
  error.recovery = Recovery::fix_spec;
  error.where = plan.spec.name;
  error.message = now.state == lifecycle::State::absent
                      ? fmt::format("the summary `{}` is kept by hooks and is not in the database",
                                    plan.spec.name)
                      : fmt::format(
                            "the summary `{}` is in the database with another meaning "
                            "than this spec gives it",
                            plan.spec.name);
  error.hint = "run `keepsum apply` with this spec before services that call its hooks";
  return error;
}

// Tables whose rows may not be what an INSERT said: MySQL's BEFORE INSERT triggers can set NEW, and
// any trigger on SQLite can update the row.
Result<std::set<std::string>> altered_tables(db::Catalog& catalog) {
  std::set<std::string> altered;
  KEEPSUM_ASSIGN(const auto triggers, catalog.trigger_events());
  for (const db::TriggerInfo& trigger : triggers) {
    if (trigger.name.starts_with("ks_")) continue;
    if (trigger.timing_event.empty() || trigger.timing_event == "BEFORE INSERT") {
      altered.insert(boost::algorithm::to_lower_copy(trigger.table));
    }
  }
  return altered;
}

}  // namespace

Result<Summaries> load(std::string_view spec_text, db::Session& session, db::Catalog& catalog,
                       std::unique_ptr<const sql::Dialect> dialect) {
  KEEPSUM_ASSIGN(auto plans, lifecycle::load_plans(spec_text, session, catalog, *dialect));
  lifecycle::Database database{session, catalog, *dialect, {}};
  for (const plan::SummaryPlan& plan : plans) {
    if (plan.spec.capture == schema::Capture::hooks) {
      KEEPSUM_TRY(check_applied(database, plan));
    }
  }
  KEEPSUM_ASSIGN(const auto altered, altered_tables(catalog));
  return Summaries(std::make_shared<const Compiled>(std::move(plans), std::move(dialect), altered));
}

}  // namespace keepsum::embed
