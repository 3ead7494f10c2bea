#include "cli/stop_signal.hpp"

#include <pthread.h>

#include <ctime>

namespace keepsum::cli {

StopSignal::StopSignal() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGTERM);
  sigaddset(&signals_, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  thread_ = std::jthread([this](const std::stop_token& done) { wait(done); });
}

StopSignal::~StopSignal() {
  thread_.request_stop();
  thread_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void StopSignal::wait(const std::stop_token& done) {
  constexpr timespec glance{0, 50'000'000};
  while (!done.stop_requested()) {
    const int signal = sigtimedwait(&signals_, nullptr, &glance);
    if (signal < 0) continue;
    if (!stop_.request_stop()) {
      // The second: whoever sends it does not want to wait.
      std::signal(signal, SIG_DFL);
      pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
      raise(signal);
    }
  }
}

}  // namespace keepsum::cli
