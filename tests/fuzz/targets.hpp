// The targets; each says in its own file what it promises.
#pragma once

#include <string_view>

namespace keepsum::fuzz {

void spec(std::string_view input);

}  // namespace keepsum::fuzz
