#include "engine/lifecycle/change_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/lifecycle/relations.hpp"
#include "engine/lifecycle/shape.hpp"
#include "engine/lifecycle/spec_change.hpp"
#include "engine/sql/seal.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view meaning_follows = "-- and means\n";

bool has_latch(const plan::SummaryPlan& plan) {
  return std::any_of(plan.state.begin(), plan.state.end(), [](const plan::StateColumn& column) {
    return column.merge == plan::Merge::latch;
  });
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
    KEEPSUM_ASSIGN(const auto records, Control(database).all());
    const auto other = std::find_if(records.begin(), records.end(), [&](const SummaryRecord& one) {
      return boost::algorithm::iequals(one.name, plan.spec.name);
    });
    KEEPSUM_ASSIGN(const auto triggers,
                   database.catalog.triggers(maintain::trigger_prefix(plan.spec.name)));
    if (other != records.end()) {
      error.message = fmt::format("there is a summary `{}`, and `{}` would be the same table",
                                  other->name, plan.spec.name);
      error.hint = fmt::format("write its name as it was, or `keepsum drop {}` first", other->name);
    } else if (!triggers.empty()) {
      error.message = fmt::format(
          "there is a table `{}` with triggers of keepsum, and keepsum_summaries has no row of it",
          plan.spec.name);
      error.hint = fmt::format(
          "restore keepsum_summaries if it was emptied; or `keepsum drop {}`, then drop the table",
          plan.spec.name);
    } else {
      error.message =
          fmt::format("there is a table `{}` already, and keepsum did not make it", plan.spec.name);
      error.hint = "give the summary another name, or drop the table";
    }
    return error;
  }
  const std::string drop = "DROP TABLE " + database.dialect.identifier(plan.spec.name);
  const std::string definition = definition_of(plan, database.dialect);
  const bool same_table =
      record->definition.starts_with(definition.substr(0, definition.find(meaning_follows)));
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

// Side tables of columns that the spec no longer has: nothing writes the summary from them any
// more.
Result<std::vector<ObjectChange>> left_over_side_tables(Database& database,
                                                        const plan::SummaryPlan& plan) {
  std::vector<ObjectChange> changes;
  KEEPSUM_ASSIGN(const auto names, side_tables(database, plan.spec.name));
  for (const std::string& name : names) {
    const bool wanted =
        std::any_of(plan.sides.begin(), plan.sides.end(),
                    [&](const plan::SideTable& side) { return side.plan->spec.name == name; });
    if (wanted) continue;
    ObjectChange change;
    change.action = Action::drop;
    change.kind = std::string(side_table_kind);
    change.name = name;
    change.reason = "no column needs it any more";
    change.drop_sql = {"DROP TABLE " + database.dialect.identifier(name)};
    changes.push_back(std::move(change));
  }
  return changes;
}

// Whoever builds a foundation anew lets nobody believe what stands on it.
Result<void> follow_foundations(Database& database, const plan::SummaryPlan& plan, ChangeSet& set) {
  for (const plan::SummaryPlan* foundation : plan.foundations()) {
    KEEPSUM_ASSIGN(const ChangeSet below, compare_with_database(database, *foundation));
    if (!below.must_build && (!below.objects_differ() || below.move)) continue;
    if (set.state == State::live) {
      set.notes.push_back(fmt::format(
          "{} is built anew, so this is verified again; readers use the source meanwhile",
          foundation->spec.name));
    }
    set.must_build = true;
  }
  return {};
}

}  // namespace

