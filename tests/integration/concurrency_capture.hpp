// Writers that call the hooks of a summary by hand, as a service in another language would, and do
// so whether hooks or triggers are in force.
#pragma once

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/integration/concurrency_database.hpp"

namespace keepsum::test {

// The tables and the summary card_activity: of payments alone, or joined with their charges.
struct CaptureCase {
  bool joined = true;
  bool foreign_keys = false;
  // Hooks that read keepsum_captures without a lock. At READ COMMITTED, and of one table, that is
  // enough, if and only if no transaction is open when the row changes.
  bool only_looks = false;

  [[nodiscard]] std::vector<std::string> tables() const;
  // With @URL@ for the database.
  [[nodiscard]] std::string spec(const std::string& capture) const;
  // What a hook runs: the row of `alias` with this id is added ('+') or taken ('-'), if
  // keepsum_captures says that hooks write.
  [[nodiscard]] std::string hook(char sign, const std::string& alias, int id) const;
  // By a query written by hand.
  [[nodiscard]] std::set<int> wrong_keys(Client& client) const;
};

// They write until stop(). Every error but a conflict fails the test.
class CaptureWriters {
 public:
  // `apart`: no writer touches another's rows, so that none waits for another.
  CaptureWriters(const CaptureCase& shape, const std::string& url, const std::string& isolation,
                 bool apart = false);
  CaptureWriters(const CaptureWriters&) = delete;
  CaptureWriters& operator=(const CaptureWriters&) = delete;
  ~CaptureWriters() { stop(); }

  void stop();
  [[nodiscard]] int transactions() const noexcept { return transactions_; }
  [[nodiscard]] std::string text() const;

  // How long single statements took, of all writers.
  void forget_waits();
  [[nodiscard]] std::chrono::microseconds longest_wait();
  [[nodiscard]] std::string waits();  // "3.1 ms of 4512, 0.2 ms in the mean"

 private:
  void write(unsigned number);
  void note(std::chrono::microseconds took);

  CaptureCase shape_;
  std::string url_, isolation_;
  bool apart_;
  std::atomic<bool> stop_{false};
  std::atomic<int> transactions_{0}, conflicts_{0};
  std::mutex mutex_;
  std::vector<std::chrono::microseconds> waits_;
  std::vector<std::thread> threads_;
};

}  // namespace keepsum::test
