#include "connectors/sqlite/error.hpp"

#include <algorithm>
#include <string>

namespace keepsum::sqlite {

namespace {

struct Meaning {
  int primary_code;
  ErrorCode code;
  Recovery recovery;
  const char* message;
  const char* hint = "";
};

constexpr Meaning meanings[] = {
    {SQLITE_BUSY, ErrorCode::transaction_conflict, Recovery::retry_transaction,
     "another connection holds the database's lock"},
    {SQLITE_LOCKED, ErrorCode::transaction_conflict, Recovery::retry_transaction,
     "another statement holds a lock on the table"},
    {SQLITE_SCHEMA, ErrorCode::transaction_conflict, Recovery::retry_transaction,
     "the schema changed under the statement"},
    {SQLITE_CANTOPEN, ErrorCode::io_failed, Recovery::none, "the database file cannot be opened",
     "a file that does not exist is created only with mode=rwc"},
    {SQLITE_NOTADB, ErrorCode::io_failed, Recovery::none, "the file is no SQLite database"},
    {SQLITE_CORRUPT, ErrorCode::io_failed, Recovery::none, "the database file is damaged",
     "run PRAGMA integrity_check, then restore a backup"},
    {SQLITE_FULL, ErrorCode::io_failed, Recovery::none, "the disk or the database is full"},
    {SQLITE_IOERR, ErrorCode::io_failed, Recovery::none, "reading or writing the file failed"},
    {SQLITE_READONLY, ErrorCode::access_denied, Recovery::none, "the database is read-only",
     "check the file's permissions, its folder's, and mode= in the URL"},
    {SQLITE_PERM, ErrorCode::access_denied, Recovery::none, "access to the file was denied"},
    {SQLITE_AUTH, ErrorCode::access_denied, Recovery::none, "the statement is not allowed"},
    {SQLITE_INTERRUPT, ErrorCode::interrupted, Recovery::none,
     "the statement was interrupted"},
    {SQLITE_CONSTRAINT, ErrorCode::statement_failed, Recovery::none, "a constraint was violated"},
    {SQLITE_TOOBIG, ErrorCode::statement_failed, Recovery::none, "a value or the SQL is too large"},
    {SQLITE_MISUSE, ErrorCode::internal, Recovery::none, "SQLite was called wrongly"},
};

}  // namespace

Error make_error(int extended_code, std::string_view server_message, std::string_view sql) {
  constexpr std::size_t shown_sql_max = 200;
  Error error{.code = ErrorCode::statement_failed,
              .recovery = Recovery::none,
              .message = "the database refused a statement",
              .where = std::string(sql.substr(0, shown_sql_max)),
              .hint = {},
              .native_code = extended_code,
              .server_message = std::string(server_message)};
  if (sql.size() > shown_sql_max) error.where += "…";
  const auto* const found = std::find_if(
      std::begin(meanings), std::end(meanings),
      [&](const Meaning& known) { return known.primary_code == (extended_code & 0xff); });
  if (found != std::end(meanings)) {
    error.code = found->code;
    error.recovery = found->recovery;
    error.message = found->message;
    error.hint = found->hint;
  }
  return error;
}

Error last_error(sqlite3* handle, std::string_view sql) {
  return make_error(sqlite3_extended_errcode(handle), sqlite3_errmsg(handle), sql);
}

}  // namespace keepsum::sqlite
