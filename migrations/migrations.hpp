// keepsum's own control tables: numbered files for each database, and what brings a database to
// the newest number. Safe to run again, and to run again after it was killed half-way.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "engine/lifecycle/database.hpp"

namespace keepsum::migrations {

struct Migration {
  int number = 0;
  std::string_view name;  // "0001_control"
  std::string_view sql;   // statements, each ended by ";" at the end of a line
};

// The files of migrations/<dialect>/, in order; they are compiled in.
[[nodiscard]] std::span<const Migration> files(std::string_view dialect);

// The control tables there can be, for `drop` to remove with the last summary, in this order.
[[nodiscard]] std::span<const std::string_view> control_tables();

// Whether there are control tables, and older ones than this version's.
Result<bool> pending(lifecycle::Database& database);

// Applies what is missing. Each file is recorded after its last statement; statements are written
// so that running them again does nothing. Errors: as Session::execute().
Result<void> run(lifecycle::Database& database);

}  // namespace keepsum::migrations
