// column=value arguments → the key's values, typed by the plan.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"

namespace keepsum::cli {

// In the order of the plan's keys. Errors: invalid_argument, for a column that is no key, is
// missing or stands twice, or a value that is not of the key's type.
Result<std::vector<db::Value>> parse_key(const plan::SummaryPlan& plan,
                                         const std::vector<std::string>& arguments);

// Some of the keys: nothing for one that no argument names. Errors as parse_key(), but for a
// missing key.
Result<std::vector<std::optional<db::Value>>> parse_some_keys(
    const plan::SummaryPlan& plan, const std::vector<std::string>& arguments);

}  // namespace keepsum::cli
