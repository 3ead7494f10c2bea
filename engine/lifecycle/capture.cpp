#include "engine/lifecycle/capture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/maintain/side_triggers.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum::lifecycle {

using Found = PlannedTrigger::Found;
using schema::Capture;

namespace {

bool is_installed(const db::TriggerInfo& wanted, const db::TriggerInfo& found) {
  return boost::algorithm::iequals(wanted.table, found.table) &&
         wanted.timing_event == found.timing_event &&
         boost::algorithm::trim_copy(wanted.statement) ==
             boost::algorithm::trim_copy(found.statement);
}

void find(PlannedTrigger& trigger, const std::vector<db::TriggerInfo>& installed) {
  for (const db::TriggerInfo& info : installed) {
    if (info.name != trigger.plain.name) continue;
    trigger.made_at = info.made_at;
    trigger.installed = info;
    trigger.found = is_installed(trigger.plain.installed, info)   ? Found::plain
                    : is_installed(trigger.gated.installed, info) ? Found::gated
                                                                  : Found::altered;
    return;
  }
}

ObjectChange trigger_change(const PlannedTrigger& trigger, Capture wanted) {
  ObjectChange change;
  change.kind = "trigger";
  change.name = trigger.plain.name;
  change.on = trigger.plain.installed.table;
  if (wanted == Capture::hooks) {
    change.action = Action::drop;
    change.reason = trigger.found == Found::gated ? "a move of capture has left it"
                                                  : "the service's hooks write instead";
    change.drop_sql = {trigger.plain.drop_sql};
    return change;
  }
  change.create_sql = {trigger.plain.create_sql};
  switch (trigger.found) {
    case Found::nothing: change.action = Action::create; break;
    case Found::plain: break;
    case Found::gated:
      change.action = Action::change;
      change.reason = "it asks who writes: a move of capture was interrupted";
      change.drop_sql = {trigger.plain.drop_sql};
      break;
    case Found::altered:
      change.action = Action::change;
      change.reason = "the installed trigger is not the planned one";
      change.drop_sql = {trigger.plain.drop_sql};
      break;
  }
  return change;
}

bool hooks_are_plain(const Capturing& now) {
  return now.table && has_mark(*now.table, std::string(sql::hooks_marker));
}

ObjectChange row_change(const Capturing& now, const plan::SummaryPlan& plan,
                        const sql::Dialect& dialect) {
  ObjectChange change;
  change.kind = "capture";
  change.name = to_string(plan.spec.capture);
  change.create_sql = {put_capture_sql(dialect, plan.spec.name, plan.spec.capture)};
  if (!now.recorded) {
    change.action = Action::create;
  } else if (now.in_force != plan.spec.capture) {
    change.action = Action::change;
    change.reason = fmt::format("{} write until then", to_string(now.in_force));
  } else if (plan.spec.capture == Capture::hooks && !hooks_are_plain(now)) {
    change.action = Action::change;
    change.reason = "the hooks ask who writes, which they need not";
  }
  return change;
}

// Everything at once, where either a transaction covers it or a trigger cannot be replaced.
std::vector<Step> move_at_once(const Capturing& now, const plan::SummaryPlan& plan,
                               const sql::Dialect& dialect) {
  Step step;
  step.title =
      fmt::format("alone: the triggers, and from then on {} write", to_string(plan.spec.capture));
  step.alone = true;
  for (const PlannedTrigger& trigger : now.triggers) {
    const bool wanted = plan.spec.capture == Capture::triggers;
    if (trigger.found == (wanted ? Found::plain : Found::nothing)) continue;
    if (trigger.found != Found::nothing) step.statements.push_back(trigger.plain.drop_sql);
    if (wanted) step.statements.push_back(trigger.plain.create_sql);
  }
  step.statements.push_back(put_capture_sql(dialect, plan.spec.name, plan.spec.capture));
  return {step};
}

std::vector<Step> move_by_gates(const Capturing& now, const plan::SummaryPlan& plan,
                                const sql::Dialect& dialect) {
  const Capture to = plan.spec.capture;
  const bool moves = now.in_force != to;
  Step gate{"every trigger asks keepsum_captures who writes", {}, false};
  Step turn{fmt::format("alone: from then on {} write", to_string(to)), {}, true};
  Step settle;
  settle.title = to == Capture::triggers ? "the triggers ask no more"
                                         : "the triggers, which do nothing now, go";
  for (const PlannedTrigger& trigger : now.triggers) {
    if (moves && trigger.found != Found::gated) {
      gate.statements.push_back(trigger.gated.replace_sql);
    }
    if (to == Capture::hooks) {
      if (moves || trigger.found != Found::nothing) {
        settle.statements.push_back(trigger.plain.drop_sql);
      }
    } else if (moves || trigger.found != Found::plain) {
      settle.statements.push_back(trigger.plain.replace_sql);
    }
  }
  if (!moves) turn.title = "what is so is written down";
  if (moves || !now.recorded) {
    turn.statements.push_back(put_capture_sql(dialect, plan.spec.name, to));
  }
  std::vector<Step> steps;
  for (Step& step : std::vector{gate, turn, settle}) {
    if (!step.statements.empty()) steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace

bool Capturing::is_exact() const {
  if (!strangers.empty()) return false;
  // A plain hook writes without asking: it may be there only while hooks write.
  if (in_force == Capture::triggers && hooks_are_plain(*this)) return false;
  for (const PlannedTrigger& trigger : fixed) {
    if (trigger.found != Found::plain) return false;
  }
  return std::all_of(triggers.begin(), triggers.end(), [this](const PlannedTrigger& trigger) {
    const Found writes = in_force == Capture::triggers ? Found::plain : Found::nothing;
    return trigger.found == Found::gated || trigger.found == writes;
  });
}

bool Capturing::is_moving() const {
  return std::any_of(triggers.begin(), triggers.end(),
                     [](const PlannedTrigger& trigger) { return trigger.found == Found::gated; });
}

Result<Capturing> capturing(Database& database, const plan::SummaryPlan& plan) {
  Capturing now;
  Control control(database);
  KEEPSUM_ASSIGN(const auto recorded, control.capture(plan.spec.name));
  now.recorded = recorded.has_value();
  now.in_force = recorded.value_or(Capture::triggers);
  KEEPSUM_ASSIGN(now.table, database.catalog.table(plan.spec.name));
  KEEPSUM_ASSIGN(auto installed,
                 database.catalog.triggers(maintain::trigger_prefix(plan.spec.name)));
  auto plain = maintain::triggers_of(plan, database.dialect, maintain::TriggerForm::plain);
  auto gated = maintain::triggers_of(plan, database.dialect, maintain::TriggerForm::gated);
  const auto look_for = [&](PlannedTrigger trigger,
                            std::vector<PlannedTrigger>& among) -> Result<void> {
    find(trigger, installed);
    if (trigger.found == Found::nothing) {
      KEEPSUM_TRY(database.catalog.check_missing_trigger(trigger.plain.name));
    }
    std::erase_if(installed,
                  [&](const db::TriggerInfo& info) { return info.name == trigger.plain.name; });
    among.push_back(std::move(trigger));
    return {};
  };
  for (std::size_t i = 0; i < plain.size(); ++i) {
    KEEPSUM_TRY(
        look_for({std::move(plain[i]), std::move(gated[i]), Found::nothing, {}, {}}, now.triggers));
  }
  for (const sql::TriggerText& text : maintain::side_triggers(plan, database.dialect)) {
    KEEPSUM_TRY(look_for({text, text, Found::nothing, {}, {}}, now.fixed));
  }
  now.strangers = std::move(installed);
  return now;
}

std::vector<ObjectChange> capture_changes(const Capturing& now, const plan::SummaryPlan& plan,
                                          const sql::Dialect& dialect) {
  std::vector<ObjectChange> changes;
  for (const PlannedTrigger& trigger : now.triggers) {
    if (plan.spec.capture == Capture::hooks && trigger.found == Found::nothing) continue;
    changes.push_back(trigger_change(trigger, plan.spec.capture));
  }
  for (const PlannedTrigger& trigger : now.fixed) {
    changes.push_back(trigger_change(trigger, Capture::triggers));
  }
  for (const db::TriggerInfo& trigger : now.strangers) {
    ObjectChange change;
    change.action = Action::drop;
    change.kind = "trigger";
    change.name = trigger.name;
    change.on = trigger.table;
    change.reason = "the plan needs it no more";
    change.drop_sql = {"DROP TRIGGER " + dialect.identifier(trigger.name)};
    changes.push_back(std::move(change));
  }
  changes.push_back(row_change(now, plan, dialect));
  return changes;
}

CaptureMove plan_move(const Capturing& now, const plan::SummaryPlan& plan,
                      const sql::Dialect& dialect) {
  CaptureMove move{now.in_force, plan.spec.capture, {}, true};
  const bool replaceable =
      std::all_of(now.triggers.begin(), now.triggers.end(),
                  [](const PlannedTrigger& trigger) { return !trigger.plain.replace_sql.empty(); });
  const bool at_once = dialect.has_transactional_ddl() || !replaceable;
  move.seamless = dialect.has_transactional_ddl() || replaceable;
  move.steps = at_once ? move_at_once(now, plan, dialect) : move_by_gates(now, plan, dialect);
  if (!now.table) return move;
  // Hooks are plain at the very beginning or at the very end of a move, and ask in between.
  if (plan.spec.capture != now.in_force || plan.spec.capture == Capture::triggers) {
    const auto ask = mark_sql(*now.table, MarkKind::by_hooks, "", dialect);
    if (!ask.empty())
      move.steps.insert(move.steps.begin(), {"every hook asks who writes", ask, false});
  }
  if (plan.spec.capture == Capture::hooks) {
    const std::string mark(sql::hooks_marker);
    const auto plain = mark_sql(*now.table, MarkKind::by_hooks, mark, dialect);
    if (!plain.empty()) move.steps.push_back({"the hooks ask no more", plain, false});
  }
  return move;
}

std::vector<std::string> deployment_notes(Capture from, Capture to) {
  if (from == to) return {};
  if (to == Capture::hooks) {
    return {
        "deploy the service that loads the spec with \"capture\": \"hooks\": its hooks do "
        "nothing while triggers write",
        "when the last instance of the old code is gone, `keepsum apply`: hooks take over at "
        "one moment"};
  }
  return {
      "`keepsum apply`: triggers take over at one moment, and the hooks do nothing from then on",
      "deploy the service without the hooks, whenever you like"};
}

std::vector<std::string> captured_tables(const plan::SummaryPlan& plan) {
  std::vector<std::string> names;
  for (const plan::BaseTable& table : plan.tables) names.push_back(table.info.name);
  for (const plan::Cascade& cascade : plan.cascades) names.push_back(cascade.root_table);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

std::vector<std::string> capture_faults(const Capturing& now) {
  std::vector<std::string> faults;
  const bool by_triggers = now.in_force == Capture::triggers;
  for (const PlannedTrigger& trigger : now.triggers) {
    const std::string what =
        fmt::format("trigger {} on {}", trigger.plain.name, trigger.plain.installed.table);
    if (trigger.found == Found::nothing && by_triggers) faults.push_back(what + " is missing");
    if (trigger.found == Found::altered) faults.push_back(what + " was altered");
    if (trigger.found == Found::plain && !by_triggers) {
      faults.push_back(what + " writes beside the hooks");
    }
  }
  for (const PlannedTrigger& trigger : now.fixed) {
    if (trigger.found == Found::plain) continue;
    faults.push_back(fmt::format("trigger {} on {} {}", trigger.plain.name,
                                 trigger.plain.installed.table,
                                 trigger.found == Found::nothing ? "is missing" : "was altered"));
  }
  for (const db::TriggerInfo& trigger : now.strangers) {
    faults.push_back(
        fmt::format("trigger {} on {} is not in the plan", trigger.name, trigger.table));
  }
  return faults;
}

}  // namespace keepsum::lifecycle
