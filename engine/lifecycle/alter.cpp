#include "engine/lifecycle/alter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/spec_change_steps.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/plan/part.hpp"

namespace keepsum::lifecycle {

namespace {

// What is applied once the change is done.
PendingChange target_of(const plan::SummaryPlan& plan, const ChangeSet& set,
                        const sql::Dialect& dialect) {
  PendingChange change;
  change.way = set.change->way;
  change.plan_hash = set.definition_hash;
  change.definition = definition_of(plan, dialect);
  change.shape = to_text(shape_of(plan, dialect));
  return change;
}

class Alteration {
 public:
  Alteration(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
             reconcile::Lease& lease, const ApplyOptions& options)
      : database_(database),
        dialect_(database.dialect),
        plan_(plan),
        set_(set),
        change_(*set.change),
        lease_(lease),
        options_(options),
        control_(database),
        changes_(database),
        target_(target_of(plan, set, database.dialect)) {}

  Result<std::int64_t> run();

 private:
  [[nodiscard]] const std::string& name() const { return plan_.spec.name; }
  void say(const std::string& step) const {
    if (options_.on_step) options_.on_step(step);
  }
  Result<void> statement(const std::string& sql) {
    return run_checked(database_, sql, lease_, options_);
  }
  Result<void> statements(const std::vector<std::string>& all) {
    for (const std::string& sql : all) KEEPSUM_TRY(statement(sql));
    return {};
  }
  Result<void> begin(const std::string& successor);
  Result<void> finish();
  Result<void> write_down(std::optional<std::int64_t> verified);
  Result<void> alone(const std::vector<std::string>& more_tables,
                     const std::vector<std::string>& all);
  Result<std::vector<std::string>> marks_from_here();

  Result<std::int64_t> in_place();
  Result<void> make_triggers();
  Result<void> indexes();
  Result<std::int64_t> fill();

  Result<std::int64_t> beside();
  Result<std::int64_t> build_successor();
  Result<void> turn(std::int64_t verified);
  Result<void> turn_in_a_transaction(std::int64_t verified);
  Result<void> turn_by_gate(const std::vector<std::string>& gating, int number);
  Result<int> gate_number();
  Result<void> turn_alone();

  Database& database_;
  const sql::Dialect& dialect_;
  const plan::SummaryPlan& plan_;
  const ChangeSet& set_;
  const SpecChange& change_;
  reconcile::Lease& lease_;
  const ApplyOptions& options_;
  Control control_;
  Changes changes_;
  PendingChange target_;
  SummaryRecord record_;  // as it was when this began
  std::string successor_;
};

Result<std::int64_t> Alteration::run() {
  KEEPSUM_ASSIGN(auto record, control_.find(name()));
  if (!record) return std::int64_t{0};
  record_ = std::move(*record);
  return change_.way == Way::in_place ? in_place() : beside();
}

// From here on a killed run is known for what it was.
Result<void> Alteration::begin(const std::string& successor) {
  target_.successor = successor;
  return in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(control_.set_checkpoint(name(), std::nullopt));
    return changes_.put(name(), target_);
  });
}

Result<void> Alteration::finish() {
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database_, name()));
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  return in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(control_.set_layout(name(), layout));
    KEEPSUM_TRY(control_.set_state(name(), State::live));
    Evidence evidence(database_);
    KEEPSUM_TRY(evidence.forget_triggers(name()));
    KEEPSUM_TRY(evidence.note_triggers(name(), now));
    return changes_.remove(name());
  });
}

// The moment from which the new spec is the one that is applied.
Result<void> Alteration::write_down(std::optional<std::int64_t> verified) {
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database_, name()));
  return in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(
        control_.set_applied(name(), target_.plan_hash, target_.definition, layout, verified));
    KEEPSUM_TRY(changes_.put_shape(name(), target_.plan_hash, target_.shape));
    return changes_.set_phase(name(), Phase::turned);
  });
}

// Where a trigger cannot be replaced: a writer may meet none, so nobody reads the summary, and a
// run that dies here leaves it to be built anew.
Result<void> Alteration::alone(const std::vector<std::string>& more_tables,
                               const std::vector<std::string>& all) {
  KEEPSUM_TRY(clear_live_mark(database_, name(), options_.waits));
  KEEPSUM_TRY(in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(control_.set_turning(name()));
    return changes_.set_phase(name(), Phase::alone);
  }));
  std::set<std::string> write(more_tables.begin(), more_tables.end());
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  for (const std::string& table : captured_tables(plan_)) write.insert(table);
  for (const db::TriggerInfo& trigger : now.strangers) write.insert(trigger.table);
  for (const PlannedTrigger& trigger : now.triggers) {
    if (trigger.found != PlannedTrigger::Found::nothing) write.insert(trigger.installed.table);
  }
  return run_alone(database_, {write.begin(), write.end()}, {"keepsum_leases"}, options_.waits,
                   [&]() -> Result<void> {
                     KEEPSUM_TRY(lease_.check());
                     for (const std::string& sql : all) {
                       KEEPSUM_TRY(database_.session.execute(sql));
                     }
                     return {};
                   });
}

