// A live summary goes from spec to spec, and to another server's way of it, while writers write,
// and services that were started with any of the specs read. Every read is compared with the
// source: in the snapshot it was made in, or, outside a transaction, of keys that nobody writes.
//
// The writers rest between their transactions, as those of a service do; one test has eight that
// never do.
//
//   KEEPSUM_TEST_SPEC_WRITERS  [8]
//   KEEPSUM_TEST_SPEC_REST     how long each rests on average after a transaction, in ms [20]
//   KEEPSUM_TEST_SPEC_ROWS     rows that nobody writes, in request_histories [2000]
//   KEEPSUM_TEST_SPEC_ROUNDS   through all specs [1]
//   KEEPSUM_TEST_SPEC_COUNT    of these, the first: 3 change in place [all]
//   KEEPSUM_TEST_SPEC_STEPS    1 prints each step of a change [0]
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <keepsum/mysql.hpp>
#include <keepsum/reader.hpp>
#include <mutex>
#include <random>
#include <thread>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/concurrency_database.hpp"
#include "tests/integration/concurrency_writers.hpp"

namespace keepsum::test {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int quiet_cards = 50;
constexpr int first_quiet_card = 1000;
constexpr const char* joined_tables =
    "payments p JOIN request_histories h ON h.payment_id = p.id JOIN balance_transactions t ON "
    "t.id "
    "= h.balance_transaction_id";

// Two columns of it are read, and by hand: two expressions, and the condition.
struct Version {
  const char* what;
  std::string aggregates, more;
  const char* columns[2];
  const char* by_hand[2];
  const char* where = "p.voided = 0";

  [[nodiscard]] std::string spec() const {
    return fmt::format(
        R"json({{"keepsum": 1, "summaries": {{"card_activity": {{"from": "payments p",
          "joins": ["request_histories h ON h.payment_id = p.id",
                    "balance_transactions t ON t.id = h.balance_transaction_id"],
          "where": "{}", "group_by": {{"card_id": "p.card_id"}},
          "aggregates": {{{}}}{}}}}}}})json",
        where, aggregates, more);
  }
  [[nodiscard]] std::string source(int card) const {
    return fmt::format("SELECT {}, {} FROM {} WHERE p.card_id = {} AND {}", by_hand[0], by_hand[1],
                       joined_tables, card, where);
  }
};

const std::vector<Version>& versions() {
  static const std::string total = R"json("total_spent": "sum(t.amount)")json";
  static const std::string count = R"json("payments": "count(*)")json";
  static const std::string most = R"json("largest": "max(t.amount)")json";
  static const std::string refunds = R"json("refunds": "count(*) FILTER (WHERE t.amount < 0)")json";
  static const std::string spent =
      R"json("total_spent": "sum(t.amount) FILTER (WHERE t.amount > 0)")json";
  static const std::vector<Version> all = {
      {"the first",
       total + "," + count,
       "",
       {"total_spent", "payments"},
       {"COALESCE(SUM(t.amount), 0)", "COUNT(*)"}},
      {"two columns more",
       total + "," + count + "," + most + "," + refunds,
       "",
       {"largest", "refunds"},
       {"MAX(t.amount)", "COALESCE(SUM(t.amount < 0), 0)"}},
      {"one column less",
       total + "," + count + "," + most,
       "",
       {"total_spent", "largest"},
       {"COALESCE(SUM(t.amount), 0)", "MAX(t.amount)"}},
      {"an index",
       total + "," + count + "," + most,
       R"json(, "indexes": [["total_spent"]])json",
       {"total_spent", "payments"},
       {"COALESCE(SUM(t.amount), 0)", "COUNT(*)"}},
      {"a column redefined",
       spent + "," + count + "," + most,
       "",
       {"total_spent", "payments"},
       {"COALESCE(SUM(CASE WHEN t.amount > 0 THEN t.amount END), 0)", "COUNT(*)"}},
      {"another condition",
       spent + "," + count + "," + most,
       "",
       {"total_spent", "payments"},
       {"COALESCE(SUM(CASE WHEN t.amount > 0 THEN t.amount END), 0)", "COUNT(*)"},
       "p.voided = 1"}};
  return all;
}

struct Figures {
  db::Value a, b;
};

