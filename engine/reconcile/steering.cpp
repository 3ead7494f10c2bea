#include "engine/reconcile/steering.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace keepsum::reconcile {

namespace {

// A folder that is not there has no file in it. What cannot be seen for another reason is taken for
// there: whoever made it wants the run to wait.
bool exists(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

}  // namespace

void Steering::pause(std::string who) {
  const std::lock_guard lock(mutex_);
  who_ = std::move(who);
}

void Steering::resume() {
  const std::lock_guard lock(mutex_);
  who_.clear();
}

void Steering::set_chunk_time(std::chrono::milliseconds time) {
  const std::lock_guard lock(mutex_);
  chunk_time_ = time;
}

std::string Steering::who_pauses() const {
  if (!pause_file_.empty() && exists(pause_file_)) return "the file " + pause_file_;
  const std::lock_guard lock(mutex_);
  return who_;
}

std::optional<std::chrono::milliseconds> Steering::chunk_time() const {
  const std::lock_guard lock(mutex_);
  return chunk_time_;
}

}  // namespace keepsum::reconcile
