// bucket() as SQLite computes it. A column may hold a date as text, an integer of seconds since
// 1970, or a Julian day; each row says which.
#pragma once

#include <string>

#include "engine/plan/expr_type.hpp"
#include "schema/bucket.hpp"

namespace keepsum::sqlite {

// See sql::Dialect::bucket(). The zone has no name.
[[nodiscard]] std::string bucket(const schema::Bucket& bucket, const std::string& instant,
                                 const plan::ExprType& type);

}  // namespace keepsum::sqlite
