// A random history: a schema, a summary over it, and what a few sessions do at once, step by step,
// in an order that is drawn with them. Everything follows from the seed, so one seed is one
// history; what a server decides by itself (which of two transactions a deadlock ends) is not in
// it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/interleaving/runner.hpp"

namespace keepsum::test {

struct History {
  Case scene;
  std::vector<std::vector<std::size_t>> orders;  // one after another, on the same database
  std::size_t transactions = 0;                  // of one order
  bool hooks = false;  // every fourth seed; else the summary is kept by triggers
};

[[nodiscard]] History random_history(std::uint64_t seed, bool mariadb);

// What is wrong after some order; "" if nothing, or if the summary is refused for a foreign key's
// action, which `refused` then says.
[[nodiscard]] std::string fault_of(const History& history, const Setting& setting, Tally& tally,
                                   bool& refused);

// A shorter history with a fault of that kind, if leaving out sessions, steps and orders leaves
// one.
[[nodiscard]] History shrunk(const History& history, const Setting& setting,
                             const std::string& fault);

// As a case file has it, with the order.
[[nodiscard]] std::string to_text(const History& history);

}  // namespace keepsum::test
