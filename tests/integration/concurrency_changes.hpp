// The random changes of the writers.
#pragma once

#include <cstdint>
#include <random>
#include <string>

namespace keepsum::test {

// One statement about one row, named by its primary key.
struct Change {
  enum class Kind { insert, update, remove };
  Kind kind = Kind::insert;
  std::string table;
  std::int64_t id = 0;
  std::int64_t new_id = 0;  // an update of the primary key; else as `id`
  std::string sql;
};

class Changes {
 public:
  explicit Changes(unsigned seed) : engine_(seed) {}

  [[nodiscard]] int below(int end) {
    return static_cast<int>(engine_() % static_cast<unsigned>(end));
  }
  [[nodiscard]] bool one_in(int n) { return below(n) == 0; }
  [[nodiscard]] Change single();
  // A statement about several rows; hooks cannot follow it, triggers must.
  [[nodiscard]] std::string multi_row();

 private:
  [[nodiscard]] Change payment();
  [[nodiscard]] Change history();
  [[nodiscard]] Change transaction();
  [[nodiscard]] int id_below(int end);
  [[nodiscard]] std::string amount();
  [[nodiscard]] std::string kind();
  [[nodiscard]] std::string history_values();

  std::mt19937 engine_;
};

}  // namespace keepsum::test
