#include "engine/maintain/trigger_set.hpp"

#include <fmt/format.h>

#include "engine/maintain/change_statements.hpp"
#include "engine/maintain/side_triggers.hpp"
#include "engine/sql/names.hpp"
#include "engine/sql/places.hpp"

namespace keepsum::maintain {

namespace {

std::string_view short_name(sql::Event event) {
  switch (event) {
    case sql::Event::insert: return "ins";
    case sql::Event::update: return "upd";
    case sql::Event::remove: return "del";
  }
  return "";
}

// No row means what 0 means. A locking read: the writer's snapshot may be older than the last move.
std::string gated(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                  const std::string& guard) {
  const std::string gate =
      fmt::format("COALESCE((SELECT hooks FROM keepsum_captures WHERE summary = {}{}), 0) = 0",
                  dialect.literal(plan.spec.name), dialect.lock_clause());
  return guard.empty() ? gate : fmt::format("({}) AND {}", guard, gate);
}

}  // namespace

// A summary's name holds no `$`, so no prefix is the start of another's. Of a successor's name as
// much as leaves room for what follows.
std::string trigger_prefix(const std::string& summary) {
  return "ks_" + sql::fit(summary, sql::summary_name_max) + "$";
}

std::vector<sql::TriggerText> trigger_set(const plan::SummaryPlan& plan,
                                          const sql::Dialect& dialect) {
  std::vector<sql::TriggerText> all;
  if (plan.spec.capture == schema::Capture::triggers) {
    all = triggers_of(plan, dialect, TriggerForm::plain);
  }
  for (sql::TriggerText& trigger : side_triggers(plan, dialect)) all.push_back(std::move(trigger));
  return all;
}

std::vector<sql::Trigger> plain_triggers(const plan::SummaryPlan& whole,
                                         const sql::Dialect& dialect) {
  const plan::SummaryPlan& plan = whole.written();
  std::vector<sql::Trigger> triggers;
  const std::string prefix = trigger_prefix(plan.spec.name);
  for (const plan::Hook& hook : plan.hooks) {
    if (!hook.needed) continue;
    sql::Trigger trigger;
    trigger.name =
        sql::fit(fmt::format("{}{}_{}", prefix, sql::safe(hook.alias), short_name(hook.event)),
                 dialect.name_length_max());
    trigger.table = plan.table(hook.alias).info.name;
    trigger.timing = hook.timing;
    trigger.event = hook.event;
    trigger.guard = trigger_guard(plan, dialect, hook);
    trigger.refusal = refusal(plan, dialect, hook);
    // Of a summary that has nothing but steps or places there is nothing else.
    if (!plan.state.empty()) trigger.statements = trigger_statements(plan, dialect, hook);
    for (std::string& statement : step_statements(whole, dialect, hook)) {
      trigger.statements.push_back(std::move(statement));
    }
    const auto add = [&](std::string_view suffix, std::vector<std::string> statements,
                         std::string guard, sql::Timing timing) {
      if (statements.empty()) return;
      sql::Trigger further = trigger;
      further.name = sql::fit(
          fmt::format("{}{}_{}_{}", prefix, sql::safe(hook.alias), short_name(hook.event), suffix),
          dialect.name_length_max());
      further.timing = timing;
      further.guard = std::move(guard);
      further.statements = std::move(statements);
      triggers.push_back(std::move(further));
    };
    if (hook.event == sql::Event::insert) {
      add("turn", sql::turns_for_insert(whole, dialect), "", sql::Timing::before);
    }
    Places of_places = places(whole, dialect, hook);
    add("places", std::move(of_places.statements), std::move(of_places.guard), hook.timing);
    if (!trigger.statements.empty()) triggers.push_back(std::move(trigger));
  }
  for (const plan::Cascade& cascade : plan.cascades) {
    sql::Trigger trigger;
    trigger.name = sql::fit(fmt::format("{}{}_cascade_{}", prefix, sql::safe(cascade.root_table),
                                        short_name(cascade.event)),
                            dialect.name_length_max());
    trigger.table = cascade.root_table;
    trigger.timing = sql::Timing::before;
    trigger.event = cascade.event;
    trigger.guard = cascade_guard(dialect, cascade, cascade.root);
    trigger.statements = cascade_statements(plan, dialect, cascade);
    triggers.push_back(std::move(trigger));
  }
  return triggers;
}

std::vector<sql::TriggerText> triggers_of(const plan::SummaryPlan& plan,
                                          const sql::Dialect& dialect, TriggerForm form) {
  std::vector<sql::TriggerText> triggers;
  for (sql::Trigger& trigger : plain_triggers(plan, dialect)) {
    if (form == TriggerForm::gated) trigger.guard = gated(plan, dialect, trigger.guard);
    triggers.push_back(dialect.create_trigger(trigger));
  }
  return triggers;
}

}  // namespace keepsum::maintain
