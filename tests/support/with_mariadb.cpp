// with_mariadb [--SERVER-OPTION…] COMMAND [ARGUMENT…]
//
// Starts a private MariaDB server, runs the command with KEEPSUM_TEST_MYSQL_URL and DATABASE_URL
// set to an empty database on it, stops the server, and exits as the command did. Options before
// the command go to the server, e.g. --innodb-snapshot-isolation=ON.
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "tests/support/mariadb_server.hpp"

namespace {

volatile sig_atomic_t command_pid = 0;

void forward(int signal) {
  if (command_pid > 0) kill(command_pid, signal);
}

int run(char** command) {
  const pid_t child = fork();
  if (child < 0) return 1;
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);  // no command without its server
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    execvp(command[0], command);
    std::perror(command[0]);
    _exit(127);
  }
  command_pid = child;
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  command_pid = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> server_options;
  int at = 1;
  for (; at < argc && std::string(argv[at]).starts_with("--"); ++at) {
    server_options.emplace_back(argv[at]);
  }
  if (at == argc) {
    std::fputs("usage: with_mariadb [--SERVER-OPTION...] COMMAND [ARGUMENT...]\n", stderr);
    return 64;
  }
  try {
    keepsum::test::MariadbServer server(server_options);
    const std::string url = server.url(server.create_database());
    setenv("KEEPSUM_TEST_MYSQL_URL", url.c_str(), 1);
    setenv("DATABASE_URL", url.c_str(), 1);
    // The terminal's Ctrl-C reaches the command by itself; the server must outlive it.
    std::signal(SIGINT, SIG_IGN);
    std::signal(SIGTERM, forward);
    return run(argv + at);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "with_mariadb: %s\n", error.what());
    return 1;
  }
}
