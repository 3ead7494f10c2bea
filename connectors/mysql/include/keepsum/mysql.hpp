// Lends keepsum a connection of yours: for hooks inside your own transaction.
#pragma once

#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/summaries.hpp>
#include <memory>
#include <string_view>

struct st_mysql;  // MYSQL of <mysql.h>

namespace keepsum::mysql {

// A session over a handle that stays yours.
//
// Preconditions: `handle` is connected and outlives the session; no result of yours is half read
// while keepsum runs a statement or while the session is destroyed. The handle's character set
// is utf8mb4 (or utf8mb3) if text other than ASCII is passed, and its sql_mode has neither ORACLE
// nor PAD_CHAR_TO_FULL_LENGTH, in which functions mean something else.
// Never: begins, commits or rolls back; changes a session setting; closes the handle. begin(),
// commit() and rollback() of the session return invalid_argument.
// Effects: prepares up to 64 statements on the connection, closed with the session; as with any
// statement, mysql_affected_rows() and mysql_insert_id() of the handle are afterwards keepsum's.
// Not thread-safe, as the handle is not.
[[nodiscard]] KEEPSUM_API std::unique_ptr<db::Session> borrow(st_mysql* handle);

// Compiles the spec against the database the handle is connected to. Once, at start-up: it reads
// the catalog. Writes nothing. Errors: invalid_spec (fix_spec), with every diagnostic in `message`;
// plan_moved (fix_spec) if a summary kept by hooks has not been applied yet, or with another
// meaning; unsupported in one of the modes named above.
[[nodiscard]] KEEPSUM_API Result<Summaries> load(st_mysql* handle, std::string_view spec_text);

}  // namespace keepsum::mysql
