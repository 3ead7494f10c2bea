// What writers feel of what runs beside them: 8 connections in an open loop at a third of the rate
// they reach alone, with windows of one companion each: nothing; keepsum in each of its paces; and
// twins by hand, which say how much of it is any SELECT's doing on these cores. Each round has all
// of them; medians of the ratios of one round.
//
// The client shares the cores with the server. What it waits for a core itself is in every latency;
// how much that is, the column `wake` says: p99 of how late a thread of it comes to run that only
// sleeps.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000], KEEPSUM_BENCH_ROUNDS [3]
//   KEEPSUM_BENCH_ARGUMENTS: more arguments of `keepsum reconcile`, e.g. "--work-percent 10"
#include <fmt/format.h>

#include <boost/json.hpp>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Span {
  SteadyTime from, to;
};

// One of these runs beside the writers during a window.
struct Companion {
  std::string name;
  std::function<void()> run;
  std::function<void()> before = [] {};
  std::vector<Span> spans = {};  // one a round
};

class Companions {
 public:
  Companions(const test::MariadbServer& server, const connectors::ConnectionUrl& url, int cards)
      : run_(server, url), connection_(raw::connect(url)), cards_(cards) {}

  std::vector<Companion> all() {
    return {
        {"nothing", [] { std::this_thread::sleep_for(8s); }},
        {"one bare GROUP BY", [this] { bare(); }},
        {"bare GROUP BYs of ranges, 40 %", [this] { bare_by_ranges(4, 0.4); }},
        {"verify", [this] { reconcile({"--verify-only"}, 0); }},
        {"verify and repair 1 %",
         [this] {
           reconcile({"--guard", "100"}, 2);
         },
         [this] { spoil(); }},
        {"verify --pace full",
         [this] {
           reconcile({"--verify-only", "--pace", "full"}, 0);
         }},
    };
  }

  void reconcile(const std::vector<std::string>& arguments, int code) {
    const test::Ended ended = run_.finish(arguments);
    if (ended.code != code) {
      throw std::runtime_error(fmt::format("exit {}: {}{}", ended.code, ended.out, ended.err));
    }
    const auto report = boost::json::parse(ended.out).at("summaries").at(0);
    const double locks = report.at("longest_locks_seconds").to_number<double>();
    longest_locks_ms_ = std::max(longest_locks_ms_, locks * 1e3);
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
  void bare() {
    raw::run(connection_.get(), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    raw::rows(connection_.get(), recompute_query());
    raw::run(connection_.get(), "COMMIT");
  }

  // As a run that goes gently does it: each range in a snapshot of its own, as many rows as take
  // `target_ms`, and a rest after each.
  void bare_by_ranges(double target_ms, double share) {
    std::string from = "0";
    double rows = 100;
    while (!from.empty()) {
      const auto begun = Clock::now();
      const auto bound = raw::rows(
          connection_.get(),
          fmt::format("SELECT card_id FROM payments WHERE card_id >= {0} ORDER BY card_id LIMIT 1 "
                      "OFFSET {1}",
                      from, static_cast<std::int64_t>(rows)));
      std::string to = bound.empty() ? "" : bound.at(0).at(0);
      if (to == from) to = std::to_string(std::stoll(to) + 1);
      std::string query = recompute_query();
      const std::string range =
          fmt::format("AND p.card_id >= {}{} ", from, to.empty() ? "" : " AND p.card_id < " + to);
      query.insert(query.find("GROUP BY"), range);
      raw::run(connection_.get(), "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
      raw::rows(connection_.get(), query);
      raw::run(connection_.get(), "COMMIT");
      const std::chrono::duration<double, std::milli> took = Clock::now() - begun;
      rows = std::clamp(rows * target_ms / took.count(), 100.0, 2 * rows);
      std::this_thread::sleep_for(took * (1 / share - 1));
      from = to;
    }
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
  int cards_;
  double longest_locks_ms_ = 0;
};

void print_line(const OpenLoop& loop, const Companion& companion, const Companion& nothing) {
  std::vector<double> p50, p99, most, wake, ratio, seconds;
  for (std::size_t i = 0; i < companion.spans.size(); ++i) {
    const Span& span = companion.spans[i];
    const Window window = loop.window(span.from, span.to);
    const Window quiet = loop.window(nothing.spans[i].from, nothing.spans[i].to);
    p50.push_back(window.p50_ms);
    p99.push_back(window.p99_ms);
    most.push_back(window.most_ms);
    wake.push_back(window.wake_p99_ms);
    ratio.push_back(window.p99_ms / quiet.p99_ms);
    seconds.push_back(std::chrono::duration<double>(span.to - span.from).count());
  }
  fmt::print("{:<34}{:>9.2f}{:>9.2f}{:>9.1f}{:>9.2f}{:>9.2f}{:>9.1f}\n", companion.name,
             median(p50), median(p99), median(most), median(wake), median(ratio), median(seconds));
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const int rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", 3));
  test::MariadbServer server(durable_server_options());
  LoadOptions load = prepare(server, payments, cards);
  const double rate = rate_alone(load, 8, load.first_id);
  server.restart();  // its longest lock wait was that of writers at full speed
  Companions companions(server, load.url, cards);
  companions.reconcile({"--verify-only", "--pace", "full"}, 0);  // fetches what is on disk
  fmt::print(
      "Writers beside the reconciler: {} payments of {} cards, each commit on disk. 8 connections "
      "make {:.0f} a\nsecond alone, and are asked for {:.0f}; latency from the moment each was "
      "due; "
      "medians of {} rounds\n\n",
      payments, cards, rate, rate / 3, rounds);
  std::fflush(stdout);
  OpenLoop loop(load, rate / 3);
  std::this_thread::sleep_for(10s);
  const std::int64_t alone = companions.longest_lock_wait();
  std::vector<Companion> all = companions.all();
  for (int i = 0; i < rounds; ++i) {
    for (Companion& companion : all) {
      companion.before();
      const auto from = Clock::now();
      companion.run();
      companion.spans.push_back({from, Clock::now()});
      std::this_thread::sleep_for(1s);
    }
  }
  loop.stop();
  fmt::print("{:<34}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}\n", "beside them", "p50 ms", "p99 ms", "max ms",
             "wake ms", "p99", "took s");
  for (const Companion& companion : all) print_line(loop, companion, all.front());
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
