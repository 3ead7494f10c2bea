#include "tests/integration/concurrency_writers.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <keepsum/mysql.hpp>
#include <optional>
#include <random>

#include "tests/integration/concurrency_changes.hpp"
#include "tests/integration/concurrency_database.hpp"

namespace keepsum::test {

namespace {

constexpr unsigned duplicate_key = 1062;

class Writer {
 public:
  Writer(const WriterOptions& options, unsigned number, WriterCounts& counts)
      : options_(options),
        counts_(counts),
        client_(options.url),
        borrowed_(mysql::borrow(client_.handle())),
        changes_(options.seed * 1000 + number) {
    client_.execute("SET SESSION TRANSACTION ISOLATION LEVEL " + options.isolation);
    client_.execute("SET SESSION innodb_lock_wait_timeout = 10");
  }

  // One transaction, run again until no conflict ends it.
  void transact() {
    const Changes before = changes_;
    for (unsigned attempts = 1;; ++attempts) {
      try {
        attempt();
        return;
      } catch (const ClientError& error) {
        if (!error.is_conflict()) throw;
        count(error);
        client_.execute("ROLLBACK");
        changes_ = before;
        std::this_thread::sleep_for(std::chrono::microseconds{dice_() % (1000 * attempts)});
      }
    }
  }

  void apply(const Change& change) {
    try {
      options_.hooks == nullptr ? client_.execute(change.sql) : with_hooks(change);
    } catch (const ClientError& error) {
      if (error.code != duplicate_key) throw;
    }
  }
  void begin() {
    client_.execute("START TRANSACTION");
    if (options_.hooks != nullptr) unit_.emplace(*options_.hooks, *borrowed_);
  }
  void apply_unit() {
    if (unit_) check(unit_->apply());
  }

  void rest() {
    const double mean_s = std::chrono::duration<double>(options_.rest).count();
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::exponential_distribution{1 / mean_s}(dice_)));
  }

  Client& client() { return client_; }

 private:
  void attempt() {
    begin();
    const int statements = 1 + changes_.below(4);
    for (int i = 0; i < statements; ++i) {
      const bool undone = changes_.one_in(8);
      if (undone) client_.execute("SAVEPOINT here");
      const UnitOfWork::Mark mark = unit_ ? unit_->mark() : 0;
      change_something();
      if (undone) {
        client_.execute("ROLLBACK TO SAVEPOINT here");
        if (unit_) unit_->rollback_to(mark);
      } else if (changes_.one_in(4)) {
        apply_unit();  // as often as one likes
      }
      // Open for longer than it takes, so that all eight are at work at once on any machine.
      std::this_thread::sleep_for(std::chrono::microseconds{dice_() % 2000});
    }
    const bool gives_up = changes_.one_in(6);
    if (!gives_up) apply_unit();
    client_.execute(gives_up ? "ROLLBACK" : "COMMIT");
    ++counts_.transactions;
    if (gives_up) ++counts_.rollbacks;
  }

  void change_something() {
    if (options_.hooks == nullptr && changes_.one_in(5)) {
      try {
        client_.execute(changes_.multi_row());
      } catch (const ClientError& error) {
        if (error.code != duplicate_key) throw;
      }
    } else {
      apply(changes_.single());
    }
  }

  // As <keepsum/summaries.hpp> documents it, and no locking beyond that.
  void with_hooks(const Change& change) {
    const PrimaryKey id{change.id}, new_id{change.new_id};
    switch (change.kind) {
      case Change::Kind::insert:
        client_.execute(change.sql);
        check(unit_->inserted(change.table, id));
        return;
      case Change::Kind::remove:
        if (check(unit_->deleting(change.table, id))) client_.execute(change.sql);
        return;
      case Change::Kind::update:
        if (!check(unit_->updating(change.table, id))) return;
        client_.execute(change.sql);
        if (new_id != id) check(unit_->updated(change.table, new_id));
        return;
    }
  }

  static bool check(const Result<void>& done) {
    if (done.has_value()) return true;
    if (done.error().code == ErrorCode::row_not_found) return false;
    throw ClientError(static_cast<unsigned>(done.error().native_code), describe(done.error()));
  }

  void count(const ClientError& error) {
    ++(error.code == 1213   ? counts_.deadlocks
       : error.code == 1205 ? counts_.timeouts
                            : counts_.stale);
  }

  WriterOptions options_;
  WriterCounts& counts_;
  Client client_;
  std::unique_ptr<db::Session> borrowed_;  // of the client's handle
  std::optional<UnitOfWork> unit_;
  Changes changes_;
  std::mt19937 dice_{std::random_device{}()};
};

}  // namespace

std::string WriterCounts::text() const {
  return fmt::format(
      "{} transactions, {} rolled back; retried: {} deadlocks, {} lock waits, {} stale",
      transactions.load(), rollbacks.load(), deadlocks.load(), timeouts.load(), stale.load());
}

Writers::Writers(const WriterOptions& options, int transactions)
    : open_transactions_(transactions == 0 ? std::int64_t{1} << 40 : transactions) {
  for (unsigned number = 0; number < options.threads; ++number) {
    threads_.emplace_back([this, options, number] {
      try {
        Writer writer(options, number, counts_);
        while (open_transactions_-- > 0) {
          writer.transact();
          if (options.rest.count() > 0) writer.rest();
        }
      } catch (const std::exception& error) {
        ADD_FAILURE() << "writer " << number << ": " << error.what();
      }
    });
  }
}

void Writers::join() {
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void Writers::stop() {
  open_transactions_ = 0;
  join();
}

void fill_tables(const WriterOptions& options) {
  WriterCounts counts;
  Writer writer(options, 99, counts);
  Changes changes(options.seed);
  writer.begin();
  for (int i = 0; i < 4000; ++i) {
    const Change change = changes.single();
    if (change.kind == Change::Kind::insert) writer.apply(change);
  }
  writer.apply_unit();
  writer.client().execute("COMMIT");
  // Statistics of empty tables would make the optimizer scan, and a locking scan meets everyone.
  (void)writer.client().rows("ANALYZE TABLE payments, request_histories, balance_transactions");
}

}  // namespace keepsum::test
