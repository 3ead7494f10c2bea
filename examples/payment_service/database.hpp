// What the service needs of a database: connections, and the transaction of each.
//
// The service's own SQL runs through keepsum's session over the handle: it prepares each statement
// once for a connection and sorts errors by what to do next, for the service as for the hooks.
// What keepsum does not do on a handle of yours (begin, commit, roll back) is done with the
// driver itself; sqlite_database.cpp and mysql_database.cpp are all of it.
#pragma once

#include <chrono>
#include <cstdint>
#include <keepsum/session.hpp>
#include <keepsum/summaries.hpp>
#include <memory>
#include <string>
#include <string_view>

namespace payment_service {

// One connection. Not thread-safe, but any thread may use it after another.
class Connection {
 public:
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  virtual ~Connection() = default;

  virtual keepsum::Result<void> begin() = 0;
  // If the error says `reconnect`, nobody knows whether the transaction was committed.
  virtual keepsum::Result<void> commit() = 0;
  // Does nothing outside a transaction. Where it fails the connection is lost, and the
  // transaction with it.
  virtual void rollback() noexcept = 0;

  // The id that the last INSERT through session() was given.
  [[nodiscard]] virtual std::int64_t inserted_id() = 0;
  // Whether a unique index refused the row.
  [[nodiscard]] virtual bool is_duplicate_key(const keepsum::Error& error) const = 0;
  // Of keepsum, over this connection's handle.
  [[nodiscard]] virtual keepsum::db::Session& session() = 0;
};

// Thread-safe. Outlives its connections.
class Database {
 public:
  Database() = default;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  virtual ~Database() = default;

  virtual keepsum::Result<std::unique_ptr<Connection>> connect() = 0;
  // Compiles the spec. Its summaries must have been applied (`keepsum apply`).
  virtual keepsum::Result<keepsum::Summaries> load(std::string_view spec) = 0;
  // How many connections make sense unless somebody knows better.
  [[nodiscard]] virtual std::size_t default_sessions() const = 0;
};

struct DatabaseOptions {
  // How long a statement may wait for another transaction's lock before the transaction is ended
  // and tried again. MariaDB counts in seconds.
  std::chrono::milliseconds lock_wait{500};
  // SQLite: whether a commit waits until the disk has it. MariaDB's server decides that itself.
  bool sync = true;
};

// `mysql://user:password@host:port/database`, `mariadb://…`, or `sqlite:file`; the password may
// stand in KEEPSUM_PASSWORD instead. Connects to nothing yet.
// Throws std::invalid_argument, which names what is wrong with the URL and does not quote it.
[[nodiscard]] std::unique_ptr<Database> open_database(std::string_view url,
                                                      const DatabaseOptions& options);

}  // namespace payment_service
