#include "engine/lifecycle/apply.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/lifecycle/alter.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/lifecycle/relations.hpp"
#include "engine/lifecycle/spec_change.hpp"
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
  KEEPSUM_TRY(Evidence(database).forget_triggers(plan.spec.name));
  return Evidence(database).note_triggers(plan.spec.name, now);
}

Result<void> move_capture(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
                          reconcile::Lease& lease, const ApplyOptions& options) {
  const CaptureMove& move = *set.move;
  if (!move.seamless) {
    KEEPSUM_TRY(clear_live_mark(database, plan.spec.name, options.waits));
    KEEPSUM_TRY(set_state(database, plan.spec.name, State::building, lease));
  }
  for (const Step& step : move.steps) {
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
  KEEPSUM_TRY(set_state(database, plan.spec.name, set.state, lease));
  if (set.state != State::live) return {};
  return set_mark(database, plan.spec.name, MarkKind::live, live_mark(plan, database.dialect),
                  options.waits);
}

// What it is made from and kept by must stand: else it would be filled from nothing.
Result<void> check_foundations(Database& database, const plan::SummaryPlan& plan) {
  for (const plan::SummaryPlan* foundation : plan.foundations()) {
    KEEPSUM_ASSIGN(const Standing now, standing(database, *foundation));
    if (now.is_true()) continue;
    Error error;
    error.code = ErrorCode::plan_moved;
    error.where = plan.spec.name;
    error.message = fmt::format("{} is made from {}, which is not live as the spec has it",
                                plan.spec.name, foundation->spec.name);
    error.hint = "apply the whole spec: what a summary is made from comes first";
    return error;
  }
  return {};
}

// Before a summary is built anew, nothing that stands on it may be believed: not until it has been
// verified against the new one. Waits for the leases of those that are.
Result<void> demote_dependents(Database& database, const std::string& name,
                               const ApplyOptions& options) {
  KEEPSUM_ASSIGN(const auto names, dependents(database, name));
  for (const std::string& dependent : names) {
    KEEPSUM_ASSIGN(const auto lease,
                   reconcile::Lease::acquire(database, dependent, options.reconcile.lease));
    KEEPSUM_TRY(clear_live_mark(database, dependent, options.waits));
    KEEPSUM_TRY(set_state(database, dependent, State::building, *lease));
    KEEPSUM_TRY(lease->release());
    KEEPSUM_TRY(demote_dependents(database, dependent, options));
  }
  return {};
}

// Triggers first: no writer may meet a trigger without its table.
Result<void> remove(Database& database, const std::string& name, const WaitPolicy& waits) {
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(name));
  KEEPSUM_ASSIGN(const auto triggers, database.catalog.triggers(maintain::trigger_prefix(name)));
  // An apply that is still at work would go on to make triggers for a table that is gone, and a
  // repair would write to it.
  std::unique_ptr<reconcile::Lease> lease;
  if (record) {
    KEEPSUM_ASSIGN(lease, reconcile::Lease::acquire(database, name, {}));
    // Whoever dies in between leaves triggers missing: nobody may call it live then.
    KEEPSUM_TRY(set_state(database, name, State::building, *lease));
  }
  KEEPSUM_TRY(clear_live_mark(database, name, waits));
  for (const db::TriggerInfo& trigger : triggers) {
    KEEPSUM_TRY(run_ddl(
        database, "DROP TRIGGER IF EXISTS " + database.dialect.identifier(trigger.name), waits));
  }
  KEEPSUM_TRY(drop_leftovers(database, name, waits));
  if (!record) return {};
  KEEPSUM_TRY(control.forget_seal(name));
  KEEPSUM_TRY(
      run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name), waits));
  KEEPSUM_ASSIGN(const auto totals, database.catalog.table(sql::seal_table_name(name)));
  if (totals) {
    KEEPSUM_TRY(
        run_ddl(database, "DROP TABLE " + database.dialect.identifier(totals->name), waits));
  }
  KEEPSUM_TRY(in_transaction(database.session, [&] { return control.remove(name); }));
  return lease->release();
}