namespace {

// The table of sealed totals. It is made anew with everything that begins from the start: totals of
// another time would be taken for this one's.
Result<std::optional<ObjectChange>> totals_change(Database& database,
                                                  const plan::SummaryPlan& plan) {
  ObjectChange change;
  change.kind = "totals";
  change.name = sql::seal_table_name(plan.spec.name);
  KEEPSUM_ASSIGN(const std::string layout, layout_of(database, change.name));
  if (!plan.seal && layout.empty()) return std::optional<ObjectChange>{};
  const std::string drop = "DROP TABLE IF EXISTS " + database.dialect.identifier(change.name);
  if (!plan.seal) {
    change.action = Action::drop;
    change.drop_sql = {drop};
    return std::optional(std::move(change));
  }
  const sql::Table table = sql::seal_table(plan, database.dialect);
  change.create_sql = database.dialect.create_table(table);
  const bool has_all =
      std::all_of(table.columns.begin(), table.columns.end(), [&](const sql::TableColumn& column) {
        return layout.find(column.name + " ") != std::string::npos;
      });
  if (layout.empty()) {
    change.action = Action::create;
  } else if (!has_all) {
    change.action = Action::change;
    change.reason = "its columns change";
    change.drop_sql = {drop};
  }
  return std::optional(std::move(change));
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
  text += std::string(meaning_follows) + sql::read_source(plan.without_flags(), dialect) + ";\n";
  // What the summary's rows say of their seals is of this column.
  if (plan.seal) text += fmt::format("-- sealed by {}.{}\n", plan.seal->alias, plan.seal->column);
  return text + relations_text(plan);
}

bool ChangeSet::has_changes() const noexcept {
  return must_build || change ||
         std::any_of(objects.begin(), objects.end(),
                     [](const ObjectChange& object) { return object.action != Action::keep; });
}

bool ChangeSet::objects_differ() const noexcept {
  return std::any_of(objects.begin(), objects.end(), [](const ObjectChange& object) {
    return object.action != Action::keep && object.kind != side_table_kind;
  });
}

Result<std::string> layout_of(Database& database, const std::string& table) {
  KEEPSUM_ASSIGN(const auto info, database.catalog.table(table));
  if (!info) return std::string();
  std::string layout;
  for (const db::ColumnInfo& column : info->columns) {
    if (is_mark(column.name)) continue;
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
  set.definition_hash = digest(definition_of(plan, database.dialect));

  KEEPSUM_ASSIGN(const Capturing now, capturing(database, plan));
  KEEPSUM_ASSIGN(set.change,
                 spec_change(database, plan, {record, layout, now, set.definition_hash}));
  if (set.change) {
    set.in_force = now.in_force;
    set.objects.push_back(table_of(*set.change, plan));
    // Of an apply of yet another spec, which did not get far.
    KEEPSUM_ASSIGN(auto left_over, left_over_side_tables(database, plan));
    std::ranges::move(left_over, std::back_inserter(set.objects));
    return set;
  }
  KEEPSUM_ASSIGN(ObjectChange table, table_change(database, plan, record, layout, create_sql));
  set.in_force = now.in_force;
  bool table_stays = table.action == Action::keep;
  set.objects.push_back(std::move(table));
  KEEPSUM_ASSIGN(auto totals, totals_change(database, plan));
  if (totals) {
    table_stays = table_stays && totals->action == Action::keep;
    set.objects.push_back(std::move(*totals));
  }
  for (ObjectChange& change : capture_changes(now, plan, database.dialect)) {
    set.objects.push_back(std::move(change));
  }
  if (record && record->plan_hash != set.definition_hash) {
    KEEPSUM_ASSIGN(const bool fit, triggers_fit_their_tables(database, now));
    if (!fit) {
      set.notes.emplace_back(
          "a trigger names a column that its table no longer has, and every write there fails "
          "until "
          "this is applied");
    }
  }
  const bool stands = set.state == State::live || (plan.spec.lazy && set.state == State::lazy);
  set.must_build = !stands || record->plan_hash != set.definition_hash;
  KEEPSUM_TRY(follow_foundations(database, plan, set));
  if (!set.must_build && table_stays && now.is_exact() && set.has_changes()) {
    set.move = plan_move(now, plan, database.dialect);
  }
  if (set.state == State::absent && plan.spec.capture == schema::Capture::hooks) {
    set.notes = {
        "rows written by code that calls no hooks are not counted until reconcile finds "
        "them: while such code runs, begin with \"capture\": \"triggers\", deploy the "
        "hooks beside them, and move over then"};
  } else if (set.state != State::absent) {
    for (std::string& note : deployment_notes(now.in_force, plan.spec.capture)) {
      set.notes.push_back(std::move(note));
    }
  }
  KEEPSUM_ASSIGN(auto left_over, left_over_side_tables(database, plan));
  std::ranges::move(left_over, std::back_inserter(set.objects));
  return set;
}

std::string live_mark(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  return live_mark_of(digest(definition_of(plan, dialect)));
}

std::string live_mark_of(const std::string& plan_hash) {
  return "ks$live_" + plan_hash.substr(0, 8);
}

std::string plan_hash(const std::vector<ChangeSet>& sets) {
  std::string text;
  for (const ChangeSet& set : sets) {
    text += fmt::format("{} {} {}\n", set.summary, set.definition_hash, set.must_build);
    for (const ObjectChange& object : set.objects) {
      text += fmt::format("{} {} {}\n", sign(object.action), object.kind, object.name);
      for (const std::string& statement : object.create_sql) text += statement + "\n";
    }
    if (!set.change) continue;
    text += fmt::format("{}\n", to_string(set.change->way));
    for (const Step& step : set.change->steps) {
      text += step.title + "\n";
      for (const std::string& statement : step.statements) text += statement + "\n";
    }
  }
  return digest(text);
}

}  // namespace keepsum::lifecycle
