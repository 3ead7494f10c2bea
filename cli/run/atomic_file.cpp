#include "cli/run/atomic_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/run/descriptor.hpp"

namespace keepsum::cli {

namespace {

constexpr mode_t readable_by_all = 0644;

Error step_failed(const std::string& step, const std::string& path, int reason) {
  Error error;
  error.code = ErrorCode::io_failed;
  error.message = fmt::format("cannot {} it: {}", step, std::generic_category().message(reason));
  error.where = path;
  return error;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> write_beside(const std::string& beside, std::string_view text) {
  Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, readable_by_all));
  if (file.get() < 0) return step_failed("create a file beside", beside, errno);
  if (::fchmod(file.get(), readable_by_all) != 0 || !write_all(file.get(), text) ||
      ::fsync(file.get()) != 0 || file.close() != 0) {
    return step_failed("write", beside, errno);
  }
  return {};
}

}  // namespace

Result<void> write_atomically(const std::string& path, std::string_view text) {
  const std::filesystem::path target(path);
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  const std::string beside =
      (folder / fmt::format(".{}.{}.tmp", target.filename().string(), ::getpid())).string();
  ::unlink(beside.c_str());  // of a process of this id that was killed
  auto written = write_beside(beside, text);
  if (written.has_value() && ::rename(beside.c_str(), path.c_str()) != 0) {
    written = step_failed("replace", path, errno);
  }
  if (written.has_error()) {
    ::unlink(beside.c_str());
    return written;
  }
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() >= 0) ::fsync(directory.get());
  return {};
}

}  // namespace keepsum::cli
