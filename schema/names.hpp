// The names a spec gives: of summaries and of their columns. They become names in the database.
#pragma once

#include <string>
#include <string_view>

#include "schema/reporter.hpp"

namespace keepsum::schema {

// Complains if `name`, of a "summary" or a "column", is not one that can be given.
bool check_name(std::string_view name, std::string_view what, const Place& place,
                Reporter& reporter);

}  // namespace keepsum::schema
