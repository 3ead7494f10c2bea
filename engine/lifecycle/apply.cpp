#include "engine/lifecycle/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::lifecycle {

namespace {

void say(const ApplyOptions& options, const std::string& step) {
  if (options.on_step) options.on_step(step);
}

// Every statement is preceded by a look at the lease: a run that slept past it must not undo what
// the next one has made.
Result<void> change_objects(Database& database, const ChangeSet& set, reconcile::Lease& lease,
                            const ApplyOptions& options) {
  const auto run = [&](const std::string& statement) -> Result<void> {
    KEEPSUM_TRY(lease.check());
    return run_ddl(database, statement, options.waits);
  };
  const auto table = set.objects.begin();
  const bool new_table = table->action == Action::create || table->action == Action::change;
  // A trigger without its table would fail every write: triggers go before the table.
  for (const ObjectChange& object : set.objects) {
    if (object.kind != "trigger") continue;
    const bool goes = object.action == Action::change || object.action == Action::drop ||
                      (object.action == Action::keep && new_table);
    if (!goes) continue;
    KEEPSUM_TRY(run("DROP TRIGGER IF EXISTS " + database.dialect.identifier(object.name)));
  }
  if (new_table) {
    say(options, fmt::format("{} table {}", sign(table->action), table->name));
    for (const std::string& statement : table->drop_sql) KEEPSUM_TRY(run(statement));
    for (const std::string& statement : table->create_sql) {
      KEEPSUM_TRY(run(statement));
    }
  }
  for (const ObjectChange& object : set.objects) {
    if (object.kind != "totals") continue;
    say(options, fmt::format("{} table {}", sign(object.action), object.name));
    KEEPSUM_TRY(run("DROP TABLE IF EXISTS " + database.dialect.identifier(object.name)));
    if (object.action == Action::drop) continue;
    for (const std::string& statement : object.create_sql) KEEPSUM_TRY(run(statement));
  }
  for (const ObjectChange& object : set.objects) {
    if (object.kind != "trigger" || object.action == Action::drop) continue;
    if (object.action == Action::keep && !new_table) continue;
    say(options, fmt::format("{} trigger {} on {}", sign(object.action), object.name, object.on));
    for (const std::string& statement : object.create_sql) {
      KEEPSUM_TRY(run(statement));
    }
  }
  return {};
}

// Changes the row of keepsum_captures, and what goes with it, while nobody is in between a change
// of a row and what follows it.
Result<void> run_alone(Database& database, const plan::SummaryPlan& plan,
                       const std::vector<std::string>& statements, reconcile::Lease& lease,
                       const ApplyOptions& options) {
  std::vector<std::string> write = captured_tables(plan);
  write.push_back("keepsum_captures");
  return run_alone(database, write, {"keepsum_leases"}, options.waits, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    for (const std::string& statement : statements) {
      KEEPSUM_TRY(database.session.execute(statement));
    }
    return {};
  });
}

// For a summary that is being built: readers do not look, and what is counted twice or not at all
// until here is seen by the fill, which begins after this.
Result<void> settle_capture(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
                            reconcile::Lease& lease, const ApplyOptions& options) {
  const std::string statement =
      put_capture_sql(database.dialect, plan.spec.name, plan.spec.capture);
  const bool by_hooks = plan.spec.capture == schema::Capture::hooks;
  const auto mark = [&](std::string_view name) {
    return set_mark(database, plan.spec.name, MarkKind::by_hooks, std::string(name), options.waits);
  };
  KEEPSUM_TRY(lease.check());
  if (!by_hooks) KEEPSUM_TRY(mark(""));
  if (set.in_force != plan.spec.capture) {
    KEEPSUM_TRY(run_alone(database, plan, {statement}, lease, options));
  } else {
    KEEPSUM_TRY(database.session.execute(statement));
  }
  if (by_hooks) KEEPSUM_TRY(mark(sql::hooks_marker));
  return {};
}

Result<void> set_state(Database& database, const std::string& name, State state,
                       reconcile::Lease& lease) {
  return in_transaction(database.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    return Control(database).set_state(name, state);
  });
}

// What a later run compares with, to say since when a trigger is missing.
Result<void> note_triggers(Database& database, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const Capturing now, capturing(database, plan));
  return Evidence(database).note_triggers(plan.spec.name, now);
}

