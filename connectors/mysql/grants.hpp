// Which rights each user of a spec needs on MySQL and MariaDB, table by table.
#pragma once

#include <keepsum/result.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::mysql {

enum class Role {
  apply,    // plan, apply, drop, and all below
  cron,     // reconcile, status, drift, drift undo
  service,  // writes the base tables, by hooks where a summary is captured so; and reads
  reader,   // read, explain, and the embedded Reader
};
[[nodiscard]] std::string_view to_string(Role role) noexcept;

struct Account {
  std::string user;
  std::string host = "%";
  // 'user'@'host', quoted for GRANT.
  [[nodiscard]] std::string sql() const;
};
// 'user'@'host', user@host or user. Errors: invalid_argument if it is none of them.
Result<Account> parse_account(std::string_view text);

struct Grants {
  std::vector<std::string> statements;  // without a semicolon; nothing that is not needed
  std::vector<std::string> notes;       // what a person should know of them
  std::vector<std::string> missing;     // tables that must be made before they can be granted
};

// Reads the catalog; writes nothing. `control_tables` are keepsum's own.
Result<Grants> grants_for(lifecycle::Database& database,
                          const std::vector<plan::SummaryPlan>& plans,
                          std::span<const std::string_view> control_tables, Role role,
                          const Account& account);

}  // namespace keepsum::mysql
