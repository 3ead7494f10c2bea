// Plays the orders of a case against a real database, each session on a connection and a thread of
// its own.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/integration/engine_support.hpp"
#include "tests/interleaving/case.hpp"

namespace keepsum::test {

// What all sessions of a case run under.
struct Setting {
  std::string name;
  Server server = Server::sqlite;
  std::string on_connect;  // "" for nothing
};

// SQLite; MariaDB at its three isolation levels, and where a stale locking read is refused.
[[nodiscard]] const std::vector<Setting>& settings();

struct Tally {
  std::size_t orders = 0;
  std::size_t waits = 0;    // steps that waited for another session
  std::size_t retries = 0;  // transactions refused and played again
};

class Runner : public Scene {
 public:
  Runner(const Case& played, const Setting& setting);
  ~Runner();
  // Plays at most so many orders. Fails the test at the first after which the summary is not what
  // it should be.
  Tally play_all(std::size_t orders_max);
  // Plays one, and says what is wrong after it; "" if nothing. Makes no test fail.
  [[nodiscard]] std::string fault(const std::vector<std::size_t>& order);
  [[nodiscard]] const Tally& tally() const noexcept { return tally_; }
  [[nodiscard]] bool is_kept_by_hooks() const {
    return plan().spec.capture == schema::Capture::hooks;
  }

 private:
  class Player;

  void reset();
  void play(const std::vector<std::size_t>& order);
  bool is_waiting(const Player& player);
  void settle();
  void advance(Player& player);

  const Case& case_;
  const Setting& setting_;
  Tally tally_;
  std::unique_ptr<db::Session> watch_;  // sees who waits for whom
  std::vector<std::unique_ptr<Player>> players_;
};

}  // namespace keepsum::test
