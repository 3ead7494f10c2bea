// Which row changes can change a summary, and which the catalog proves cannot.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "engine/plan/names.hpp"
#include "engine/plan/steps.hpp"

namespace keepsum::plan {

using db::ReferentialAction;

namespace {

bool stays(ReferentialAction action) {
  return action == ReferentialAction::restrict || action == ReferentialAction::no_action;
}

std::string on_whose_word(const ParentLink& link) {
  return link.trusted ? "declared_keys says so" : "a foreign key enforces it";
}

const Cascade* cascade_on(const SummaryPlan& plan, const std::string& alias, sql::Event event) {
  for (const Cascade& cascade : plan.cascades) {
    if (cascade.event == event && cascade.root_alias == alias) return &cascade;
  }
  return nullptr;
}

void prune_by_links(const SummaryPlan& plan, Hook& hook) {
  for (const ParentLink& link : plan.links) {
    if (link.parent_alias != hook.alias) continue;
    if (hook.event == sql::Event::insert) {
      hook.needed = false;
      hook.reason = fmt::format("a new row of {} cannot have a {} yet: {}", hook.alias,
                                link.child_alias, on_whose_word(link));
    } else if (hook.event == sql::Event::remove && stays(link.on_delete)) {
      hook.needed = false;
      hook.reason = fmt::format("a row of {} that has a {} cannot be deleted: {}", hook.alias,
                                link.child_alias, on_whose_word(link));
    } else if (hook.event == sql::Event::update && stays(link.on_update)) {
      std::erase_if(hook.watched_columns, [&](const std::string& column) {
        return contains(link.parent_columns, column);
      });
    }
  }
}

// On SQLite a cascade's triggers run when the parent row has already changed, so the parent's
// own hook must have run before: then each change is applied to the state the last one left.
bool is_action_root(const SummaryPlan& plan, Compilation& compilation, const std::string& table) {
  std::vector<std::string> open;
  for (const BaseTable& base : plan.tables) open.push_back(base.info.name);
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!seen.insert(name).second) continue;
    const auto info = compilation.catalog.table(name);
    if (!info.has_value() || !info.value()) continue;
    for (const db::ForeignKey& key : (*info)->foreign_keys) {
      if (stays(key.on_delete) && stays(key.on_update)) continue;
      if (same_name(key.referenced_table, table)) return true;
      open.push_back(key.referenced_table);
    }
  }
  return false;
}

bool runs_before(const SummaryPlan& plan, Compilation& compilation, const Hook& hook) {
  if (!compilation.dialect.cascades_fire_triggers() || hook.event == sql::Event::insert) {
    return false;
  }
  return is_action_root(plan, compilation, plan.table(hook.alias).info.name);
}

// Of steps and places: what is looked for, and who else is written.
struct SequenceCost {
  std::vector<std::string> seeks;
  std::string writes;
};

SequenceCost sequence_cost(const SummaryPlan& plan, const Hook& hook) {
  SequenceCost cost;
  if (!plan.has_sequences() || hook.alias != plan.tables.front().alias) return cost;
  const bool steps = std::any_of(plan.sequences.begin(), plan.sequences.end(),
                                 [](const RowOrder& order) { return !order.numbered; });
  if (steps) {
    cost.seeks.emplace_back("the rows before and after it");
  } else if (hook.event != sql::Event::remove) {
    cost.seeks.emplace_back("the row before it");
  }
  if (plan.has_places()) {
    cost.writes = hook.event == sql::Event::update ? ", and if it moves the rows between"
                                                   : ", and every row behind it";
  }
  return cost;
}

