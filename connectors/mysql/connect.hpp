// Makes a connection of keepsum's own and sets its session up; the settings and their reasons
// are in connect.cpp.
#pragma once

#include <keepsum/result.hpp>

#include "connectors/mysql/client.hpp"
#include "connectors/url.hpp"

namespace keepsum::mysql {

// Precondition: resolve_password() was called on `url`.
Result<ConnectionHandle> connect(const connectors::ConnectionUrl& url);

}  // namespace keepsum::mysql
