#include "schema/reporter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace keepsum::schema {

namespace {

constexpr std::size_t diagnostics_max = 100;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

Reporter::Reporter(std::string_view source) {
  line_starts_.push_back(source.substr(0, 3) == byte_order_mark ? byte_order_mark.size() : 0);
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] == '\n') line_starts_.push_back(at + 1);
  }
}

Place Reporter::place(std::size_t offset, std::string pointer) const {
  offset = std::max(offset, line_starts_.front());
  const auto next = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  const auto line = static_cast<std::size_t>(next - line_starts_.begin());
  return Place{line, offset - line_starts_[line - 1] + 1, std::move(pointer)};
}

void Reporter::error(Place place, Complaint complaint) {
  ++error_count_;
  if (diagnostics_.size() >= diagnostics_max) return;
  diagnostics_.push_back(Diagnostic{Severity::error, std::move(complaint.code), std::move(place),
                                    std::move(complaint.message), std::move(complaint.hint)});
}

void Reporter::error(std::size_t offset, std::string pointer, Complaint complaint) {
  error(place(offset, std::move(pointer)), std::move(complaint));
}

std::vector<Diagnostic> Reporter::take() {
  std::stable_sort(
      diagnostics_.begin(), diagnostics_.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.place.line, a.place.column) < std::tie(b.place.line, b.place.column);
      });
  if (error_count_ > diagnostics_.size() && !diagnostics_.empty()) {
    diagnostics_.push_back(Diagnostic{
        Severity::note, "more-errors", diagnostics_.back().place,
        fmt::format("{} more errors are not shown", error_count_ - diagnostics_.size()), ""});
  }
  return std::exchange(diagnostics_, {});
}

}  // namespace keepsum::schema
