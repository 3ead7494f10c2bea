// Eight writers that change the three tables at random, as a service would: transactions of a
// few statements, some rolled back, conflicts retried.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <keepsum/summaries.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace keepsum::test {

// The writers are at work without a pause, and for longer on a machine that has other work: a
// statement about tables has to queue for as long as their transactions take.
inline constexpr std::chrono::milliseconds queue_max{300};

inline constexpr unsigned writer_threads = 8;

struct WriterOptions {
  std::string url;
  std::string isolation = "READ COMMITTED";
  const Summaries* hooks = nullptr;  // null: triggers do it
  unsigned seed = 1;
  unsigned threads = writer_threads;
  std::chrono::milliseconds rest{0};  // on average, after each transaction
};

struct WriterCounts {
  std::atomic<int> transactions{0};  // ended by COMMIT or, by choice, by ROLLBACK
  std::atomic<int> rollbacks{0};
  std::atomic<int> deadlocks{0};
  std::atomic<int> timeouts{0};
  std::atomic<int> stale{0};  // 1020
  [[nodiscard]] std::string text() const;
};

inline constexpr int card_count = 200;

// Starts at once; the destructor stops them and waits. An unexpected error of the server fails
// the test and ends that writer.
class Writers {
 public:
  // `transactions`: in all; 0 for as many as there is time for.
  Writers(const WriterOptions& options, int transactions);
  Writers(const Writers&) = delete;
  Writers& operator=(const Writers&) = delete;
  ~Writers() { stop(); }

  void join();
  void stop();
  [[nodiscard]] const WriterCounts& counts() const noexcept { return counts_; }

 private:
  std::atomic<std::int64_t> open_transactions_;
  WriterCounts counts_;
  std::vector<std::thread> threads_;
};

// A fill to begin with, so that the first transactions meet rows. Through the triggers or hooks.
void fill_tables(const WriterOptions& options);

}  // namespace keepsum::test
