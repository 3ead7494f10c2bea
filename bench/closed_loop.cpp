#include "bench/closed_loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <exception>
#include <latch>
#include <map>
#include <thread>

#include "bench/database.hpp"

namespace keepsum::bench {

namespace {

using Clock = std::chrono::steady_clock;

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

struct Times {
  std::vector<double> whole, part;
  double seconds = 0, cpu_us = 0;
  std::exception_ptr failure;
};

void run_turn(Side& side, double seconds, unsigned seed, Times& all) {
  std::atomic<bool> stop{false};
  std::latch ready(static_cast<std::ptrdiff_t>(side.clients.size()) + 1);
  std::vector<Times> times(side.clients.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < side.clients.size(); ++i) {
    threads.emplace_back([&, i] {
      Client& client = *side.clients[i];
      Dice dice(seed + static_cast<unsigned>(i));
      ready.arrive_and_wait();
      try {
        while (!stop) {
          const auto start = Clock::now();
          client.work(dice);
          times[i].whole.push_back(microseconds(Clock::now() - start));
          times[i].part.push_back(client.part_us);
        }
      } catch (...) {
        times[i].failure = std::current_exception();
      }
    });
  }
  ready.arrive_and_wait();
  all.seconds += seconds_of([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& thread : threads) thread.join();
  });
  for (const Times& one : times) {
    if (one.failure) std::rethrow_exception(one.failure);
    all.whole.insert(all.whole.end(), one.whole.begin(), one.whole.end());
    all.part.insert(all.part.end(), one.part.begin(), one.part.end());
  }
}

Round summarised(Times& times) {
  return {static_cast<double>(times.whole.size()) / times.seconds, quantile(times.whole, 0.50),
          quantile(times.whole, 0.99), quantile(times.part, 0.50),
          times.cpu_us / static_cast<double>(times.whole.size())};
}

double value(const Round& round, Metric metric) {
  switch (metric) {
    case Metric::rate: return round.rate;
    case Metric::p50: return round.p50_us;
    case Metric::p99: return round.p99_us;
    case Metric::part: return round.part_us;
    case Metric::cpu: return round.cpu_us;
  }
  return 0;
}

std::vector<double> ratios_of(const Side& side, const Side& twin, Metric metric) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < side.rounds.size(); ++i) {
    ratios.push_back(value(side.rounds[i], metric) / value(twin.rounds.at(i), metric));
  }
  return ratios;
}

std::string in_brackets(const Interval& interval) {
  return fmt::format("({:.2f}-{:.2f})", interval.from, interval.to);
}

}  // namespace

std::int64_t Side::conflicts() const {
  std::int64_t sum = 0;
  for (const auto& client : clients) sum += client->conflicts;
  return sum;
}

void open_clients(std::vector<Side>& sides, std::size_t clients,
                  const std::function<std::unique_ptr<Client>(std::size_t side)>& open) {
  for (std::size_t client = 0; client < clients; ++client) {
    for (std::size_t i = 0; i < sides.size(); ++i) {
      const std::size_t side = (client + i) % sides.size();
      sides[side].clients.push_back(open(side));
    }
  }
}

double cpu_us_with(int pid) {
  timespec own{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own);
  double sum = static_cast<double>(own.tv_sec) * 1e6 + static_cast<double>(own.tv_nsec) / 1e3;
  clockid_t clock{};
  timespec other{};
  if (pid > 0 && clock_getcpuclockid(pid, &clock) == 0 && clock_gettime(clock, &other) == 0) {
    sum += static_cast<double>(other.tv_sec) * 1e6 + static_cast<double>(other.tv_nsec) / 1e3;
  }
  return sum;
}

Timing timing_from_environment(int rounds) {
  Timing timing;
  timing.cpu_us = [] { return cpu_us_with(0); };
  timing.rounds = static_cast<int>(setting("KEEPSUM_BENCH_ROUNDS", rounds));
  timing.turns = static_cast<int>(setting("KEEPSUM_BENCH_TURNS", timing.turns));
  timing.seconds = setting("KEEPSUM_BENCH_SECONDS", timing.seconds);
  return timing;
}

