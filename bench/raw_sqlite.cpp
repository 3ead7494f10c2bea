#include "bench/raw_sqlite.hpp"

namespace keepsum::bench::lite {

void fail(sqlite3* database) { throw std::runtime_error(sqlite3_errmsg(database)); }

sqlite::ConnectionHandle open(const std::string& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  sqlite::ConnectionHandle handle(opened);
  if (code != SQLITE_OK) fail(opened);
  sqlite3_busy_timeout(opened, 60'000);
  for (const char* setting :
       {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON"}) {
    run(opened, setting);
  }
  return handle;
}

void run(sqlite3* database, const std::string& sql) {
  if (sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(database);
}

Statement::Statement(sqlite3* database, std::string_view sql) : database_(database) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) !=
      SQLITE_OK) {
    fail(database);
  }
  handle_.reset(prepared);
}

bool Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  fail(database_);
}

}  // namespace keepsum::bench::lite
