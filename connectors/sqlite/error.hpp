// From SQLite's result codes to what the caller should do next.
#pragma once

#include <keepsum/error.hpp>
#include <string_view>

#include "connectors/sqlite/client.hpp"

namespace keepsum::sqlite {

// `extended_code` as of sqlite3_extended_errcode(); it becomes Error::native_code.
[[nodiscard]] Error make_error(int extended_code, std::string_view server_message,
                               std::string_view sql);

// The error of the last call on the handle.
[[nodiscard, gnu::cold]] Error last_error(sqlite3* handle, std::string_view sql);

}  // namespace keepsum::sqlite
