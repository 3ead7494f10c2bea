// Sessions of the db port over SQLite. For a caller's own handle see <keepsum/sqlite.hpp>.
#pragma once

#include <keepsum/result.hpp>
#include <memory>
#include <string>

#include "connectors/url.hpp"
#include <keepsum/session.hpp>

namespace keepsum::sqlite {

// What only SQLite's C interface tells, not its SQL. Every session of this connector is one too.
class CollationSource {
 public:
  CollationSource() = default;
  CollationSource(const CollationSource&) = delete;
  CollationSource& operator=(const CollationSource&) = delete;
  virtual ~CollationSource() = default;

  // "BINARY", "NOCASE", "RTRIM" or a collation the application registered; "" if there is no such
  // column, or it is a view's.
  [[nodiscard]] virtual std::string collation(const std::string& table,
                                              const std::string& column) = 0;
};

// Opens the file; creates it only with mode=rwc. Sets the busy timeout and nothing else:
// keepsum's own sessions write only keepsum's tables, which have no foreign keys, so
// `foreign_keys` stays as SQLite was built.
// Errors: io_failed (no such file, no database), unsupported (SQLite older than 3.37).
Result<std::unique_ptr<db::Session>> open(const connectors::ConnectionUrl& url);

}  // namespace keepsum::sqlite