Result<void> remove_left_over(Database& database, const ChangeSet& set,
                              const ApplyOptions& options) {
  for (const ObjectChange& object : set.objects) {
    if (object.kind != side_table_kind) continue;
    say(options, fmt::format("{} {} {}", sign(object.action), object.kind, object.name));
    KEEPSUM_TRY(remove(database, object.name, options.waits));
  }
  return {};
}

// Those that stand on it, by the names that a spec gives them.
Result<std::vector<std::string>> summaries_above(Database& database, const std::string& name) {
  std::vector<std::string> names;
  KEEPSUM_ASSIGN(const auto above, dependents(database, name));
  for (const std::string& dependent : above) {
    KEEPSUM_ASSIGN(const auto record, Control(database).find(dependent));
    const bool is_side_table = record && !relations_in(record->definition).side_of.empty();
    if (!is_side_table) names.push_back(dependent);
  }
  return names;
}

Error no_drop(const std::string& name, std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = name;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

}  // namespace

Result<std::int64_t> build(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
                           reconcile::Lease& lease, const ApplyOptions& options) {
  const std::string& name = plan.spec.name;
  KEEPSUM_TRY(check_foundations(database, plan));
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(name));
  const bool is_begun =
      record && (record->state == State::building || record->state == State::lazy);
  const bool goes_on =
      is_begun && record->plan_hash == set.definition_hash && !set.objects_differ();
  if (!goes_on) {
    // From here on readers use the source, whatever becomes of this run.
    KEEPSUM_TRY(demote_dependents(database, name, options));
    KEEPSUM_TRY(clear_live_mark(database, name, options.waits));
    KEEPSUM_TRY(
        control.put_building(name, set.definition_hash, definition_of(plan, database.dialect)));
    // Before the totals go: without its row nothing counts as sealed.
    KEEPSUM_TRY(control.forget_seal(name));
    KEEPSUM_TRY(change_objects(database, set, lease, options));
    KEEPSUM_TRY(settle_capture(database, plan, set, lease, options));
    KEEPSUM_ASSIGN(const std::string layout, layout_of(database, name));
    KEEPSUM_TRY(control.set_layout(name, layout));
  } else {
    say(options,
        record->live_at ? "what it is made from was built anew: it is compared with that"
        : record->state == State::lazy || plan.spec.lazy
            ? "its latches stay as they were read so far"
            : "the last run was interrupted: going on; what it filled is not filled again");
  }
  KEEPSUM_TRY(Changes(database).put_shape(name, set.definition_hash,
                                          to_text(shape_of(plan, database.dialect))));
  if (plan.spec.lazy) {
    KEEPSUM_TRY(set_state(database, name, State::lazy, lease));
    KEEPSUM_TRY(note_triggers(database, plan));
    return 0;
  }
  auto keys = reconcile::backfill(database, plan, lease, options.reconcile);
  if (keys.has_error()) {
    Error error = std::move(keys).error();
    if (error.where.empty()) error.where = name;
    if (error.hint.empty() && error.recovery == Recovery::none) {
      error.hint = fmt::format(
          "its triggers are there, and a row that it cannot count may fail its writer: `keepsum "
          "drop "
          "{}` takes them away, `keepsum apply` goes on",
          name);
    }
    return error;
  }
  KEEPSUM_TRY(note_triggers(database, plan));
  return keys;
}

