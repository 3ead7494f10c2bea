#include "engine/reconcile/pass.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <limits>
#include <thread>

#include "engine/reconcile/order.hpp"
#include "engine/sql/pieces.hpp"

namespace keepsum::reconcile {

namespace {

using Scan = std::function<Result<ScanResult>()>;

// DDL beside the scan ends its snapshot with a conflict; a new snapshot is as good.
Result<ScanResult> retrying(const Scan& scan) {
  for (int attempt = 1;; ++attempt) {
    auto result = scan();
    if (result.has_value() || result.error().recovery != Recovery::retry_transaction ||
        attempt == 10) {
      return result;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50} * attempt);
  }
}

void say(const PassContext& context, std::uint64_t done, std::uint64_t total) {
  if (context.on_progress) context.on_progress({context.phase, done, total});
}

void note_snapshot(PassContext& context, const ScanResult& result) {
  context.longest_snapshot_s = std::max(context.longest_snapshot_s, result.seconds);
}

Result<OnePassEnd> whole(PassContext& context, const OnePassOptions& options, db::Session& session,
                         const Scan& scan, const OnRange& on_range) {
  const std::uint64_t total =
      options.part ? estimated_rows(context.plan) : context.plan.tables.front().info.estimated_rows;
  const auto part = options.part.value_or(OnePassOptions::Part{{}, total});
  say(context, part.rows_before, total);
  for (;;) {
    if (context.control.may_go_on() != Stop::none) return OnePassEnd{PassEnd::stopped, {}};
    Watch watch(context.control, session,
                !options.may_fall_over ? Watch::Of::a_chunk
                : options.rests        ? Watch::Of::a_gentle_pass
                                       : Watch::Of::a_whole_pass);
    auto result = retrying(scan);
    const auto bite = watch.end();
    if (result.has_error()) {
      const ErrorCode code = result.error().code;
      if (code == ErrorCode::interrupted && bite) return OnePassEnd{PassEnd::throttled, bite};
      if (code == ErrorCode::interrupted && context.control.may_go_on() == Stop::asked) {
        return OnePassEnd{PassEnd::stopped, {}};
      }
      if (code == ErrorCode::statement_timed_out) return OnePassEnd{PassEnd::timed_out, {}};
      return result.error();
    }
    note_snapshot(context, *result);
    Range range{part.chunk, part.rows, std::move(result).value()};
    const bool complete = range.result.complete;
    KEEPSUM_ASSIGN(const bool more, on_range(range));
    if (complete) break;
    // Stopped at its limit: what was found is mended now, so the next scan gets further.
    if (!more) return OnePassEnd{PassEnd::stopped, {}};
  }
  say(context, std::min(part.rows_before + part.rows, total), total);
  return OnePassEnd{};
}

// The least integer above a key, as a bound; nothing for other keys.
std::optional<db::Value> after(const db::Value& key) {
  if (const auto* number = std::get_if<std::int64_t>(&key)) {
    if (*number < std::numeric_limits<std::int64_t>::max()) return *number + 1;
  }
  if (const auto* number = std::get_if<std::uint64_t>(&key)) {
    if (*number < std::numeric_limits<std::uint64_t>::max()) return *number + 1;
  }
  return std::nullopt;
}

// The ranges that are being compared, in key order, each by the session that is its turn.
class Walk {
 public:
  Walk(PassContext& context, Pace& pace, const KeyRangesOptions& options)
      : context_(context), pace_(pace), options_(options), from_(options.from) {}

  Result<PassEnd> run(const OnRange& on_range);

 private:
  struct Ahead {
    Chunk chunk;
    std::uint64_t rows = 0;
    bool in_pieces = false;
    std::future<Result<ScanResult>> result;
  };
  Result<void> open_sessions();
  Result<void> send_next();
  Result<bool> take_first(const OnRange& on_range);
  void start_again_at(const std::optional<db::Value>& from);
  [[nodiscard]] bool is_cut(const ChunkEnd& end) const;
  Scan scan_of(const Chunk& chunk, db::Session& session, bool in_pieces);
  Result<void> cut_smaller(const Ahead& ahead, const Error& error);