// A table with a column more is still all that the spec before says.
Result<std::vector<std::string>> Alteration::marks_from_here() {
  std::vector<std::string> marks{live_mark_of(target_.plan_hash)};
  if (change_.removed.empty() && record_.plan_hash != target_.plan_hash) {
    marks.push_back(live_mark_of(record_.plan_hash));
  }
  return marks;
}

// --- In place

Result<std::int64_t> Alteration::in_place() {
  const bool back = change_.back;
  if (!change_.under_way) KEEPSUM_TRY(begin(""));
  const bool fills = !back && !change_.added.empty() && record_.plan_hash != target_.plan_hash;
  const bool turns = !back && !fills && record_.plan_hash != target_.plan_hash;
  KEEPSUM_ASSIGN(const auto marks, marks_from_here());
  if (turns) {
    // No figure that the new spec reads changes: it is true of the table as it is.
    KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
    KEEPSUM_TRY(write_down(std::nullopt));
  }
  KEEPSUM_TRY(make_triggers());
  std::int64_t keys = 0;
  if (fills) {
    KEEPSUM_ASSIGN(keys, fill());
    KEEPSUM_TRY(write_down(std::nullopt));
    KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
  }
  if (back) KEEPSUM_TRY(drop_leftovers(database_, name(), options_.waits));
  KEEPSUM_TRY(indexes());  // first: a column of an index cannot go
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (table) {
    const auto difference = column_difference(*table, plan_, dialect_);
    for (const std::string& sql :
         dialect_.drop_columns(name(), difference.generated, difference.stored)) {
      say("what no trigger names any more goes");
      KEEPSUM_TRY(statement(sql));
    }
  }
  KEEPSUM_TRY(finish());
  if (back || !fills) KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
  return keys;
}

// Columns first: no trigger may name one that is not there. Each replacement waits for the
// transactions that use its table. So after the last one, none is open in which a trigger of the
// old spec has run, and the snapshot of the fill has either both of a row and its delta, or
// neither.
Result<void> Alteration::make_triggers() {
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (!table) return {};
  const auto missing = column_difference(*table, plan_, dialect_).missing;
  const auto columns = dialect_.add_columns(name(), missing);
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  const bool by_hooks = plan_.spec.capture == schema::Capture::hooks;
  const auto remaking = by_hooks ? std::vector<std::string>{} : remaking_statements(now, dialect_);
  if (!columns.empty()) say("the columns are added");
  if (!remaking.empty()) say("the triggers become those of the spec");
  if (dialect_.has_transactional_ddl()) {
    if (columns.empty() && remaking.empty()) return {};
    return in_transaction(database_.session, [&]() -> Result<void> {
      KEEPSUM_TRY(lease_.check());
      for (const std::string& sql : columns) KEEPSUM_TRY(database_.session.execute(sql));
      for (const std::string& sql : remaking) KEEPSUM_TRY(database_.session.execute(sql));
      return {};
    });
  }
  KEEPSUM_TRY(statements(columns));
  if (remaking.empty()) return {};
  const auto replacing = replacing_statements(now, plan_, dialect_);
  if (!replacing.empty()) return statements(replacing);
  KEEPSUM_TRY(alone({}, remaking));
  KEEPSUM_ASSIGN(const auto record, control_.find(name()));
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database_, name()));
  const bool turned = record->plan_hash == target_.plan_hash;
  KEEPSUM_TRY(in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    KEEPSUM_TRY(control_.set_layout(name(), layout));
    KEEPSUM_TRY(control_.set_state(name(), State::live));
    return changes_.set_phase(name(), turned ? Phase::turned : Phase::open);
  }));
  return set_live_marks(database_, name(), {live_mark_of(record->plan_hash)}, options_.waits);
}

Result<std::int64_t> Alteration::fill() {
  say("the new columns are filled and verified");
  const std::set<std::string> added(change_.added.begin(), change_.added.end());
  return reconcile::backfill_part(database_, plan::part_of(plan_, added), lease_,
                                  options_.reconcile);
}

// An index takes as long as it takes, beside readers and writers; only at its beginning and end it
// needs the table for a moment, for which it queues a second at most.
Result<void> Alteration::indexes() {
  constexpr int tries_max = 30;
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (!table) return {};
  for (const std::string& sql : index_statements(*table, plan_, dialect_)) {
    say(sql);
    for (int i = 1;; ++i) {
      KEEPSUM_TRY(lease_.check());
      const auto done = database_.session.execute(sql);
      if (done.has_value()) break;
      if (!dialect_.gave_up_waiting(done.error()) || i >= tries_max) return done.error();
      std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
  }
  return {};
}

// --- Beside

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
  const auto gating =
      gating_statements(now, plan_, renamed(plan_, successor_), names.gate, number, dialect_);
  if (gating.empty()) {
    KEEPSUM_TRY(turn_alone());
  } else {
    KEEPSUM_TRY(turn_by_gate(gating, number));
  }
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
  KEEPSUM_TRY(statements(gating));
  say("the tables exchange their names");
  KEEPSUM_TRY(in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_.check());
    return control_.set_turning(name());
  }));
  auto exchanged = statement(dialect_.exchange_tables(
      {{name(), successor_}, {names.gate, names.turned_gate}}, names.aside));
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

