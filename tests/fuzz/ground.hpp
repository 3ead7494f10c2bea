// A database that hostile input is tried on, beside a table that no spec of the targets names.
//
// Whatever is run or prepared here has to be one statement, and may write what it owns alone: on
// SQLite an authorizer says what each statement reaches, inside triggers too; on MariaDB the
// connection would take several statements in one text.
#pragma once

#include <keepsum/session.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/db/catalog.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::fuzz {

// The tables of a spec under test.
struct Owned {
  std::set<std::string> base;     // what it reads; a writer changes them, and no trigger does
  std::set<std::string> summary;  // what it makes
};

class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;
  virtual ~Ground() = default;

  [[nodiscard]] virtual db::Session& session() = 0;
  [[nodiscard]] virtual db::Catalog& catalog() = 0;
  [[nodiscard]] virtual const sql::Dialect& dialect() = 0;
  [[nodiscard]] virtual bool is_mariadb() const noexcept = 0;

  // Empty tables of this schema, keepsum's own, and nothing else. False if the database refuses
  // the schema.
  virtual bool rebuild(const std::vector<std::string>& schema) = 0;
  // From here to the next rebuild() a statement that reaches anything else is Broken.
  virtual void restrict_to(Owned owned) = 0;

  // One statement, whole, that the database's parser takes; or Broken.
  virtual void prepare(const std::string& sql) = 0;
  // Runs one statement. Broken if there was anything after it.
  [[nodiscard]] virtual Result<std::uint64_t> run(const std::string& sql) = 0;
  // Broken if it fails.
  void must(const std::string& sql);
  // Broken if the table that nobody names is not what it was.
  virtual void require_canary() = 0;

  // Settings of a writer's session that no statement of keepsum's may depend on; each text makes
  // the session so, until reset_settings(). Empty: there is nothing to set.
  [[nodiscard]] virtual std::vector<std::string> settings() const { return {}; }
  virtual void reset_settings() {}
};

[[nodiscard]] std::unique_ptr<Ground> sqlite_ground();
// Makes a database of its own beside the one of the URL, and drops it in the end.
[[nodiscard]] std::unique_ptr<Ground> mariadb_ground(const std::string& url);

// KEEPSUM_TEST_MYSQL_URL, as with_mariadb sets it; SQLite without.
[[nodiscard]] Ground& ground_of_environment();

}  // namespace keepsum::fuzz