  PassContext& context_;
  Pace& pace_;
  const KeyRangesOptions& options_;
  std::optional<db::Value> from_;  // where the next range to be sent begins
  bool all_sent_ = false;
  std::vector<std::unique_ptr<db::Session>> sessions_;  // outlive what uses them
  std::deque<Ahead> ahead_;
  std::size_t turn_ = 0;
  std::uint64_t done_ = 0;
};

Result<void> Walk::open_sessions() {
  for (int i = 0; options_.workers > 1 && i < options_.workers; ++i) {
    KEEPSUM_ASSIGN(auto session, context_.database.open_session());
    sessions_.push_back(std::move(session));
  }
  return {};
}

// A key that alone fills a range would be one long statement, which a gentle run does not send.
bool Walk::is_cut(const ChunkEnd& end) const {
  return end.is_one_key && sessions_.empty() && after(*from_) &&
         !context_.control.why_gently().empty() && sql::can_be_cut(context_.plan);
}

Scan Walk::scan_of(const Chunk& chunk, db::Session& session, bool in_pieces) {
  return [this, &session, chunk, in_pieces] {
    const ScanLimits limits{.time = options_.snapshot_max};
    const sql::Dialect& dialect = context_.database.dialect;
    Watch watch(context_.control, session, Watch::Of::a_chunk);
    return retrying([&] {
      if (!in_pieces) return scan(session, context_.plan, dialect, chunk, limits);
      return scan_key_in_pieces(session, context_.plan, dialect, *chunk.from, limits, pace_,
                                [this] { context_.control.rest_in_snapshot(); });
    });
  };
}

// Results are taken in the order they were sent in, at most one session's worth ahead, so the
// session whose turn it is has nothing to do.
Result<void> Walk::send_next() {
  Ahead ahead;
  ahead.rows = pace_.rows();
  ahead.chunk.from = from_;
  KEEPSUM_ASSIGN(ChunkEnd end, chunk_end(context_.database.session, sql::leading_key(context_.plan),
                                         context_.database.dialect, from_, ahead.rows));
  ahead.in_pieces = is_cut(end);
  ahead.chunk.to = ahead.in_pieces ? after(*from_) : std::move(end.to);
  const std::size_t turn = turn_++;
  db::Session& session =
      sessions_.empty() ? context_.database.session : *sessions_[turn % sessions_.size()];
  ahead.result = std::async(sessions_.empty() ? std::launch::deferred : std::launch::async,
                            scan_of(ahead.chunk, session, ahead.in_pieces));
  all_sent_ = !ahead.chunk.to;
  from_ = ahead.chunk.to;
  ahead_.push_back(std::move(ahead));
  return {};
}

void Walk::start_again_at(const std::optional<db::Value>& from) {
  ahead_.clear();  // waits for those under way
  from_ = from;
  all_sent_ = false;
}

Result<void> Walk::cut_smaller(const Ahead& ahead, const Error& error) {
  if (ahead.rows <= pace_.rows() && pace_.is_least()) {
    Error one_key = error;
    one_key.message = fmt::format(
        "{} source rows of one range could not be compared within the {:g} s that a snapshot may "
        "last",
        ahead.rows, Seconds(options_.snapshot_max).count());
    one_key.where = context_.plan.spec.name;
    one_key.hint = "let snapshots last longer with --snapshot-max";
    return one_key;
  }
  pace_.ran_out();
  start_again_at(ahead.chunk.from);
  return {};
}

Result<bool> Walk::take_first(const OnRange& on_range) {
  Ahead ahead = std::move(ahead_.front());
  ahead_.pop_front();
  auto result = ahead.result.get();
  if (result.has_error()) {
    if (result.error().code == ErrorCode::statement_timed_out) {
      KEEPSUM_TRY(cut_smaller(ahead, result.error()));
      return true;
    }
    if (result.error().code == ErrorCode::interrupted &&
        context_.control.may_go_on() == Stop::asked) {
      return false;
    }
    return result.error();
  }
  note_snapshot(context_, *result);
  pace_.set_target(context_.control.chunk_time(options_.chunk_time));
  if (!ahead.in_pieces) pace_.took(ahead.rows, Seconds(result->seconds));
  ahead.rows = std::max(ahead.rows, result->joined_rows);
  Range range{ahead.chunk, ahead.rows, std::move(result).value()};
  const bool complete = range.result.complete;
  KEEPSUM_ASSIGN(const bool more, on_range(range));
  if (!complete) {
    start_again_at(ahead.chunk.from);
  } else {
    done_ += ahead.rows;
  }
  return more;
}

Result<PassEnd> Walk::run(const OnRange& on_range) {
  const std::uint64_t total = estimated_rows(context_.plan);
  const auto before = static_cast<std::uint64_t>(options_.share * static_cast<double>(total));
  KEEPSUM_TRY(open_sessions());
  const std::size_t ahead_max = std::max<std::size_t>(1, sessions_.size());
  while (!all_sent_ || !ahead_.empty()) {
    say(context_, std::min(before + done_, total), total);
    Stop stop = context_.control.may_go_on();
    // One range in any case: runs whose budget goes into connecting would never come round.
    if (stop == Stop::budget && turn_ == 0) stop = Stop::none;
    // What is under way when the budget is spent is worth taking; it is short.
    if (stop != Stop::none && (ahead_.empty() || stop != Stop::budget)) return PassEnd::stopped;
    while (stop == Stop::none && !all_sent_ && ahead_.size() < ahead_max) {
      KEEPSUM_TRY(send_next());
    }
    KEEPSUM_ASSIGN(const bool more, take_first(on_range));
    if (!more) return PassEnd::stopped;
  }
  say(context_, total, total);
  return PassEnd::complete;
}

// A server may be told of no limit as short (MariaDB, see MysqlSession::limit_statements): a pass
// that took too long counts as ended, as elsewhere, and goes on by ranges.
template <class Scan>
Result<ScanResult> unless_late(const ScanLimits& limits, const Scan& scan) {
  const auto begun = std::chrono::steady_clock::now();
  auto result = scan();
  const auto took = std::chrono::steady_clock::now() - begun;
  const bool endless = !limits.time || limits.time->count() == 0;
  if (result.has_error() || endless || took <= *limits.time) return result;
  Error error;
  error.code = ErrorCode::statement_timed_out;
  error.message = "the pass took longer than a snapshot may last";
  return error;
}

}  // namespace

