#pragma once

#include "database.hpp"
#include "database_url.hpp"

namespace payment_service {

[[nodiscard]] std::unique_ptr<Database> open_sqlite(SqliteTarget target,
                                                    const DatabaseOptions& options);

}  // namespace payment_service
