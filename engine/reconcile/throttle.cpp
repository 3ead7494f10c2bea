#include "engine/reconcile/throttle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>

namespace keepsum::reconcile {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

// Signals are read no more often than this while nothing bites, and while something does.
constexpr milliseconds between_looks{200};
constexpr milliseconds between_waits{250};
// No connection for so long: a server that is merely full or restarting its network is back.
constexpr std::chrono::seconds gone_for_good{3};
// What has not answered by then is unknown. A run that is asked to stop waits no longer for it.
constexpr milliseconds answer_within{3'000};

double seconds(steady_clock::duration time) { return std::chrono::duration<double>(time).count(); }

std::optional<double> number(const db::Value& value) {
  if (db::is_null(value)) return std::nullopt;
  const std::string text = db::as_text(value);
  double parsed = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), parsed);
  if (error != std::errc{} || stop != text.data() + text.size()) return std::nullopt;
  return parsed;
}

Bite unread(std::string signal, double threshold, std::string why) {
  return Bite{std::move(signal), std::nullopt, threshold, std::move(why)};
}

std::string reason(const Error& error) {
  return error.server_message.empty() ? error.message
                                      : fmt::format("{}: {}", error.message, error.server_message);
}

// Of the sessions beside the run's, which are to the same server.
Bite failed(std::string signal, double threshold, const Error& error) {
  Bite bite = unread(std::move(signal), threshold, reason(error));
  bite.server_gone = error.code == ErrorCode::connection_lost;
  return bite;
}

std::optional<Bite> judged(std::string signal, double value, double threshold) {
  if (value <= threshold) return std::nullopt;
  return Bite{std::move(signal), value, threshold, {}};
}

bool higher(const Bite& a, const Bite& b) {
  return b.value.has_value() && (!a.value || *a.value > *b.value);
}

}  // namespace

std::string describe(const Bite& bite) {
  if (bite.signal == pause_signal) return "asked to by " + bite.why;
  if (bite.signal == writers_signal || bite.signal == tables_signal) return bite.why;
  if (bite.value)
    return fmt::format("{} is {:g}, more than {:g}", bite.signal, *bite.value, bite.threshold);
  return fmt::format("{} is unknown ({}), which counts as more than {:g}", bite.signal, bite.why,
                     bite.threshold);
}

Throttle::Throttle(lifecycle::Database& database, std::string summary,
                   const ThrottleOptions& options, bool may_write)
    : database_(database), summary_(std::move(summary)), options_(options), may_write_(may_write) {
  for (const Replica& replica : options.replicas) replicas_.push_back({&replica, nullptr});
}

std::optional<Bite> Throttle::look_at_steering() const {
  std::string who = options_.steering != nullptr ? options_.steering->who_pauses() : "";
  if (who.empty()) return std::nullopt;
  return unread(std::string(pause_signal), 0, std::move(who));
}

Result<db::Session*> Throttle::side() {
  if (!side_) {
    KEEPSUM_ASSIGN(auto opened, database_.open_session());
    KEEPSUM_TRY(opened->limit_statements(answer_within));
    side_ = std::move(opened);
  }
  return side_.get();
}

std::optional<Bite> Throttle::look_at_threads() {
  const std::string query = database_.dialect.threads_running();
  if (!options_.threads_running_max || query.empty()) return std::nullopt;
  const auto threshold = static_cast<double>(*options_.threads_running_max);
  const auto session = side();
  if (session.has_error()) return failed("threads_running", threshold, session.error());
  const auto row = (*session)->row(query);
  if (row.has_error()) {
    side_.reset();
    return failed("threads_running", threshold, row.error());
  }
  if (!*row || (**row).size() < 2) {
    return unread("threads_running", threshold, "the server does not say");
  }
  return judged("threads_running", number((**row)[1]).value_or(0), threshold);
}

std::optional<Bite> Throttle::look_at(Watched& replica) {
  const std::string signal = "replica_lag " + replica.replica->name;
  const double threshold = seconds(options_.replica_lag_max);
  if (!replica.session) {
    auto opened = replica.replica->open();
    if (opened.has_error()) return unread(signal, threshold, reason(opened.error()));
    replica.session = std::move(opened).value();
  }
  Result<std::vector<db::Row>> rows = std::vector<db::Row>{};
  for (const std::string& query : database_.dialect.replica_status()) {
    rows = replica.session->rows(query);
    if (rows.has_value()) break;
  }
  if (rows.has_error()) {
    replica.session.reset();
    return unread(signal, threshold, reason(rows.error()));
  }
  if (rows->empty()) return unread(signal, threshold, "it is no replica");
  double behind = 0;
  for (const db::Row& row : *rows) {
    constexpr std::size_t column = sql::Dialect::seconds_behind_column;
    const auto lag = column < row.size() ? number(row[column]) : std::nullopt;
    if (!lag) return unread(signal, threshold, "it does not replicate at the moment");
    behind = std::max(behind, *lag);
  }
  return judged(signal, behind, threshold);
}

