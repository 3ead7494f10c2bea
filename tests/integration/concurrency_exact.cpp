// Eight writers, three joined tables, no foreign keys: whatever they do, at every isolation level,
// the summary is exact afterwards. And without the locking reads it is not, and that is noticed.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <keepsum/mysql.hpp>

#include "tests/integration/concurrency_database.hpp"
#include "tests/integration/concurrency_writers.hpp"

namespace keepsum::test {
namespace {

using testing::IsEmpty;
using Capture = PaymentsDatabase::Capture;

struct Case {
  const char* name;
  const char* isolation;
  Capture capture;
};

class ConcurrencyExact : public testing::TestWithParam<Case> {};

TEST_P(ConcurrencyExact, AfterRandomWritesEveryKeyIsRight) {
  const Case& parameter = GetParam();
  const PaymentsDatabase database(parameter.capture);
  const Outcome applied = database.keepsum({"apply", "--yes"});
  ASSERT_EQ(applied.exit_code, 0) << applied.out << applied.err;

  Client client(database.url());
  std::optional<Summaries> hooks;
  WriterOptions options{.url = database.url(), .isolation = parameter.isolation};
  options.seed = static_cast<unsigned>(setting("KEEPSUM_TEST_SEED", 1));
  if (parameter.capture == Capture::hooks) {
    hooks = mysql::load(client.handle(), database.spec_text()).value();
    options.hooks = &*hooks;
  }
  fill_tables(options);
  const auto start = std::chrono::steady_clock::now();
  Writers writers(options, setting("KEEPSUM_TEST_TRANSACTIONS", 5'000));
  writers.join();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  fmt::print("{}: {} in {:.1f} s\n", parameter.name, writers.counts().text(), took.count());
  RecordProperty("seed", std::to_string(options.seed));
  RecordProperty("transactions", std::to_string(writers.counts().transactions.load()));
  RecordProperty("deadlocks", std::to_string(writers.counts().deadlocks.load()));

  EXPECT_THAT(PaymentsDatabase::wrong_keys(client), IsEmpty());
  const Outcome verified = database.keepsum({"reconcile", "--verify-only", "--json"});
  ASSERT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_EQ(verified.summary().at("drifted").as_int64(), 0);
  EXPECT_GT(verified.summary().at("keys_checked").as_int64(), 100);
}

INSTANTIATE_TEST_SUITE_P(
    All, ConcurrencyExact,
    testing::Values(Case{"triggers_read_committed", "READ COMMITTED", Capture::triggers},
                    Case{"triggers_repeatable_read", "REPEATABLE READ", Capture::triggers},
                    Case{"triggers_serializable", "SERIALIZABLE", Capture::triggers},
                    Case{"hooks_read_committed", "READ COMMITTED", Capture::hooks},
                    Case{"hooks_repeatable_read", "REPEATABLE READ", Capture::hooks},
                    Case{"hooks_serializable", "SERIALIZABLE", Capture::hooks}),
    [](const auto& instance) { return instance.param.name; });

// Re-creates every trigger of the database without its locking clauses. Returns how many
// clauses went.
int take_locks_out(Client& client) {
  const std::string lock = " LOCK IN SHARE MODE";
  int taken = 0;
  for (const auto& listed : client.rows("SELECT TRIGGER_NAME FROM information_schema.TRIGGERS "
                                        "WHERE TRIGGER_SCHEMA = DATABASE()")) {
    std::string text = client.rows("SHOW CREATE TRIGGER `" + listed[0] + "`").at(0).at(2);
    for (std::size_t at = text.find(lock); at != std::string::npos; at = text.find(lock)) {
      text.erase(at, lock.size());
      ++taken;
    }
    client.execute("DROP TRIGGER `" + listed[0] + "`");
    client.execute(text);
  }
  return taken;
}

TEST(ConcurrencyNotices, WithoutTheLockingReadsTheSameRunDrifts) {
  const PaymentsDatabase database(Capture::triggers);
  ASSERT_EQ(database.keepsum({"apply", "--yes"}).exit_code, 0);
  Client client(database.url());
  ASSERT_GT(take_locks_out(client), 0);
  WriterOptions options{.url = database.url()};
  fill_tables(options);
  ASSERT_THAT(PaymentsDatabase::wrong_keys(client), IsEmpty());

  // How soon two transactions meet in the wrong moment is chance; that they do is certain.
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{120};
  std::set<int> wrong;
  int transactions = 0;
  while (wrong.empty() && std::chrono::steady_clock::now() < deadline) {
    ++options.seed;
    Writers writers(options, 1000);
    writers.join();
    transactions += writers.counts().transactions;
    wrong = PaymentsDatabase::wrong_keys(client);
  }
  fmt::print("{} keys drifted in {} transactions\n", wrong.size(), transactions);
  ASSERT_FALSE(wrong.empty());
  const Outcome verified = database.keepsum({"reconcile", "--verify-only", "--json"});
  EXPECT_EQ(verified.exit_code, 5) << verified.err;
  // It sees more than a reader does: the count behind any() may be wrong and the answer right.
  EXPECT_GE(verified.summary().at("drifted").as_int64(), static_cast<std::int64_t>(wrong.size()));
}

}  // namespace
}  // namespace keepsum::test
