// keepsum sql: the statements themselves, for a migration tool or a service in any language. As
// JSON it is the statement pack, whose format docs/other_languages.md describes.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/change_set.hpp"
#include "engine/maintain/change_statements.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/seal.hpp"
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

// The statement cut at its parameters, for drivers that write them otherwise than `?`. In literals
// and names a `?` is itself; their quotes are doubled within, which reads as two of them.
json::array pieces(std::string_view sql) {
  json::array cut;
  std::string piece;
  char quote = '\0';
  for (const char c : sql) {
    if (quote == '\0' && c == '?') {
      cut.push_back(json::value(piece));
      piece.clear();
      continue;
    }
    if (quote == '\0' && (c == '\'' || c == '"' || c == '`')) {
      quote = c;
    } else if (c == quote) {
      quote = '\0';
    }
    piece += c;
  }
  cut.push_back(json::value(piece));
  return cut;
}

json::array strings(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::value(text));
  return array;
}

std::vector<std::string> tables(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  std::vector<std::string> statements = dialect.create_table(sql::summary_table(plan, dialect));
  if (!plan.seal) return statements;
  for (std::string& statement : dialect.create_table(sql::seal_table(plan, dialect))) {
    statements.push_back(std::move(statement));
  }
  return statements;
}

// The columns without which an UPDATE needs no hook; NULL if the database sets one of them itself,
// so that the statement does not show what changes.
json::value columns_that_matter(const plan::SummaryPlan& plan, const plan::BaseTable& table) {
  const plan::Hook* const hook = plan.hook(table.alias, sql::Event::update);
  std::vector<std::string> columns = hook->watched_columns;
  for (const plan::Cascade& cascade : plan.cascades) {
    if (cascade.root_alias != table.alias || cascade.event != sql::Event::update) continue;
    columns.insert(columns.end(), cascade.root_columns.begin(), cascade.root_columns.end());
  }
  std::vector<std::string> distinct;
  for (const std::string& name : columns) {
    const db::ColumnInfo& column = *table.info.find_column(name);
    if (column.generated || column.sets_itself) return nullptr;
    if (std::find(distinct.begin(), distinct.end(), column.name) != distinct.end()) continue;
    distinct.push_back(column.name);
  }
  return strings(distinct);
}

json::object hook(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                  const plan::BaseTable& table, Moment moment, std::string_view when) {
  json::array statements;
  for (const auto& statement : maintain::hook_statements(plan, dialect, table.alias, moment)) {
    statements.push_back({{"sql", statement.sql},
                          {"pieces", pieces(statement.sql)},
                          {"parameters", parameters(table, statement)},
                          {"locks_row", statement.locks_row}});
  }
  json::object object{{"table", table.info.name}, {"when", when}};
  object["key"] = strings(table.info.primary_key);
  if (moment == Moment::before_update || moment == Moment::after_update) {
    object["columns"] = columns_that_matter(plan, table);
  }
  object["statements"] = std::move(statements);
  return object;
}

// What tells a pack that is older or newer than what was applied.
json::object check(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
  return {{"sql", "SELECT definition FROM keepsum_summaries WHERE name = " +
                      dialect.literal(plan.spec.name)},
          {"expect", lifecycle::definition_of(plan, dialect)}};
}

json::object to_json(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                     const SqlOptions& options) {
  json::object object{{"name", plan.spec.name}};
  object["capture"] = plan.spec.capture == schema::Capture::hooks ? "hooks" : "triggers";
  if (options.tables) {
    object["tables"] = strings(tables(plan, dialect));
  }
  if (options.triggers) {
    json::array triggers;
    for (const sql::TriggerText& trigger : maintain::trigger_set(plan, dialect)) {
      triggers.push_back({{"name", trigger.name},
                          {"table", trigger.installed.table},
                          {"create_sql", trigger.create_sql},
                          {"drop_sql", trigger.drop_sql}});
    }
    object["triggers"] = std::move(triggers);
  }
  if (options.hooks) {
    json::array hooks;
    for (const plan::BaseTable& table : plan.tables) {
      for (const auto& [moment, when] : moments) {
        hooks.push_back(hook(plan, dialect, table, moment, when));
      }
    }
    object["check"] = check(plan, dialect);
    object["hooks"] = std::move(hooks);
  }
  return object;
}

void print_text(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                const SqlOptions& options) {
  if (options.tables) {
    print(fmt::format("-- {}: table\n", plan.spec.name));
    for (const std::string& statement : tables(plan, dialect)) {
      print(statement + ";\n");
    }
    print("\n");
  }
  if (options.triggers) {
    const bool mysql = dialect.name() == "mysql";
    print(fmt::format("-- {}: triggers\n{}", plan.spec.name, mysql ? "DELIMITER //\n" : ""));
    for (const sql::TriggerText& trigger : maintain::trigger_set(plan, dialect)) {
      print(trigger.create_sql + (mysql ? "//\n" : ";\n"));
    }
    print(mysql ? "DELIMITER ;\n\n" : "\n");
  }
  if (!options.hooks) return;
  if (plan.needs_triggers()) {
    print(fmt::format("-- {}: no hooks: steps and LEFT JOINs are kept by triggers alone\n",
                      plan.spec.name));
  }
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

Result<int> run_sql(const GlobalOptions& global, const SqlOptions& asked) {
  SqlOptions options = asked;
  if (!asked.hooks && !asked.triggers && !asked.tables) {
    options.hooks = options.triggers = options.tables = true;
  }
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_ASSIGN(const auto plans, workspace.plans(options.names, false));
  const sql::Dialect& dialect = workspace.database().dialect;
  json::array summaries;
  for (const plan::SummaryPlan& plan : plans) {
    if (global.json) {
      summaries.push_back(to_json(plan, dialect, options));
    } else {
      print_text(plan, dialect, options);
    }
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1},
                                       {"keepsum", version()},
                                       {"database", std::string(dialect.name())},
                                       {"summaries", std::move(summaries)}}) +
          "\n");
  }
  return exit_ok;
}

}  // namespace keepsum::cli
