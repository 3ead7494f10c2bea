// Eight writers at one isolation level, on tables of a test's own, while what they keep is spoilt
// on purpose and mended beside them.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/integration/concurrency_database.hpp"

namespace keepsum::test {

class Roll {
 public:
  explicit Roll(unsigned seed) : random_(seed) {}
  // 0 … sides - 1.
  int operator()(int sides) { return static_cast<int>(random_() % static_cast<unsigned>(sides)); }

 private:
  std::mt19937 random_;
};

struct Beside {
  std::string isolation;
  int changes_max = 2;      // of a transaction
  int transactions = 2400;  // of all writers, unless KEEPSUM_TEST_TRANSACTIONS says otherwise
  // One statement of a transaction. The same roll of the dice gives the same one again.
  std::function<void(Client& client, Roll& roll)> change;
  // Statements that spoil a summary; after each a `keepsum reconcile` repairs.
  std::vector<std::string> spoils = {};
};

// Returns when the writers have done their transactions. What the server ended for a conflict has
// been run again, and a tenth of them rolled back. How often they were run again.
int write_beside_repairs(const PaymentsDatabase& database, const Beside& beside);

// Once nobody writes: `wrong`, the rows that differ from a query by hand, is empty, and a
// verification finds nothing.
void expect_exact(const PaymentsDatabase& database,
                  const std::vector<std::vector<std::string>>& wrong);

#define KEEPSUM_AT_EACH_LEVEL(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(All, suite,                                                           \
                           testing::Values("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"), \
                           [](const auto& instance) {                                            \
                             std::string name = instance.param;                                  \
                             std::replace(name.begin(), name.end(), ' ', '_');                   \
                             return name;                                                        \
                           })

}  // namespace keepsum::test
