// Sealed history beside writers that change rows above the seal and below it, at every isolation
// level, while the seal moves as often as it can: no run takes anything for drift, no total is
// other than its rows make, and afterwards every key is right by a query written by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <random>
#include <thread>

#include "engine/reconcile/reconcile.hpp"
#include "tests/integration/concurrency_database.hpp"

namespace keepsum::test {
namespace {

using testing::IsEmpty;

constexpr int cards = 3000;
constexpr int rows_before = 6000;
constexpr unsigned duplicate_key = 1062;

const std::vector<std::string>& tables() {
  static const std::vector<std::string> all = {
      "CREATE TABLE payments (id BIGINT AUTO_INCREMENT PRIMARY KEY, card_id INT NOT NULL, voided "
      "TINYINT NOT NULL, KEY by_card (card_id)) ENGINE=InnoDB",
      "CREATE TABLE request_histories (id BIGINT AUTO_INCREMENT PRIMARY KEY, payment_id BIGINT NOT "
      "NULL, balance_transaction_id BIGINT NOT NULL, approved TINYINT NOT NULL, kind VARCHAR(20) "
      "NOT NULL, KEY by_payment (payment_id), KEY by_transaction (balance_transaction_id)) "
      "ENGINE=InnoDB",
      "CREATE TABLE balance_transactions (id BIGINT AUTO_INCREMENT PRIMARY KEY, amount "
      "DECIMAL(12,2) NULL) ENGINE=InnoDB"};
  return all;
}

constexpr const char* spec = R"json({
  "keepsum": 1,
  "database": "@URL@",
  "summaries": {
    "card_activity": {
      "sealed": { "by": "p.id", "after": "0", "audit": "20s" },
      "from": "payments p",
      "joins": [
        "request_histories h ON h.payment_id = p.id",
        "balance_transactions t ON t.id = h.balance_transaction_id"
      ],
      "where": "p.voided = 0",
      "group_by": { "card_id": "p.card_id" },
      "aggregates": {
        "total_spent": "sum(t.amount)",
        "payments": "count(*)",
        "refunds": "count(*) FILTER (WHERE t.amount < 0)",
        "has_declined": "any(h.approved = 0)",
        "has_made_transactions": "latch(h.approved = 1 AND h.kind = 'authorization')",
        "average_amount": "avg(t.amount)",
        "smallest": "min(t.amount)",
        "largest": "max(t.amount)"
      }
    }
  }
})json";

struct Counts {
  std::atomic<int> transactions{0}, conflicts{0}, below{0};
};

// Mostly payments as they come, in either order of the tables, some of them long under way; now and
// then something that was there before.
class Writer {
 public:
  Writer(const std::string& url, const std::string& isolation, unsigned seed, Counts& counts)
      : client_(url), dice_(seed), counts_(counts) {
    client_.execute("SET SESSION TRANSACTION ISOLATION LEVEL " + isolation);
    client_.execute("SET SESSION innodb_lock_wait_timeout = 10");
  }

  void transact() {
    for (;;) {
      try {
        client_.execute("START TRANSACTION");
        const bool old = below(60) == 0;
        old ? change_old() : pay();
        const bool slow = below(30) == 0;
        std::this_thread::sleep_for(std::chrono::milliseconds{slow ? 100 : 2 + below(4)});
        client_.execute(below(8) == 0 ? "ROLLBACK" : "COMMIT");
        ++counts_.transactions;
        counts_.below += old ? 1 : 0;
        return;
      } catch (const ClientError& error) {
        if (!error.is_conflict() && error.code != duplicate_key) throw;
        ++counts_.conflicts;
        client_.execute("ROLLBACK");
      }
    }
  }

 private:
  int below(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }

