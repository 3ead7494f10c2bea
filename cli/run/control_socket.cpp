#include "cli/run/control_socket.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cli/run/descriptor.hpp"

namespace keepsum::cli {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr int glance_ms = 100;
constexpr milliseconds line_max{1'000};  // for a client to say what it wants

Error socket_failed(const std::string& path, std::string message) {
  Error error;
  error.code = ErrorCode::io_failed;
  error.where = path;
  error.message = std::move(message);
  return error;
}

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    return socket_failed(path, fmt::format("the path of a socket has at most {} bytes",
                                           sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

int new_socket() { return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0); }

bool somebody_listens(const sockaddr_un& address) {
  const Descriptor probe(new_socket());
  return ::connect(probe.get(), generic(address), sizeof address) == 0 || errno != ECONNREFUSED;
}

Result<void> remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0) return {};
  if (!S_ISSOCK(found.st_mode)) return socket_failed(path, "there is something else than a socket");
  if (somebody_listens(address)) return socket_failed(path, "another run listens there");
  ::unlink(path.c_str());
  return {};
}

// Reads up to a line end; nothing if the peer hangs up, says too much, or takes too long.
std::optional<std::string> read_line(int connection, milliseconds time_max) {
  const auto end = steady_clock::now() + time_max;
  std::string line;
  while (line.size() <= control_line_max) {
    const auto left = std::chrono::duration_cast<milliseconds>(end - steady_clock::now()).count();
    pollfd ready{connection, POLLIN, 0};
    if (left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0) return std::nullopt;
    char bytes[512];
    const ssize_t got = ::recv(connection, bytes, sizeof bytes, 0);
    if (got <= 0) return std::nullopt;
    line.append(bytes, static_cast<std::size_t>(got));
    const std::size_t line_end = line.find('\n');
    if (line_end != std::string::npos) return line.substr(0, line_end);
  }
  return std::nullopt;
}

// What does not fit into the socket's buffer at once is for a client that does not read.
bool send_line(int connection, std::string line) {
  line += '\n';
  return ::send(connection, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
         static_cast<ssize_t>(line.size());
}

}  // namespace

Result<std::unique_ptr<ControlSocket>> ControlSocket::listen(const std::string& path,
                                                             Controlled run) {
  KEEPSUM_ASSIGN(const sockaddr_un address, address_of(path));
  const std::filesystem::path target(path);
  const std::string folder = target.has_parent_path() ? target.parent_path().string() : ".";
  // Two runs that find the same stale socket must not remove each other's new one.
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return socket_failed(folder, reason(errno));
  ::flock(directory.get(), LOCK_EX);
  KEEPSUM_TRY(remove_stale(path, address));
  Descriptor listening(new_socket());
  if (listening.get() < 0) return socket_failed(path, reason(errno));
  // Before it has a name: nobody else can connect in between.
  ::fchmod(listening.get(), 0600);
  if (::bind(listening.get(), generic(address), sizeof address) != 0 ||
      ::chmod(path.c_str(), 0600) != 0 || ::listen(listening.get(), 4) != 0) {
    return socket_failed(path, reason(errno));
  }
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(listening.release(), path, std::move(run)));
}

ControlSocket::ControlSocket(int listening, std::string path, Controlled run)
    : listening_(listening), path_(std::move(path)), run_(std::move(run)) {
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0) inode_ = found.st_ino;
  thread_ = std::jthread([this](const std::stop_token& done) { serve(done); });
}

ControlSocket::~ControlSocket() {
  thread_.request_stop();
  thread_.join();
  struct stat found {};
  if (::lstat(path_.c_str(), &found) == 0 && found.st_ino == inode_) ::unlink(path_.c_str());
  ::close(listening_);
}

// One client at a time: an answer takes no time, and one who says nothing is hung up on.
void ControlSocket::serve(const std::stop_token& done) {
  while (!done.stop_requested()) {
    pollfd ready{listening_, POLLIN, 0};
    if (::poll(&ready, 1, glance_ms) <= 0) continue;
    const Descriptor connection(::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC));
    if (connection.get() >= 0) serve_one(connection.get());
  }
}

void ControlSocket::serve_one(int connection) {
  if (const auto line = read_line(connection, line_max)) {
    static_cast<void>(send_line(connection, answer(*line, run_)));
  }
}

Result<std::string> ask_run(const std::string& path, const std::string& line) {
  KEEPSUM_ASSIGN(const sockaddr_un address, address_of(path));
  const Descriptor connection(new_socket());
  if (::connect(connection.get(), generic(address), sizeof address) != 0) {
    const bool nobody = errno == ENOENT || errno == ECONNREFUSED;
    Error error = socket_failed(path, nobody ? "no run listens there" : reason(errno));
    if (nobody) error.hint = "--control names the socket, as for the run itself";
    return error;
  }
  if (!send_line(connection.get(), line))
    return socket_failed(path, "the run does not listen any more");
  const auto reply = read_line(connection.get(), control_answer_max);
  if (!reply) return socket_failed(path, "the run did not answer");
  return *reply;
}

}  // namespace keepsum::cli
