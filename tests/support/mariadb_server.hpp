// A private MariaDB server for tests and benchmarks: its own data folder, port and socket, gone
// when the object is. It never touches another server, and stops only the process it started.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace keepsum::test {

class MariadbServer {
 public:
  // Starts the server and waits until it answers. Throws std::runtime_error, with the end of the
  // server's log, if it does not within 60 s, or if mariadbd is not installed.
  // The server also stops when the *thread* that called this ends: call it from a long-lived one.
  explicit MariadbServer(std::vector<std::string> extra_arguments = {});
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;
  ~MariadbServer();

  // "mysql://root@127.0.0.1:PORT/database"; there is no password.
  [[nodiscard]] std::string url(const std::string& database) const;
  [[nodiscard]] std::string socket_path() const { return folder_ + "/s"; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  // For files of a test that the server reads; removed with the server.
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

  // Creates an empty database of a new name and returns the name.
  std::string create_database();

  // As a power cut would: SIGKILL. The data folder stays.
  void kill9();
  // The folder stays when the server is gone, for a person to look into. It is in folder().
  void keep_folder() noexcept { keeps_folder_ = true; }
  // Starts again on the same data folder and port. Precondition: the server is down or was killed.
  void restart();
  // The same with other arguments.
  void restart(std::vector<std::string> extra_arguments) {
    extra_arguments_ = std::move(extra_arguments);
    restart();
  }

 private:
  void install();
  void start();
  void stop(int signal) noexcept;
  void remove_folder() noexcept;
  [[nodiscard]] bool answers() const;
  [[nodiscard]] bool has_exited() noexcept;
  // Its end; of a server that crashed, the crash.
  [[nodiscard]] std::string log_tail() const;
  [[nodiscard]] std::string end_text() const;

  std::vector<std::string> extra_arguments_;
  std::string folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int databases_created_ = 0;
  bool keeps_folder_ = false;
};

// The one server of this test binary: started at the first call, stopped at exit.
MariadbServer& shared_mariadb();

}  // namespace keepsum::test
