// What writers feel of what runs beside them: 8 connections in an open loop at a third of the rate
// they reach alone. Companions run beside them, one at a time: keepsum in each of its paces, and
// twins by hand, which say how much of it is any SELECT's doing on these cores. A step is a part of
// a run that goes by parts, from the end of the one before to its own end, or else the whole run;
// and before and after each step there are windows of some seconds with nothing beside them, for
// within the minutes that a run takes a machine becomes slower and faster by itself. A step is cut
// into windows as long; what is told of a step is the median of its windows, and a ratio is the
// median of those of one step and its two neighbours each. A p99 over a minute may be that of one
// bad second: `whole`, the ratio of the p99 over a whole step to those over all that is quiet
// around it, says more of the disk, and is told all the same.
//
// The client shares the cores with the server. What it waits for a core itself is in every latency;
// how much that is, the column `wake` says: p99 of how late a thread of it comes to run that only
// sleeps.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000]
//   KEEPSUM_BENCH_SECONDS [5] of a window; KEEPSUM_BENCH_STEPS [8] at most of a companion: one
//   that has not come to its end by then is told of as it was until then. With many, the writers
//   have made the tables twice as large before a run is round
//   KEEPSUM_BENCH_COMPANION: only the one of this name, e.g. "verify and repair 1 %"
//   KEEPSUM_BENCH_TRACE=1: the p99 of each window besides, in order
//   KEEPSUM_BENCH_ARGUMENTS: more arguments of `keepsum reconcile --pace full`
#include <fmt/format.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "bench/reconcile_run.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/reconcile/scan.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int quiet_windows = 4;  // before and after each step

struct Span {
  SteadyTime from, to;
};

// Called between two steps of one run: it lets the writers alone for a while, and says whether the
// run may go on.
using Between = std::function<bool()>;

// One of these runs beside the writers, step by step.
struct Companion {
  std::string name;
  std::function<bool(const Between&)> step;  // whether it is at its end
  int times = 1;                             // from its beginning to its end
  std::function<void()> before = [] {};      // each of those times
  std::vector<Span> steps = {}, quiet = {};  // quiet[i] is before steps[i], quiet[i + 1] after it
  bool ended = false;
};

class Companions {
 public:
  Companions(const test::MariadbServer& server, const connectors::ConnectionUrl& url, int cards,
             double seconds)
      : run_(server, url),
        connection_(raw::connect(url)),
        own_(must(connectors::open(url))),
        database_{*own_.session, *own_.catalog, *own_.dialect,
                  [url] { return connectors::open_session(url); }},
        cards_(cards),
        seconds_(seconds) {
    std::stringstream spec;
    spec << std::ifstream(server.folder() + "/keepsum.json").rdbuf();
    plan_ =
        must(lifecycle::load_plans(spec.str(), *own_.session, *own_.catalog, *own_.dialect)).at(0);
  }

  // A run that finds nothing repairs nothing.
  std::vector<Companion> all() {
    return {
        {"one bare GROUP BY", [this](const Between&) { return bare(); }, 3},
        {"bare GROUP BYs of ranges, 40 %",
         [this](const Between&) { return bare_by_ranges(4, 0.4, quiet_windows * seconds_); }},
        {"verify", [this](const Between& between) { return gently(between); }, 2},
        {"verify and repair 1 %", [this](const Between& between) { return gently(between); }, 2,
         [this] { spoil(); }},
        {"verify --pace full",
         [this](const Between&) {
           return reconcile({"--pace", "full"});
         },
         3},
    };
  }

  // Whether it came to its end.
  bool reconcile(const std::vector<std::string>& arguments) {
    const test::Ended ended = run_.finish(arguments);
    if (ended.code != 0 && ended.code != 2 && ended.code != 4) {
      throw std::runtime_error(fmt::format("exit {}: {}{}", ended.code, ended.out, ended.err));
    }
    const auto report = boost::json::parse(ended.out).at("summaries").at(0);
    const double locks = report.at("longest_locks_seconds").to_number<double>();
    longest_locks_ms_ = std::max(longest_locks_ms_, locks * 1e3);
    return ended.code != 4;
  }

  // As `keepsum reconcile --guard 100` goes by default. In this process, as it is to stand still
  // between its parts.
  bool gently(const Between& between) {
    reconcile::ReconcileOptions options;
    options.control.pacing = reconcile::Pacing::by_writers;
    options.guard.share_max = 1;
    std::stop_source stop;
    options.control.stop = stop.get_token();
    options.on_range = [&](const reconcile::Chunk& part) -> Result<void> {
      if (part.to && !between()) stop.request_stop();
      return {};
    };
    const auto report = must(reconcile::reconcile(database_, plan_, options));
    longest_locks_ms_ = std::max(longest_locks_ms_, report.longest_locks_s * 1e3);
    return report.tour.complete;
  }