Result<ApplyReport> apply(Database& database, const plan::SummaryPlan& plan,
                          const ApplyOptions& options) {
  const auto start = std::chrono::steady_clock::now();
  const std::string& name = plan.spec.name;
  ApplyReport report;
  report.name = name;
  KEEPSUM_ASSIGN(const auto beside,
                 reconcile::side_leases(database, plan, options.reconcile.lease));
  KEEPSUM_ASSIGN(const auto lease,
                 reconcile::Lease::acquire(database, name, options.reconcile.lease));
  KEEPSUM_TRY(finish_turn(database, name, *lease));
  KEEPSUM_ASSIGN(const ChangeSet set, compare_with_database(database, plan));
  // What is lazy answers by the record alone: a mark would call it filled.
  const auto mark_live = [&]() -> Result<void> {
    if (report.lazy) return {};
    return set_mark(database, name, MarkKind::live, live_mark(plan, database.dialect),
                    options.waits);
  };
  report.changed = set.has_changes();
  report.lazy = plan.spec.lazy && (set.must_build || set.state == State::lazy);
  if (!report.changed) {
    // Beside it there may be the mark of a spec with fewer columns, which is true too.
    KEEPSUM_ASSIGN(const auto table, database.catalog.table(name));
    if (table && !has_mark(*table, live_mark(plan, database.dialect))) KEEPSUM_TRY(mark_live());
  } else if (set.change) {
    report.way = set.change->way;
    KEEPSUM_ASSIGN(report.keys_verified, change_spec(database, plan, set, *lease, options));
  } else if (set.move) {
    KEEPSUM_TRY(move_capture(database, plan, set, *lease, options));
    KEEPSUM_TRY(note_triggers(database, plan));
    report.captured_by = plan.spec.capture;
  } else if (!set.must_build && !set.objects_differ()) {
    KEEPSUM_TRY(mark_live());
  } else {
    KEEPSUM_ASSIGN(report.keys_verified, build(database, plan, set, *lease, options));
    // Of a change that could not be gone on with.
    Changes changes(database);
    KEEPSUM_ASSIGN(const auto pending, changes.pending(name));
    if (pending) {
      KEEPSUM_TRY(drop_leftovers(database, name, options.waits));
      KEEPSUM_TRY(changes.remove(name));
    }
    KEEPSUM_TRY(mark_live());
  }
  KEEPSUM_TRY(remove_left_over(database, set, options));
  KEEPSUM_TRY(lease->release());
  if (set.change && replaces_triggers_beside_writers(database.dialect, plan, *set.change)) {
    say(options, "verified whole, since its triggers were replaced beside writers");
    const auto checked = reconcile::reconcile(database, plan, options.reconcile);
    if (checked.has_value()) {
      report.keys_verified = checked->keys_checked;
      report.drifted = checked->drifted;
      report.repaired = checked->repaired;
    } else if (checked.error().code != ErrorCode::lease_held) {  // else another run verifies it
      return checked.error();
    }
  }
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

Result<void> drop(Database& database, const std::string& name) {
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(name));
  KEEPSUM_ASSIGN(const auto triggers, database.catalog.triggers(maintain::trigger_prefix(name)));
  KEEPSUM_ASSIGN(const auto sides, side_tables(database, name));
  if (!record && triggers.empty() && sides.empty()) {
    return no_drop(name, fmt::format("there is no summary `{}` in the database", name),
                   "`keepsum status` lists what is there");
  }
  const std::string side_of = record ? relations_in(record->definition).side_of : std::string();
  if (!side_of.empty()) {
    return no_drop(name, fmt::format("`{}` is a side table of `{}`", name, side_of),
                   fmt::format("it goes with it: `keepsum drop {}`", side_of));
  }
  KEEPSUM_ASSIGN(const auto above, summaries_above(database, name));
  if (!above.empty()) {
    return no_drop(
        name, fmt::format("`{}` is made from `{}`", fmt::join(above, "`, `"), name),
        fmt::format("`keepsum drop {}` first: what is made from a summary goes before it",
                    above.front()));
  }
  KEEPSUM_TRY(remove(database, name, {}));
  for (const std::string& side : sides) KEEPSUM_TRY(remove(database, side, {}));
  return {};
}

}  // namespace keepsum::lifecycle