std::optional<Bite> Throttle::look_at_query() {
  if (options_.query.empty()) return std::nullopt;
  const auto session = side();
  if (session.has_error()) return failed("query", options_.query_max, session.error());
  const auto value = (*session)->scalar(options_.query);
  if (value.has_error()) {
    if (value.error().recovery == Recovery::reconnect) side_.reset();
    return failed("query", options_.query_max, value.error());
  }
  const auto answer = number(*value);
  if (!answer) return unread("query", options_.query_max, "the answer is no number");
  return judged("query", *answer, options_.query_max);
}

std::optional<Bite> Throttle::look_at_commit() {
  if (!options_.commit_latency_max || !may_write_) return std::nullopt;
  const double threshold = seconds(*options_.commit_latency_max);
  const auto session = side();
  if (session.has_error()) return failed("commit_latency", threshold, session.error());
  const sql::Dialect& dialect = database_.dialect;
  const std::string write = fmt::format(
      "INSERT INTO keepsum_probes (summary, probed_at) VALUES (?, {}) {}", dialect.utc_now(),
      dialect.upsert_clause({"summary"}, {"probed_at = " + dialect.incoming("probed_at")}));
  const auto start = steady_clock::now();
  const auto written = (*session)->execute(write, std::vector<db::Value>{summary_});
  if (written.has_error()) {
    if (written.error().recovery == Recovery::reconnect) side_.reset();
    return failed("commit_latency", threshold, written.error());
  }
  return judged("commit_latency", seconds(steady_clock::now() - start), threshold);
}

std::optional<Bite> Throttle::look() {
  // Before the lock and before any server: who says "pause" need not wait for a replica.
  if (auto bite = look_at_steering()) return bite;
  const std::lock_guard lock(looking_);
  if (auto bite = look_at_threads()) return bite;
  for (Watched& replica : replicas_) {
    if (auto bite = look_at(replica)) return bite;
  }
  if (auto bite = look_at_query()) return bite;
  return look_at_commit();
}

Pause& Throttle::pause_of(const Bite& bite) {
  const auto found = std::find_if(pauses_.begin(), pauses_.end(), [&](const Pause& pause) {
    return pause.highest.signal == bite.signal;
  });
  if (found == pauses_.end()) return pauses_.emplace_back(Pause{bite, 0, 0});
  if (higher(bite, found->highest)) found->highest = bite;
  return *found;
}

Throttle::Waited Throttle::wait(std::stop_token stop,
                                std::optional<steady_clock::time_point> deadline,
                                const OnPause& on_pause) {
  auto now = steady_clock::now();
  if (now - looked_ < between_looks && !look_at_steering()) return Waited::no_more;
  looked_ = now;
  last_ = look();
  if (!last_) return Waited::no_more;
  auto since = now;  // that it waits for signals, not for a person
  std::optional<steady_clock::time_point> gone_since;
  std::string told;
  std::mutex mutex;
  std::condition_variable_any wake;
  for (;;) {
    if (last_->signal != told) {
      ++pause_of(*last_).count;
      if (on_pause) on_pause(*last_);
      told = last_->signal;
    }
    const auto began = now;
    const bool by_hand = last_->signal == pause_signal;
    if (by_hand) since = now;
    auto end = by_hand ? steady_clock::time_point::max() : since + options_.wait_max;
    if (deadline) end = std::min(end, *deadline);
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, std::min(end, now + between_waits), [] { return false; });
    const Bite waited_for = *last_;
    auto bite = look();
    now = looked_ = steady_clock::now();
    pause_of(waited_for).seconds += seconds(now - began);
    if (!bite) return Waited::no_more;
    last_ = std::move(bite);
    pause_of(*last_);
    if (!last_->server_gone) {
      gone_since.reset();
    } else if (!gone_since) {
      gone_since = now;
    } else if (now - *gone_since >= gone_for_good) {
      return Waited::no_more;
    }
    if (stop.stop_requested()) return Waited::asked_to_stop;
    if (now >= end) return Waited::deadline;
  }
}

}  // namespace keepsum::reconcile
