// Opens any database keepsum knows by its URL.
#pragma once

#include <keepsum/result.hpp>
#include <memory>

#include "connectors/url.hpp"
#include "engine/db/catalog.hpp"
#include <keepsum/session.hpp>
#include "engine/sql/dialect.hpp"

namespace keepsum::connectors {

struct Connection {
  DatabaseKind kind = DatabaseKind::mysql;
  std::unique_ptr<db::Session> session;
  std::unique_ptr<db::Catalog> catalog;   // uses the session, so is declared after it
  std::unique_ptr<sql::Dialect> dialect;  // of what was probed of the server
};

// Resolves the password (see resolve_password) and connects. The session is keepsum's own: set up
// as docs/connections.md says.
// Errors: connection_lost (reconnect) if the server cannot be reached; access_denied; io_failed.
Result<Connection> open(const ConnectionUrl& url);

// A session alone, for a worker: the same as open().session.
Result<std::unique_ptr<db::Session>> open_session(const ConnectionUrl& url);

}  // namespace keepsum::connectors
