#include "engine/maintain/turning.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

#include "engine/sql/names.hpp"

namespace keepsum::maintain {

namespace {

// A locking read: the writer's snapshot may be older than the gate's tables.
std::string reads(const Gate& gate, const sql::Dialect& dialect, int number) {
  return fmt::format("(SELECT v FROM {}{}) = {}", dialect.identifier(gate.table),
                     dialect.lock_clause(), number);
}

std::string guarded(const sql::Trigger& trigger) {
  std::string text;
  for (const std::string& statement : trigger.statements) text += statement + ";\n";
  if (trigger.guard.empty()) return text;
  return fmt::format("IF {} THEN\n{}END IF;\n", trigger.guard, text);
}

sql::TriggerText with_guard(sql::Trigger trigger, const std::string& condition,
                            const sql::Dialect& dialect) {
  trigger.guard =
      trigger.guard.empty() ? condition : fmt::format("({}) AND {}", trigger.guard, condition);
  return dialect.create_trigger(trigger);
}

}  // namespace

sql::Trigger frame_of(const db::TriggerInfo& installed) {
  sql::Trigger trigger;
  trigger.name = installed.name;
  trigger.table = installed.table;
  trigger.timing =
      installed.timing_event.starts_with("BEFORE") ? sql::Timing::before : sql::Timing::after;
  trigger.event = installed.timing_event.ends_with("INSERT")   ? sql::Event::insert
                  : installed.timing_event.ends_with("UPDATE") ? sql::Event::update
                                                               : sql::Event::remove;
  return trigger;
}

sql::TriggerText turning(const db::TriggerInfo& installed, const sql::Trigger& next,
                         const Gate& gate, const sql::Dialect& dialect) {
  sql::Trigger trigger = next;
  trigger.guard.clear();
  trigger.statements = {fmt::format("IF {} THEN\n{};\nELSE\n{}END IF",
                                    reads(gate, dialect, gate.before), installed.statement,
                                    guarded(next))};
  return dialect.create_trigger(trigger);
}

sql::TriggerText beginning(const sql::Trigger& next, const Gate& gate,
                           const sql::Dialect& dialect) {
  return with_guard(next, reads(gate, dialect, 1 - gate.before), dialect);
}

sql::TriggerText ending(const sql::Trigger& last, const Gate& gate, const sql::Dialect& dialect) {
  return with_guard(last, reads(gate, dialect, gate.before), dialect);
}

sql::TriggerText ending(const db::TriggerInfo& installed, const Gate& gate,
                        const sql::Dialect& dialect) {
  sql::Trigger trigger = frame_of(installed);
  trigger.statements = {installed.statement};
  return with_guard(trigger, reads(gate, dialect, gate.before), dialect);
}

std::vector<sql::TriggerText> halting(const std::vector<sql::Trigger>& triggers,
                                      const std::string& barrier, const std::string& prefix,
                                      const sql::Dialect& dialect) {
  std::map<std::pair<std::string, sql::Event>, sql::Timing> first;
  for (const sql::Trigger& trigger : triggers) {
    const auto [it, added] = first.try_emplace({trigger.table, trigger.event}, trigger.timing);
    if (trigger.timing == sql::Timing::before) it->second = sql::Timing::before;
  }
  std::vector<sql::TriggerText> all;
  for (const auto& [place, timing] : first) {
    sql::Trigger trigger;
    trigger.name =
        sql::fit(fmt::format("{}halt_{}", prefix, all.size() + 1), dialect.name_length_max());
    trigger.table = place.first;
    trigger.event = place.second;
    trigger.timing = timing;
    trigger.guard = "0 = 1";
    trigger.statements = {
        fmt::format("DO (SELECT 1 FROM {} LIMIT 1)", dialect.identifier(barrier))};
    all.push_back(dialect.create_trigger(trigger));
  }
  return all;
}

}  // namespace keepsum::maintain
