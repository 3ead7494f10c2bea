// keepsum plan: what would change, exactly, and what it will cost.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/capture.hpp"
#include "engine/lifecycle/relations.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using lifecycle::Action;
using lifecycle::ChangeSet;
using lifecycle::ObjectChange;

namespace {

std::string_view clause_kind(plan::ClauseKind kind) {
  switch (kind) {
    case plan::ClauseKind::guaranteed: return "guaranteed";
    case plan::ClauseKind::trusted: return "trusted";
    case plan::ClauseKind::price: return "price";
    case plan::ClauseKind::bypass: return "bypass";
  }
  return "";
}

Style style_of(Action action) {
  switch (action) {
    case Action::create: return Style::green;
    case Action::change: return Style::yellow;
    case Action::drop: return Style::red;
    case Action::keep: return Style::dim;
  }
  return Style::plain;
}

void print_sql(const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) print(sql::indented(statement, "      ") + ";\n");
}

void print_objects(const ChangeSet& set, bool sql) {
  for (const ObjectChange& object : set.objects) {
    print(fmt::format("  {} {} {}{}{}\n",
                      paint(style_of(object.action), std::string(1, sign(object.action))),
                      object.kind, object.name, object.on.empty() ? "" : " on " + object.on,
                      object.reason.empty() ? "" : paint(Style::dim, "  (" + object.reason + ")")));
    if (!sql || object.action == Action::keep) continue;
    print_sql(object.drop_sql);
    if (object.action != Action::drop) print_sql(object.create_sql);
  }
}

void print_steps(const std::vector<lifecycle::Step>& steps, bool sql) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    print(fmt::format("    {}. {}\n", i + 1, steps[i].title));
    if (sql) print_sql(steps[i].statements);
  }
}

// In place of the SQL of each object: the same in the order in which it is run.
void print_change(const lifecycle::SpecChange& change, bool sql) {
  const std::string_view way = change.back ? "back to the spec before"
                               : change.way == lifecycle::Way::in_place
                                   ? "in place"
                                   : "by another table beside it";
  print(fmt::format("\n  the spec changes {}{}; live all the while\n", way,
                    change.under_way ? ", as it was begun" : ""));
  print_steps(change.steps, sql);
  print(fmt::format("    cost: {}\n", change.cost));
}

void print_move(const lifecycle::CaptureMove& move, bool sql) {
  const std::string what =
      move.from == move.to ? fmt::format("{} write, as now", to_string(move.to))
                           : fmt::format("from {} to {}", to_string(move.from), to_string(move.to));
  print(fmt::format(
      "\n  {}; {}\n", what,
      move.seamless ? "live all the while" : "readers use the source while it is under way"));
  print_steps(move.steps, sql);
}

void print_notes(const plan::SummaryPlan& plan, const ChangeSet& set) {
  if (!set.notes.empty()) print("\n  deploy\n");
  for (std::size_t i = 0; i < set.notes.size(); ++i) {
    const std::string number = set.notes.size() > 1 ? fmt::format("{}. ", i + 1) : "";
    print(fmt::format("    {}{}\n", number, set.notes[i]));
  }
  if (plan.spec.shadow) {
    print(
        "  shadow: reads are answered from the source. To let the summary answer, take "
        "\"shadow\" out of the spec: nothing is rebuilt\n");
  }
}

void print_columns(const plan::SummaryPlan& plan) {
  std::vector<std::vector<std::string>> rows{{"column", "class", "because"}};
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    rows.push_back({aggregate.column.name,
                    std::string(to_string(aggregate.aggregate->maintenance_class())),
                    std::string(aggregate.aggregate->reason())});
  }
  print("\n" + table(rows));
}

