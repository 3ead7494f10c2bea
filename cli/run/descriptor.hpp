// A file descriptor that is closed with its owner, and the system's words for what went wrong.
#pragma once

#include <unistd.h>

#include <string>
#include <system_error>
#include <utility>

namespace keepsum::cli {

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return value_; }
  int release() { return std::exchange(value_, -1); }
  // 0, or -1 with errno.
  int close() { return value_ < 0 ? 0 : ::close(release()); }

 private:
  int value_;
};

inline std::string reason(int number) { return std::generic_category().message(number); }

}  // namespace keepsum::cli
