#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/integration/concurrency_capture.hpp"

namespace keepsum::test {

namespace {

using std::chrono::microseconds;

constexpr int cards = 60;
constexpr int writers_count = 8;
constexpr unsigned duplicate_key = 1062;
// A parent that is not there, or still has children.
constexpr unsigned no_parent = 1452, has_children = 1451;

class Writer {
 public:
  Writer(const CaptureCase& shape, const std::string& url, const std::string& isolation,
         unsigned number, bool apart)
      : shape_(shape),
        client_(url),
        dice_(number * 7919 + 1),
        number_(static_cast<int>(number)),
        apart_(apart) {
    client_.execute("SET SESSION TRANSACTION ISOLATION LEVEL " + isolation);
    client_.execute("SET SESSION innodb_lock_wait_timeout = 10");
  }

  void transact() {
    // A snapshot from before the first change: what is in force may change after it.
    execute(one_in(2) ? "START TRANSACTION" : "START TRANSACTION WITH CONSISTENT SNAPSHOT");
    pause();
    for (int i = 1 + below(3); i > 0; --i) {
      if (shape_.joined && one_in(2)) {
        change_charge();
      } else {
        change_payment();
      }
    }
    execute(one_in(6) ? "ROLLBACK" : "COMMIT");
  }

  void rollback() { client_.execute("ROLLBACK"); }
  std::vector<microseconds> take_waits() { return std::exchange(waits_, {}); }

 private:
  int below(int end) { return static_cast<int>(dice_() % static_cast<unsigned>(end)); }
  bool one_in(int n) { return below(n) == 0; }
  void pause() { std::this_thread::sleep_for(microseconds{below(1500)}); }
  // Few enough that all meet, or one writer's own.
  int id() { return apart_ ? number_ * 1000 + below(200) : below(400); }
  int card() { return apart_ ? number_ * 1000 + below(cards) : below(cards); }

  void execute(const std::string& sql) {
    const auto start = std::chrono::steady_clock::now();
    client_.execute(sql);
    waits_.push_back(
        std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start));
  }

  bool try_to(const std::string& sql) {
    try {
      execute(sql);
      return client_.affected_rows() > 0;
    } catch (const ClientError& error) {
      if (error.code == duplicate_key || error.code == no_parent || error.code == has_children) {
        return false;
      }
      throw;
    }
  }

  void insert(const std::string& table, const std::string& alias, int row,
              const std::string& values) {
    const bool done = try_to(fmt::format("INSERT INTO {} VALUES ({}, {})", table, row, values));
    pause();
    if (done) execute(shape_.hook('+', alias, row));
  }

  // As hooks do: the row is locked, taken as it is, changed, and added as it is then.
  void update(const std::string& table, const std::string& alias, int row,
              const std::string& assignment) {
    if (!lock(table, row)) return;
    execute(shape_.hook('-', alias, row));
    pause();
    try_to(fmt::format("UPDATE {} SET {} WHERE id = {}", table, assignment, row));
    pause();
    execute(shape_.hook('+', alias, row));
  }

  void remove(const std::string& table, const std::string& alias, int row) {
    if (!lock(table, row)) return;
    execute(shape_.hook('-', alias, row));
    pause();
    const bool gone = try_to(fmt::format("DELETE FROM {} WHERE id = {}", table, row));
    if (!gone) execute(shape_.hook('+', alias, row));
  }

  bool lock(const std::string& table, int row) {
    return !client_.rows(fmt::format("SELECT 1 FROM {} WHERE id = {} FOR UPDATE", table, row))
                .empty();
  }

  void change_payment() {
    const int row = id();
    switch (below(6)) {
      case 0:
      case 1:
      case 2:
        return insert("payments", "p", row, fmt::format("{}, {}", card(), one_in(10) ? 1 : 0));
      case 3: return update("payments", "p", row, fmt::format("card_id = {}", card()));
      case 4: return update("payments", "p", row, "voided = 1 - voided");
      default: return remove("payments", "p", row);
    }
  }

  void change_charge() {
    const int row = id();
    switch (below(6)) {
      case 0:
      case 1:
      case 2: return insert("charges", "t", row, fmt::format("{}, {}", id(), below(400) - 100));
      case 3: return update("charges", "t", row, fmt::format("payment_id = {}", id()));
      case 4: return update("charges", "t", row, "amount = amount + 1");
      default: return remove("charges", "t", row);
    }
  }

  CaptureCase shape_;
  Client client_;
  std::mt19937 dice_;
  int number_;
  bool apart_;
  std::vector<microseconds> waits_;
};

}  // namespace

