// The targets; each says in its own file what it promises.
#pragma once

#include <string_view>

#include "tests/fuzz/ground.hpp"

namespace keepsum::fuzz {

void spec(std::string_view input);
void url(std::string_view input);
// Whether the input got as far as the database.
bool expression(Ground& ground, std::string_view input);
bool quoting(Ground& ground, std::string_view input);

}  // namespace keepsum::fuzz
