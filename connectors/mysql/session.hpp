// Sessions of the db port over MySQL and MariaDB. For a caller's own handle see
// <keepsum/mysql.hpp>.
#pragma once

#include <keepsum/result.hpp>
#include <memory>

#include "connectors/url.hpp"
#include <keepsum/session.hpp>

namespace keepsum::mysql {

// Connects, and sets the session up as docs/connections.md says.
// Precondition: connectors::resolve_password() was called on `url`.
Result<std::unique_ptr<db::Session>> open(const connectors::ConnectionUrl& url);

}  // namespace keepsum::mysql
