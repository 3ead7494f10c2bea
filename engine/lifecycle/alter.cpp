#include "engine/lifecycle/alter.hpp"

#include "engine/lifecycle/alteration.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/maintain/trigger_set.hpp"

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

}  // namespace

Alteration::Alteration(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
                       reconcile::Lease& lease, const ApplyOptions& options)
    : database_(database),
      dialect_(database.dialect),
      plan_(plan),
      change_(*set.change),
      lease_(lease),
      options_(options),
      control_(database),
      changes_(database),
      target_(target_of(plan, set, database.dialect)) {}

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

// A table with a column more is still all that the spec before says.
std::vector<std::string> Alteration::marks_from_here() const {
  std::vector<std::string> marks{live_mark_of(target_.plan_hash)};
  if (change_.removed.empty() && record_.plan_hash != target_.plan_hash) {
    marks.push_back(live_mark_of(record_.plan_hash));
  }
  return marks;
}

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
  if (!pending || !record || pending->way != Way::beside ||
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
  for (const std::string& name : {names.turned_gate, names.gate, names.barrier, names.aside}) {
    KEEPSUM_ASSIGN(const auto table, database.catalog.table(name));
    if (!table) continue;
    KEEPSUM_TRY(
        run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name), policy));
  }
  return {};
}

}  // namespace keepsum::lifecycle
