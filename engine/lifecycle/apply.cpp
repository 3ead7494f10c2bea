#include "engine/lifecycle/apply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/delta.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr int ddl_attempts = 60;

// DDL waits for transactions in flight; the session's lock timeout keeps each wait short, because
// while it waits, new writers queue behind it.
Result<void> run_ddl(Database& database, const std::string& statement) {
  for (int attempt = 1;; ++attempt) {
    const auto done = database.session.execute(statement);
    if (done.has_value()) return {};
    if (done.error().recovery != Recovery::retry_transaction || attempt == ddl_attempts) {
      return done.error();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{100 * std::min(attempt, 20)});
  }
}

void say(const ApplyOptions& options, const std::string& step) {
  if (options.on_step) options.on_step(step);
}

// Every statement is preceded by a look at the lease: a run that slept past it must not undo what
// the next one has made.
Result<void> change_objects(Database& database, const ChangeSet& set, bool by_hooks,
                            reconcile::Lease& lease, const ApplyOptions& options) {
  const auto run = [&](const std::string& statement) -> Result<void> {
    KEEPSUM_TRY(lease.check());
    return run_ddl(database, statement);
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
    if (by_hooks) {
      const auto identifier = [&](std::string_view name) {
        return database.dialect.identifier(name);
      };
      KEEPSUM_TRY(run(fmt::format("ALTER TABLE {} ADD COLUMN {} INT NOT NULL DEFAULT 0",
                                  identifier(table->name), identifier(sql::hooks_marker))));
    }
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
  if (!set.has_changes()) {
    KEEPSUM_TRY(lease->release());
    return report;
  }
  report.changed = true;
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  const bool goes_on = record && record->state == State::building &&
                       record->plan_hash == set.definition_hash && !objects_differ(set);
  if (!goes_on) {
    // From here on readers use the source, whatever becomes of this run.
    KEEPSUM_TRY(control.put_building(plan.spec.name, set.definition_hash,
                                     definition_of(plan, database.dialect)));
    KEEPSUM_TRY(control.set_capture(plan.spec.name, plan.spec.capture));
    KEEPSUM_TRY(change_objects(database, set, plan.spec.capture == schema::Capture::hooks, *lease,
                               options));
    KEEPSUM_ASSIGN(const std::string layout, layout_of(database, plan.spec.name));
    KEEPSUM_TRY(control.set_layout(plan.spec.name, layout));
  } else if (record->checkpoint) {
    say(options, "the last run was interrupted: going on from its checkpoint");
  }
  KEEPSUM_ASSIGN(report.keys_verified,
                 reconcile::backfill(database, plan, *lease, options.reconcile));
  KEEPSUM_TRY(lease->release());
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
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
  for (const db::TriggerInfo& trigger : triggers) {
    KEEPSUM_TRY(
        run_ddl(database, "DROP TRIGGER IF EXISTS " + database.dialect.identifier(trigger.name)));
  }
  if (record) {
    KEEPSUM_TRY(run_ddl(database, "DROP TABLE IF EXISTS " + database.dialect.identifier(name)));
    KEEPSUM_TRY(in_transaction(database.session, [&] { return control.remove(name); }));
    KEEPSUM_TRY(lease->release());
  }
  return {};
}

}  // namespace keepsum::lifecycle
