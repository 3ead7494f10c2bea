#include "engine/lifecycle/change_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view meaning_follows = "-- and means\n";

// A version 5 UUID: SHA-1 of the text.
std::string digest(const std::string& text) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::ns::oid());
  return boost::uuids::to_string(generate(text));
}

bool has_latch(const plan::SummaryPlan& plan) {
  return std::any_of(plan.state.begin(), plan.state.end(), [](const plan::StateColumn& column) {
    return column.merge == plan::Merge::latch;
  });
}

bool is_installed(const db::TriggerInfo& wanted, const db::TriggerInfo& found) {
  return boost::algorithm::iequals(wanted.table, found.table) &&
         wanted.timing_event == found.timing_event &&
         boost::algorithm::trim_copy(wanted.statement) ==
             boost::algorithm::trim_copy(found.statement);
}

const db::TriggerInfo* find_trigger(const std::vector<db::TriggerInfo>& triggers,
                                    const std::string& name) {
  for (const db::TriggerInfo& trigger : triggers) {
    if (trigger.name == name) return &trigger;
  }
  return nullptr;
}

// Without the defaults and constraints, which the catalog spells in its own way: name and type.
Result<ObjectChange> table_change(Database& database, const plan::SummaryPlan& plan,
                                  const std::optional<SummaryRecord>& record,
                                  const std::string& layout,
                                  const std::vector<std::string>& create_sql) {
  ObjectChange change;
  change.kind = "table";
  change.name = plan.spec.name;
  change.create_sql = create_sql;
  if (layout.empty()) {
    change.action = Action::create;
    if (record) change.reason = "the table is gone";
    return change;
  }
  if (!record) {
    Error error;
    error.code = ErrorCode::invalid_spec;
    error.recovery = Recovery::fix_spec;
    error.where = plan.spec.name;
    error.message = fmt::format("there is a table `{}` already, and keepsum did not make it",
                                plan.spec.name);
    error.hint = "give the summary another name, or drop the table";
    return error;
  }
  const std::string drop = "DROP TABLE " + database.dialect.identifier(plan.spec.name);
  const std::string definition = definition_of(plan, database.dialect);
  const bool same_table = record->definition.starts_with(definition.substr(
      0, definition.find(meaning_follows)));
  if (same_table && record->definition != definition && has_latch(plan)) {
    change.action = Action::change;
    change.reason = "its meaning changes and a latch would remember the old one: it is built anew";
    change.drop_sql = {drop};
  } else if (!same_table) {
    change.action = Action::change;
    change.reason = "its columns change: it is built anew, and readers use the source meanwhile";
    change.drop_sql = {drop};
  } else if (record->layout.empty()) {
    // The definition is noted before the work is done, the layout after it: what stands there may
    // still be the table of another spec.
    change.action = Action::change;
    change.reason = "the last run was interrupted before the table was made: it is built anew";
    change.drop_sql = {drop};
  } else if (record->layout != layout) {
    change.action = Action::change;
    change.reason = "somebody altered the table: it is built anew";
    change.drop_sql = {drop};
  }
  return change;
}

