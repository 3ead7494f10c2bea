// Sides compared fairly. A round is many short turns of each side, in an order that is drawn anew
// each time, so that noise that lasts longer than a turn falls on all sides alike; those that are
// compared with one twin come right after one another. A side is judged by the median of its
// rounds, and by its ratios to the twin in the same rounds.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum::bench {

using Dice = std::mt19937;

// 0 <= result < limit.
[[nodiscard]] inline std::int64_t below(Dice& dice, std::int64_t limit) {
  return static_cast<std::int64_t>(dice()) % limit;
}

// One connection of one side.
class Client {
 public:
  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  virtual ~Client() = default;

  // One unit of work, retried until it is done. Throws std::runtime_error.
  virtual void work(Dice& dice) = 0;

  // Of the last unit: the part that is compared by itself (the statements that keep the summary).
  double part_us = 0;
  std::int64_t conflicts = 0;
};

struct Round {
  double rate = 0;  // units a second
  double p50_us = 0;
  double p99_us = 0;
  double part_us = 0;  // median
  double cpu_us = 0;   // of client and server together, a unit
};

enum class Metric { rate, p50, p99, part, cpu };

struct Side {
  std::string name;
  std::size_t twin = 0;   // the side it is compared with; its own number: it is a twin
  bool is_again = false;  // the same as its twin, once more
  std::vector<std::unique_ptr<Client>> clients;  // each runs in a thread of its own
  std::vector<Round> rounds;

  [[nodiscard]] std::int64_t conflicts() const;
};

// Gives each side as many clients. `open(side)` opens one. They are opened in turn, a side's first
// after another's first: what is opened later has been seen to cost a per cent or two more.
void open_clients(std::vector<Side>& sides, std::size_t clients,
                  const std::function<std::unique_ptr<Client>(std::size_t side)>& open);

struct Timing {
  int rounds = 9;
  int turns = 10;
  double seconds = 0.1;  // of a turn
  // CPU time so far, in microseconds, of all that works for the sides. Where the machine is the
  // limit it tells throughput, whoever else uses the machine.
  std::function<double()> cpu_us;
};

// Of this process, and of another one on this machine (0: of no other).
[[nodiscard]] double cpu_us_with(int pid);

// KEEPSUM_BENCH_ROUNDS (if it is not set, so many), KEEPSUM_BENCH_TURNS, KEEPSUM_BENCH_SECONDS.
[[nodiscard]] Timing timing_from_environment(int rounds = Timing{}.rounds);

// One round more is run first, and not counted.
void run_rounds(std::vector<Side>& sides, const Timing& timing);

// Two sides of the same as one: the means of their rounds.
[[nodiscard]] Side together(const Side& a, const Side& b);

[[nodiscard]] double median_of(const Side& side, Metric metric);
// The Hodges-Lehmann estimate of the ratio: each round has one, each two rounds a (geometric) mean,
// and of these it is the median. As sound against a round that went wrong as the median of the
// rounds, and as sharp as of half as many again.
[[nodiscard]] double ratio_of(const Side& side, const Side& twin, Metric metric);
struct Interval {
  double from = 0, to = 0;
};
// Where it lies with a confidence of 95 %, by the signed ranks (Wilcoxon) of the rounds' ratios;
// with fewer than six rounds from the least to the greatest.
[[nodiscard]] Interval interval_of(const Side& side, const Side& twin, Metric metric);

// A line for each side, and its ratios to its twin, of throughput and p99 with the intervals: to
// the twin and all that is the twin again, together; what is the twin again to the twin alone.
void print_against_twins(const std::vector<Side>& sides);

}  // namespace keepsum::bench
