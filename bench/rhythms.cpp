// What writers feel of one long SELECT by its rhythm: how long it works between two sleeps, and how
// long it sleeps, both on average. That is what a run goes by that is gentle in one statement, see
// docs/decisions/0011-pace.md. 8 connections in an open loop at a third of the rate they reach
// alone; windows of some seconds of each rhythm take turns, in an order that is drawn anew each
// time, and before and after each there is a window with nothing beside the writers.
//
// How long it works is known from what the statement takes for a row when it never sleeps; beside
// writers on the same cores it takes longer.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000]
//   KEEPSUM_BENCH_TURNS [9], KEEPSUM_BENCH_SECONDS [2.5] of a window
//   KEEPSUM_BENCH_RHYTHMS: "work ms/sleep ms", with ; between them; no sleep: never
#include <fmt/format.h>

#include <sstream>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* rhythms_by_default = "0.25/1.4;0.12/0.9;0.5/2.8;1/0";

struct Span {
  SteadyTime from, to;
};

struct Rhythm {
  double work_ms = 0, sleep_ms = 0;
  std::vector<Span> before = {}, with = {}, after = {};
};

std::vector<Rhythm> rhythms() {
  const char* const given = std::getenv("KEEPSUM_BENCH_RHYTHMS");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream all(given == nullptr ? rhythms_by_default : given);
  std::vector<Rhythm> rhythms;
  for (std::string one; std::getline(all, one, ';');) {
    std::istringstream words(one);
    char slash = 0;
    Rhythm& rhythm = rhythms.emplace_back();
    if (!(words >> rhythm.work_ms >> slash >> rhythm.sleep_ms)) {
      throw std::runtime_error("KEEPSUM_BENCH_RHYTHMS: " + one);
    }
  }
  return rhythms;
}

std::string in_rhythm(const Rhythm& rhythm, double row_ms) {
  std::string query = recompute_query();
  if (rhythm.sleep_ms <= 0) return query;
  query.insert(query.find("GROUP BY"),
               fmt::format("AND (RAND() >= {:.9f} OR SLEEP({:.6f}) >= 0) ",
                           std::min(1.0, row_ms / rhythm.work_ms), rhythm.sleep_ms / 1e3));
  return query;
}

// Again and again, until the time is over.
Span run_for(MYSQL* connection, double seconds, const std::string& query) {
  const auto from = Clock::now();
  const auto left_s = [&] {
    return seconds - std::chrono::duration<double>(Clock::now() - from).count();
  };
  for (double left = left_s(); left > 0.001; left = left_s()) {
    try {
      raw::rows(connection,
                fmt::format("SET STATEMENT max_statement_time = {:.3f} FOR {}", left, query));
    } catch (const std::runtime_error&) {
      if (left_s() > 0.1) throw;  // it did not end for the time
    }
  }
  return {from, Clock::now()};
}

Span a_quiet_span(double seconds) {
  const auto from = Clock::now();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  return {from, Clock::now()};
}

void print_line(const OpenLoop& loop, const Rhythm& rhythm) {
  std::vector<double> p50, p99, quiet_p99, ratios;
  const auto window = [&](const Span& span) { return loop.window(span.from, span.to); };
  for (std::size_t i = 0; i < rhythm.with.size(); ++i) {
    p50.push_back(window(rhythm.with[i]).p50_ms);
    p99.push_back(window(rhythm.with[i]).p99_ms);
    quiet_p99.push_back((window(rhythm.before[i]).p99_ms + window(rhythm.after[i]).p99_ms) / 2);
    ratios.push_back(p99.back() / quiet_p99.back());
  }
  std::sort(ratios.begin(), ratios.end());
  const std::string name = rhythm.sleep_ms > 0 ? fmt::format("works {:g} ms, sleeps {:g} ms",
                                                             rhythm.work_ms, rhythm.sleep_ms)
                                               : "never sleeps";
  fmt::print("{:<32}{:>8.2f}{:>8.2f}{:>8.2f}{:>8.2f}   {:.2f}-{:.2f}\n", name, median(p50),
             median(p99), median(quiet_p99), median(ratios), ratios[ratios.size() / 4],
             ratios[ratios.size() * 3 / 4]);
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const int turns = static_cast<int>(setting("KEEPSUM_BENCH_TURNS", 9));
  const double seconds = setting("KEEPSUM_BENCH_SECONDS", 2.5);
  std::vector<Rhythm> all = rhythms();
  test::MariadbServer server(durable_server_options());
  LoadOptions load = prepare(server, payments, cards);
  const double rate = rate_alone(load, 8, load.first_id);
  server.restart();  // nothing of what was prepared is left to be flushed
  const auto connection = raw::connect(load.url);
  raw::rows(connection.get(), recompute_query());  // fetches what is on disk
  const double row_ms = 1e3 * seconds_of([&] { raw::rows(connection.get(), recompute_query()); }) /
                        static_cast<double>(payments);
  fmt::print(
      "{} payments of {} cards, each commit waited for, 8 connections at {:.0f} a second, a third "
      "of {:.0f}.\nBeside a SELECT of {:.2f} us a row, in ms, medians of {} windows of {:g} s; "
      "`ratio`: of the p99 to that\nof the windows around, its median and the middle half\n\n",
      payments, cards, rate / 3, rate, row_ms * 1e3, turns, seconds);
  std::fflush(stdout);
  OpenLoop loop(load, rate / 3);
  std::this_thread::sleep_for(5s);
  Dice dice(1);
  Span quiet = a_quiet_span(seconds);
  for (int i = 0; i < turns; ++i) {
    std::vector<Rhythm*> order;
    for (Rhythm& rhythm : all) order.push_back(&rhythm);
    std::shuffle(order.begin(), order.end(), dice);
    for (Rhythm* const rhythm : order) {
      rhythm->before.push_back(quiet);
      rhythm->with.push_back(run_for(connection.get(), seconds, in_rhythm(*rhythm, row_ms)));
      std::this_thread::sleep_for(200ms);
      quiet = a_quiet_span(seconds);
      rhythm->after.push_back(quiet);
    }
  }
  loop.stop();
  fmt::print("{:<32}{:>8}{:>8}{:>8}{:>8}\n", "beside them", "p50", "p99", "alone", "ratio");
  for (const Rhythm& rhythm : all) print_line(loop, rhythm);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_rhythms: {}\n", error.what());
    return 1;
  }
}
