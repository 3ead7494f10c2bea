// The SQL of MySQL and MariaDB: one dialect with what was probed of the server.
#pragma once

#include <memory>

#include "connectors/mysql/capabilities.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::mysql {

[[nodiscard]] std::unique_ptr<sql::Dialect> make_dialect(const Capabilities& capabilities);

}  // namespace keepsum::mysql
