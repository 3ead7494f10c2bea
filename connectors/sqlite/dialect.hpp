// The SQL of SQLite 3.37 and later.
#pragma once

#include <memory>

#include "engine/sql/dialect.hpp"

namespace keepsum::sqlite {

[[nodiscard]] std::unique_ptr<sql::Dialect> make_dialect();

}  // namespace keepsum::sqlite