std::vector<ObjectChange> trigger_changes(const Database& database,
                                          const std::vector<sql::TriggerText>& wanted,
                                          const std::vector<db::TriggerInfo>& found) {
  std::vector<ObjectChange> changes;
  for (const sql::TriggerText& trigger : wanted) {
    ObjectChange change;
    change.kind = "trigger";
    change.name = trigger.name;
    change.on = trigger.installed.table;
    change.create_sql = {trigger.create_sql};
    const db::TriggerInfo* installed = find_trigger(found, trigger.name);
    if (installed == nullptr) {
      change.action = Action::create;
    } else if (!is_installed(trigger.installed, *installed)) {
      change.action = Action::change;
      change.reason = "the installed trigger is not the planned one";
      change.drop_sql = {trigger.drop_sql};
    }
    changes.push_back(std::move(change));
  }
  for (const db::TriggerInfo& trigger : found) {
    const bool is_wanted =
        std::any_of(wanted.begin(), wanted.end(),
                    [&](const sql::TriggerText& w) { return w.name == trigger.name; });
    if (is_wanted) continue;
    ObjectChange change;
    change.action = Action::drop;
    change.kind = "trigger";
    change.name = trigger.name;
    change.on = trigger.table;
    change.reason = "the plan needs it no more";
    change.drop_sql = {"DROP TRIGGER " + database.dialect.identifier(trigger.name)};
    changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

char sign(Action action) noexcept {
  switch (action) {
    case Action::create: return '+';
    case Action::change: return '~';
    case Action::drop: return '-';
    case Action::keep: return '=';
  }
  return '=';
}

// With hooks there may be no trigger that shows what the table means: the recompute does.
std::string definition_of(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  std::string text;
  for (const std::string& statement : dialect.create_table(sql::summary_table(plan, dialect))) {
    text += statement + ";\n";
  }
  return text + std::string(meaning_follows) + sql::read_source(plan, dialect) + ";\n";
}

bool ChangeSet::has_changes() const noexcept {
  return must_build || std::any_of(objects.begin(), objects.end(), [](const ObjectChange& object) {
           return object.action != Action::keep;
         });
}

Result<std::string> layout_of(Database& database, const std::string& table) {
  KEEPSUM_ASSIGN(const auto info, database.catalog.table(table));
  if (!info) return std::string();
  std::string layout;
  for (const db::ColumnInfo& column : info->columns) {
    layout += fmt::format("{} {} {} {}\n", column.name, column.declared_type, column.collation,
                          column.nullable ? "null" : "not null");
  }
  return layout;
}

Result<ChangeSet> compare_with_database(Database& database, const plan::SummaryPlan& plan) {
  ChangeSet set;
  set.summary = plan.spec.name;
  // The table first: apply notes a summary before it makes the table, so beside another apply a
  // table that is seen has its record.
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database, plan.spec.name));
  Control control(database);
  KEEPSUM_ASSIGN(const auto record, control.find(plan.spec.name));
  if (record) set.state = record->state;

  const std::vector<std::string> create_sql =
      database.dialect.create_table(sql::summary_table(plan, database.dialect));
  const auto wanted = maintain::trigger_set(plan, database.dialect);
  std::string definition = definition_of(plan, database.dialect);
  for (const sql::TriggerText& trigger : wanted) definition += trigger.create_sql + ";\n";
  set.definition_hash = digest(definition);

  KEEPSUM_ASSIGN(ObjectChange table, table_change(database, plan, record, layout, create_sql));
  KEEPSUM_ASSIGN(const auto found,
                 database.catalog.triggers(maintain::trigger_prefix(plan.spec.name)));
  set.objects.push_back(std::move(table));
  for (ObjectChange& change : trigger_changes(database, wanted, found)) {
    set.objects.push_back(std::move(change));
  }
  set.must_build = set.state != State::live || record->plan_hash != set.definition_hash;
  return set;
}

std::string plan_hash(const std::vector<ChangeSet>& sets) {
  std::string text;
  for (const ChangeSet& set : sets) {
    text += fmt::format("{} {} {}\n", set.summary, set.definition_hash, set.must_build);
    for (const ObjectChange& object : set.objects) {
      text += fmt::format("{} {} {}\n", sign(object.action), object.kind, object.name);
    }
  }
  return digest(text);
}

Result<std::vector<std::string>> trigger_faults(Database& database,
                                                const plan::SummaryPlan& plan) {
  KEEPSUM_ASSIGN(const auto found,
                 database.catalog.triggers(maintain::trigger_prefix(plan.spec.name)));
  std::vector<std::string> faults;
  const auto wanted = maintain::trigger_set(plan, database.dialect);
  for (const ObjectChange& change : trigger_changes(database, wanted, found)) {
    switch (change.action) {
      case Action::create:
        faults.push_back(fmt::format("trigger {} on {} is missing", change.name, change.on));
        break;
      case Action::change:
        faults.push_back(fmt::format("trigger {} on {} was altered", change.name, change.on));
        break;
      case Action::drop:
        faults.push_back(fmt::format("trigger {} on {} is not in the plan", change.name, change.on));
        break;
      case Action::keep: break;
    }
  }
  return faults;
}

}  // namespace keepsum::lifecycle