Result<OnePassEnd> one_pass(PassContext& context, const OnePassOptions& options,
                            const OnRange& on_range) {
  db::Session& session = context.database.session;
  const ScanLimits limits{.time = options.snapshot_max, .rests = options.rests};
  const Chunk chunk = options.part ? options.part->chunk : Chunk{};
  return whole(
      context, options, session,
      [&] {
        return unless_late(limits, [&] {
          return scan(session, context.plan, context.database.dialect, chunk, limits);
        });
      },
      on_range);
}

Result<OnePassEnd> one_pass_streaming(PassContext& context, const OnePassOptions& options,
                                      const OnStream& on_stream) {
  KEEPSUM_ASSIGN(const auto session, context.database.open_session());
  const ScanLimits limits{.time = options.snapshot_max, .rests = options.rests};
  return whole(
      context, options, *session,
      [&] {
        on_stream.on_snapshot();
        return unless_late(limits, [&] {
          return scan_streaming(*session, context.plan, context.database.dialect, {}, limits,
                                on_stream.on_drifted);
        });
      },
      on_stream.on_end);
}

Result<PassEnd> key_ranges(PassContext& context, Pace& pace, const KeyRangesOptions& options,
                           const OnRange& on_range) {
  Walk walk(context, pace, options);
  return walk.run(on_range);
}

}  // namespace keepsum::reconcile