void run_rounds(std::vector<Side>& sides, const Timing& timing,
                const std::vector<std::size_t>& twins) {
  constexpr unsigned seeds_a_turn = 1000;  // more than a side has clients
  unsigned seed = 0;
  Dice order(1);
  std::map<std::size_t, std::vector<std::size_t>> by_twin;
  for (std::size_t i = 0; i < sides.size(); ++i) by_twin[twins.empty() ? 0 : twins[i]].push_back(i);
  std::vector<std::vector<std::size_t>> groups;
  for (auto& [twin, group] : by_twin) groups.push_back(std::move(group));
  const auto drawn = [&] {
    std::vector<std::size_t> turns;
    std::shuffle(groups.begin(), groups.end(), order);
    for (std::vector<std::size_t>& group : groups) {
      std::shuffle(group.begin(), group.end(), order);
      turns.insert(turns.end(), group.begin(), group.end());
    }
    return turns;
  };
  for (int round = -1; round < timing.rounds; ++round) {
    std::vector<Times> times(sides.size());
    for (int turn = 0; turn < timing.turns; ++turn) {
      seed += seeds_a_turn;  // the same dice for each side
      for (const std::size_t i : drawn()) {
        const double before = timing.cpu_us();
        run_turn(sides[i], timing.seconds, seed, times[i]);
        times[i].cpu_us += timing.cpu_us() - before;
      }
    }
    for (std::size_t i = 0; round >= 0 && i < sides.size(); ++i) {
      sides[i].rounds.push_back(summarised(times[i]));
    }
  }
}

double median_of(const Side& side, Metric metric) {
  std::vector<double> values;
  for (const Round& round : side.rounds) values.push_back(value(round, metric));
  return median(std::move(values));
}

double ratio_of(const Side& side, const Side& twin, Metric metric) {
  return median(ratios_of(side, twin, metric));
}

Interval interval_of(const Side& side, const Side& twin, Metric metric) {
  std::vector<double> ratios = ratios_of(side, twin, metric);
  std::sort(ratios.begin(), ratios.end());
  const auto n = static_cast<double>(ratios.size());
  // Of n values k or fewer lie below the median with probability sum of C(n, i) / 2^n, i <= k.
  double probability = std::pow(0.5, n), sum = 0;
  std::size_t k = 0;
  for (;; ++k) {
    sum += probability;
    if (sum > 0.025) break;
    const auto i = static_cast<double>(k);
    probability *= (n - i) / (i + 1);
  }
  const std::size_t at = k == 0 ? 0 : k - 1;
  return {ratios.at(at), ratios.at(ratios.size() - 1 - at)};
}

void print_against_twins(const std::vector<Side>& sides, const std::vector<std::size_t>& twins) {
  fmt::print("{:<30}{:>7}{:>9}{:>9}{:>8}{:>8}{:>8}{:>12}{:>8}{:>8}{:>12}{:>8}\n", "", "tx/s",
             "p50 us", "p99 us", "own us", "cpu us", "tx/s", "", "p50", "p99", "", "cpu");
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Side& side = sides[i];
    fmt::print("{:<30}{:>7.0f}{:>9.1f}{:>9.1f}{:>8.1f}{:>8.1f}", side.name,
               median_of(side, Metric::rate), median_of(side, Metric::p50),
               median_of(side, Metric::p99), median_of(side, Metric::part),
               median_of(side, Metric::cpu));
    if (twins[i] != i) {
      const Side& twin = sides[twins[i]];
      fmt::print(
          "{:>8.3f}{:>12}{:>8.3f}{:>8.3f}{:>12}{:>8.3f}  of {}", ratio_of(side, twin, Metric::rate),
          in_brackets(interval_of(side, twin, Metric::rate)), ratio_of(side, twin, Metric::p50),
          ratio_of(side, twin, Metric::p99), in_brackets(interval_of(side, twin, Metric::p99)),
          ratio_of(side, twin, Metric::cpu), twin.name);
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
}

}  // namespace keepsum::bench
