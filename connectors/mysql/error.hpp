// From the server's error numbers to what the caller should do next.
#pragma once

#include <keepsum/error.hpp>
#include <string_view>

#include "connectors/mysql/client.hpp"

namespace keepsum::mysql {

// `server_message` is kept apart from keepsum's own words: it may quote row data.
[[nodiscard]] Error make_error(unsigned native_code, std::string_view server_message,
                               std::string_view sql);

// The error the handle or the statement holds now; `sql` is cut short into Error::where.
[[nodiscard, gnu::cold]] Error last_error(MYSQL* handle, std::string_view sql);
[[nodiscard, gnu::cold]] Error last_error(MYSQL* handle, MYSQL_STMT* statement,
                                          std::string_view sql);

}  // namespace keepsum::mysql
