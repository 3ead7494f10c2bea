#include "tests/integration/concurrency_beside.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <thread>

namespace keepsum::test {

namespace {

constexpr unsigned writers_count = 8;

// Returns how often the transaction had to be run again.
int transact(Client& client, Roll& roll, const Beside& beside) {
  const Roll before = roll;
  for (int again = 0;; ++again) {
    roll = before;
    try {
      client.execute("BEGIN");
      for (int n = 1 + roll(beside.changes_max); n > 0; --n) beside.change(client, roll);
      client.execute(roll(10) == 0 ? "ROLLBACK" : "COMMIT");
      return again;
    } catch (const ClientError& error) {
      client.execute("ROLLBACK");
      if (!error.is_conflict()) throw;
    }
  }
}

void execute_in_the_end(Client& client, const std::string& sql) {
  for (;;) {
    try {
      client.execute(sql);
      return;
    } catch (const ClientError& error) {
      if (!error.is_conflict()) throw;
    }
  }
}

}  // namespace

int write_beside_repairs(const PaymentsDatabase& database, const Beside& beside) {
  const int transactions =
      setting("KEEPSUM_TEST_TRANSACTIONS", beside.transactions) / static_cast<int>(writers_count);
  std::atomic<int> again{0};
  std::atomic<bool> failed{false};
  std::vector<std::thread> writers;
  for (unsigned i = 0; i < writers_count; ++i) {
    writers.emplace_back([&, i] {
      try {
        Client client(database.url());
        client.execute("SET SESSION TRANSACTION ISOLATION LEVEL " + beside.isolation);
        client.execute("SET SESSION innodb_lock_wait_timeout = 5");
        Roll roll(i + 1);
        for (int n = 0; n < transactions; ++n) again += transact(client, roll, beside);
      } catch (const std::exception& error) {
        failed = true;
        ADD_FAILURE() << error.what();
      }
    });
  }
  Client client(database.url());
  for (const std::string& spoil : beside.spoils) {
    execute_in_the_end(client, spoil);
    const Outcome mended = database.keepsum({"reconcile", "--guard", "100"});
    EXPECT_THAT(mended.exit_code, testing::AnyOf(0, 2)) << mended.out << mended.err;
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_FALSE(failed);
  fmt::print("{}: {} transactions, {} run again\n", beside.isolation,
             transactions * static_cast<int>(writers_count), again.load());
  return again;
}

void expect_exact(const PaymentsDatabase& database,
                  const std::vector<std::vector<std::string>>& wrong) {
  EXPECT_THAT(wrong, testing::IsEmpty());
  const Outcome verified = database.keepsum({"reconcile", "--verify-only"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
}

}  // namespace keepsum::test
