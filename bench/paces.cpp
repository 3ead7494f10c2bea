// What writers feel of a reconcile run at different paces, and how long it takes to come round all
// keys at each, so that a pace can be chosen by both: 8 connections in an open loop at a third of
// the rate they reach alone, as in `beside`. The time is cut into windows of two seconds, and of
// what writers feel in each the medians are told: a disk that answers late for a second, or a
// checkpoint, is in one window or two. The paces take turns, with nothing beside the writers before
// each and after the last.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000]
//   KEEPSUM_BENCH_WINDOWS [40] of a run at most
//   KEEPSUM_BENCH_TURNS [5] of each pace
//   KEEPSUM_BENCH_PACES: arguments of `keepsum reconcile`, with ; between the paces
#include <fmt/format.h>
#include <signal.h>

#include <boost/json.hpp>
#include <sstream>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* paces_by_default =
    "--pace auto;"
    "--pace gentle --order key-ranges;"
    "--pace gentle --work-percent 10 --chunk-time 2ms;"
    "--pace full";
constexpr auto a_window = 2s;
constexpr int quiet_windows = 10;

struct Span {
  SteadyTime from, to;
};
using Spans = std::vector<Span>;

struct Turn {
  Spans before, with, after;
};

struct Pace {
  std::string name;
  std::vector<std::string> arguments;
  std::vector<Turn> turns = {};
  double rounds = 0;  // of all keys
  double seconds = 0;
};

std::vector<Pace> paces() {
  const char* const given = std::getenv("KEEPSUM_BENCH_PACES");  // NOLINT(concurrency-mt-unsafe)
  std::istringstream all(given == nullptr ? paces_by_default : given);
  std::vector<Pace> paces;
  for (std::string one; std::getline(all, one, ';');) {
    std::istringstream words(one);
    Pace& pace = paces.emplace_back();
    pace.name = one;
    for (std::string word; words >> word;) pace.arguments.push_back(word);
  }
  return paces;
}

Span a_span() {
  const auto from = Clock::now();
  std::this_thread::sleep_for(a_window);
  return {from, Clock::now()};
}

Spans quiet() {
  Spans spans;
  for (int i = 0; i < quiet_windows; ++i) spans.push_back(a_span());
  return spans;
}

// `share` is how far the last run that was stopped has come.
void take_turn(const ReconcileRun& reconciler, Pace& pace, std::size_t windows, double& share) {
  Turn& turn = pace.turns.emplace_back();
  turn.before = quiet();
  test::Child child(reconciler.start(pace.arguments));
  const auto begun = Clock::now();
  while (turn.with.size() < windows) {
    const Span span = a_span();
    if (!child.is_running()) break;
    turn.with.push_back(span);
  }
  child.signal(SIGTERM);
  const test::Ended ended = child.finish();
  if ((ended.code != 0 && ended.code != 4) || turn.with.empty()) {
    throw std::runtime_error(fmt::format("{}: exit {} after {} windows: {}{}", pace.name,
                                         ended.code, turn.with.size(), ended.out, ended.err));
  }
  const auto summary = boost::json::parse(ended.out).at("summaries").at(0);
  fmt::print(stderr, "{}: {:.1f} s, {}\n", pace.name, summary.at("seconds").to_number<double>(),
             std::string(summary.at("order_reason").as_string()));
  const double come = summary.at("tour").at("share").to_number<double>();
  pace.rounds += come - share;
  share = come >= 1 ? 0 : come;
  pace.seconds += ended.code == 0 ? summary.at("seconds").to_number<double>()
                                  : std::chrono::duration<double>(Clock::now() - begun).count();
}

struct Felt {
  double p50_ms, p99_ms, most_ms;
};

Felt medians(const OpenLoop& loop, const Spans& spans) {
  std::vector<double> p50, p99;
  double most = 0;
  for (const Span& span : spans) {
    const Window window = loop.window(span.from, span.to);
    p50.push_back(window.p50_ms);
    p99.push_back(window.p99_ms);
    most = std::max(most, window.most_ms);
  }
  return {median(p50), median(p99), most};
}

void print_line(const OpenLoop& loop, const Pace& pace) {
  Spans all_with, all_without;
  std::vector<double> ratios;
  for (const Turn& turn : pace.turns) {
    Spans without = turn.before;
    without.insert(without.end(), turn.after.begin(), turn.after.end());
    ratios.push_back(medians(loop, turn.with).p99_ms / medians(loop, without).p99_ms);
    all_with.insert(all_with.end(), turn.with.begin(), turn.with.end());
    all_without.insert(all_without.end(), without.begin(), without.end());
  }
  const Felt with = medians(loop, all_with), without = medians(loop, all_without);
  std::sort(ratios.begin(), ratios.end());
  fmt::print(
      "{:<50}{:>6.2f}{:>7.2f}{:>7.2f}{:>7.2f}{:>7.1f}{:>7.1f}{:>7.2f}  {:.2f}-{:.2f}{:>8.0f}\n",
      pace.name, with.p50_ms, without.p50_ms, with.p99_ms, without.p99_ms, with.most_ms,
      without.most_ms, median(ratios), ratios.front(), ratios.back(), pace.seconds / pace.rounds);
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const auto windows = static_cast<std::size_t>(setting("KEEPSUM_BENCH_WINDOWS", 40));
  const int turns = static_cast<int>(setting("KEEPSUM_BENCH_TURNS", 5));
  std::vector<Pace> all = paces();
  for (Pace& pace : all) pace.turns.reserve(static_cast<std::size_t>(turns));
  test::MariadbServer server(durable_server_options());
  LoadOptions load = prepare(server, payments, cards);
  const double rate = rate_alone(load, 8, load.first_id);
  server.restart();  // nothing of what was prepared is left to be flushed
  const ReconcileRun reconciler(server, load.url);
  [[maybe_unused]] const auto warm = reconciler.finish({"--verify-only", "--pace", "full"});
  fmt::print(
      "{} payments of {} cards, each commit on disk, 8 connections at {:.0f} a second, a third of "
      "{:.0f}.\nMedians of windows of 2 s with a run and of those before and after it, in ms; "
      "`ratio`: of the p99, the\nmedian of {} turns, least and most; `round`: seconds that it "
      "takes "
      "for all keys\n\n",
      payments, cards, rate / 3, rate, turns);
  std::fflush(stdout);
  OpenLoop loop(load, rate / 3);
  std::this_thread::sleep_for(5s);
  Dice dice(1);
  double share = 0;
  Turn* last = nullptr;
  for (int i = 0; i < turns; ++i) {
    std::vector<std::size_t> order(all.size());
    for (std::size_t at = 0; at < order.size(); ++at) order[at] = at;
    std::shuffle(order.begin(), order.end(), dice);
    for (const std::size_t at : order) {
      take_turn(reconciler, all[at], windows, share);
      if (last != nullptr) last->after = all[at].turns.back().before;
      last = &all[at].turns.back();
    }
  }
  last->after = quiet();
  loop.stop();
  fmt::print("{:<50}{:>6}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}  {}{:>8}\n", "", "p50", "alone", "p99",
             "alone", "max", "alone", "ratio", "from-to  ", "round s");
  for (const Pace& pace : all) print_line(loop, pace);
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_paces: {}\n", error.what());
    return 1;
  }
}