bool same(const db::Value& read, const std::string& by_hand) {
  if (db::is_null(read) || by_hand.empty()) return db::is_null(read) && by_hand.empty();
  return std::fabs(std::stod(db::as_text(read)) - std::stod(by_hand)) < 0.001;
}

// A service that was started with each of the specs.
class Readers {
 public:
  explicit Readers(const std::string& url) : url_(url) {
    Client client(url);
    for (const Version& version : versions()) {
      std::vector<std::vector<std::string>> quiet;
      for (int i = 0; i < quiet_cards; ++i) {
        quiet.push_back(client.rows(version.source(first_quiet_card + i)).at(0));
      }
      quiet_.push_back(std::move(quiet));
    }
    for (const bool inside : {true, false, true}) {
      threads_.emplace_back([this, inside] {
        try {
          read(inside);
        } catch (const std::exception& error) {
          ADD_FAILURE() << "a reader: " << error.what();
        }
      });
    }
  }
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers() { stop(); }

  void stop() {
    stop_ = true;
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }
  [[nodiscard]] int reads() const { return reads_; }
  [[nodiscard]] std::string text() const {
    return fmt::format("{} reads, {} run again", reads_.load(), again_.load());
  }

 private:
  void read(bool inside) {
    Client client(url_);
    client.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    const auto session = mysql::borrow(client.handle());
    std::vector<Reader<Figures>> readers;
    for (const Version& version : versions()) {
      const auto summaries = mysql::load(client.handle(), version.spec()).value();
      readers.push_back(Reader<Figures>::make(summaries, "card_activity",
                                              field(version.columns[0], &Figures::a),
                                              field(version.columns[1], &Figures::b))
                            .value());
    }
    std::mt19937 dice(inside ? 1 : 2);
    while (!stop_) {
      const std::size_t i = dice() % readers.size();
      const Version& version = versions()[i];
      if (inside) {
        in_a_snapshot(client, *session, readers[i], version, static_cast<int>(dice() % card_count));
      } else {
        const std::size_t quiet = dice() % quiet_cards;
        const auto figures =
            readers[i].get(*session, {std::int64_t{first_quiet_card} + std::int64_t(quiet)});
        check(figures, quiet_[i][quiet], version, "of a quiet card");
      }
    }
  }

  void in_a_snapshot(Client& client, db::Session& session, const Reader<Figures>& reader,
                     const Version& version, int card) {
    client.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
    try {
      // Some are old by the time they are read by.
      if (card % 4 == 0) std::this_thread::sleep_for(std::chrono::milliseconds{card});
      const auto figures = reader.get(session, {std::int64_t{card}});
      if (figures.has_error() && figures.error().recovery == Recovery::retry_transaction) {
        ++again_;
      } else {
        check(figures, client.rows(version.source(card)).at(0), version, "in a snapshot");
      }
    } catch (const ClientError& error) {
      if (!error.is_conflict()) throw;
      ++again_;
    }
    client.execute("ROLLBACK");
  }

  void check(const Result<Figures>& figures, const std::vector<std::string>& by_hand,
             const Version& version, const char* how) {
    ++reads_;
    if (figures.has_error()) {
      ADD_FAILURE() << version.what << ": " << describe(figures.error());
      return;
    }
    const bool right = same(figures->a, by_hand[0]) && same(figures->b, by_hand[1]);
    EXPECT_TRUE(right) << version.what << ", " << how << ": " << db::display(figures->a) << " and "
                       << db::display(figures->b) << ", by hand " << by_hand[0] << " and "
                       << by_hand[1];
  }

  std::string url_;
  std::vector<std::vector<std::vector<std::string>>> quiet_;  // by version and card
  std::atomic<bool> stop_{false};
  std::atomic<int> reads_{0}, again_{0};
  std::vector<std::thread> threads_;
};

// One writer more, which does little and notes how long it took.
class Prober {
 public:
  explicit Prober(const std::string& url) : thread_([this, url] { probe(url); }) {}
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;
  ~Prober() { stop(); }
  void stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  double longest_ms() {
    const std::lock_guard lock(mutex_);
    return std::exchange(longest_ms_, 0);
  }

