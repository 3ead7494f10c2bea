// What writers feel of a reconciler beside them: 8 connections in an open loop at a third of the
// rate they reach alone, with windows in which nothing else runs, a full verification, and a
// verification with the repair of 1 % of the keys. Each round has one of each, in turns; medians of
// the ratios of one round. The longest wait for a row lock is the server's own figure, of all who
// wait for anybody.
//
//   KEEPSUM_BENCH_PAYMENTS [2000000], KEEPSUM_BENCH_CARDS [20000], KEEPSUM_BENCH_ROUNDS [5]
//   KEEPSUM_BENCH_ARGUMENTS: more arguments of `keepsum reconcile`, e.g. "--order key-ranges"
#include <fmt/format.h>

#include "bench/reconcile_run.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

struct Span {
  SteadyTime from, to;
};
struct Turn {
  Span quiet, verify, repair;
};

class Beside {
 public:
  Beside(const test::MariadbServer& server, const connectors::ConnectionUrl& url, int cards)
      : run_(server, url), connection_(raw::connect(url)), cards_(cards) {}

  Span quiet() const {
    const auto from = Clock::now();
    std::this_thread::sleep_for(8s);
    return {from, Clock::now()};
  }

  Span reconcile(const std::vector<std::string>& arguments, int code) const {
    const auto from = Clock::now();
    const test::Ended ended = run_.finish(arguments);
    const Span span{from, Clock::now()};
    if (ended.code != code) {
      throw std::runtime_error(fmt::format("exit {}: {}{}", ended.code, ended.out, ended.err));
    }
    std::this_thread::sleep_for(1s);
    return span;
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

  Turn turn() {
    Turn turn;
    turn.quiet = quiet();
    turn.verify = reconcile({"--verify-only"}, 0);
    spoil();
    turn.repair = reconcile({"--guard", "100"}, 2);
    return turn;
  }

  // Of row locks since the server started.
  std::pair<std::int64_t, std::int64_t> lock_waits() {
    const auto found = raw::rows(connection_.get(),
                                 "SHOW GLOBAL STATUS WHERE Variable_name IN "
                                 "('Innodb_row_lock_time_max', 'Innodb_row_lock_waits')");
    return {std::stoll(found.at(0).at(1)), std::stoll(found.at(1).at(1))};
  }

 private:
  ReconcileRun run_;
  mysql::ConnectionHandle connection_;
  int cards_;
};

void print_line(const char* name, const std::vector<Window>& windows,
                const std::vector<Window>& quiet) {
  std::vector<double> p50, p99, most, ratio;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    p50.push_back(windows[i].p50_ms);
    p99.push_back(windows[i].p99_ms);
    most.push_back(windows[i].most_ms);
    ratio.push_back(windows[i].p99_ms / quiet[i].p99_ms);
  }
  fmt::print("{:<28}{:>9.2f}{:>9.2f}{:>9.1f}{:>9.2f}\n", name, median(p50), median(p99),
             median(most), median(ratio));
}

void report(const OpenLoop& loop, const std::vector<Turn>& turns) {
  std::vector<Window> quiet, verify, repair;
  std::vector<double> seconds;
  for (const Turn& turn : turns) {
    quiet.push_back(loop.window(turn.quiet.from, turn.quiet.to));
    verify.push_back(loop.window(turn.verify.from, turn.verify.to));
    repair.push_back(loop.window(turn.repair.from, turn.repair.to));
    seconds.push_back(std::chrono::duration<double>(turn.verify.to - turn.verify.from).count());
  }
  fmt::print("{:<28}{:>9}{:>9}{:>9}{:>9}\n", "", "p50 ms", "p99 ms", "max ms", "p99");
  print_line("nothing else", quiet, quiet);
  print_line("verify", verify, quiet);
  print_line("verify and repair 1 %", repair, quiet);
  fmt::print("A verification took {:.1f} s. Claim: p99 <= 1.15 of that with nothing else.\n",
             median(seconds));
}

void run() {
  const auto payments = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 2'000'000));
  const auto cards = static_cast<int>(setting("KEEPSUM_BENCH_CARDS", 20'000));
  const int rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", 5));
  test::MariadbServer server(server_options());
  LoadOptions load = prepare(server, payments, cards);
  const double rate = rate_alone(load, 8, load.first_id);
  server.restart();  // its longest lock wait was that of writers at full speed
  Beside beside(server, load.url, cards);
  beside.reconcile({"--verify-only"}, 0);  // fetches what is on disk
  fmt::print(
      "Writers beside the reconciler: {} payments of {} cards. 8 connections make {:.0f} a second "
      "alone,\nand are asked for {:.0f}; latency from the moment each was due; medians of {} "
      "rounds\n\n",
      payments, cards, rate, rate / 3, rounds);
  std::fflush(stdout);
  OpenLoop loop(load, rate / 3);
  std::this_thread::sleep_for(2s);
  static_cast<void>(beside.quiet());
  const auto [longest_quiet, waits_quiet] = beside.lock_waits();
  std::vector<Turn> turns;
  for (int i = 0; i < rounds; ++i) turns.push_back(beside.turn());
  const auto [longest, waits] = beside.lock_waits();
  loop.stop();
  report(loop, turns);
  fmt::print(
      "Longest wait for a row lock, of anybody for anybody: {} ms in 10 s before the first run, {} "
      "ms "
      "with\nall of them; {} and {} waits. Claim: <= 50 ms.\n",
      longest_quiet, longest, waits_quiet, waits);
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
