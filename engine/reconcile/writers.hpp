// Whether others write to the server at the moment: who is alone may work as fast as it can.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "engine/lifecycle/database.hpp"

namespace keepsum::reconcile {

// One thread at a time.
class Writers {
 public:
  explicit Writers(lifecycle::Database& database) : database_(database) {}

  // As it was lately; looks again at most every half second, by a session of its own. Who has
  // written within the last seconds counts as there; what cannot be read, too. Nobody is until
  // there were two looks, and where the database does not say (SQLite).
  bool are_there();
  // Waits until there were two looks: a fifth of a second.
  void settle();
  // From now on, for is_a_table_wanted(). What cannot be read is nobody's wish.
  void watch_tables() { excluding_ = count(database_.dialect.excluding_statements()); }
  // Whether somebody has asked for any table for himself since. While one statement reads a table,
  // he waits, and behind him all others who want it.
  bool is_a_table_wanted();
  // For people: "others write (812 statements a second)". "" while nobody does.
  [[nodiscard]] std::string what() const;

 private:
  [[nodiscard]] bool can_be_known() const;
  std::optional<double> count(const std::string& question);
  void look();

  lifecycle::Database& database_;
  std::unique_ptr<db::Session> session_;
  std::optional<double> counted_, excluding_;
  std::chrono::steady_clock::time_point counted_at_, seen_at_;
  std::optional<double> rate_;  // when they were seen; nothing: it could not be read
  int looks_ = 0;
  bool seen_ = false;
};

}  // namespace keepsum::reconcile
