// The tables of bench/payments.cpp and bench/read.cpp on SQLite. The keys are declared: whether
// SQLite enforces foreign keys is for each connection to say, so that keepsum does not rely on
// them.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <keepsum/reader.hpp>
#include <keepsum/sqlite.hpp>
#include <optional>
#include <semaphore>

#include "bench/closed_loop.hpp"
#include "bench/database.hpp"
#include "bench/payment_tables.hpp"
#include "bench/raw_sqlite.hpp"
#include "bench/writer_queue.hpp"

namespace {

using namespace keepsum;
using namespace keepsum::bench;
using connectors::ConnectionUrl;

constexpr std::string_view tables =
    "CREATE TABLE payments (id INTEGER PRIMARY KEY, card_id INTEGER NOT NULL, voided INTEGER NOT "
    "NULL) STRICT;"
    "CREATE TABLE balance_transactions (id INTEGER PRIMARY KEY, amount INTEGER NOT NULL) STRICT;"
    "CREATE TABLE request_histories (id INTEGER PRIMARY KEY, payment_id INTEGER NOT NULL "
    "REFERENCES payments (id), balance_transaction_id INTEGER NOT NULL REFERENCES "
    "balance_transactions (id), kind TEXT NOT NULL, approved INTEGER NOT NULL) STRICT;"
    "CREATE INDEX by_card ON payments (card_id);"
    "CREATE INDEX by_payment ON request_histories (payment_id);"
    "CREATE INDEX by_transaction ON request_histories (balance_transaction_id);";

class Files {
 public:
  Files() {
    std::string name = (std::filesystem::temp_directory_path() / "keepsum-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    folder_ = name;
  }
  ~Files() { std::filesystem::remove_all(folder_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  // A database with payments of `cards` cards, and one payment each of further cards.
  [[nodiscard]] std::string make(const std::string& name) const {
    const std::string path = folder_ / (name + ".db");
    const auto connection = lite::open(path);
    lite::run(connection.get(), std::string(tables));
    add(connection.get(), static_cast<std::int64_t>(setting("KEEPSUM_BENCH_PAYMENTS", 50'000)),
        fmt::format("1 + i * 7919 % {}", cards));
    return path;
  }
  static void add(sqlite3* connection, std::int64_t payments, const std::string& card) {
    const std::string rows = fmt::format(
        "WITH RECURSIVE n(i) AS (SELECT 1 + COALESCE((SELECT MAX(id) FROM payments), 0) UNION ALL "
        "SELECT i + 1 FROM n LIMIT {}) ",
        payments);
    lite::run(connection, "BEGIN; CREATE TEMP TABLE added AS " + rows + "SELECT i FROM n");
    lite::run(connection, "INSERT INTO payments SELECT i, " + card + ", 0 FROM added");
    lite::run(connection,
              "INSERT INTO balance_transactions SELECT i, i * 31 % 40000 - 5000 FROM added");
    lite::run(connection,
              "INSERT INTO request_histories SELECT i, i, i, 'authorization', i % 20 <> 0 FROM "
              "added");
    lite::run(connection, "DROP TABLE added; COMMIT; ANALYZE");
  }

 private:
  std::filesystem::path folder_;
};

struct Booking {
  std::int64_t card = 0, amount = 0, approved = 0;
  std::int64_t payment_id = 0, transaction_id = 0, request_id = 0;
};

using Keep = std::function<void(const Booking&)>;
using MakeKeep = std::function<Keep(sqlite3*)>;

Keep by_hand(sqlite3* connection) {
  auto upsert = std::make_shared<lite::Statement>(
      connection,
      "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) VALUES "
      "(?, ?, 1, ?) ON CONFLICT (card_id) DO UPDATE SET total_spent = total_spent + "
      "excluded.total_spent, payments = payments + 1, has_made_transactions = "
      "MAX(has_made_transactions, excluded.has_made_transactions)");
  return [upsert](const Booking& b) { upsert->run(b.card, b.amount, b.approved); };
}

// Code that knows the keys alone and leaves the values to the database.
Keep by_hand_from_rows(sqlite3* connection) {
  auto upsert = std::make_shared<lite::Statement>(
      connection,
      "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) SELECT "
      "p.card_id, t.amount, 1, r.approved = 1 AND r.kind = 'authorization' FROM payments p JOIN "
      "request_histories r ON r.payment_id = p.id JOIN balance_transactions t ON t.id = "
      "r.balance_transaction_id WHERE r.id = ? AND p.voided = 0 ON CONFLICT (card_id) DO UPDATE "
      "SET total_spent = total_spent + excluded.total_spent, payments = payments + 1, "
      "has_made_transactions = MAX(has_made_transactions, excluded.has_made_transactions)");
  return [upsert](const Booking& b) { upsert->run(b.request_id); };
}

Keep by_hook(sqlite3* connection, const Summaries& summaries, bool gives) {
  const std::shared_ptr<db::Session> session = sqlite::borrow(connection);
  return [session, &summaries, gives](const Booking& b) {
    UnitOfWork unit(summaries, *session);
    if (gives) {
      must(unit.inserted("payments", {b.payment_id}, {{"card_id", b.card}, {"voided", 0}}));
      must(unit.inserted("balance_transactions", {b.transaction_id}, {{"amount", b.amount}}));
      must(unit.inserted("request_histories", {b.request_id},
                         {{"payment_id", b.payment_id},
                          {"balance_transaction_id", b.transaction_id},
                          {"kind", "authorization"},
                          {"approved", b.approved}}));
    } else {
      must(unit.inserted("payments", {b.payment_id}));
      must(unit.inserted("balance_transactions", {b.transaction_id}));
      must(unit.inserted("request_histories", {b.request_id}));
    }
    must(unit.apply());
  };
}

// A round is a second of each side: its p99 alone is a matter of luck.
constexpr int payment_rounds_by_default = 30, read_rounds_by_default = 15;

constexpr std::string_view trigger_by_hand =
    "CREATE TRIGGER by_hand AFTER INSERT ON request_histories BEGIN "
    "INSERT INTO card_activity (card_id, total_spent, payments, has_made_transactions) "
    "SELECT p.card_id, t.amount, 1, NEW.approved = 1 AND NEW.kind = 'authorization' "
    "FROM payments p JOIN balance_transactions t ON t.id = NEW.balance_transaction_id "
    "WHERE p.id = NEW.payment_id AND p.voided = 0 "
    "ON CONFLICT (card_id) DO UPDATE SET total_spent = total_spent + excluded.total_spent, "
    "payments = payments + 1, has_made_transactions = "
    "MAX(has_made_transactions, excluded.has_made_transactions); END";

class Payer final : public Client {
 public:
  Payer(const std::string& path, const MakeKeep& make_keep, WriterQueue& queue)
      : queue_(queue),
        connection_(lite::open(path)),
        begin_(connection_.get(), "BEGIN IMMEDIATE"),
        commit_(connection_.get(), "COMMIT"),
        payment_(connection_.get(), "INSERT INTO payments (card_id, voided) VALUES (?, 0)"),
        transaction_(connection_.get(), "INSERT INTO balance_transactions (amount) VALUES (?)"),
        request_(connection_.get(),
                 "INSERT INTO request_histories (payment_id, balance_transaction_id, kind, "
                 "approved) VALUES (?, ?, 'authorization', ?)"),
        keep_(make_keep ? make_keep(connection_.get()) : Keep()) {}

  void work(Dice& dice) override {
    Booking b;
    b.card = 1 + below(dice, cards);
    b.amount = below(dice, 40'000);
    b.approved = below(dice, 20) != 0 ? 1 : 0;
    const WriterQueue::Turn turn(queue_, called_);
    begin_.run();
    payment_.run(b.card);
    b.payment_id = sqlite3_last_insert_rowid(connection_.get());
    transaction_.run(b.amount);
    b.transaction_id = sqlite3_last_insert_rowid(connection_.get());
    request_.run(b.payment_id, b.transaction_id, b.approved);
    b.request_id = sqlite3_last_insert_rowid(connection_.get());
    const auto start = std::chrono::steady_clock::now();
    if (keep_) keep_(b);
    part_us =
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
    commit_.run();
  }

 private:
  WriterQueue& queue_;
  std::binary_semaphore called_{0};
  sqlite::ConnectionHandle connection_;
  lite::Statement begin_, commit_, payment_, transaction_, request_;
  Keep keep_;
};

struct Contender {
  std::string name;
  std::string path;
  MakeKeep keep;
  std::size_t twin = 0;  // what it is compared with
  bool is_again = false;
  std::string capture = "hooks";
};

ConnectionUrl url_of(const std::string& path) {
  return must(connectors::parse_url("sqlite:" + path));
}

void payments(const Files& files, const Timing& timing) {
  const auto database = [&](const std::string& name, std::string_view capture) {
    const std::string path = files.make(name);
    bench::apply(url_of(path), capture, Keys::declared);
    return path;
  };
  const auto triggered = [&](const std::string& name) {
    const std::string path = database(name, "hooks");
    lite::run(lite::open(path).get(), std::string(trigger_by_hand));
    return path;
  };
  // As in payments.cpp, hooks and what is written by hand keep one summary together, in turns.
  const std::string shared = database("hooks", "hooks");
  const auto loaded = lite::open(shared);
  const Summaries keeps = must(sqlite::load(loaded.get(), spec_text("hooks", Keys::declared)));
  const auto hook = [&keeps](bool gives) -> MakeKeep {
    return [&keeps, gives](sqlite3* connection) { return by_hook(connection, keeps, gives); };
  };
  constexpr std::size_t upsert_twin = 1, keys_twin = 4, trigger_twin = 7;
  // "Again" is the same once more, triggers in a file of their own: what its ratio is away from 1
  // is noise. Hooks and triggers are compared with both.
  const std::vector<Contender> contenders = {
      {"no summary", database("plain", "hooks"), {}, upsert_twin},
      {"hand-written UPSERT", shared, by_hand, upsert_twin},
      {"hand-written UPSERT, again", shared, by_hand, upsert_twin, true},
      {"hook, values given", shared, hook(true), upsert_twin},
      {"hand-written UPSERT, by keys", shared, by_hand_from_rows, keys_twin},
      {"the same, again", shared, by_hand_from_rows, keys_twin, true},
      {"hook, by keys", shared, hook(false), keys_twin},
      {"hand-written trigger", triggered("trigger_by_hand"), {}, trigger_twin},
      {"hand-written trigger, again", triggered("trigger_by_hand_again"), {}, trigger_twin, true},
      {"keepsum's triggers",
       database("triggers", "triggers"),
       {},
       trigger_twin,
       false,
       "triggers"}};
  WriterQueue queue;  // sides take turns: one for all files
  const auto only = static_cast<std::size_t>(setting("KEEPSUM_BENCH_CONNECTIONS", 0));
  for (const std::size_t connections : {1U, 8U, 32U}) {
    if (only != 0 && only != connections) continue;
    std::vector<Side> sides;
    for (const Contender& contender : contenders) {
      Side& side = sides.emplace_back();
      side.name = contender.name;
      side.twin = contender.twin;
      side.is_again = contender.is_again;
    }
    open_clients(sides, connections, [&](std::size_t side) {
      return std::make_unique<Payer>(contenders[side].path, contenders[side].keep, queue);
    });
    run_rounds(sides, timing);
    fmt::print("\n{} connection(s)\n", connections);
    print_against_twins(sides);
  }
  for (const Contender& contender : contenders) {
    if (contender.name != "no summary")
      verify(url_of(contender.path), contender.capture, Keys::declared);
  }
  fmt::print("Every summary verified.\n");
}

struct Card {
  std::int64_t total_spent = 0;
  std::int64_t payments = 0;
  bool has_made_transactions = false;
};

class ByHand final : public Client {
 public:
  ByHand(const std::string& path, std::string_view sql, std::size_t columns, std::int64_t card)
      : card_(card),
        columns_(columns),
        connection_(lite::open(path)),
        select_(connection_.get(), sql) {}
  void work(Dice&) override {
    if (!select_.read(std::span(row_).first(columns_), card_)) {
      throw std::runtime_error("no such card");
    }
  }

 private:
  std::int64_t card_;
  std::size_t columns_;
  std::array<std::int64_t, 3> row_{};
  sqlite::ConnectionHandle connection_;
  lite::Statement select_;
};

class ByReader final : public Client {
 public:
  ByReader(const std::string& path, const Reader<Card>& reader, std::int64_t card)
      : card_(card),
        reader_(reader),
        connection_(lite::open(path)),
        session_(sqlite::borrow(connection_.get())) {}
  void work(Dice&) override { must(reader_.get(*session_, {card_})); }

 private:
  std::int64_t card_;
  const Reader<Card>& reader_;
  sqlite::ConnectionHandle connection_;
  std::unique_ptr<db::Session> session_;
};

constexpr std::string_view by_key =
    "SELECT total_spent, payments, has_made_transactions FROM card_activity WHERE card_id = ?";
constexpr std::string_view sum =
    "SELECT SUM(t.amount) FROM payments p JOIN request_histories h ON h.payment_id = p.id JOIN "
    "balance_transactions t ON t.id = h.balance_transaction_id WHERE p.voided = 0 AND p.card_id = "
    "?";
constexpr std::string_view first_payment =
    "SELECT COUNT(*) FROM (SELECT 1 FROM payments p JOIN request_histories h ON h.payment_id = "
    "p.id WHERE p.card_id = ? AND h.approved = 1 AND h.kind = 'authorization' LIMIT 2) AS two";

void reads(const Files& files, const Timing& timing) {
  const std::string path = files.make("read");
  const auto connection = lite::open(path);
  const auto most = static_cast<std::int64_t>(setting("KEEPSUM_BENCH_CARD_PAYMENTS", 1'000'000));
  std::vector<std::pair<std::int64_t, std::int64_t>> sizes;  // card, payments
  for (const std::int64_t payments : {10, 1'000, 100'000, 1'000'000}) {
    if (payments > most) continue;
    sizes.emplace_back(100'000 + payments, payments);
    Files::add(connection.get(), payments, std::to_string(sizes.back().first));
  }
  bench::apply(url_of(path), "hooks", Keys::declared);
  const Summaries summaries =
      must(sqlite::load(connection.get(), spec_text("hooks", Keys::declared)));
  const Reader<Card> reader =
      must(Reader<Card>::make(summaries, "card_activity", field("total_spent", &Card::total_spent),
                              field("payments", &Card::payments),
                              field("has_made_transactions", &Card::has_made_transactions)));
  fmt::print("\nReads of one card\n{:<12}{:>14}{:>14}{:>10}{:>10}{:>14}{:>18}\n", "payments",
             "SELECT us", "reader us", "ratio", "again", "SUM us", "first payment us");
  for (const auto& [card, payments] : sizes) {
    std::vector<Side> sides(4);
    sides[0].clients.push_back(std::make_unique<ByHand>(path, by_key, 3, card));
    sides[1].clients.push_back(std::make_unique<ByReader>(path, reader, card));
    sides[2].clients.push_back(std::make_unique<ByReader>(path, reader, card));
    sides[3].clients.push_back(std::make_unique<ByHand>(path, by_key, 3, card));
    run_rounds(sides, timing);
    const Side by_hand = together(sides[0], sides[3]), by_reader = together(sides[1], sides[2]);
    const auto alone = [&, card = card](std::string_view sql) {
      ByHand client(path, sql, 1, card);
      Dice dice;
      std::vector<double> times;
      for (int i = 0; i < 5; ++i) times.push_back(seconds_of([&] { client.work(dice); }) * 1e6);
      return median(times);
    };
    fmt::print("{:<12}{:>14.2f}{:>14.2f}{:>10.3f}{:>10.3f}{:>14.1f}{:>18.1f}\n", payments,
               median_of(by_hand, Metric::p50), median_of(by_reader, Metric::p50),
               ratio_of(by_reader, by_hand, Metric::p50), ratio_of(sides[3], sides[0], Metric::p50),
               alone(sum), alone(first_payment));
    std::fflush(stdout);
  }
}

void run() {
  const Timing timing = timing_from_environment(payment_rounds_by_default);
  fmt::print(
      "SQLite {}, WAL, synchronous=NORMAL, foreign keys. Payment transactions: BEGIN IMMEDIATE, "
      "three INSERTs,\nwhat keeps the summary, COMMIT; prepared, {} cards. Medians of {} rounds of "
      "{} turns of {} s a side.\n\"own\": the statements that keep the summary; ratios are of the "
      "same rounds, to the twin and its \"again\" together.\n",
      sqlite3_libversion(), cards, timing.rounds, timing.turns, timing.seconds);
  const Files files;
  payments(files, timing);
  reads(files, timing_from_environment(read_rounds_by_default));
}

}  // namespace

int main() {
  try {
    run();
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_sqlite: {}\n", error.what());
    return 1;
  }
}
