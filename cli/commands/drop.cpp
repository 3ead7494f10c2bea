// keepsum drop: a summary and all that belongs to it; with the last one, keepsum's own tables.
#include <fmt/format.h>

#include <iostream>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"
#include "engine/lifecycle/apply.hpp"

namespace keepsum::cli {

namespace {

Result<void> agree(const DropCommandOptions& options) {
  if (options.yes) return {};
  Error error;
  error.code = ErrorCode::invalid_argument;
  if (!stdin_is_terminal()) {
    error.message = "drop removes a table and there is no terminal to ask on";
    error.hint = "pass --yes";
    return error;
  }
  print_err(fmt::format("drop {}, its triggers and its history? [y/N] ", options.name));
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  error.message = "nothing was dropped";
  return error;
}

Result<void> drop_control_tables(lifecycle::Database& database) {
  lifecycle::Control control(database);
  KEEPSUM_ASSIGN(const auto left, control.all());
  if (!left.empty()) return {};
  for (const std::string_view name : migrations::control_tables()) {
    KEEPSUM_TRY(
        database.session.execute("DROP TABLE IF EXISTS " + database.dialect.identifier(name)));
  }
  return {};
}

}  // namespace

Result<int> run_drop(const GlobalOptions& global, const DropCommandOptions& options) {
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  KEEPSUM_TRY(agree(options));
  KEEPSUM_TRY(lifecycle::drop(workspace.database(), options.name));
  KEEPSUM_TRY(drop_control_tables(workspace.database()));
  if (global.json) {
    print(boost::json::serialize(boost::json::object{{"version", 1}, {"dropped", options.name}}) +
          "\n");
  } else {
    print(fmt::format("dropped {}\n", options.name));
  }
  return exit_ok;
}

}  // namespace keepsum::cli