Result<void> move_capture(Database& database, const plan::SummaryPlan& plan,
                          const CaptureMove& move, reconcile::Lease& lease,
                          const ApplyOptions& options) {
  if (!move.seamless) {
    KEEPSUM_TRY(clear_live_mark(database, plan.spec.name, options.waits));
    KEEPSUM_TRY(set_state(database, plan.spec.name, State::building, lease));
  }
  for (const CaptureMove::Step& step : move.steps) {
    say(options, step.title);
    if (step.alone) {
      KEEPSUM_TRY(run_alone(database, plan, step.statements, lease, options));
      continue;
    }
    for (const std::string& statement : step.statements) {
      KEEPSUM_TRY(lease.check());
      KEEPSUM_TRY(run_ddl(database, statement, options.waits));
    }
  }
  if (move.seamless) return {};
  KEEPSUM_TRY(set_state(database, plan.spec.name, State::live, lease));
  return set_mark(database, plan.spec.name, MarkKind::live, live_mark(plan, database.dialect),
                  options.waits);
}

bool objects_differ(const ChangeSet& set) {
  return std::any_of(set.objects.begin(), set.objects.end(),
                     [](const ObjectChange& object) { return object.action != Action::keep; });
}

}  // namespace

Result<ApplyReport> apply(Database& database, const plan::SummaryPlan& plan,
                          const ApplyOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  ApplyReport report;
  report.name = plan.spec.name;
  KEEPSUM_ASSIGN(const auto lease,
                 reconcile::Lease::acquire(database, plan.spec.name, options.reconcile.lease));
  KEEPSUM_ASSIGN(const ChangeSet set, compare_with_database(database, plan));
  const auto mark_live = [&] {
    return set_mark(database, plan.spec.name, MarkKind::live, live_mark(plan, database.dialect),
                    options.waits);
  };
  if (!set.has_changes()) {
    KEEPSUM_TRY(mark_live());
    KEEPSUM_TRY(lease->release());
    return report;
  }
  report.changed = true;
  const auto seconds = [&start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  if (set.move) {
    KEEPSUM_TRY(move_capture(database, plan, *set.move, *lease, options));
    KEEPSUM_TRY(note_triggers(database, plan));
    KEEPSUM_TRY(lease->release());
    report.captured_by = plan.spec.capture;
    report.seconds = seconds();
    return report;
  }
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  const bool goes_on = record && record->state == State::building &&
                       record->plan_hash == set.definition_hash && !objects_differ(set);
  if (!goes_on) {
    // From here on readers use the source, whatever becomes of this run.
    KEEPSUM_TRY(clear_live_mark(database, plan.spec.name, options.waits));
    KEEPSUM_TRY(control.put_building(plan.spec.name, set.definition_hash,
                                     definition_of(plan, database.dialect)));
    // Before the totals go: without its row nothing counts as sealed.
    KEEPSUM_TRY(control.forget_seal(plan.spec.name));
    KEEPSUM_TRY(change_objects(database, set, *lease, options));
    KEEPSUM_TRY(settle_capture(database, plan, set, *lease, options));
    KEEPSUM_ASSIGN(const std::string layout, layout_of(database, plan.spec.name));
    KEEPSUM_TRY(control.set_layout(plan.spec.name, layout));
  } else {
    say(options, "the last run was interrupted: going on; what it filled is not filled again");
  }
  KEEPSUM_ASSIGN(report.keys_verified,
                 reconcile::backfill(database, plan, *lease, options.reconcile));
  KEEPSUM_TRY(note_triggers(database, plan));
  KEEPSUM_TRY(mark_live());
  KEEPSUM_TRY(lease->release());
  report.seconds = seconds();
  return report;
}

Result<void> drop(Database& database, const std::string& name) {
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(name));
  KEEPSUM_ASSIGN(const auto triggers, database.catalog.triggers(maintain::trigger_prefix(name)));
  if (!record && triggers.empty()) {
    Error error;
    error.code = ErrorCode::invalid_argument;
    error.where = name;
    error.message = fmt::format("there is no summary `{}` in the database", name);
    error.hint = "`keepsum status` lists what is there";
    return error;
  }
  // An apply that is still at work would go on to make triggers for a table that is gone, and a
  // repair would write to it.
  std::unique_ptr<reconcile::Lease> lease;
  if (record) {
    KEEPSUM_ASSIGN(lease, reconcile::Lease::acquire(database, name, {}));
  }
  KEEPSUM_TRY(clear_live_mark(database, name, {}));
  for (const db::TriggerInfo& trigger : triggers) {
    KEEPSUM_TRY(run_ddl(database,
                        "DROP TRIGGER IF EXISTS " + database.dialect.identifier(trigger.name), {}));
  }
  if (record) {
    KEEPSUM_TRY(control.forget_seal(name));
    KEEPSUM_TRY(run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name), {}));
    KEEPSUM_ASSIGN(const auto totals, database.catalog.table(sql::seal_table_name(name)));
    if (totals) {
      KEEPSUM_TRY(run_ddl(database, "DROP TABLE " + database.dialect.identifier(totals->name), {}));
    }
    KEEPSUM_TRY(in_transaction(database.session, [&] { return control.remove(name); }));
    KEEPSUM_TRY(lease->release());
  }
  return {};
}

}  // namespace keepsum::lifecycle
