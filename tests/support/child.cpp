#include "tests/support/child.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;  // NOLINT: declared by POSIX, by no header

namespace keepsum::test {

namespace {

std::string content_of(const std::string& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

}  // namespace

Child::Child(std::vector<std::string> command, const std::string& base)
    : out_(base + ".out"), err_(base + ".err") {
  constexpr int flags = O_CREAT | O_TRUNC | O_WRONLY;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, out_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, err_.c_str(), flags, 0600);
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int failed = posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot run " + command.front());
}

Child::~Child() { kill9(); }

void Child::reap(int options) {
  int status = 0;
  pid_t reaped = 0;
  rusage used{};
  while ((reaped = wait4(pid_, &status, options, &used)) < 0 && errno == EINTR) {
  }
  if (reaped != pid_) return;
  status_ = status;
  most_resident_kib_ = used.ru_maxrss;
}

bool Child::is_running() {
  if (!status_) reap(WNOHANG);
  return !status_;
}

void Child::signal(int number) {
  if (is_running()) kill(pid_, number);
}

bool Child::kill9() {
  if (!is_running()) return false;
  kill(pid_, SIGKILL);
  reap(0);
  return WIFSIGNALED(*status_);
}

Ended Child::finish() {
  if (!status_) reap(0);
  return {WIFEXITED(*status_) ? WEXITSTATUS(*status_) : -1, content_of(out_), content_of(err_),
          most_resident_kib_};
}

}  // namespace keepsum::test