Result<void> Alteration::turn_alone() {
  say("alone: the tables exchange their names, and the triggers are made anew");
  std::vector<std::string> all;
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  KEEPSUM_ASSIGN(const Capturing next, capturing(database_, renamed(plan_, successor_)));
  for (const Capturing* each : {&now, &next}) {
    for (const PlannedTrigger& trigger : each->triggers) all.push_back(trigger.plain.drop_sql);
    for (const db::TriggerInfo& trigger : each->strangers) {
      all.push_back("DROP TRIGGER IF EXISTS " + dialect_.identifier(trigger.name));
    }
  }
  const std::string aside = successor_names(name(), false).aside;
  all.push_back(dialect_.rename_table(name(), aside));
  all.push_back(dialect_.rename_table(successor_, name()));
  all.push_back(dialect_.rename_table(aside, successor_));
  for (const PlannedTrigger& trigger : now.triggers) all.push_back(trigger.plain.create_sql);
  KEEPSUM_TRY(alone({name(), successor_}, all));
  return changes_.set_phase(name(), Phase::open);
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

}  // namespace

Result<void> run_checked(Database& database, const std::string& statement, reconcile::Lease& lease,
                         const ApplyOptions& options) {
  KEEPSUM_TRY(lease.check());
  return run_ddl(database, statement, options.waits);
}

Result<void> finish_turn(Database& database, const std::string& summary, reconcile::Lease& lease) {
  Changes changes(database);
  Control control(database);
  KEEPSUM_ASSIGN(const auto pending, changes.pending(summary));
  KEEPSUM_ASSIGN(const auto record, control.find(summary));
  if (!pending || !record || pending->way != Way::beside || pending->phase == Phase::alone ||
      record->plan_hash == pending->plan_hash) {
    return {};
  }
  KEEPSUM_ASSIGN(const auto table, database.catalog.table(summary));
  if (!table || !has_mark(*table, live_mark_of(pending->plan_hash))) return {};
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database, summary));
  KEEPSUM_ASSIGN(const auto built, control.find(pending->successor));
  return in_transaction(database.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    KEEPSUM_TRY(control.set_applied(summary, pending->plan_hash, pending->definition, layout,
                                    built ? built->keys_verified.value_or(0) : 0));
    KEEPSUM_TRY(changes.put_shape(summary, pending->plan_hash, pending->shape));
    KEEPSUM_TRY(changes.take_history(pending->successor, summary, pending->plan_hash));
    return changes.set_phase(summary, Phase::turned);
  });
}

Result<std::int64_t> change_spec(Database& database, const plan::SummaryPlan& plan,
                                 const ChangeSet& set, reconcile::Lease& lease,
                                 const ApplyOptions& options) {
  return Alteration(database, plan, set, lease, options).run();
}

// Their triggers first: no writer may meet one without its table.
Result<void> drop_successors(Database& database, const std::string& summary,
                             const WaitPolicy& policy) {
  Control control(database);
  for (const bool second : {false, true}) {
    const std::string name = successor_names(summary, second).successor;
    KEEPSUM_ASSIGN(const auto triggers, database.catalog.triggers(maintain::trigger_prefix(name)));
    for (const db::TriggerInfo& trigger : triggers) {
      KEEPSUM_TRY(run_ddl(
          database, "DROP TRIGGER IF EXISTS " + database.dialect.identifier(trigger.name), policy));
    }
    KEEPSUM_ASSIGN(const auto table, database.catalog.table(name));
    if (table) {
      KEEPSUM_TRY(
          run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name), policy));
    }
    KEEPSUM_ASSIGN(const auto record, control.find(name));
    if (!record) continue;
    KEEPSUM_TRY(in_transaction(database.session, [&] { return control.remove(name); }));
  }
  return {};
}

Result<void> drop_leftovers(Database& database, const std::string& summary,
                            const WaitPolicy& policy) {
  KEEPSUM_TRY(drop_successors(database, summary, policy));
  const SuccessorNames names = successor_names(summary, false);
  // The gate is the last, and says what the other is made with if both are needed again.
  for (const std::string& name : {names.turned_gate, names.gate, names.aside}) {
    KEEPSUM_ASSIGN(const auto table, database.catalog.table(name));
    if (!table) continue;
    KEEPSUM_TRY(
        run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name), policy));
  }
  return {};
}

}  // namespace keepsum::lifecycle
