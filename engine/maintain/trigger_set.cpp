#include "engine/maintain/trigger_set.hpp"

#include <fmt/format.h>

#include "engine/maintain/change_statements.hpp"

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

std::uint32_t digest(const std::string& text) {
  std::uint32_t sum = 2166136261U;  // FNV-1a
  for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619U;
  return sum;
}

// Short names stay readable; a long one keeps its head and gets a digest of the whole.
std::string fit(const std::string& name, std::size_t length_max) {
  if (name.size() <= length_max) return name;
  return fmt::format("{}_{:08x}", name.substr(0, length_max - 9), digest(name));
}

// Letters, digits and `_`; what had other characters gets a digest, so that two stay two.
std::string safe(const std::string& alias) {
  std::string text;
  for (const char c : alias) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    text += plain ? c : '_';
  }
  return text == alias ? text : fmt::format("{}_{:08x}", text, digest(alias));
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

// A summary's name holds no `$`, so no prefix is the start of another's.
std::string trigger_prefix(const std::string& summary) { return "ks_" + summary + "$"; }

std::vector<sql::TriggerText> trigger_set(const plan::SummaryPlan& plan,
                                          const sql::Dialect& dialect) {
  if (plan.spec.capture != schema::Capture::triggers) return {};
  return triggers_of(plan, dialect, TriggerForm::plain);
}

std::vector<sql::Trigger> plain_triggers(const plan::SummaryPlan& plan,
                                         const sql::Dialect& dialect) {
  std::vector<sql::Trigger> triggers;
  const std::string prefix = trigger_prefix(plan.spec.name);
  for (const plan::Hook& hook : plan.hooks) {
    if (!hook.needed) continue;
    sql::Trigger trigger;
    trigger.name = fit(fmt::format("{}{}_{}", prefix, safe(hook.alias), short_name(hook.event)),
                       dialect.name_length_max());
    trigger.table = plan.table(hook.alias).info.name;
    trigger.timing = hook.timing;
    trigger.event = hook.event;
    trigger.guard = trigger_guard(plan, dialect, hook);
    trigger.statements = trigger_statements(plan, dialect, hook);
    triggers.push_back(std::move(trigger));
  }
  for (const plan::Cascade& cascade : plan.cascades) {
    sql::Trigger trigger;
    trigger.name = fit(
        fmt::format("{}{}_cascade_{}", prefix, safe(cascade.root_table), short_name(cascade.event)),
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