void print_costs(const plan::SummaryPlan& plan) {
  std::vector<std::vector<std::string>> rows{{"a write", "that changes", "costs"}};
  for (const plan::Hook& hook : plan.hooks) {
    const std::string what = fmt::format("{} {}", to_string(hook.event), hook.alias);
    rows.push_back({what, fmt::format("{}", fmt::join(hook.watched_columns, ", ")),
                    hook.needed ? hook.cost : "nothing: " + hook.reason});
  }
  for (const plan::Cascade& cascade : plan.cascades) {
    const bool update = cascade.event == sql::Event::update;
    rows.push_back({fmt::format("{} {}", to_string(cascade.event), cascade.root_table),
                    update ? fmt::format("{}", fmt::join(cascade.root_columns, ", ")) : "",
                    "makes up for " + cascade.reason});
  }
  print("\n" + table(rows));
}

void print_contract(const plan::SummaryPlan& plan) {
  std::vector<std::vector<std::string>> rows{{"contract", ""}};
  for (const plan::Clause& clause : plan.contract) {
    rows.push_back({std::string(clause_kind(clause.kind)), clause.text});
  }
  print("\n" + table(rows));
  const auto scan = [](const plan::ScanPlan& s) {
    return fmt::format("{} ({})", s.pass == plan::Pass::key_ranges ? "by key ranges" : "one pass",
                       s.reason);
  };
  if (plan.spec.lazy) {
    print(
        "\n  fill: lazy: no backfill and nothing to verify; a latch that is not set is asked of "
        "the "
        "source\n  when it is read, and set if the source shows it\n");
    return;
  }
  print(fmt::format("\n  backfill: {}\n  verify:   {}\n",
                    scan(plan.numbers_across_keys() ? plan.verify_scan : plan.backfill_scan),
                    scan(plan.verify_scan)));
}

json::array to_json(const std::vector<lifecycle::Step>& all) {
  json::array steps;
  for (const lifecycle::Step& step : all) {
    json::array statements;
    for (const std::string& statement : step.statements) {
      statements.push_back(json::value(statement));
    }
    steps.push_back({{"title", step.title}, {"alone", step.alone}, {"sql", std::move(statements)}});
  }
  return steps;
}

json::object capture_json(const plan::SummaryPlan& plan, const ChangeSet& set) {
  json::object object{
      {"in_force", nullptr}, {"planned", to_string(plan.spec.capture)}, {"move", nullptr}};
  if (set.state != lifecycle::State::absent) {
    object["in_force"] = to_string(set.in_force);
  }
  if (!set.move) return object;
  object["move"] = {{"seamless", set.move->seamless}, {"steps", to_json(set.move->steps)}};
  return object;
}

json::value change_json(const std::optional<lifecycle::SpecChange>& change) {
  if (!change) return nullptr;
  json::array added, removed;
  for (const std::string& name : change->added) added.push_back(json::value(name));
  for (const std::string& name : change->removed) removed.push_back(json::value(name));
  return {{"way", to_string(change->way)}, {"under_way", change->under_way},
          {"back", change->back},          {"added", std::move(added)},
          {"removed", std::move(removed)}, {"reason", change->reason},
          {"cost", change->cost},          {"steps", to_json(change->steps)}};
}

json::object to_json(const plan::SummaryPlan& plan, const ChangeSet& set) {
  json::array objects, columns, hooks, contract, warnings, notes;
  for (const ObjectChange& object : set.objects) {
    json::array create, drop;
    for (const std::string& statement : object.create_sql) create.push_back(json::value(statement));
    for (const std::string& statement : object.drop_sql) drop.push_back(json::value(statement));
    objects.push_back({{"action", std::string(1, sign(object.action))},
                       {"kind", object.kind},
                       {"name", object.name},
                       {"table", object.on},
                       {"reason", object.reason},
                       {"drop_sql", std::move(drop)},
                       {"create_sql", std::move(create)}});
  }
  for (const std::string& note : set.notes) notes.push_back(json::value(note));
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    columns.push_back({{"name", aggregate.column.name},
                       {"class", to_string(aggregate.aggregate->maintenance_class())},
                       {"reason", aggregate.aggregate->reason()}});
  }
  for (const plan::Hook& hook : plan.hooks) {
    json::array watched;
    for (const std::string& column : hook.watched_columns) watched.push_back(json::value(column));
    hooks.push_back({{"alias", hook.alias},
                     {"event", to_string(hook.event)},
                     {"needed", hook.needed},
                     {"reason", hook.reason},
                     {"watched_columns", std::move(watched)},
                     {"cost", hook.cost}});
  }
  for (const plan::Clause& clause : plan.contract) {
    contract.push_back({{"kind", clause_kind(clause.kind)}, {"text", clause.text}});
  }
  for (const schema::Diagnostic& warning : plan.warnings) {
    warnings.push_back(
        {{"code", warning.code}, {"message", warning.message}, {"hint", warning.hint}});
  }
  return {{"name", plan.spec.name},
          {"state", to_string(set.state)},
          {"changes", set.has_changes()},
          {"shadow", plan.spec.shadow},
          {"fill", plan.spec.lazy ? "lazy" : "backfill"},
          {"capture", capture_json(plan, set)},
          {"change", change_json(set.change)},
          {"deployment", std::move(notes)},
          {"objects", std::move(objects)},
          {"columns", std::move(columns)},
          {"hooks", std::move(hooks)},
          {"contract", std::move(contract)},
          {"warnings", std::move(warnings)}};
}

