// How many rows a chunk or a batch takes, so that it lasts about as long as it should.
#pragma once

#include <chrono>
#include <cstdint>

namespace keepsum::reconcile {

using Seconds = std::chrono::duration<double>;

struct PaceLimits {
  std::chrono::milliseconds target{500};
  std::uint64_t first = 2'000;  // before anything is known
  std::uint64_t least = 100;
  std::uint64_t most = 5'000'000;
};

// Grows to at most twice its size a step, so that one quick chunk does not make a slow one; when
// one takes four times the target it shrinks at once, to half of what would fit.
class Pace {
 public:
  explicit Pace(const PaceLimits& limits) : limits_(limits), rows_(clamp(limits.first)) {}

  [[nodiscard]] std::uint64_t rows() const noexcept { return rows_; }
  [[nodiscard]] bool is_least() const noexcept { return rows_ <= limits_.least; }
  // One of `rows` took so long.
  void took(std::uint64_t rows, Seconds time);
  // One did not end in time: an eighth of it next.
  void ran_out() { rows_ = clamp(rows_ / 8); }

 private:
  [[nodiscard]] std::uint64_t clamp(std::uint64_t rows) const noexcept;

  PaceLimits limits_;
  std::uint64_t rows_;
};

}  // namespace keepsum::reconcile
