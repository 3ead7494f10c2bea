// Whether the run that holds a lease is gone: it decides if the next one may go on at once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "engine/reconcile/lease.hpp"

namespace keepsum::reconcile {
namespace {

// A process of its own that says who it is, does `then`, and sleeps.
class Holder {
 public:
  explicit Holder(const std::function<void()>& then = [] {}) {
    int ends[2] = {};
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const std::string name = this_holder();
      const bool written = write(ends[1], name.data(), name.size()) > 0;
      ::close(ends[1]);
      if (written) then();
      for (;;) pause();
    }
    ::close(ends[1]);
    char text[512] = {};
    for (ssize_t n = 0; (n = read(ends[0], text, sizeof(text))) > 0;) {
      name_.append(text, static_cast<std::size_t>(n));
    }
    ::close(ends[0]);
  }
  ~Holder() {
    if (pid_ <= 0) return;
    kill();
    reap();
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int pid() const { return pid_; }
  void kill() const { ::kill(pid_, SIGKILL); }
  // Until it has ended; it stays to be reaped.
  void wait_for_its_end() const {
    siginfo_t info = {};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT), 0);
  }
  void reap() {
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  std::string name_;
};

TEST(LeaseHolder, IsAliveWhileItRuns) {
  const Holder holder;
  ASSERT_FALSE(holder.name().empty());
  EXPECT_FALSE(is_dead(holder.name()));
  EXPECT_FALSE(is_dead(this_holder()));
}

TEST(LeaseHolder, IsDeadOnceItHasEndedThoughNobodyHasReapedIt) {
  Holder holder;
  holder.kill();
  holder.wait_for_its_end();
  EXPECT_TRUE(is_dead(holder.name()));
  holder.reap();
  EXPECT_TRUE(is_dead(holder.name()));
}

// Such a process shows the state of its first thread, a zombie, and works on.
TEST(LeaseHolder, IsAliveWhileAnyOfItsThreadsIs) {
  const Holder holder([] {
    std::thread([] {
      for (;;) pause();
    }).detach();
    syscall(SYS_exit, 0);  // of this thread alone
  });
  ASSERT_FALSE(holder.name().empty());
  for (int i = 0; i < 20; ++i) {
    EXPECT_FALSE(is_dead(holder.name()));
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  }
}

TEST(LeaseHolder, IsNotDeadWhereNothingIsKnownOfIt) {
  EXPECT_FALSE(is_dead(""));
  EXPECT_FALSE(is_dead("elsewhere/1/2@3"));
  const std::string name = this_holder();
  EXPECT_TRUE(is_dead(name + "0")) << "an earlier process of the same number";
}

}  // namespace
}  // namespace keepsum::reconcile
