// Makes a connection of keepsum's own and sets its session up; the settings and their reasons
// are in connect.cpp.
#pragma once

#include <chrono>
#include <keepsum/result.hpp>

#include "connectors/mysql/client.hpp"
#include "connectors/url.hpp"

namespace keepsum::mysql {

// How long a statement waits for a row that another transaction has locked.
inline constexpr std::chrono::seconds own_lock_wait{5};

// Precondition: resolve_password() was called on `url`.
Result<ConnectionHandle> connect(const connectors::ConnectionUrl& url);

}  // namespace keepsum::mysql
