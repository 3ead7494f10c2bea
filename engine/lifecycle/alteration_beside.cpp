// Another table is built beside the one that is read, and takes its place.
#include <fmt/format.h>

#include <algorithm>

#include "engine/lifecycle/alteration.hpp"
#include "engine/lifecycle/ddl.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/spec_change_steps.hpp"

namespace keepsum::lifecycle {

Result<std::int64_t> Alteration::beside() {
  KEEPSUM_ASSIGN(const auto pending, changes_.pending(name()));
  if (change_.under_way) {
    successor_ = pending->successor;
    target_.successor = successor_;
  } else {
    // Of an interrupted change, but for its gate, which triggers may still read.
    if (pending) {
      KEEPSUM_TRY(drop_successors(database_, name(), options_.waits));
    }
    KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
    successor_ = free_successor(*table, name()).successor;
    // The target's mark is what tells that the tables have exchanged their names.
    KEEPSUM_TRY(
        set_live_marks(database_, name(), {live_mark_of(record_.plan_hash)}, options_.waits));
    KEEPSUM_TRY(begin(successor_));
  }
  std::int64_t keys = record_.keys_verified.value_or(0);
  if (record_.plan_hash != target_.plan_hash) {
    KEEPSUM_ASSIGN(keys, build_successor());
    KEEPSUM_TRY(turn(keys));
  }
  KEEPSUM_TRY(make_triggers());
  KEEPSUM_TRY(drop_leftovers(database_, name(), options_.waits));
  KEEPSUM_TRY(finish());
  KEEPSUM_TRY(set_live_marks(database_, name(), {live_mark_of(target_.plan_hash)}, options_.waits));
  return keys;
}

Result<std::int64_t> Alteration::build_successor() {
  const plan::SummaryPlan plan = renamed(plan_, successor_);
  KEEPSUM_ASSIGN(const auto record, control_.find(successor_));
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan));
  const bool complete =
      std::none_of(now.triggers.begin(), now.triggers.end(), [](const PlannedTrigger& trigger) {
        return trigger.found == PlannedTrigger::Found::nothing;
      });
  // Its triggers may read the gate already: an interrupted turn.
  if (record && record->state == State::live && now.table && complete) {
    return record->keys_verified.value_or(0);
  }
  say(fmt::format("{} is built beside it", successor_));
  KEEPSUM_ASSIGN(const ChangeSet set, compare_with_database(database_, plan));
  return build(database_, plan, set, lease_, options_);
}

Result<void> Alteration::turn(std::int64_t verified) {
  KEEPSUM_TRY(
      set_live_marks(database_, successor_, {live_mark_of(target_.plan_hash)}, options_.waits));
  if (dialect_.has_transactional_ddl()) return turn_in_a_transaction(verified);
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  KEEPSUM_ASSIGN(const int number, gate_number());
  const SuccessorNames names = successor_names(name(), false);
  const auto gating = gating_statements(now, plan_, renamed(plan_, successor_),
                                        {names.gate, number}, names.barrier, dialect_);
  KEEPSUM_TRY(turn_by_gate(gating, number));
  return finish_turn(database_, name(), lease_);
}

// 0, unless an interrupted change has turned it once already.
Result<int> Alteration::gate_number() {
  const SuccessorNames names = successor_names(name(), false);
  KEEPSUM_ASSIGN(const auto gate, database_.catalog.table(names.gate));
  if (!gate) return 0;
  KEEPSUM_ASSIGN(const auto number, database_.session.scalar(fmt::format(
                                        "SELECT v FROM {}", dialect_.identifier(names.gate))));
  return static_cast<int>(db::as_int64(number));
}

// Who reads by the record inside a transaction may have a snapshot from before the turn: the window
// in which there is no live record makes those read the source whose snapshot is newer, and the
// mark those whose snapshot is older.
Result<void> Alteration::turn_by_gate(const std::vector<std::string>& gating, int number) {
  const SuccessorNames names = successor_names(name(), false);
  say("every trigger asks which table it is to write to");
  const std::pair<std::string, int> gates[] = {{names.gate, number},
                                               {names.turned_gate, 1 - number}};
  for (const auto& [gate, holds] : gates) {
    KEEPSUM_TRY(
        statement(fmt::format("CREATE TABLE IF NOT EXISTS {} (v TINYINT NOT NULL PRIMARY KEY) "
                              "ENGINE=InnoDB SELECT {} AS v",
                              dialect_.identifier(gate), holds)));
  }
  KEEPSUM_TRY(statement(
      fmt::format("CREATE TABLE IF NOT EXISTS {} (v TINYINT NOT NULL PRIMARY KEY) ENGINE=InnoDB",
                  dialect_.identifier(names.barrier))));
  KEEPSUM_TRY(statements(gating));
  say("the tables exchange their names");
  KEEPSUM_TRY(in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    return control_.set_turning(name());
  }));
  KEEPSUM_TRY(lease_.check());
  auto exchanged = run_ddl_behind_barrier(
      database_, names.barrier,
      dialect_.exchange_tables({{name(), successor_}, {names.gate, names.turned_gate}},
                               names.aside),
      options_.waits);
  if (exchanged.has_value() || exchanged.error().recovery == Recovery::reconnect) return exchanged;
  // There was no moment for it: everything is as it was, and is read so.
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database_, name()));
  KEEPSUM_TRY(in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(control_.set_layout(name(), layout));
    return control_.set_state(name(), State::live);
  }));
  return exchanged;
}

Result<void> Alteration::turn_in_a_transaction(std::int64_t verified) {
  say("the tables exchange their names, and the triggers are made anew");
  const std::string names_only = dialect_.rename_names_only(true);
  KEEPSUM_TRY(database_.session.execute(names_only));
  auto turned = in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
    KEEPSUM_ASSIGN(const Capturing next, capturing(database_, renamed(plan_, successor_)));
    const auto execute = [&](const std::string& sql) -> Result<void> {
      KEEPSUM_TRY(database_.session.execute(sql));
      return {};
    };
    for (const Capturing* each : {&now, &next}) {
      for (const PlannedTrigger& trigger : each->triggers) {
        KEEPSUM_TRY(execute(trigger.plain.drop_sql));
      }
      for (const db::TriggerInfo& trigger : each->strangers) {
        KEEPSUM_TRY(execute("DROP TRIGGER IF EXISTS " + dialect_.identifier(trigger.name)));
      }
    }
    KEEPSUM_TRY(execute("DROP TABLE " + dialect_.identifier(name())));
    KEEPSUM_TRY(execute(dialect_.rename_table(successor_, name())));
    for (const PlannedTrigger& trigger : now.triggers) {
      KEEPSUM_TRY(execute(trigger.plain.create_sql));
    }
    KEEPSUM_ASSIGN(const std::string layout, layout_of(database_, name()));
    KEEPSUM_TRY(
        control_.set_applied(name(), target_.plan_hash, target_.definition, layout, verified));
    KEEPSUM_TRY(changes_.put_shape(name(), target_.plan_hash, target_.shape));
    KEEPSUM_TRY(changes_.take_history(successor_, name(), target_.plan_hash));
    return changes_.set_phase(name(), Phase::turned);
  });
  KEEPSUM_TRY(database_.session.execute(dialect_.rename_names_only(false)));
  return turned;
}

}  // namespace keepsum::lifecycle