std::string describe_cost(const SummaryPlan& plan, const Hook& hook) {
  std::set<std::string> known{hook.alias};
  std::vector<std::string> reads;
  for (const std::string& alias : reading_order(plan, known)) {
    const auto columns = equated_columns(plan, known, alias);
    const bool one = determines(plan, known, alias);
    const db::IndexInfo* index = index_on(plan, alias, columns);
    reads.push_back(one     ? fmt::format("1 row of {} by {}", alias,
                                      index && index->primary ? "primary key" : "unique key")
                    : index ? fmt::format("rows of {} by index {}", alias, index->name)
                            : fmt::format("ALL rows of {} (no index)", alias));
    known.insert(alias);
  }
  const SequenceCost sequence = sequence_cost(plan, hook);
  reads.insert(reads.end(), sequence.seeks.begin(), sequence.seeks.end());
  const bool moves = hook.event == sql::Event::update;
  std::string writes = hook.single_row
                           ? (moves ? "1 upsert of at most 2 groups" : "1 upsert of 1 group")
                           : "1 upsert of each group it touches";
  writes += sequence.writes;
  return reads.empty() ? writes : fmt::format("reads {}; {}", fmt::join(reads, ", "), writes);
}

Hook make_hook(Compilation& compilation, const SummaryPlan& plan, const BaseTable& table,
               sql::Event event) {
  Hook hook;
  hook.alias = table.alias;
  hook.event = event;
  if (event == sql::Event::update) hook.watched_columns = table.read_columns;
  prune_by_links(plan, hook);
  if (event == sql::Event::update && hook.watched_columns.empty()) {
    hook.needed = false;
    hook.reason = "no column that matters can change";
  }
  if (const Cascade* cascade = cascade_on(plan, table.alias, event)) {
    if (event == sql::Event::remove) {
      hook.needed = false;
      hook.reason = fmt::format("done before the delete, while the children can be seen: {}",
                                cascade->reason);
    } else {
      hook.unless_changed = cascade->root_columns;
    }
  }
  if (hook.needed && runs_before(plan, compilation, hook)) {
    hook.timing = sql::Timing::before;
    hook.reason = "runs before: a foreign key action follows the change";
  }
  std::set<std::string> known{table.alias};
  hook.single_row = true;
  for (const std::string& alias : reading_order(plan, known)) {
    hook.single_row = hook.single_row && determines(plan, known, alias);
    known.insert(alias);
  }
  hook.cost = describe_cost(plan, hook);
  return hook;
}

}  // namespace

void find_hooks(Compilation& compilation, SummaryPlan& plan) {
  for (const BaseTable& table : plan.tables) {
    for (const sql::Event event : {sql::Event::insert, sql::Event::update, sql::Event::remove}) {
      plan.hooks.push_back(make_hook(compilation, plan, table, event));
    }
  }
}

void choose_scans(SummaryPlan& plan) {
  const KeyColumn& key = plan.keys.front();
  if (key.expr->kind != schema::ExprKind::column) {
    plan.backfill_scan.reason = fmt::format("the key {} is an expression", key.name);
    plan.verify_scan = plan.backfill_scan;
    return;
  }
  const std::string& alias = key.expr->qualifier;
  const std::string& column = key.expr->text;
  if (plan.table(alias).info.find_column(column)->family == db::TypeFamily::timestamp) {
    plan.backfill_scan.reason = fmt::format("{}.{} is read as UTC, not as stored", alias, column);
    plan.verify_scan = plan.backfill_scan;
    return;
  }
  const db::IndexInfo* index = index_on(plan, alias, {column});
  if (index == nullptr) {
    plan.backfill_scan.reason = fmt::format("no index starts with {}.{}", alias, column);
    plan.verify_scan = plan.backfill_scan;
    return;
  }
  ScanPlan ranges{Pass::key_ranges, alias, column, index->name,
                  fmt::format("index {} serves {}.{}", index->name, alias, column)};
  plan.backfill_scan = ranges;
  if (index->primary) {
    plan.verify_scan = ranges;
  } else {
    plan.verify_scan.reason = fmt::format(
        "{}.{} is reached through a secondary index: reading the table in its own order is faster",
        alias, column);
  }
  if (plan.numbers_across_keys()) {
    plan.verify_scan = {};
    plan.verify_scan.reason = "a row's place in its list follows from the rows of other keys";
  }
}

}  // namespace keepsum::plan
