#include "engine/reconcile/writers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <thread>

namespace keepsum::reconcile {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds first_look{200};
constexpr milliseconds between_counts{500};
// Writers come and go; going over to full speed between two of them would be felt by the next.
constexpr milliseconds remembered{10'000};
// Statements a second. A run writes some itself: its place, its lease.
constexpr double few = 20;

std::optional<double> counter_value(const db::Value& value) {
  const std::string text = db::as_text(value);
  double parsed = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return parsed;
}

}  // namespace

// Of all sessions since the server started.
std::optional<double> Writers::count(const std::string& question) {
  if (question.empty()) return std::nullopt;
  if (!session_) {
    auto opened = database_.open_session();
    if (opened.has_error()) return std::nullopt;
    session_ = std::move(opened).value();
  }
  const auto rows = session_->rows(question);
  if (rows.has_error()) {
    session_.reset();
    return std::nullopt;
  }
  double sum = 0;
  for (const db::Row& row : *rows) {
    const auto one = row.size() < 2 ? std::nullopt : counter_value(row[1]);
    if (!one) return std::nullopt;
    sum += *one;
  }
  return sum;
}

void Writers::look() {
  const auto before = counted_;
  const std::chrono::duration<double> time = steady_clock::now() - counted_at_;
  counted_ = count(database_.dialect.writing_statements());
  counted_at_ = steady_clock::now();
  if (looks_++ == 0 && counted_) return;
  std::optional<double> rate;
  // A server that was started anew counts from zero.
  if (before && counted_ && *counted_ >= *before) rate = (*counted_ - *before) / time.count();
  if (rate && *rate <= few) return;
  seen_ = true;
  seen_at_ = counted_at_;
  rate_ = rate;
}

bool Writers::can_be_known() const { return !database_.dialect.writing_statements().empty(); }

bool Writers::are_there() {
  if (!can_be_known()) return false;
  if (steady_clock::now() - counted_at_ >= (looks_ == 1 ? first_look : between_counts)) look();
  if (seen_ && steady_clock::now() - seen_at_ > remembered) seen_ = false;
  return seen_;
}

void Writers::settle() {
  if (!can_be_known()) return;
  are_there();
  if (looks_ == 1) std::this_thread::sleep_until(counted_at_ + first_look);
  are_there();
}

bool Writers::is_a_table_wanted() {
  const auto now = count(database_.dialect.excluding_statements());
  return now && excluding_ && *now > *excluding_;
}

std::string Writers::what() const {
  if (!seen_) return "";
  if (!rate_) return "whether others write cannot be read";
  return fmt::format("others write ({:.0f} statements a second)", *rate_);
}

}  // namespace keepsum::reconcile
