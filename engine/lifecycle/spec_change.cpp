#include "engine/lifecycle/spec_change.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/replace.hpp>
#include <map>
#include <regex>

#include "engine/lifecycle/evidence.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/relations.hpp"
#include "engine/lifecycle/spec_change_steps.hpp"
#include "engine/sql/seal.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::lifecycle {

using schema::Capture;

namespace {

Error refusal(const plan::SummaryPlan& plan, std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_spec;
  error.recovery = Recovery::fix_spec;
  error.where = plan.spec.name;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// A service goes on with the spec it was started with: its hooks would leave out what is new, and
// write what is redefined in its old meaning.
Error hooks_write_it(const plan::SummaryPlan& plan) {
  return refusal(
      plan,
      fmt::format(
          "the hooks of running services write `{}`, each with the spec it was started with: "
          "they would go on counting by the old one",
          plan.spec.name),
      "let triggers write while the spec changes: 1. `keepsum apply` with the spec as it was and "
      "\"capture\": \"triggers\"; 2. `keepsum apply` with the new spec; 3. deploy the services "
      "with "
      "it, and with \"capture\": \"hooks\"; 4. `keepsum apply`. The summary is live all the while. "
      "Where no service is running, `keepsum drop` and `keepsum apply` do as well");
}

Error one_thing_at_a_time(const plan::SummaryPlan& plan) {
  return refusal(
      plan,
      fmt::format("the spec of `{}` changes, and with it who writes: services that load "
                  "the new spec cannot be running yet",
                  plan.spec.name),
      "apply it with \"capture\": \"triggers\" first, then deploy the services with it and "
      "\"capture\": \"hooks\", and apply again");
}

// Whether the triggers are those that were seen in place last. Where none was noted there is
// nothing to say.
Result<bool> triggers_as_noted(Database& database, const plan::SummaryPlan& plan,
                               const Capturing& now) {
  std::map<std::string, std::string> there;
  for (const PlannedTrigger& trigger : now.triggers) {
    if (trigger.found != PlannedTrigger::Found::nothing) {
      there[trigger.plain.name] = trigger.made_at;
    }
  }
  for (const db::TriggerInfo& trigger : now.strangers) there[trigger.name] = trigger.made_at;
  KEEPSUM_ASSIGN(const auto seen, Evidence(database).seen_triggers(plan.spec.name));
  return std::all_of(seen.begin(), seen.end(), [&](const Evidence::SeenTrigger& trigger) {
    const auto found = there.find(trigger.name);
    return found != there.end() && found->second == trigger.made_at;
  });
}

// Summaries of summaries, and those with side tables, follow one another's tables by triggers that
// name them: they are built anew, the ones above after the ones below. So are those whose history
// is sealed, whose totals are of the same columns.
Result<bool> stands_alone(Database& database, const plan::SummaryPlan& plan,
                          const SummaryRecord& record, const db::TableInfo& table) {
  if (!plan.foundations().empty() || !plan.side_of.empty()) return false;
  if (plan.seal || table.find_column(std::string(sql::touched_column)) != nullptr) return false;
  const Relations applied = relations_in(record.definition);
  if (!applied.foundations.empty() || !applied.side_of.empty()) return false;
  KEEPSUM_ASSIGN(const auto above, dependents(database, plan.spec.name));
  return above.empty();
}

// Without a statement that replaces a trigger (MySQL has none) triggers would have to go and come
// while LOCK TABLES keeps writers out, and a writer that MariaDB sends back then, as the victim of
// a deadlock over table locks, runs the new trigger with the tables of the old one: its statement
// fails for a table that is there (1146), or the server does. A trigger that strikes elsewhere
// under the same name cannot be replaced either.
bool replaces_triggers(const sql::Dialect& dialect, const plan::SummaryPlan& plan,
                       const Capturing& now) {
  if (dialect.has_transactional_ddl() || plan.spec.capture == Capture::hooks) return true;
  return std::all_of(now.triggers.begin(), now.triggers.end(), [](const PlannedTrigger& trigger) {
    if (trigger.plain.replace_sql.empty()) return false;
    const db::TriggerInfo& wanted = trigger.plain.installed;
    return trigger.found == PlannedTrigger::Found::nothing ||
           (trigger.installed.table == wanted.table &&
            trigger.installed.timing_event == wanted.timing_event);
  });
}

Result<void> check_nothing_hangs_on(Database& database, const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto triggers, database.catalog.trigger_events());
  for (const db::TriggerInfo& trigger : triggers) {
    if (!boost::algorithm::iequals(trigger.table, plan.spec.name)) continue;
    return refusal(
        plan,
        fmt::format("`{}` has to be built as another table, and the trigger {} hangs on the "
                    "one that is there: it would go with it",
                    plan.spec.name, trigger.name),
        "drop the trigger, apply, and make it again");
  }
  return {};
}

struct Differences {
  std::vector<std::string> added, removed, redefined;
  bool rows = false;     // keys, joins, where
  bool follows = false;  // what is added goes by an order, whose place others may share
  [[nodiscard]] bool in_place() const {
    return !rows && !follows && redefined.empty() && (added.empty() || removed.empty());
  }
};

Differences compare(const Shape& old, const Shape& planned) {
  Differences differences;
  differences.rows = old.rows != planned.rows;
  for (const auto& [name, meaning] : planned.columns) {
    const auto found = old.columns.find(name);
    if (found == old.columns.end()) {
      differences.added.push_back(name);
    } else if (found->second != meaning) {
      differences.redefined.push_back(name);
    }
  }
  for (const auto& [name, meaning] : old.columns) {
    if (!planned.columns.contains(name)) differences.removed.push_back(name);
  }
  return differences;
}

std::string listed(const std::vector<std::string>& names) {
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string verb(const std::vector<std::string>& names) { return names.size() == 1 ? "is" : "are"; }

std::string reason_of(const Differences& d) {
  if (d.rows)
    return "the key, the joined rows or their condition change, and with them every figure";
  if (!d.redefined.empty()) {
    return fmt::format("{} {} redefined: nobody could tell old figures from new ones",
                       listed(d.redefined), verb(d.redefined));
  }
  if (d.follows) {
    return fmt::format(
        "{} {} added and goes by the order of rows, which is filled with all that goes by it",
        listed(d.added), verb(d.added));
  }
  if (!d.added.empty() && !d.removed.empty()) {
    return fmt::format(
        "{} {} added and {} removed: done together, so that the old spec is live until "
        "the new one is",
        listed(d.added), verb(d.added), listed(d.removed));
  }
  if (!d.added.empty()) {
    return fmt::format("{} {} added: the other columns stay as they are", listed(d.added),
                       verb(d.added));
  }
  if (!d.removed.empty()) {
    return fmt::format("{} {} removed: nothing else is touched", listed(d.removed),
                       verb(d.removed));
  }
  return "no figure changes: indexes, or the order of columns";
}

Result<SpecChange> decide(Database& database, const plan::SummaryPlan& plan, const Standpoint& at,
                          const std::optional<PendingChange>& pending) {
  SpecChange change;
  const bool same_target = pending && pending->plan_hash == at.definition_hash;
  if (pending && !same_target && at.record->plan_hash == at.definition_hash) {
    change.back = true;
    change.under_way = true;
    change.reason = "a change of the spec was begun, and the spec is what it was again";
    return change;
  }
  KEEPSUM_ASSIGN(const auto old, Changes(database).shape(plan.spec.name, at.record->plan_hash));
  const Shape planned = shape_of(plan, database.dialect);
  Differences differences;
  if (old) {
    differences = compare(*old, planned);
    differences.follows = std::any_of(
        plan.aggregates.begin(), plan.aggregates.end(), [&](const plan::AggregatePlan& aggregate) {
          const auto& added = differences.added;
          return (aggregate.order || aggregate.sequence) &&
                 std::find(added.begin(), added.end(), aggregate.column.name) != added.end();
        });
    change.added = differences.added;
    change.removed = differences.removed;
  }
  change.under_way = same_target;
  if (same_target) {
    change.way = pending->way;
  } else if (!old || pending || !differences.in_place()) {
    change.way = Way::beside;
  }
  change.reason = !old ? "an older version of keepsum applied it, which did not note what each "
                         "column means"
                  : pending && !same_target ? "a change to another spec was interrupted"
                                            : reason_of(differences);
  return change;
}

}  // namespace

// Whether each column that an installed trigger names by NEW or OLD is still in its table. After a
// column was renamed or dropped every write there fails, and a step that puts the old statements
// into another trigger would fail too: such a summary is built anew, which begins with new
// triggers.
Result<bool> triggers_fit_their_tables(Database& database, const Capturing& now) {
  if (database.dialect.has_transactional_ddl()) return true;  // SQLite renames in triggers too
  std::vector<const db::TriggerInfo*> triggers;
  for (const PlannedTrigger& trigger : now.triggers) {
    if (trigger.found != PlannedTrigger::Found::nothing) triggers.push_back(&trigger.installed);
  }
  for (const db::TriggerInfo& trigger : now.strangers) triggers.push_back(&trigger);
  static const std::regex reference("(?:NEW|OLD)[.]`((?:[^`]|``)+)`");
  std::map<std::string, std::optional<db::TableInfo>> tables;
  for (const db::TriggerInfo* trigger : triggers) {
    if (!tables.contains(trigger->table)) {
      KEEPSUM_ASSIGN(tables[trigger->table], database.catalog.table(trigger->table));
    }
    const auto& table = tables[trigger->table];
    const std::string& text = trigger->statement;
    for (std::sregex_iterator at(text.begin(), text.end(), reference), end; at != end; ++at) {
      const std::string column = boost::algorithm::replace_all_copy((*at)[1].str(), "``", "`");
      if (!table || table->find_column(column) == nullptr) return false;
    }
  }
  return true;
}

Result<std::optional<SpecChange>> spec_change(Database& database, const plan::SummaryPlan& plan,
                                              const Standpoint& at) {
  if (!at.record || !at.now.table) return std::optional<SpecChange>{};
  KEEPSUM_ASSIGN(const bool alone, stands_alone(database, plan, *at.record, *at.now.table));
  if (!alone || !replaces_triggers(database.dialect, plan, at.now)) {
    return std::optional<SpecChange>{};
  }
  KEEPSUM_ASSIGN(const auto pending, Changes(database).pending(plan.spec.name));
  if (!pending) {
    if (at.record->state != State::live || at.record->plan_hash == at.definition_hash) {
      return std::optional<SpecChange>{};
    }
    if (at.layout.empty() || at.record->layout != at.layout) return std::optional<SpecChange>{};
    KEEPSUM_ASSIGN(const bool as_noted, triggers_as_noted(database, plan, at.now));
    if (!as_noted) return std::optional<SpecChange>{};
  }
  // A step that puts the old statements into another trigger would fail.
  KEEPSUM_ASSIGN(const bool fit, triggers_fit_their_tables(database, at.now));
  if (!fit) return std::optional<SpecChange>{};
  KEEPSUM_ASSIGN(SpecChange change, decide(database, plan, at, pending));
  const bool by_hooks = at.now.in_force == Capture::hooks;
  const bool figures_stay =
      change.way == Way::in_place && change.added.empty() && change.removed.empty();
  if (by_hooks && !figures_stay) return hooks_write_it(plan);
  if (plan.spec.capture != at.now.in_force) return one_thing_at_a_time(plan);
  if (change.way == Way::beside) KEEPSUM_TRY(check_nothing_hangs_on(database, plan));
  describe_steps(database, plan, at, pending, change);
  return std::optional(std::move(change));
}

bool replaces_triggers_beside_writers(const sql::Dialect& dialect, const plan::SummaryPlan& plan,
                                      const SpecChange& change) {
  const bool figures_stay =
      change.way == Way::in_place && change.added.empty() && change.removed.empty();
  return !dialect.has_transactional_ddl() && plan.spec.capture == Capture::triggers &&
         (change.back || !figures_stay);
}

ObjectChange table_of(const SpecChange& change, const plan::SummaryPlan& plan) {
  ObjectChange object;
  object.action = Action::change;
  object.kind = "table";
  object.name = plan.spec.name;
  object.reason = change.reason;
  return object;
}

}  // namespace keepsum::lifecycle
