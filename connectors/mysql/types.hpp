// How columns and values of the server become those of the Session port.
#pragma once

#include <string_view>

#include "connectors/mysql/client.hpp"
#include <keepsum/session.hpp>

namespace keepsum::mysql {

// Which alternative of db::Value a column's values take.
enum class ValueKind { int64, uint64, float_, double_, decimal, text, blob };

[[nodiscard]] ValueKind value_kind(const MYSQL_FIELD& field) noexcept;

// A value of the text protocol.
[[nodiscard]] db::Value value_from_text(ValueKind kind, std::string_view text);

// A value that came as characters or bytes: decimal, text or blob.
[[nodiscard]] db::Value value_from_bytes(ValueKind kind, std::string bytes);

// `bytes_per_character`: of the connection's character set, in which the server states lengths.
[[nodiscard]] db::ResultColumn describe_field(const MYSQL_FIELD& field,
                                              unsigned bytes_per_character);

// The family of a column type as information_schema names it: "bigint", "varchar", …
[[nodiscard]] db::TypeFamily family_of_type_name(std::string_view data_type) noexcept;

}  // namespace keepsum::mysql
