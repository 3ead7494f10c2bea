// bucket() as MySQL and MariaDB compute it: in whole seconds since the year 0, so that no date-time
// can overflow and no sql_mode has a say.
#pragma once

#include <string>

#include "engine/plan/expr_type.hpp"
#include "schema/bucket.hpp"

namespace keepsum::mysql {

// See sql::Dialect::bucket(). `zone` is the zone's name as a literal.
[[nodiscard]] std::string bucket(const schema::Bucket& bucket, const std::string& instant,
                                 const plan::ExprType& type, const std::string& zone);

}  // namespace keepsum::mysql
