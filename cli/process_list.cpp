#include "cli/process_list.hpp"

#include <algorithm>
#include <string_view>

namespace keepsum::cli {

void hide_passwords(int argc, char** argv) noexcept {
  for (int i = 1; i < argc; ++i) {
    const std::string_view text = argv[i];
    const std::size_t scheme = text.find("://");
    if (scheme == std::string_view::npos) continue;
    const std::size_t user = scheme + 3;
    const std::size_t at = text.substr(0, text.find('/', user)).rfind('@');
    const std::size_t colon = text.find(':', user);
    if (at == std::string_view::npos || at < user || colon > at) continue;
    std::fill(argv[i] + colon + 1, argv[i] + at, '*');
  }
}

}  // namespace keepsum::cli
