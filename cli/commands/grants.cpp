// keepsum grants: the rights each user needs, as statements for whoever may grant them.
#include "connectors/mysql/grants.hpp"

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cli/exit_code.hpp"
#include "cli/report_json.hpp"
#include "cli/terminal.hpp"

namespace keepsum::cli {

namespace json = boost::json;
using mysql::Role;

namespace {

constexpr Role roles[] = {Role::apply, Role::cron, Role::service, Role::reader};

constexpr std::string_view on_sqlite =
    "SQLite has no users: who may read and write the file, and make files beside it in its folder, "
    "may do everything";

std::string_view purpose(Role role) {
  switch (role) {
    case Role::apply: return "plan, apply, drop";
    case Role::cron: return "reconcile, status, drift, drift undo";
    case Role::service: return "the service that writes the base tables";
    case Role::reader: return "read, explain, and readers of the embedded library";
  }
  return "";
}

json::array to_json(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.push_back(json::value(text));
  return array;
}

void print_grants(Role role, const mysql::Account& account, const mysql::Grants& grants) {
  print(fmt::format("-- {} as {}: {}\n", account.sql(), to_string(role), purpose(role)));
  for (const std::string& note : grants.notes) print(fmt::format("-- {}\n", note));
  if (grants.statements.empty()) print("-- no rights at all\n");
  for (const std::string& statement : grants.statements) print(statement + ";\n");
  print("\n");
  if (grants.missing.empty()) return;
  print_err(
      fmt::format("{} for {}: the server grants nothing on tables that are not there: run "
                  "these after the first `keepsum apply`\n",
                  paint_err(Style::yellow, "!"), to_string(role)));
}

// What a run reads to see whether it has to wait; not all of it is here.
void add_notes_on_signals(const schema::ReconcileSettings& settings, mysql::Grants& grants) {
  if (!settings.replicas.empty()) {
    grants.notes.push_back(
        "on each of the spec's replicas, to the user of its URL: GRANT REPLICA MONITOR ON *.* "
        "(MariaDB 10.5 and later), or GRANT REPLICATION CLIENT ON *.*");
  }
  if (settings.query) grants.notes.push_back("and what the spec's `query` reads");
}

Result<int> print_for_sqlite(const GlobalOptions& global) {
  if (global.json) {
    print(json::serialize(
              json::object{{"version", 1}, {"grants", json::array{}}, {"note", on_sqlite}}) +
          "\n");
  } else {
    print_err(fmt::format("{}\n", on_sqlite));
  }
  return exit_ok;
}

}  // namespace

Result<int> run_grants(const GlobalOptions& global, const GrantsCommandOptions& options) {
  if (!options.user.empty() && options.as.empty()) {
    Error error;
    error.code = ErrorCode::invalid_argument;
    error.message = "--user needs --as: nobody should be granted all of it";
    error.hint = "--as apply, cron, service or reader";
    return error;
  }
  KEEPSUM_ASSIGN(auto workspace, Workspace::open(global));
  if (workspace.database().dialect.name() != "mysql") return print_for_sqlite(global);
  KEEPSUM_ASSIGN(const auto plans, workspace.plans({}, false));
  json::array array;
  for (const Role role : roles) {
    if (!options.as.empty() && options.as != to_string(role)) continue;
    mysql::Account account{fmt::format("keepsum_{}", to_string(role)), "%"};
    if (!options.user.empty()) {
      KEEPSUM_ASSIGN(account, mysql::parse_account(options.user));
    }
    KEEPSUM_ASSIGN(auto grants, mysql::grants_for(workspace.database(), plans,
                                                  migrations::control_tables(), role, account));
    if (role == Role::cron) add_notes_on_signals(workspace.spec().reconcile, grants);
    if (!global.json) print_grants(role, account, grants);
    array.push_back({{"as", to_string(role)},
                     {"user", account.sql()},
                     {"statements", to_json(grants.statements)},
                     {"notes", to_json(grants.notes)},
                     {"missing_tables", to_json(grants.missing)}});
  }
  if (global.json) {
    print(json::serialize(json::object{{"version", 1}, {"grants", std::move(array)}}) + "\n");
  }
  return exit_ok;
}

}  // namespace keepsum::cli
