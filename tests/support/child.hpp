// A run of the binary beside the test, which may be killed at any moment.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace keepsum::test {

struct Ended {
  int code = -1;  // of exit; -1 if a signal ended it
  std::string out, err;
  long most_resident_kib = 0;  // memory, at most
};

// The destructor kills what still runs. One thread at a time.
class Child {
 public:
  // Writes stdout and stderr to files under `base`, so that neither can fill up and stop it.
  // Throws std::runtime_error if the program cannot be started.
  Child(std::vector<std::string> command, const std::string& base);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  [[nodiscard]] bool is_running();
  // A signal that does not end it at once, such as SIGSTOP; none if it has ended.
  void signal(int number);
  // SIGKILL. Returns whether it was still running: one that had ended by itself was not killed.
  bool kill9();
  // Waits for its end.
  Ended finish();

 private:
  void reap(int options);

  std::string out_, err_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  long most_resident_kib_ = 0;
};

}  // namespace keepsum::test
