#include "cli/run/drift_command.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <map>
#include <optional>
#include <system_error>
#include <thread>

#include "cli/run/descriptor.hpp"

namespace keepsum::cli {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds glance{10};
constexpr milliseconds after_stop{10'000};
constexpr milliseconds to_end_itself{2'000};

Error command_failed(std::string message, std::string hint = {}) {
  Error error;
  error.code = ErrorCode::io_failed;
  error.where = "the drift command";
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// A file without a name, not a pipe: whoever does not read it keeps nobody waiting.
Result<int> as_file(const std::string& input) {
  const int file = ::memfd_create("keepsum-summary", MFD_CLOEXEC);
  if (file < 0) return command_failed("its stdin cannot be made: " + reason(errno));
  std::size_t done = 0;
  while (done < input.size()) {
    const ssize_t written = ::write(file, input.data() + done, input.size() - done);
    if (written < 0 && errno != EINTR) {
      const int why = errno;
      ::close(file);
      return command_failed("its stdin cannot be written: " + reason(why));
    }
    if (written > 0) done += static_cast<std::size_t>(written);
  }
  ::lseek(file, 0, SEEK_SET);
  return file;
}

std::vector<std::string> environment_of(const Command& command) {
  std::map<std::string, std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    all[text.substr(0, text.find('='))] = text;
  }
  for (const auto& [name, value] : command.environment)
    all[name] = fmt::format("{}={}", name, value);
  std::vector<std::string> entries;
  for (auto& [name, entry] : all) entries.push_back(std::move(entry));
  return entries;
}

Result<pid_t> start(const Command& command, int input) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  // Connections to the database are none of its business.
  posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
  // We block SIGTERM and SIGINT, and a child inherits that: it could not be ended by them.
  sigset_t none, ended_by;
  sigemptyset(&none);
  sigemptyset(&ended_by);
  for (const int signal : {SIGTERM, SIGINT, SIGPIPE}) sigaddset(&ended_by, signal);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ended_by);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  std::vector<std::string> environment = environment_of(command);
  std::vector<char*> entries;
  for (std::string& entry : environment) entries.push_back(entry.data());
  entries.push_back(nullptr);
  std::string shell = "sh", option = "-c", text = command.text;
  char* const arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t process = 0;
  const int why =
      ::posix_spawn(&process, "/bin/sh", &files, &attributes, arguments, entries.data());
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (why != 0) return command_failed("it cannot be started: " + reason(why));
  return process;
}

std::optional<int> status_before(pid_t process, const auto& deadline) {
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(process, &status, WNOHANG);
    if (ended == process) return status;
    if (steady_clock::now() >= deadline()) return std::nullopt;
    std::this_thread::sleep_for(glance);
  }
}

void end(pid_t process) {
  ::kill(-process, SIGTERM);
  const auto patience = steady_clock::now() + to_end_itself;
  const auto ended = status_before(process, [&] { return patience; });
  // What it started and left behind ignores SIGTERM, or the shell itself does.
  ::kill(-process, SIGKILL);
  if (!ended) ::waitpid(process, nullptr, 0);
}

}  // namespace

Result<void> run_command(const Command& command) {
  std::fflush(stderr);
  KEEPSUM_ASSIGN(const int input, as_file(command.input));
  const auto began = steady_clock::now();
  const auto process = start(command, input);
  ::close(input);
  if (process.has_error()) return process.error();
  const auto status = status_before(*process, [&] {
    return began + (command.stop.stop_requested() ? std::min(command.time_max, after_stop)
                                                  : command.time_max);
  });
  if (!status) {
    end(*process);
    const auto took = steady_clock::now() - began;
    return command_failed(
        fmt::format("it was ended after {:.0f} s", std::chrono::duration<double>(took).count()),
        "start what takes long in the background, or raise --on-drift-time");
  }
  if (WIFSIGNALED(*status)) {
    return command_failed(fmt::format("it was ended by signal {}", WTERMSIG(*status)));
  }
  if (WEXITSTATUS(*status) != 0) {
    return command_failed(fmt::format("it ended with exit code {}", WEXITSTATUS(*status)));
  }
  return {};
}

}  // namespace keepsum::cli
