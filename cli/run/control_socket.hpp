// The Unix socket at which a run listens while it lives, and how one talks to it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "cli/run/control_protocol.hpp"

namespace keepsum::cli {

class ControlSocket {
 public:
  // Listens at `path`, mode 0600: whoever may write there may stop the run. A socket that nobody
  // listens at is what a killed run left, and is replaced; anything else at that path stays.
  // Errors: io_failed, for a path that is taken, too long for a socket, or in no folder to write
  // in.
  static Result<std::unique_ptr<ControlSocket>> listen(const std::string& path, Controlled run);
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  ControlSocket(int listening, std::string path, Controlled run);
  void serve(const std::stop_token& done);
  void serve_one(int connection);

  int listening_;
  std::string path_;
  ino_t inode_ = 0;  // another run may have made the path its own
  Controlled run_;
  std::jthread thread_;
};

inline constexpr std::chrono::milliseconds control_answer_max{5'000};

// Sends one line, returns the line that comes back. Errors: io_failed; its message says so if there
// is no socket, or nobody listens.
Result<std::string> ask_run(const std::string& path, const std::string& line);

}  // namespace keepsum::cli
