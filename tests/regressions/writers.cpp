// Where writers beside one another, or one that failed, left a wrong figure.
#include <fmt/format.h>

#include <atomic>
#include <keepsum/mysql.hpp>

#include "tests/regressions/regressions.hpp"

namespace keepsum::test {
namespace {

class WritersBeside : public Regression {};
KEEPSUM_ON_BOTH(WritersBeside);

// Two processes destroy the same record; both take it off the counter, the second for a row that is
// gone.
TEST_P(WritersBeside, Rails14735ARacingDestroyDecrementsTwice) {
  run("INSERT INTO payments VALUES (1, 5, 10), (2, 5, 20)");
  apply(spec);
  Writer one(*this), two(*this);
  one.begin();
  EXPECT_EQ(one.run("DELETE FROM payments WHERE id = 2"), 1U);
  auto second = two.start("DELETE FROM payments WHERE id = 2");
  EXPECT_TRUE(waits(second));
  one.commit();
  EXPECT_EQ(second.get(), 0U);
  EXPECT_EQ(stored(5), "1");
  expect_equal(recompute);
}

// Two transactions each delete rows of one group; each computes the new count from what it sees.
TEST_P(WritersBeside, PgsqlIvm148ConcurrentDeletesGiveAWrongCount) {
  run("INSERT INTO payments VALUES (1, 5, 10), (2, 5, 20), (3, 5, 30), (4, 5, 40)");
  apply(spec);
  Writer one(*this), two(*this);
  one.begin();
  one.run("DELETE FROM payments WHERE id IN (1, 4)");
  auto second = two.start("DELETE FROM payments WHERE id = 3");
  EXPECT_TRUE(waits(second));
  one.commit();
  second.get();
  EXPECT_EQ(stored(5), "1");
  EXPECT_EQ(stored(5, "most"), "20");
  expect_equal(recompute);
}

// An insert that ends in an error leaves its delta in the view.
TEST_P(WritersBeside, Turso6771AnAbortedInsertLeavesItsDelta) {
  run("INSERT INTO payments VALUES (1, 5, 10), (7, 6, 1)");
  apply(spec);
  // The third row of a statement is refused: none of them stays.
  fails("INSERT INTO payments VALUES (2, 5, 20), (3, 8, 30), (7, 5, 40)");
  expect_equal(recompute);
  EXPECT_EQ(stored(8), "no row");
  // The same inside a transaction that goes on, and after a savepoint.
  Writer writer(*this);
  writer.begin();
  writer.run("INSERT INTO payments VALUES (2, 5, 20)");
  EXPECT_TRUE(writer.try_to_run("INSERT INTO payments VALUES (3, 9, 30), (2, 5, 1)").has_error());
  writer.run("SAVEPOINT here");
  writer.run("UPDATE payments SET card_id = 9");
  writer.run("ROLLBACK TO SAVEPOINT here");
  writer.commit();
  expect_equal(recompute);
  writer.begin();
  writer.run("DELETE FROM payments");
  writer.rollback();
  expect_equal(recompute);
}

// Upserts of groups that do not exist yet wait for one another in a ring: under load most end in a
// deadlock. Here each is exact or refused, those refused go through when they are tried again, and
// nobody starves.
TEST_P(WritersBeside, BkCi11779UpsertDeadlocksAtNewGroups) {
  apply(spec);
  constexpr int threads = 6, transactions = 40;
  std::atomic<int> refused{0};
  std::vector<std::future<void>> writers;
  for (int t = 0; t < threads; ++t) {
    writers.push_back(std::async(std::launch::async, [&, t] {
      Writer writer(*this);
      for (int i = 0; i < transactions; ++i) {
        for (;;) {
          writer.begin();
          // New groups, which all writers make at the same time, side by side in the index.
          const auto done = writer.try_to_run(fmt::format(
              "INSERT INTO payments VALUES ({}, {}, 1), ({}, {}, 2)", 2 * (i * threads + t),
              i * 10 + t, 2 * (i * threads + t) + 1, i * 10 + (t + 1) % threads));
          if (done.has_value()) break;
          ASSERT_EQ(done.error().recovery, Recovery::retry_transaction) << describe(done.error());
          ++refused;
          writer.rollback();
        }
        writer.commit();
      }
    }));
  }
  for (auto& writer : writers) writer.get();
  EXPECT_EQ(lines("SELECT COUNT(*) FROM payments").front(),
            std::to_string(2 * threads * transactions));
  expect_equal(recompute);
  RecordProperty("refused", refused);
  EXPECT_LT(refused, threads * transactions);
}

}  // namespace
}  // namespace keepsum::test
