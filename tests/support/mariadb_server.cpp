#include "tests/support/mariadb_server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "connectors/open.hpp"

namespace keepsum::test {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto start_deadline = 60s;
constexpr auto stop_deadline = 20s;
constexpr std::size_t log_tail_bytes = 4000;
constexpr std::size_t crash_bytes = 8000;  // its stack and its statement; a memory map follows

// The server is often not on a user's PATH.
std::string find_program(const std::string& name) {
  const char* const path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe)
  std::string folders = path != nullptr ? path : "";
  folders += ":/usr/sbin:/usr/local/sbin:/usr/libexec:/usr/local/mysql/bin";
  std::size_t begin = 0;
  while (begin <= folders.size()) {
    const std::size_t end = std::min(folders.find(':', begin), folders.size());
    const std::string candidate = folders.substr(begin, end - begin) + "/" + name;
    if (access(candidate.c_str(), X_OK) == 0) return candidate;
    begin = end + 1;
  }
  throw std::runtime_error("the tests need a MariaDB server, and " + name +
                           " is not installed (Debian: apt install mariadb-server)");
}

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool ok = fd >= 0 && bind(fd, generic, size) == 0 && getsockname(fd, generic, &size) == 0;
  if (fd >= 0) close(fd);
  if (!ok) throw std::runtime_error("no free port on the loopback interface");
  return ntohs(address.sin_port);
}

std::string make_folder() {
  const char* const chosen = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  std::string base = chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  // The address of a Unix socket has 107 bytes, and the socket lies in this folder.
  if (base.size() > 70) base = "/tmp";
  std::string folder = base + "/keepsum-mariadb-XXXXXX";
  if (mkdtemp(folder.data()) == nullptr) {
    throw std::runtime_error("no temporary folder can be made in " + base);
  }
  return folder;
}

// Starts a program that dies with this process, its output going to `log`.
// fork and exec, because posix_spawn cannot set a death signal.
pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const std::string& argument : command)
    arguments.push_back(const_cast<char*>(argument.data()));
  arguments.push_back(nullptr);
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;
  // From here on only async-signal-safe calls: other threads may have held locks.
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(127);  // it was gone before the line above
  setsid();  // a Ctrl-C at the terminal is for the tests, which then stop the server in good order
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  const int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execv(arguments.front(), arguments.data());
  _exit(127);
}

}  // namespace

MariadbServer::MariadbServer(std::vector<std::string> extra_arguments)
    : extra_arguments_(std::move(extra_arguments)), folder_(make_folder()) {
  try {
    install();
    constexpr int attempts = 3;  // another process may take the port before the server does
    for (int attempt = 1;; ++attempt) {
      port_ = free_port();
      try {
        start();
        return;
      } catch (const std::runtime_error&) {
        stop(SIGKILL);
        if (attempt == attempts || log_tail().find("in use") == std::string::npos) throw;
      }
    }
  } catch (...) {
    stop(SIGKILL);
    remove_folder();
    throw;
  }
}

MariadbServer::~MariadbServer() {
  if (pid_ > 0 && has_exited()) fmt::print(stderr, "{}", end_text());
  stop(SIGTERM);
  remove_folder();
}

void MariadbServer::install() {
  std::vector<std::string> command = {find_program("mariadb-install-db"), "--no-defaults",
                                      "--datadir=" + folder_ + "/data", "--tmpdir=" + folder_,
                                      "--auth-root-authentication-method=normal", "--skip-test-db"};
  if (geteuid() == 0) command.emplace_back("--user=root");
  for (const std::string& argument : extra_arguments_) {
    // It decides how the system tables are stored.
    if (argument.starts_with("--lower-case-table-names")) command.push_back(argument);
  }
  const pid_t child = spawn(command, folder_ + "/log");
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error("mariadb-install-db failed:\n" + log_tail());
  }
}

void MariadbServer::start() {
  std::vector<std::string> command = {
      find_program("mariadbd"),
      "--no-defaults",
      "--datadir=" + folder_ + "/data",
      // A server that starts removes every temporary table it finds in there, whosever it is.
      "--tmpdir=" + folder_,
      "--socket=" + socket_path(),
      "--pid-file=" + folder_ + "/pid",
      fmt::format("--port={}", port_),
      "--bind-address=127.0.0.1",
      "--skip-name-resolve",
      "--skip-log-bin",
      "--max-connections=200",
      "--innodb-buffer-pool-size=256M",
      // What tests write need not survive a power cut, but it must survive kill9(): everything is
      // handed to the system, the log at each commit (0 would lose up to a second of commits), and
      // nobody waits for the disk.
      "--debug-no-sync",
      "--innodb-flush-method=nosync",
      "--innodb-flush-log-at-trx-commit=2",
      "--performance-schema=OFF",
      "--character-set-server=utf8mb4",
  };
  if (geteuid() == 0) command.emplace_back("--user=root");
  command.insert(command.end(), extra_arguments_.begin(), extra_arguments_.end());
  pid_ = spawn(command, folder_ + "/log");
  const auto deadline = Clock::now() + start_deadline;
  while (!answers()) {
    if (has_exited()) throw std::runtime_error("mariadbd stopped while starting:\n" + log_tail());
    if (Clock::now() > deadline)
      throw std::runtime_error("mariadbd does not answer:\n" + log_tail());
    std::this_thread::sleep_for(50ms);
  }
}

bool MariadbServer::answers() const {
  const auto parsed = connectors::parse_url(url(""));
  return parsed.has_value() && connectors::open_session(*parsed).has_value();
}

bool MariadbServer::has_exited() noexcept {
  if (pid_ > 0 && waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
  return pid_ <= 0;
}

void MariadbServer::stop(int signal) noexcept {
  if (pid_ <= 0) return;
  kill(pid_, signal);
  const auto deadline = Clock::now() + stop_deadline;
  while (!has_exited()) {
    if (Clock::now() > deadline) kill(pid_, SIGKILL);
    std::this_thread::sleep_for(10ms);
  }
}

void MariadbServer::remove_folder() noexcept {
  if (keeps_folder_) return;
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string MariadbServer::log_tail() const {
  std::ifstream file(folder_ + "/log", std::ios::binary);
  const std::string log{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (const std::size_t crash = log.rfind("got signal"); crash != std::string::npos) {
    return "…" + log.substr(crash, crash_bytes);
  }
  return log.size() <= log_tail_bytes ? log : "…" + log.substr(log.size() - log_tail_bytes);
}

std::string MariadbServer::end_text() const {
  return fmt::format("mariadbd has ended by itself:\n{}\n", log_tail());
}

std::string MariadbServer::url(const std::string& database) const {
  return fmt::format("mysql://root@127.0.0.1:{}/{}", port_, database);
}

std::string MariadbServer::create_database() {
  std::string name = fmt::format("test_{}", ++databases_created_);
  const auto parsed = connectors::parse_url(url(""));
  auto session = connectors::open_session(*parsed);
  if (session.has_error()) {
    // The first test after the one that ended it says why, in the midst of what they print.
    const bool was_there = pid_ > 0;
    throw std::runtime_error(was_there && has_exited() ? end_text() : describe(session.error()));
  }
  const auto created =
      (*session)->execute("CREATE DATABASE " + name + " CHARACTER SET utf8mb4", {});
  if (created.has_error()) throw std::runtime_error(describe(created.error()));
  return name;
}

void MariadbServer::kill9() { stop(SIGKILL); }

void MariadbServer::restart() {
  stop(SIGTERM);
  start();
}

MariadbServer& shared_mariadb() {
  static MariadbServer server;
  return server;
}

}  // namespace keepsum::test
