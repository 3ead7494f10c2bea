#include "load_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace payment_service {

namespace {

std::string thousands(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

}  // namespace

void LoadReport::wrong(const std::string& what) {
  constexpr std::uint64_t shown = 10;
  if (++wrong_ <= shown) fmt::print(stderr, "WRONG: {}\n", what);
}

// The value that `share` of the latencies do not exceed: exact, from all of them.
double LoadReport::percentile_ms(double share) const {
  if (latencies_.empty()) return 0;
  const auto rank =
      static_cast<std::size_t>(std::ceil(share * static_cast<double>(latencies_.size())));
  return std::chrono::duration<double, std::milli>(latencies_[std::max<std::size_t>(rank, 1) - 1])
      .count();
}

void LoadReport::print(std::chrono::steady_clock::duration elapsed, unsigned clients, double rate) {
  std::sort(latencies_.begin(), latencies_.end());
  const double seconds = std::chrono::duration<double>(elapsed).count();
  fmt::print(
      "{} answers to {} clients in {:.1f} s: {} a second\n", thousands(latencies_.size()), clients,
      seconds,
      thousands(static_cast<std::uint64_t>(static_cast<double>(latencies_.size()) / seconds)));
  if (rate > 0) {
    fmt::print("latency, counted from the moment each was to be sent at {} a second:\n",
               thousands(static_cast<std::uint64_t>(rate)));
  } else {
    fmt::print("latency, each client sending as soon as it has its answer:\n");
  }
  fmt::print("  p50 {:.1f} ms   p99 {:.1f} ms   p99.9 {:.1f} ms   max {:.1f} ms\n",
             percentile_ms(0.5), percentile_ms(0.99), percentile_ms(0.999), percentile_ms(1));
  for (const auto& [outcome, count] : outcomes_) {
    fmt::print("  {:>9}  {}\n", thousands(count), outcome);
  }
  if (wrong_ > 0) fmt::print("  {:>9}  WRONG ANSWERS\n", thousands(wrong_));
}

}  // namespace payment_service