  void pay() {
    const bool late = below(40) == 0;  // an id from before, given by hand
    const std::string id = late ? std::to_string(-1 - below(100'000)) : "NULL";
    client_.execute(fmt::format("INSERT INTO payments VALUES ({}, {}, 0)", id, below(cards)));
    const std::string payment = late ? id : client_.scalar("SELECT LAST_INSERT_ID()");
    client_.execute(
        fmt::format("INSERT INTO balance_transactions VALUES (NULL, {})", below(2000) - 400));
    client_.execute(fmt::format(
        "INSERT INTO request_histories VALUES (NULL, {}, LAST_INSERT_ID(), {}, 'authorization')",
        payment, below(5) == 0 ? 0 : 1));
  }

  void change_old() {
    const int id = 1 + below(rows_before);
    switch (below(6)) {
      case 0:
        client_.execute(fmt::format("UPDATE balance_transactions SET amount = {} WHERE id = {}",
                                    below(900), id));
        break;
      case 1:
        client_.execute(fmt::format("DELETE FROM request_histories WHERE id = {}", id));
        break;
      case 2:
        client_.execute(
            fmt::format("UPDATE payments SET card_id = {} WHERE id = {}", below(cards), id));
        break;
      case 3:
        client_.execute(fmt::format("UPDATE payments SET voided = 1 - voided WHERE id = {}", id));
        break;
      case 4:
        client_.execute(fmt::format(
            "INSERT INTO request_histories VALUES (NULL, {}, {}, 0, 'reversal')", id, id));
        break;
      default:
        client_.execute(fmt::format("UPDATE payments SET id = {} WHERE id = {}",
                                    10'000'000 + below(100'000), id));
    }
  }

  Client client_;
  std::mt19937 dice_;
  Counts& counts_;
};

void fill(Client& client) {
  const std::string from = fmt::format(" FROM seq_1_to_{}", rows_before);
  client.execute(fmt::format("INSERT INTO payments SELECT seq, seq % {}, 0", cards) + from);
  client.execute("INSERT INTO balance_transactions SELECT seq, CAST(seq % 700 AS SIGNED) - 100" +
                 from);
  client.execute(
      "INSERT INTO request_histories SELECT seq, seq, seq, seq % 20 <> 0, 'authorization'" + from);
  (void)client.rows("ANALYZE TABLE payments, request_histories, balance_transactions");
}

// Sealed keys whose total is not what a query written by hand gives of their rows up to the seal.
std::vector<int> wrong_totals(Client& client) {
  const auto seal =
      client.rows("SELECT watermark, COALESCE(next_watermark, '') FROM keepsum_seals").at(0);
  EXPECT_EQ(seal.at(1), "") << "the seal is still being moved";
  return client.numbers(fmt::format(
      "SELECT s.card_id FROM card_activity s LEFT JOIN `ks_card_activity$sealed` z USING (card_id) "
      "LEFT JOIN (SELECT p.card_id, SUM(t.amount) AS total, COUNT(*) AS n, MIN(t.amount) AS least, "
      "MAX(t.amount) AS most FROM payments p JOIN request_histories h ON h.payment_id = p.id JOIN "
      "balance_transactions t ON t.id = h.balance_transaction_id WHERE p.voided = 0 AND p.id <= "
      "{0} "
      "GROUP BY p.card_id) r USING (card_id) WHERE s.`ks$touched` > {0} AND COALESCE(z.`ks$open`, "
      "0) "
      "= 0 AND (COALESCE(r.total, 0) <> COALESCE(z.total_spent, 0) OR COALESCE(r.n, 0) <> "
      "COALESCE(z.payments, 0) OR NOT r.least <=> z.smallest OR NOT r.most <=> z.largest)",
      seal.at(0)));
}

class ConcurrencySealed : public testing::TestWithParam<const char*> {};

TEST_P(ConcurrencySealed, NoRunTakesAnythingForDriftWhileTheSealMoves) {
  const PaymentsDatabase database(tables(), spec);
  Client client(database.url());
  fill(client);
  ASSERT_EQ(database.keepsum({"apply", "--yes"}).exit_code, 0);

  Counts counts;
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  const auto seed = static_cast<unsigned>(setting("KEEPSUM_TEST_SEED", 1));
  for (unsigned i = 0; i < 6; ++i) {
    writers.emplace_back([&, i] {
      try {
        Writer writer(database.url(), GetParam(), seed * 100 + i, counts);
        while (!stop) writer.transact();
      } catch (const std::exception& error) {
        ADD_FAILURE() << "writer " << i << ": " << error.what();
      }
    });
  }

  Engine engine(database);
  int used = 0, moved = 0;
  std::int64_t open = 0;
  std::string last;
  std::map<std::string, int> why_not;
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds{setting("KEEPSUM_TEST_SECONDS", 12)};
  int runs = 0;
  // On a slow machine until the seal has moved some times, and was used.
  const auto goes_on = [&] {
    const auto now = std::chrono::steady_clock::now();
    const bool seen = moved > 3 && used > runs / 2;
    return now < deadline || (!seen && now < deadline + std::chrono::minutes{3});
  };
  for (; goes_on() && !HasFailure(); ++runs) {
    reconcile::ReconcileOptions options;
    options.verify_only = runs % 4 == 3;
    const auto report = reconcile::reconcile(engine.database(), engine.plan(), options);
    ASSERT_TRUE(report.has_value()) << describe(report.error());
    EXPECT_EQ(report->drifted, 0);
    EXPECT_EQ(report->seal->contradicted, 0);
    used += report->seal->used ? 1 : 0;
    if (!report->seal->used) ++why_not[report->seal->why_not];
    open += report->seal->keys_open;
    const std::string now = report->seal->up_to.value_or("");
    moved += now == last ? 0 : 1;
    last = now;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  fmt::print(
      "{}: {} transactions, {} below the seal, {} conflicts; {} runs, {} by the seal, {} moves, "
      "{} keys open\n",
      GetParam(), counts.transactions.load(), counts.below.load(), counts.conflicts.load(), runs,
      used, moved, open);
  EXPECT_GT(used, runs / 2) << testing::PrintToString(why_not);
  EXPECT_GT(moved, 3);
  EXPECT_GT(open, 0);

  EXPECT_THAT(PaymentsDatabase::wrong_keys(client, false), IsEmpty());
  const Outcome last_run = database.keepsum({"reconcile", "--json"});
  EXPECT_EQ(last_run.exit_code, 0) << last_run.out << last_run.err;
  EXPECT_THAT(wrong_totals(client), IsEmpty());
  const Outcome deep = database.keepsum({"reconcile", "--deep", "--json"});
  EXPECT_EQ(deep.exit_code, 0) << deep.out << deep.err;
  EXPECT_EQ(deep.summary().at("seal").as_object().at("contradicted").as_int64(), 0);
}

INSTANTIATE_TEST_SUITE_P(All, ConcurrencySealed,
                         testing::Values("READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace(name.begin(), name.end(), ' ', '_');
                           return name;
                         });

}  // namespace
}  // namespace keepsum::test
