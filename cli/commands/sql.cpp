// keepsum sql: the statements themselves, for a migration tool or a service in any language.
#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/maintain/change_statements.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using maintain::Moment;

namespace {

constexpr std::pair<Moment, std::string_view> moments[] = {
    {Moment::after_insert, "after_insert"},
    {Moment::before_update, "before_update"},
    {Moment::after_update, "after_update"},
    {Moment::before_delete, "before_delete"},
};

json::array parameters(const plan::BaseTable& table, const maintain::HookStatement& statement) {
  json::array names;
  for (std::size_t i = 0; i < statement.key_repeats; ++i) {
    for (const std::string& column : table.info.primary_key) names.push_back(json::value(column));
  }
  return names;
}

json::object to_json(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  json::array tables, triggers, hooks;
  for (const std::string& statement : dialect.create_table(sql::summary_table(plan, dialect))) {
    tables.push_back(json::value(statement));
  }
  for (const sql::TriggerText& trigger : maintain::trigger_set(plan, dialect)) {
    triggers.push_back({{"name", trigger.name},
                        {"table", trigger.installed.table},
                        {"create_sql", trigger.create_sql},
                        {"drop_sql", trigger.drop_sql}});
  }
  for (const plan::BaseTable& table : plan.tables) {
    for (const auto& [moment, when] : moments) {
      json::array statements;
      for (const auto& statement : maintain::hook_statements(plan, dialect, table.alias, moment)) {
        statements.push_back({{"sql", statement.sql},
                              {"parameters", parameters(table, statement)},
                              {"locks_row", statement.locks_row}});
      }
      hooks.push_back(
          {{"table", table.info.name}, {"when", when}, {"statements", std::move(statements)}});
    }
  }
  return {{"name", plan.spec.name},
          {"tables", std::move(tables)},
          {"triggers", std::move(triggers)},
          {"hooks", std::move(hooks)}};
}

void print_text(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                const SqlOptions& options) {
  const bool all = !options.hooks && !options.triggers && !options.tables;
  if (all || options.tables) {
    print(fmt::format("-- {}: table\n", plan.spec.name));
    for (const std::string& statement : dialect.create_table(sql::summary_table(plan, dialect))) {
      print(statement + ";\n");
    }
    print("\n");
  }
  if (all || options.triggers) {
    const bool mysql = dialect.name() == "mysql";
    print(fmt::format("-- {}: triggers\n{}", plan.spec.name, mysql ? "DELIMITER //\n" : ""));
    for (const sql::TriggerText& trigger : maintain::trigger_set(plan, dialect)) {
      print(trigger.create_sql + (mysql ? "//\n" : ";\n"));
    }
    print(mysql ? "DELIMITER ;\n\n" : "\n");
  }
  if (!all && !options.hooks) return;
  for (const plan::BaseTable& table : plan.tables) {
    for (const auto& [moment, when] : moments) {
      const auto statements = maintain::hook_statements(plan, dialect, table.alias, moment);
      if (statements.empty()) continue;
      print(
          fmt::format("-- {}: hook {} of a row of {}, in the same transaction; ? is its primary "
                      "key\n",
                      plan.spec.name, when, table.info.name));
      for (const auto& statement : statements) {
        if (statement.locks_row) print("-- if this finds no row, leave it alone:\n");
        print(statement.sql + ";\n");
      }
    }
  }
}

}  // namespace

Result<int> run_sql(const GlobalOptions& global, const SqlOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto plans, workspace.plans(options.names, false));
  const sql::Dialect& dialect = workspace.database().dialect;
  json::array summaries;
  for (const plan::SummaryPlan& plan : plans) {
    if (global.json) {
      summaries.push_back(to_json(plan, dialect));
    } else {
      print_text(plan, dialect, options);
    }
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1},
                                       {"database", std::string(dialect.name())},
                                       {"summaries", std::move(summaries)}}) +
          "\n");
  }
  return exit_ok;
}

}  // namespace keepsum::cli