 private:
  void probe(const std::string& url) {
    Client client(url);
    for (int id = 50'000'000; !stop_; ++id) {
      const auto begun = Clock::now();
      try {
        client.execute(fmt::format("INSERT INTO payments VALUES ({}, 999, 0)", id));
      } catch (const ClientError& error) {
        if (!error.is_conflict()) ADD_FAILURE() << "the prober: " << error.what();
      }
      const double took = std::chrono::duration<double, std::milli>(Clock::now() - begun).count();
      {
        const std::lock_guard lock(mutex_);
        longest_ms_ = std::max(longest_ms_, took);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  }

  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  double longest_ms_ = 0;
  std::thread thread_;
};

// Four rows of request_histories for each payment.
void fill_quiet(const std::string& url, int rows) {
  Client client(url);
  client.execute(fmt::format(
      "INSERT INTO payments SELECT 1000000 + seq, {} + seq % {}, seq % 11 = 0 FROM seq_1_to_{}",
      first_quiet_card, quiet_cards, std::max(rows / 4, 1)));
  client.execute(
      fmt::format("INSERT INTO balance_transactions SELECT 1000000 + seq, (CAST(seq * 7919 % 50000 "
                  "AS SIGNED) - 12000) / 100 "
                  "FROM seq_1_to_{}",
                  rows));
  client.execute(
      fmt::format("INSERT INTO request_histories SELECT 1000000 + seq, 1000000 + (seq + 3) DIV 4, "
                  "1000000 + seq, "
                  "seq % 7 <> 0, IF(seq % 3 = 0, 'capture', 'authorization') FROM seq_1_to_{}",
                  rows));
  (void)client.rows("ANALYZE TABLE payments, request_histories, balance_transactions");
}

class ConcurrencySpecChanges : public testing::TestWithParam<const char*> {};

TEST_P(ConcurrencySpecChanges, NoReadIsWrongAndNoWriterFails) {
  PaymentsDatabase database(PaymentsDatabase::Capture::triggers);
  Engine engine(database);
  const std::string version = GetParam();
  const auto dialect =
      version.empty() ? nullptr : mysql::make_dialect(mysql::parse_version(version));
  lifecycle::Database& own = engine.database();
  lifecycle::Database by{own.session, own.catalog, dialect ? *dialect : own.dialect,
                         own.open_session};
  const int rows = setting("KEEPSUM_TEST_SPEC_ROWS", 2000);
  fill_quiet(database.url(), rows);
  const WriterOptions options{
      .url = database.url(),
      .threads = static_cast<unsigned>(setting("KEEPSUM_TEST_SPEC_WRITERS", 8)),
      .rest = std::chrono::milliseconds{setting("KEEPSUM_TEST_SPEC_REST", 20)}};
  fill_tables(options);
  ASSERT_TRUE(migrations::run(by).has_value());
  const bool steps = setting("KEEPSUM_TEST_SPEC_STEPS", 0) != 0;
  const auto apply = [&](const std::string& spec) {
    const auto plans = lifecycle::load_plans(spec, by.session, by.catalog, by.dialect).value();
    lifecycle::ApplyOptions apply_options;
    apply_options.waits.queue_max = queue_max;
    if (steps) {
      apply_options.on_step = [begun = Clock::now()](const std::string& step) {
        fmt::print("    {:.2f} s {}\n", std::chrono::duration<double>(Clock::now() - begun).count(),
                   step);
        std::fflush(stdout);
      };
    }
    return lifecycle::apply(by, plans.at(0), apply_options);
  };
  const auto verify = [&](const std::string& spec) {
    const auto plans = lifecycle::load_plans(spec, by.session, by.catalog, by.dialect).value();
    reconcile::ReconcileOptions verify_only;
    verify_only.verify_only = true;
    return reconcile::reconcile(by, plans.at(0), verify_only);
  };
  ASSERT_TRUE(apply(versions().front().spec()).has_value());
  {
    Writers writers(options, 0);
    Readers readers(database.url());
    Prober prober(database.url());
    std::this_thread::sleep_for(std::chrono::seconds{1});
    fmt::print("{} rows; a writer's longest statement without a change: {:.0f} ms\n", rows,
               prober.longest_ms());
    const int rounds = setting("KEEPSUM_TEST_SPEC_ROUNDS", 1);
    const auto count = static_cast<std::size_t>(
        setting("KEEPSUM_TEST_SPEC_COUNT", static_cast<int>(versions().size())));
    for (int i = 0; i < rounds; ++i) {
      for (std::size_t v = 1; v <= count; ++v) {
        const Version& to = versions()[v % count];
        (void)prober.longest_ms();
        const int before = writers.counts().transactions;
        const auto applied = apply(to.spec());
        ASSERT_TRUE(applied.has_value()) << to.what << ": " << describe(applied.error());
        ASSERT_EQ(applied->way.has_value(), version.empty())
            << to.what << (applied->way ? " was not built anew" : " was built anew");
        fmt::print(
            "  {}: {}, {:.2f} s, {} transactions meanwhile, a writer's longest statement "
            "{:.0f} ms\n",
            to.what, applied->way ? to_string(*applied->way) : "anew", applied->seconds,
            writers.counts().transactions - before, prober.longest_ms());
        const auto verified = verify(to.spec());
        ASSERT_TRUE(verified.has_value()) << describe(verified.error());
        ASSERT_EQ(verified->drifted, 0) << to.what;
      }
    }
    // To the spec that a query written by hand knows whole.
    const auto applied = apply(database.spec_text());
    ASSERT_TRUE(applied.has_value()) << describe(applied.error());
    readers.stop();
    prober.stop();
    writers.stop();
    fmt::print("  {}; {}\n", readers.text(), writers.counts().text());
    EXPECT_GT(readers.reads(), 100);
    EXPECT_GT(writers.counts().transactions, 100);
  }
  const auto verified = verify(database.spec_text());
  ASSERT_TRUE(verified.has_value()) << describe(verified.error());
  EXPECT_EQ(verified->drifted, 0);
  EXPECT_GT(verified->keys_checked, quiet_cards);
  Client client(database.url());
  EXPECT_EQ(PaymentsDatabase::wrong_keys(client), std::set<int>());
}

// There is no moment without a transaction, so they are made to leave one.
TEST(ConcurrencySpecChange, WritersThatNeverRestAreHaltedForAMoment) {
  PaymentsDatabase database(PaymentsDatabase::Capture::triggers);
  Engine engine(database);
  lifecycle::Database& by = engine.database();
  const WriterOptions options{.url = database.url()};
  fill_tables(options);
  ASSERT_TRUE(migrations::run(by).has_value());
  const auto apply = [&](const Version& version) {
    const auto plans =
        lifecycle::load_plans(version.spec(), by.session, by.catalog, by.dialect).value();
    lifecycle::ApplyOptions apply_options;
    apply_options.waits.queue_max = queue_max;
    return lifecycle::apply(by, plans.at(0), apply_options);
  };
  ASSERT_TRUE(apply(versions().front()).has_value());
  {
    Writers writers(options, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds{200});
    const auto applied = apply(versions().back());
    ASSERT_TRUE(applied.has_value()) << describe(applied.error());
    EXPECT_EQ(applied->way, lifecycle::Way::beside);
    fmt::print("{:.2f} s beside {}\n", applied->seconds, writers.counts().text());
  }
  const auto plans =
      lifecycle::load_plans(versions().back().spec(), by.session, by.catalog, by.dialect).value();
  reconcile::ReconcileOptions verify_only;
  verify_only.verify_only = true;
  const auto verified = reconcile::reconcile(by, plans.at(0), verify_only);
  ASSERT_TRUE(verified.has_value()) << describe(verified.error());
  EXPECT_EQ(verified->drifted, 0);
  EXPECT_GT(verified->keys_checked, 10);
  EXPECT_EQ(by.session
                .scalar("SELECT (SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE "
                        "TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE 'ks\\_ks$%') + (SELECT "
                        "COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                        "AND TABLE_NAME LIKE 'ks$%')")
                .value(),
            db::Value{std::int64_t{0}});
}

INSTANTIATE_TEST_SUITE_P(Servers, ConcurrencySpecChanges, testing::Values("", "10.0.38-MariaDB"),
                         [](const auto& instance) {
                           return *instance.param == '\0' ? "this" : "without_replace";
                         });

}  // namespace
}  // namespace keepsum::test