std::vector<std::string> CaptureCase::tables() const {
  std::vector<std::string> statements{
      "CREATE TABLE payments (id INT PRIMARY KEY, card_id INT NOT NULL, voided INT NOT NULL, KEY "
      "(card_id))"};
  if (joined) {
    statements.push_back(fmt::format(
        "CREATE TABLE charges (id INT PRIMARY KEY, payment_id INT NOT NULL, amount INT NOT NULL, "
        "KEY (payment_id){})",
        foreign_keys ? ", FOREIGN KEY (payment_id) REFERENCES payments (id) ON DELETE CASCADE"
                     : ""));
  }
  return statements;
}

std::string CaptureCase::spec(const std::string& capture) const {
  return fmt::format(
      R"json({{"keepsum": 1, "database": "@URL@", "summaries": {{"card_activity": {{
        "from": "payments p", "joins": [{}], "where": "p.voided = 0",
        "group_by": {{"card_id": "p.card_id"}},
        "aggregates": {{"total": "sum({})", "n": "count(*)"}}, "capture": "{}"}}}}}})json",
      joined ? R"("charges t ON t.payment_id = p.id")" : "", joined ? "t.amount" : "p.id", capture);
}

std::string CaptureCase::hook(char sign, const std::string& alias, int id) const {
  return fmt::format(
      "INSERT INTO card_activity (card_id, total, n) SELECT p.card_id, {0}SUM({1}), {0}COUNT(*) "
      "FROM payments p {2} JOIN keepsum_captures k ON k.summary = 'card_activity' AND k.hooks = 1 "
      "WHERE p.voided = 0 AND {3}.id = {4} GROUP BY p.card_id{5} ON DUPLICATE KEY "
      "UPDATE total = card_activity.total + VALUES(total), n = card_activity.n + VALUES(n)",
      sign, joined ? "t.amount" : "p.id", joined ? "JOIN charges t ON t.payment_id = p.id" : "",
      alias, id, only_looks ? "" : " LOCK IN SHARE MODE");
}

std::set<int> CaptureCase::wrong_keys(Client& client) const {
  const std::vector<int> keys = client.numbers(fmt::format(
      "SELECT k.card_id FROM (SELECT card_id FROM payments UNION SELECT card_id FROM "
      "card_activity) k LEFT JOIN (SELECT p.card_id, SUM({}) AS total, COUNT(*) AS n FROM payments "
      "p {} WHERE p.voided = 0 GROUP BY p.card_id) e ON e.card_id = k.card_id LEFT JOIN "
      "card_activity s ON s.card_id = k.card_id WHERE COALESCE(e.total, 0) <> COALESCE(s.total, 0) "
      "OR COALESCE(e.n, 0) <> COALESCE(s.n, 0)",
      joined ? "t.amount" : "p.id", joined ? "JOIN charges t ON t.payment_id = p.id" : ""));
  return {keys.begin(), keys.end()};
}

CaptureWriters::CaptureWriters(const CaptureCase& shape, const std::string& url,
                               const std::string& isolation, bool apart)
    : shape_(shape), url_(url), isolation_(isolation), apart_(apart) {
  for (unsigned number = 0; number < writers_count; ++number) {
    threads_.emplace_back([this, number] {
      try {
        write(number);
      } catch (const std::exception& error) {
        ADD_FAILURE() << "writer " << number << ": " << error.what();
      }
    });
  }
}

void CaptureWriters::write(unsigned number) {
  Writer writer(shape_, url_, isolation_, number, apart_);
  while (!stop_) {
    try {
      writer.transact();
      ++transactions_;
    } catch (const ClientError& error) {
      if (!error.is_conflict()) throw;
      ++conflicts_;
      writer.rollback();
    }
    const auto waits = writer.take_waits();
    const std::lock_guard lock(mutex_);
    waits_.insert(waits_.end(), waits.begin(), waits.end());
  }
}

void CaptureWriters::stop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::string CaptureWriters::text() const {
  return fmt::format("{} transactions, {} conflicts", transactions_.load(), conflicts_.load());
}

void CaptureWriters::forget_waits() {
  const std::lock_guard lock(mutex_);
  waits_.clear();
}

microseconds CaptureWriters::longest_wait() {
  const std::lock_guard lock(mutex_);
  return waits_.empty() ? microseconds{0} : *std::max_element(waits_.begin(), waits_.end());
}

std::string CaptureWriters::waits() {
  const double longest = static_cast<double>(longest_wait().count()) / 1000;
  const std::lock_guard lock(mutex_);
  if (waits_.empty()) return "none";
  std::sort(waits_.begin(), waits_.end());
  const auto at = [&](double share) {
    const auto i = static_cast<std::size_t>(share * static_cast<double>(waits_.size() - 1));
    return static_cast<double>(waits_[i].count()) / 1000;
  };
  return fmt::format("{:.1f} ms (99.9 %: {:.1f}, 99 %: {:.1f}, half: {:.1f}; {} statements)",
                     longest, at(0.999), at(0.99), at(0.5), waits_.size());
}

}  // namespace keepsum::test
