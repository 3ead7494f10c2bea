// What a connection takes from the environment: ${NAME} in the spec's `database`, and passwords.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "connectors/url.hpp"

namespace keepsum::connectors {

namespace {

// Who can write the file can have keepsum send its password elsewhere, or lock it out.
Result<void> check_not_written_by_anybody(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0 || (file.st_mode & S_IWOTH) == 0) return {};
  return Error{.code = ErrorCode::io_failed,
               .recovery = Recovery::none,
               .message = "anybody can write the file that the password comes from",
               .where = path,
               .hint = "chmod o-w, and see that its content is yours",
               .server_message = {}};
}

Result<std::string> read_password_file(const std::string& path) {
  KEEPSUM_TRY(check_not_written_by_anybody(path));
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

std::vector<std::string> password_warnings(const ConnectionUrl& url) {
  std::vector<std::string> warnings;
  if (url.kind != DatabaseKind::mysql) return warnings;
  std::vector<std::string> files{url.option_file};
  if (url.password.empty()) {
    const char* const named = environment("KEEPSUM_PASSWORD_FILE");
    if (!url.password_file.empty()) {
      files.push_back(url.password_file);
    } else if (named != nullptr && environment("KEEPSUM_PASSWORD") == nullptr) {
      files.emplace_back(named);
    }
  }
  for (const std::string& path : files) {
    struct stat file {};
    if (path.empty() || stat(path.c_str(), &file) != 0 || (file.st_mode & S_IROTH) == 0) continue;
    warnings.push_back(
        fmt::format("anybody on this machine can read {}, which holds a password: "
                    "chmod 600 it",
                    path));
  }
  return warnings;
}

Result<void> resolve_password(ConnectionUrl& url) {
  if (url.kind != DatabaseKind::mysql) return {};
  if (!url.option_file.empty()) {
    // The client library takes a file that is not there for an empty one.
    if (access(url.option_file.c_str(), R_OK) != 0) {
      return Error{.code = ErrorCode::io_failed,
                   .recovery = Recovery::none,
                   .message = "the option file cannot be read",
                   .where = url.option_file,
                   .hint = {},
                   .server_message = {}};
    }
    KEEPSUM_TRY(check_not_written_by_anybody(url.option_file));
  }
  if (!url.password.empty()) return {};
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
