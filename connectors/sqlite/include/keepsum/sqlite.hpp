// Lends keepsum a connection of yours: for hooks inside your own transaction.
#pragma once

#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/summaries.hpp>
#include <memory>
#include <string_view>

struct sqlite3;  // of <sqlite3.h>

namespace keepsum::sqlite {

// A session over a handle that stays yours.
//
// Preconditions: `handle` is open and outlives the session.
// Never: begins, commits or rolls back; changes a setting of the connection, its busy timeout
// included; closes the handle. begin(), commit() and rollback() of the session return
// invalid_argument.
// Effects: keeps up to 64 prepared statements, none of them half run, finalized with the session;
// sqlite3_changes() and sqlite3_last_insert_rowid() of the handle are afterwards keepsum's.
// Not thread-safe, as a session is not.
[[nodiscard]] KEEPSUM_API std::unique_ptr<db::Session> borrow(sqlite3* handle);

// Compiles the spec against the database the handle is connected to. Once, at start-up: it reads
// the catalog. Writes nothing. Errors: invalid_spec (fix_spec), with every diagnostic in `message`;
// plan_moved (fix_spec) if a summary kept by hooks has not been applied yet, or with another
// meaning.
[[nodiscard]] KEEPSUM_API Result<Summaries> load(sqlite3* handle, std::string_view spec_text);

}  // namespace keepsum::sqlite
