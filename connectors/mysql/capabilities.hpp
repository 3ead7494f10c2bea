// Which server a session talks to: the two dialects differ in a few words.
#pragma once

#include <keepsum/result.hpp>
#include <string>
#include <string_view>

#include <keepsum/session.hpp>

namespace keepsum::mysql {

struct Capabilities {
  bool is_mariadb = false;
  int version = 0;                // 10.11.19 is 101119, 8.0.36 is 80036
  std::string default_collation;  // of the current database, else of the server

  // FOR SHARE, and the row alias of INSERT … AS new: MySQL 8.0 and later, never MariaDB.
  [[nodiscard]] bool has_for_share() const noexcept { return !is_mariadb && version >= 80001; }
  [[nodiscard]] bool has_insert_alias() const noexcept { return !is_mariadb && version >= 80019; }
  [[nodiscard]] bool has_invisible_columns() const noexcept {
    return version >= (is_mariadb ? 100303 : 80023);
  }
  // MariaDB alone: CREATE OR REPLACE TRIGGER; max_statement_time, in fractions of a second, for all
  // statements; lock_wait_timeout = 0, which MySQL takes for 1.
  [[nodiscard]] bool replaces_triggers() const noexcept { return is_mariadb && version >= 100104; }
  [[nodiscard]] bool has_fine_wait_limits() const noexcept {
    return is_mariadb && version >= 100300;
  }
  // BEGIN NOT ATOMIC … END as a statement: MariaDB, never MySQL.
  [[nodiscard]] bool has_blocks() const noexcept { return is_mariadb && version >= 100101; }
  // INSERT … RETURNING: MariaDB 10.5 and later, never MySQL.
  [[nodiscard]] bool has_returning() const noexcept { return is_mariadb && version >= 100500; }
};

// One query; a caller keeps the answer for as long as the session.
Result<Capabilities> capabilities(db::Session& session);

// Of VERSION()'s text, e.g. "10.11.19-MariaDB-0+deb12u1" or "8.0.36".
[[nodiscard]] Capabilities parse_version(std::string_view text) noexcept;

}  // namespace keepsum::mysql
