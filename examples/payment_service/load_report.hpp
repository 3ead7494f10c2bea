// What came of the attempts, and how long they took.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace payment_service {

class LoadReport {
 public:
  void count(const std::string& outcome) { ++outcomes_[outcome]; }
  void took(std::chrono::steady_clock::duration time) {
    latencies_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(time));
  }
  // An answer that must not be: the run fails.
  void wrong(const std::string& what);

  [[nodiscard]] bool right() const noexcept { return wrong_ == 0; }
  void print(std::chrono::steady_clock::duration elapsed, unsigned clients, double rate);

 private:
  [[nodiscard]] double percentile_ms(double share) const;

  std::map<std::string, std::uint64_t> outcomes_;
  std::vector<std::chrono::microseconds> latencies_;
  std::uint64_t wrong_ = 0;
};

}  // namespace payment_service
