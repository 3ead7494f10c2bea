#include "engine/lifecycle/spec_change_steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "engine/lifecycle/marks.hpp"
#include "engine/maintain/turning.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::lifecycle {

using Found = PlannedTrigger::Found;

namespace {

// 1 200 000 → "1.2 million"; the server's own estimate is not more exact than that.
std::string about(std::uint64_t rows) {
  if (rows >= 1'000'000) return fmt::format("{:.1f} million", static_cast<double>(rows) / 1e6);
  if (rows >= 1000) return fmt::format("{} thousand", rows / 1000);
  return fmt::format("{}", rows);
}

// "about 1.2 million rows each time"; "" where the database has no statistics.
std::string source_rows(const plan::SummaryPlan& plan) {
  std::uint64_t rows = 0;
  for (const plan::BaseTable& table : plan.tables) rows += table.info.estimated_rows;
  return rows == 0 ? "" : fmt::format(", about {} rows each time", about(rows));
}

void add_step(SpecChange& change, std::string title, std::vector<std::string> statements) {
  change.steps.push_back({std::move(title), std::move(statements), false});
}

// How the triggers come to be the plan's: by one transaction, or one by one.
void add_trigger_step(const sql::Dialect& dialect, const plan::SummaryPlan& plan,
                      const Standpoint& at, SpecChange& change) {
  if (plan.spec.capture == schema::Capture::hooks) return;
  auto statements = remaking_statements(at.now, dialect);
  if (statements.empty()) return;
  if (dialect.has_transactional_ddl()) {
    add_step(change, "in the same transaction, the triggers become those of the spec",
             std::move(statements));
    return;
  }
  add_step(change, "one trigger after another becomes that of the spec",
           replacing_statements(at.now, plan, dialect));
}

void in_place(const Database& database, const plan::SummaryPlan& plan, const Standpoint& at,
              SpecChange& change) {
  const sql::Dialect& dialect = database.dialect;
  const auto difference = column_difference(*at.now.table, plan, dialect);
  const bool filled = !change.back && !change.added.empty();
  const std::string all = fmt::format("{}", fmt::join(change.added, ", "));
  auto added = dialect.add_columns(plan.spec.name, difference.missing);
  auto dropped = dialect.drop_columns(plan.spec.name, difference.generated, difference.stored);
  if (!filled && !dropped.empty() && !change.back) {
    add_step(change, "readers by the old spec use the source from here on", {});
  }
  if (!added.empty()) {
    add_step(change, "the columns are added; no row is written", std::move(added));
  }
  add_trigger_step(dialect, plan, at, change);
  if (filled) {
    add_step(change,
             fmt::format("{} {} filled and verified; the other columns are read all the while", all,
                         change.added.size() == 1 ? "is" : "are"),
             {});
    add_step(change, "from here on the new spec is live, and the old one stays so", {});
  }
  if (!dropped.empty()) add_step(change, "what no trigger names any more goes", std::move(dropped));
  auto indexes = index_statements(*at.now.table, plan, dialect);
  if (!indexes.empty()) add_step(change, "indexes", std::move(indexes));
  if (change.back) {
    change.cost = "nothing is read or filled";
  } else if (filled) {
    change.cost = fmt::format("reads the source twice, for {} alone{}", all, source_rows(plan));
  } else {
    change.cost = "no row of the source is read";
  }
}

void beside(const Database& database, const plan::SummaryPlan& plan, const Standpoint& at,
            const std::optional<PendingChange>& pending, SpecChange& change) {
  const sql::Dialect& dialect = database.dialect;
  const bool same_target = change.under_way;
  const std::string name =
      same_target ? pending->successor : free_successor(*at.now.table, plan.spec.name).successor;
  const plan::SummaryPlan successor = renamed(plan, name);
  const bool turned = same_target && at.record->plan_hash == at.definition_hash;
  if (!turned) {
    auto build = dialect.create_table(sql::summary_table(successor, dialect));
    for (const sql::TriggerText& trigger : maintain::trigger_set(successor, dialect)) {
      build.push_back(trigger.create_sql);
    }
    add_step(
        change,
        fmt::format("{} is built beside it, filled and verified; {} stays live by the old spec",
                    name, plan.spec.name),
        std::move(build));
    const SuccessorNames names = successor_names(plan.spec.name, false);
    const auto gating =
        gating_statements(at.now, plan, successor, {names.gate, 0}, names.barrier, dialect);
    if (dialect.has_transactional_ddl()) {
      add_step(change, "in one transaction, it takes the place of the old one, with the triggers",
               {"DROP TABLE " + dialect.identifier(plan.spec.name),
                dialect.rename_table(name, plan.spec.name)});
    } else {
      add_step(change, "every trigger asks which of the two it is to write to", gating);
      add_step(change, "the tables exchange their names, and the triggers what they do",
               {dialect.exchange_tables({{plan.spec.name, name}, {names.gate, names.turned_gate}},
                                        names.aside)});
    }
  }
  if (!dialect.has_transactional_ddl()) {
    add_step(change, "the triggers ask no more, and the old table goes", {});
  }
  change.cost = turned ? "nothing is read or filled"
                       : fmt::format(
                             "reads the source twice{}; until the old table goes "
                             "there are two, and each write keeps both",
                             source_rows(plan));
}

}  // namespace

