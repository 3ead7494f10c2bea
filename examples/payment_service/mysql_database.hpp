#pragma once

#include "database.hpp"
#include "database_url.hpp"

namespace payment_service {

[[nodiscard]] std::unique_ptr<Database> open_mysql(MysqlTarget target,
                                                   const DatabaseOptions& options);

}  // namespace payment_service
