// What a connection takes from the environment: ${NAME} in the spec's `database`, and passwords.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "connectors/url.hpp"

namespace keepsum::connectors {

namespace {

Result<std::string> read_password_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    return Error{.code = ErrorCode::io_failed,
                 .recovery = Recovery::none,
                 .message = "the password file cannot be read",
                 .where = path,
                 .hint = {},
                 .server_message = {}};
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

const char* environment(const char* name) noexcept {
  const char* const value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

Result<void> resolve_password(ConnectionUrl& url) {
  if (url.kind != DatabaseKind::mysql || !url.password.empty()) return {};
  if (!url.password_file.empty()) {
    KEEPSUM_ASSIGN(url.password, read_password_file(url.password_file));
  } else if (const char* const password = environment("KEEPSUM_PASSWORD")) {
    url.password = password;
  } else if (const char* const file = environment("KEEPSUM_PASSWORD_FILE")) {
    KEEPSUM_ASSIGN(url.password, read_password_file(file));
  }
  return {};
}

Result<std::string> expand_environment(std::string_view text) {
  std::string expanded;
  while (!text.empty()) {
    const std::size_t dollar = std::min(text.find('$'), text.size());
    expanded += text.substr(0, dollar);
    text.remove_prefix(dollar);
    if (text.starts_with("${")) {
      const std::size_t close = text.find('}');
      if (close == std::string_view::npos || close == 2) {
        return Error{.code = ErrorCode::invalid_argument,
                     .recovery = Recovery::fix_spec,
                     .message = "a '${' is not followed by a name and '}'",
                     .where = {},
                     .hint = "write ${NAME}, or $$ for a dollar sign",
                     .server_message = {}};
      }
      const std::string name(text.substr(2, close - 2));
      const char* const value = std::getenv(name.c_str());  // NOLINT(concurrency-mt-unsafe)
      if (value == nullptr) {
        return Error{.code = ErrorCode::invalid_argument,
                     .recovery = Recovery::fix_spec,
                     .message = fmt::format("the environment variable {} is not set", name),
                     .where = {},
                     .hint = {},
                     .server_message = {}};
      }
      expanded += value;
      text.remove_prefix(close + 1);
    } else if (!text.empty()) {
      expanded += '$';
      text.remove_prefix(text.starts_with("$$") ? 2 : 1);
    }
  }
  return expanded;
}

}  // namespace keepsum::connectors
