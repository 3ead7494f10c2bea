#include "engine/reconcile/pace.hpp"

#include <algorithm>

namespace keepsum::reconcile {

std::uint64_t Pace::clamp(std::uint64_t rows) const noexcept {
  return std::clamp(rows, limits_.least, std::max(limits_.least, limits_.most));
}

void Pace::took(std::uint64_t rows, Seconds time) {
  const double target = Seconds(limits_.target).count();
  const double fits = static_cast<double>(rows) * target / std::max(time.count(), 1e-6);
  const double panic = time.count() >= 4 * target ? 0.5 : 1.0;
  const double most = 2.0 * static_cast<double>(rows);
  rows_ = clamp(static_cast<std::uint64_t>(std::min(fits * panic, most)));
}

}  // namespace keepsum::reconcile