void describe_steps(const Database& database, const plan::SummaryPlan& plan, const Standpoint& at,
                    const std::optional<PendingChange>& pending, SpecChange& change) {
  if (change.way == Way::in_place) {
    in_place(database, plan, at, change);
  } else {
    beside(database, plan, at, pending, change);
  }
  if (replaces_triggers_beside_writers(database.dialect, plan, change)) {
    add_step(change, "the summary is verified whole", {});
    change.cost += change.cost.starts_with("reads") ? ", and once more to verify the whole"
                                                    : "; then all of it, to verify the whole";
  }
}

SuccessorNames free_successor(const db::TableInfo& table, const std::string& summary) {
  SuccessorNames names = successor_names(summary, false);
  const std::string taken = "ks_" + names.successor + "_";
  const bool is_taken =
      std::any_of(table.indexes.begin(), table.indexes.end(),
                  [&](const db::IndexInfo& index) { return index.name.starts_with(taken); });
  return is_taken ? successor_names(summary, true) : names;
}

ColumnDifference column_difference(const db::TableInfo& table, const plan::SummaryPlan& plan,
                                   const sql::Dialect& dialect) {
  ColumnDifference difference;
  std::set<std::string> planned;
  for (sql::TableColumn& column : sql::summary_table(plan, dialect).columns) {
    planned.insert(column.name);
    if (table.find_column(column.name) == nullptr) difference.missing.push_back(std::move(column));
  }
  for (const db::ColumnInfo& column : table.columns) {
    if (is_mark(column.name) || planned.contains(column.name)) continue;
    (column.generated ? difference.generated : difference.stored).push_back(column.name);
  }
  return difference;
}

std::vector<std::string> index_statements(const db::TableInfo& table, const plan::SummaryPlan& plan,
                                          const sql::Dialect& dialect) {
  std::vector<std::string> statements;
  std::set<std::string> names;
  std::vector<std::vector<std::string>> wanted = plan.indexes();
  for (const db::IndexInfo& index : table.indexes) {
    names.insert(index.name);
    // Those that somebody else has made are theirs.
    if (index.primary || !index.name.starts_with("ks_")) continue;
    const auto kept = std::find(wanted.begin(), wanted.end(), index.columns);
    if (kept != wanted.end()) {
      wanted.erase(kept);
    } else {
      statements.push_back(dialect.drop_index(plan.spec.name, index.name));
    }
  }
  int number = 0;
  for (const auto& columns : wanted) {
    std::string name;
    do {
      name = fmt::format("ks_{}_{}", plan.spec.name, ++number);
    } while (names.contains(name));
    statements.push_back(dialect.add_index(plan.spec.name, {name, columns}));
  }
  return statements;
}

std::vector<std::string> replacing_statements(const Capturing& now, const plan::SummaryPlan& plan,
                                              const sql::Dialect& dialect) {
  std::vector<std::string> statements;
  for (const PlannedTrigger& trigger : now.triggers) {
    if (trigger.found != Found::plain) statements.push_back(trigger.plain.replace_sql);
  }
  if (plan.spec.capture == schema::Capture::hooks) return {};
  for (const db::TriggerInfo& trigger : now.strangers) {
    statements.push_back("DROP TRIGGER IF EXISTS " + dialect.identifier(trigger.name));
  }
  return statements;
}

std::vector<std::string> remaking_statements(const Capturing& now, const sql::Dialect& dialect) {
  std::vector<std::string> statements;
  for (const PlannedTrigger& trigger : now.triggers) {
    if (trigger.found == Found::plain) continue;
    if (trigger.found != Found::nothing) statements.push_back(trigger.plain.drop_sql);
    statements.push_back(trigger.plain.create_sql);
  }
  for (const db::TriggerInfo& trigger : now.strangers) {
    statements.push_back("DROP TRIGGER IF EXISTS " + dialect.identifier(trigger.name));
  }
  return statements;
}

plan::SummaryPlan renamed(const plan::SummaryPlan& plan, const std::string& name) {
  plan::SummaryPlan copy = plan;
  copy.spec.name = name;
  // What one upsert writes goes to the same table.
  if (plan.own) copy.own = std::make_shared<const plan::SummaryPlan>(renamed(*plan.own, name));
  return copy;
}

std::vector<std::string> gating_statements(const Capturing& now, const plan::SummaryPlan& plan,
                                           const plan::SummaryPlan& successor,
                                           const maintain::Gate& gate, const std::string& barrier,
                                           const sql::Dialect& dialect) {
  const auto next = maintain::plain_triggers(successor, dialect);
  const auto planned = maintain::plain_triggers(plan, dialect);
  std::vector<sql::Trigger> all = next;
  all.insert(all.end(), planned.begin(), planned.end());
  for (const db::TriggerInfo& trigger : now.strangers) all.push_back(maintain::frame_of(trigger));
  std::vector<std::string> statements;
  for (const sql::TriggerText& trigger :
       maintain::halting(all, barrier, maintain::trigger_prefix(successor.spec.name), dialect)) {
    statements.push_back(trigger.replace_sql);
  }
  for (const sql::Trigger& trigger : next) {
    statements.push_back(maintain::ending(trigger, gate, dialect).replace_sql);
  }
  for (std::size_t i = 0; i < planned.size(); ++i) {
    const PlannedTrigger& trigger = now.triggers[i];
    if (trigger.found == Found::nothing) {
      statements.push_back(maintain::beginning(planned[i], gate, dialect).replace_sql);
      continue;
    }
    statements.push_back(
        maintain::turning(trigger.installed, planned[i], gate, dialect).replace_sql);
  }
  for (const db::TriggerInfo& trigger : now.strangers) {
    statements.push_back(maintain::ending(trigger, gate, dialect).replace_sql);
  }
  return statements;
}

}  // namespace keepsum::lifecycle
