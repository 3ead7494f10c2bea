#include "tests/integration/connector_support.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

connectors::Connection Database::connect() const {
  auto connection = connectors::open(url);
  if (connection.has_error()) throw std::runtime_error(describe(connection.error()));
  return std::move(connection).value();
}

Database fresh_mariadb() {
  MariadbServer& server = shared_mariadb();
  return {.url = connectors::parse_url(server.url(server.create_database())).value(),
          .lifetime = nullptr};
}

Database fresh_sqlite() {
  std::string folder = std::filesystem::temp_directory_path() / "keepsum-sqlite-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no temporary folder");
  std::shared_ptr<void> lifetime(nullptr, [folder](void*) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  });
  Database database{.url = connectors::parse_url("sqlite:" + folder + "/app.db?mode=rwc").value(),
                    .lifetime = std::move(lifetime)};
  const auto connection = database.connect();
  const auto wal = connection.session->execute("PRAGMA journal_mode = WAL", {});
  if (wal.has_error()) throw std::runtime_error(describe(wal.error()));
  return database;
}

const std::vector<Backend>& backends() {
  static const std::vector<Backend> all = {
      {.name = "mariadb",
       .fresh = fresh_mariadb,
       .text_type = "LONGTEXT",
       .blob_type = "LONGBLOB",
       .double_type = "DOUBLE",
       .short_lock_wait = "SET innodb_lock_wait_timeout = 1",
       .table_suffix = " ENGINE=InnoDB"},
      {.name = "sqlite",
       .fresh = fresh_sqlite,
       .text_type = "TEXT",
       .blob_type = "BLOB",
       .double_type = "REAL",
       .short_lock_wait = "PRAGMA busy_timeout = 100",
       .table_suffix = " STRICT"},
  };
  return all;
}

}  // namespace keepsum::test