  [[nodiscard]] double longest_locks_ms() const noexcept { return longest_locks_ms_; }
  // Of row locks since the server started: the longest wait in ms, of anybody for anybody.
  std::int64_t longest_lock_wait() {
    return std::stoll(
        raw::rows(connection_.get(), "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_time_max'")
            .at(0)
            .at(1));
  }

 private:
  bool bare() {
    raw::run(connection_.get(), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    raw::rows(connection_.get(), recompute_query());
    raw::run(connection_.get(), "COMMIT");
    return true;
  }

  // As a run that goes gently does it: each range in a snapshot of its own, as many rows as take
  // `target_ms`, and a rest after each.
  bool bare_by_ranges(double target_ms, double share, double seconds) {
    const auto end = Clock::now() + std::chrono::duration<double>(seconds);
    double rows = 100;
    while (!from_.empty() && Clock::now() < end) {
      const auto begun = Clock::now();
      const auto bound = raw::rows(
          connection_.get(),
          fmt::format("SELECT card_id FROM payments WHERE card_id >= {0} ORDER BY card_id LIMIT 1 "
                      "OFFSET {1}",
                      from_, static_cast<std::int64_t>(rows)));
      std::string to = bound.empty() ? "" : bound.at(0).at(0);
      if (to == from_) to = std::to_string(std::stoll(to) + 1);
      std::string query = recompute_query();
      const std::string range =
          fmt::format("AND p.card_id >= {}{} ", from_, to.empty() ? "" : " AND p.card_id < " + to);
      query.insert(query.find("GROUP BY"), range);
      raw::run(connection_.get(), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
      raw::rows(connection_.get(), query);
      raw::run(connection_.get(), "COMMIT");
      const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
      rows = std::clamp(rows * target_ms / took.count(), 100.0, 2 * rows);
      std::this_thread::sleep_for(took * (1 / share - 1));
      from_ = to;
    }
    return from_.empty();
  }

  // Key by key, so that the spoiling itself keeps nobody waiting.
  void spoil() {
    for (int card = 1; card <= cards_; card += 100) {
      raw::run(
          connection_.get(),
          fmt::format("UPDATE card_activity SET total_spent = total_spent + 1 WHERE card_id = {}",
                      card));
    }
    std::this_thread::sleep_for(1s);
  }

  ReconcileRun run_;
  mysql::ConnectionHandle connection_;
  connectors::Connection own_;
  lifecycle::Database database_;
  plan::SummaryPlan plan_;
  int cards_;
  double seconds_;
  std::string from_ = "0";  // where the ranges by hand go on; "" at their end
  double longest_locks_ms_ = 0;
};

// Of the windows of `seconds` that a span is cut into, what most of them were like; of a shorter
// one, all of it.
Window windows(const OpenLoop& loop, const std::vector<Span>& spans, double seconds) {
  const auto length = std::chrono::duration_cast<Clock::duration>(
      std::chrono::duration<double>(std::max(seconds, 0.1)));
  std::vector<double> p50, p99, wake;
  Window all;
  for (const Span& span : spans) {
    auto from = span.from;
    do {
      const auto to = span.to - from < 2 * length ? span.to : from + length;
      const Window window = loop.window(from, to);
      p50.push_back(window.p50_ms);
      p99.push_back(window.p99_ms);
      wake.push_back(window.wake_p99_ms);
      all.most_ms = std::max(all.most_ms, window.most_ms);
      from = to;
    } while (from < span.to);
  }
  all.p50_ms = median(p50);
  all.p99_ms = median(p99);
  all.wake_p99_ms = median(wake);
  return all;
}

void print_trace(const OpenLoop& loop, const Companion& companion, double window_s) {
  const auto print = [&](const char* what, const Span& span) {
    fmt::print("{}, {}, p99 ms:", companion.name, what);
    const auto length = std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(std::max(window_s, 0.1)));
    for (auto from = span.from; from < span.to; from += length) {
      fmt::print(" {:.1f}", loop.window(from, std::min(from + length, span.to)).p99_ms);
    }
    fmt::print("\n");
  };
  for (std::size_t i = 0; i < companion.steps.size(); ++i) {
    print("quiet", companion.quiet[i]);
    print("beside", companion.steps[i]);
  }
  print("quiet", companion.quiet.back());
}

void print_line(const OpenLoop& loop, const Companion& companion, double window_s) {
  std::vector<double> p50, p99, most, wake, quiet_p99, ratio, whole;
  const auto whole_p99 = [&](const Span& span) { return loop.window(span.from, span.to).p99_ms; };
  double seconds = 0;
  for (std::size_t i = 0; i < companion.steps.size(); ++i) {
    const Span& step = companion.steps[i];
    const Window with = windows(loop, {step}, window_s);
    const Window quiet = windows(loop, {companion.quiet[i], companion.quiet[i + 1]}, window_s);
    p50.push_back(with.p50_ms);
    p99.push_back(with.p99_ms);
    most.push_back(with.most_ms);
    wake.push_back(with.wake_p99_ms);
    quiet_p99.push_back(quiet.p99_ms);
    ratio.push_back(with.p99_ms / quiet.p99_ms);
    whole.push_back(2 * whole_p99(step) /
                    (whole_p99(companion.quiet[i]) + whole_p99(companion.quiet[i + 1])));
    seconds += std::chrono::duration<double>(step.to - step.from).count();
  }
  fmt::print("{:<32}{:>6}{:>8.2f}{:>8.2f}{:>8.1f}{:>8.2f}{:>10.2f}{:>7.2f}{:>7.2f}{:>8.1f}{}\n",
             companion.name, companion.steps.size(), median(p50), median(p99), median(most),
             median(wake), median(quiet_p99), median(ratio), median(whole),
             seconds / companion.times, companion.ended ? "" : "+");
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const double seconds = setting("KEEPSUM_BENCH_SECONDS", 5);
  const auto most_steps = static_cast<std::size_t>(setting("KEEPSUM_BENCH_STEPS", 8));
  test::MariadbServer server(durable_server_options());
  LoadOptions load = prepare(server, payments, cards);
  const double rate = rate_alone(load, 8, load.first_id);
  server.restart();  // its longest lock wait was that of writers at full speed
  Companions companions(server, load.url, cards, seconds);
  companions.reconcile({"--verify-only", "--pace", "full"});  // fetches what is on disk
  fmt::print(
      "Writers beside the reconciler: {} payments of {} cards, each commit on disk. 8 connections "
      "make {:.0f} a\nsecond alone, and are asked for {:.0f}; latency from the moment each was "
      "due; "
      "medians of windows of {:g} s\n\n",
      payments, cards, rate, rate / 3, seconds);
  std::fflush(stdout);
  OpenLoop loop(load, rate / 3);
  std::this_thread::sleep_for(10s);
  const std::int64_t alone = companions.longest_lock_wait();
  std::vector<Companion> all = companions.all();
  if (const char* const only = std::getenv("KEEPSUM_BENCH_COMPANION")) {
    std::erase_if(all, [&](const Companion& one) { return one.name != only; });
  }
  for (Companion& companion : all) {
    const auto in_quiet = [&] {
      const auto from = Clock::now();
      std::this_thread::sleep_for(std::chrono::duration<double>(quiet_windows * seconds));
      companion.quiet.push_back({from, Clock::now()});
    };
    companion.before();
    in_quiet();
    for (int done = 0; done < companion.times && companion.steps.size() < most_steps;) {
      auto from = Clock::now();
      const auto end_step = [&] {
        companion.steps.push_back({from, Clock::now()});
        std::this_thread::sleep_for(500ms);
      };
      const bool at_its_end = companion.step([&] {
        if (Clock::now() - from < std::chrono::duration<double>(seconds)) return true;
        end_step();
        if (companion.steps.size() >= most_steps) return false;
        in_quiet();
        from = Clock::now();
        return true;
      });
      done += at_its_end ? 1 : 0;
      companion.ended = done == companion.times;
      if (companion.steps.size() < most_steps) end_step();
      if (at_its_end && !companion.ended) companion.before();
      in_quiet();
    }
  }
  loop.stop();
  fmt::print("{:<32}{:>6}{:>8}{:>8}{:>8}{:>8}{:>10}{:>7}{:>7}{:>8}\n", "beside them", "steps",
             "p50 ms", "p99 ms", "max ms", "wake ms", "quiet p99", "ratio", "whole", "took s");
  for (const Companion& companion : all) print_line(loop, companion, seconds);
  if (setting("KEEPSUM_BENCH_TRACE", 0) != 0) {
    for (const Companion& companion : all) print_trace(loop, companion, seconds);
  }
  fmt::print(
      "Claim: with `verify` and `verify and repair`, as they go by default, p99 <= 1.15 of that "
      "with nothing.\n\n"
      "A repair held locks of summary rows for {:.1f} ms at most, which is the longest that a "
      "writer can have\nwaited for one. Claim: <= 50. The longest wait of anybody for anybody: {} "
      "ms; of writers among\nthemselves, in 10 s before the first run, {} ms.\n",
      companions.longest_locks_ms(), companions.longest_lock_wait(), alone);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_beside: {}\n", error.what());
    return 1;
  }
}