void print_plan(const plan::SummaryPlan& plan, const ChangeSet& set, const PlanOptions& options) {
  print(fmt::format("{} {}\n", paint(Style::bold, plan.spec.name),
                    paint(Style::dim, fmt::format("({})", to_string(set.state)))));
  print_objects(set, options.sql && !set.move && !set.change);
  if (set.change) print_change(*set.change, options.sql);
  if (set.move) print_move(*set.move, options.sql);
  print_notes(plan, set);
  print_columns(plan);
  print_costs(plan);
  print_contract(plan);
  print("\n");
}

// Summaries that are in the database and no longer in the spec.
Result<std::vector<std::string>> left_over(Workspace& workspace,
                                           const std::vector<plan::SummaryPlan>& plans) {
  lifecycle::Control control(workspace.database());
  KEEPSUM_ASSIGN(const auto records, control.all());
  std::vector<std::string> names;
  for (const lifecycle::SummaryRecord& record : records) {
    // A side table is dropped with its summary, or by it.
    bool wanted = !lifecycle::relations_in(record.definition).side_of.empty();
    for (const plan::SummaryPlan& plan : plans) wanted = wanted || plan.spec.name == record.name;
    if (!wanted) names.push_back(record.name);
  }
  return names;
}

}  // namespace

Result<int> run_plan(const GlobalOptions& global, const PlanOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto plans, workspace.plans({}, !global.json));
  std::vector<ChangeSet> sets;
  bool changes = false;
  for (const plan::SummaryPlan& plan : plans) {
    KEEPSUM_ASSIGN(auto set, lifecycle::compare_with_database(workspace.database(), plan));
    changes = changes || set.has_changes();
    sets.push_back(std::move(set));
  }
  const std::string hash = plan_hash(sets);
  KEEPSUM_ASSIGN(const auto left, left_over(workspace, plans));
  if (global.json) {
    json::array summaries, not_in_spec;
    for (std::size_t i = 0; i < plans.size(); ++i) summaries.push_back(to_json(plans[i], sets[i]));
    for (const std::string& name : left) not_in_spec.push_back(json::value(name));
    print(json::serialize(json::object{{"version", 1},
                                       {"hash", hash},
                                       {"changes", changes},
                                       {"summaries", std::move(summaries)},
                                       {"not_in_spec", std::move(not_in_spec)}}) +
          "\n");
    return changes ? exit_changed : exit_ok;
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (sets[i].has_changes()) {
      print_plan(plans[i], sets[i], options);
    } else {
      print(fmt::format("{} {}\n", paint(Style::bold, plans[i].spec.name),
                        paint(Style::dim, "(live) no changes")));
      print_notes(plans[i], sets[i]);
    }
  }
  for (const std::string& name : left) {
    print(fmt::format("{} is in the database and not in the spec: `keepsum drop {}` removes it\n",
                      name, name));
  }
  print(changes ? fmt::format("plan {}\n", paint(Style::bold, hash)) : "nothing to do\n");
  return changes ? exit_changed : exit_ok;
}

}  // namespace keepsum::cli
