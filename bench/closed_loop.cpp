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

Round mean_of(const Round& a, const Round& b) {
  return {(a.rate + b.rate) / 2, (a.p50_us + b.p50_us) / 2, (a.p99_us + b.p99_us) / 2,
          (a.part_us + b.part_us) / 2, (a.cpu_us + b.cpu_us) / 2};
}

// The logarithms of the means of each two rounds' ratios, and of each alone, in order.
std::vector<double> paired_ratios(const Side& side, const Side& twin, Metric metric) {
  std::vector<double> ratios, means;
  for (std::size_t i = 0; i < side.rounds.size(); ++i) {
    ratios.push_back(std::log(value(side.rounds[i], metric) / value(twin.rounds.at(i), metric)));
    for (const double other : ratios) means.push_back((ratios.back() + other) / 2);
  }
  std::sort(means.begin(), means.end());
  return means;
}

// What a side is compared with.
Side reference_of(const std::vector<Side>& sides, const Side& side) {
  Side reference;
  reference.rounds = sides[side.twin].rounds;
  for (const Side& other : sides) {
    if (other.twin == side.twin && other.is_again && !side.is_again) {
      reference = together(reference, other);
    }
  }
  return reference;
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

void run_rounds(std::vector<Side>& sides, const Timing& timing) {
  constexpr unsigned seeds_a_turn = 1000;  // more than a side has clients
  unsigned seed = 0;
  Dice order(1);
  std::map<std::size_t, std::vector<std::size_t>> by_twin;
  for (std::size_t i = 0; i < sides.size(); ++i) by_twin[sides[i].twin].push_back(i);
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

Side together(const Side& a, const Side& b) {
  Side both;
  for (std::size_t i = 0; i < a.rounds.size(); ++i) {
    both.rounds.push_back(mean_of(a.rounds[i], b.rounds.at(i)));
  }
  return both;
}

double ratio_of(const Side& side, const Side& twin, Metric metric) {
  return std::exp(median(paired_ratios(side, twin, metric)));
}

Interval interval_of(const Side& side, const Side& twin, Metric metric) {
  const std::vector<double> means = paired_ratios(side, twin, metric);
  const auto n = static_cast<double>(side.rounds.size());
  constexpr double of_95_per_cent = 1.96;
  // As many means lie below the true one as the ranks of the rounds below it sum up to: on average
  // n(n+1)/4, with a variance of n(n+1)(2n+1)/24.
  const double least = n * (n + 1) / 4 - of_95_per_cent * std::sqrt(n * (n + 1) * (2 * n + 1) / 24);
  const auto at = static_cast<std::size_t>(std::max(0.0, std::floor(least - 1)));
  return {std::exp(means.at(at)), std::exp(means.at(means.size() - 1 - at))};
}

void print_against_twins(const std::vector<Side>& sides) {
  fmt::print("{:<30}{:>7}{:>9}{:>9}{:>8}{:>8}{:>8}{:>12}{:>8}{:>8}{:>12}{:>8}\n", "", "tx/s",
             "p50 us", "p99 us", "own us", "cpu us", "tx/s", "", "p50", "p99", "", "cpu");
  for (std::size_t i = 0; i < sides.size(); ++i) {
    const Side& side = sides[i];
    fmt::print("{:<30}{:>7.0f}{:>9.1f}{:>9.1f}{:>8.1f}{:>8.1f}", side.name,
               median_of(side, Metric::rate), median_of(side, Metric::p50),
               median_of(side, Metric::p99), median_of(side, Metric::part),
               median_of(side, Metric::cpu));
    if (side.twin != i) {
      const Side twin = reference_of(sides, side);
      const auto ratio = [&](Metric metric) { return ratio_of(side, twin, metric); };
      const auto interval = [&](Metric metric) {
        return in_brackets(interval_of(side, twin, metric));
      };
      fmt::print("{:>8.3f}{:>12}{:>8.3f}{:>8.3f}{:>12}{:>8.3f}  of {}", ratio(Metric::rate),
                 interval(Metric::rate), ratio(Metric::p50), ratio(Metric::p99),
                 interval(Metric::p99), ratio(Metric::cpu), sides[side.twin].name);
    }
    fmt::print("\n");
  }
  std::fflush(stdout);
}

}  // namespace keepsum::bench
