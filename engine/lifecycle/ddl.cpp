#include "engine/lifecycle/ddl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace keepsum::lifecycle {

namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds between_asks{2};
constexpr milliseconds between_looks{5};
constexpr milliseconds asking{40};  // before it queues for the first time
constexpr milliseconds asking_max{1000};
// Who may not queue asks often: the moments are short.
constexpr std::chrono::microseconds between_urgent_asks{500};

Result<void> set_limit(Database& database, std::optional<milliseconds> limit) {
  const std::string statement = database.dialect.wait_limit(limit);
  if (statement.empty()) return {};
  KEEPSUM_TRY(database.session.execute(statement));
  return {};
}

// Ends the main session's statements once they have waited too long, from a session of its own: no
// server can be told to by less than a second. Only while they wait: MariaDB that ends a statement
// while it opens a table keeps a table with half its triggers.
class Interrupter {
 public:
  // Null where nobody queues, or none can be had: then the session's own limit of a second holds.
  static std::unique_ptr<Interrupter> open(Database& database) {
    const sql::Dialect& dialect = database.dialect;
    if (dialect.session_number().empty()) return {};
    const auto number = database.session.scalar(dialect.session_number());
    if (number.has_error() || !database.open_session) return {};
    auto session = database.open_session();
    if (session.has_error()) return {};
    return std::unique_ptr<Interrupter>(new Interrupter(
        database.session, std::move(session).value(),
        dialect.waits_for_table(db::as_int64(*number)), dialect.interrupt(db::as_int64(*number))));
  }

  Result<void> run(milliseconds limit, const std::function<Result<void>()>& operation) {
    done_ = false;
    std::thread watch([&] {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, limit, [&] { return done_; })) return;
      do {
        const auto waits = other_->scalar(waits_);
        if (waits.has_error()) return;
        if (db::as_int64(*waits) == 0) continue;
        // Again if it had just ceased to wait.
        if (other_->execute(interrupt_).has_error()) return;
      } while (!wake_.wait_for(lock, between_looks, [&] { return done_; }));
    });
    auto result = operation();
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    watch.join();
    // An interruption that came too late ends the next statement instead.
    [[maybe_unused]] const auto ended = session_.execute("DO 0");
    return result;
  }

 private:
  Interrupter(db::Session& session, std::unique_ptr<db::Session> other, std::string waits,
              std::string interrupt)
      : session_(session),
        other_(std::move(other)),
        waits_(std::move(waits)),
        interrupt_(std::move(interrupt)) {}

  db::Session& session_;
  std::unique_ptr<db::Session> other_;
  std::string waits_, interrupt_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
};

bool is_worth_another_try(const Database& database, const Result<void>& result) {
  return result.has_error() && (result.error().recovery == Recovery::retry_transaction ||
                                database.dialect.gave_up_waiting(result.error()));
}

Error never_free(const WaitPolicy& policy, const Error& last) {
  Error error = last;
  error.code = ErrorCode::transaction_conflict;
  error.recovery = Recovery::retry_transaction;
  error.message = fmt::format(
      "for {} s there was no moment without a transaction that uses the tables, nor did all of "
      "them end within {} ms of waiting",
      policy.give_up_after.count(), policy.queue_max.count());
  error.hint =
      "look for long transactions (information_schema.INNODB_TRX), try again at a quieter time, or "
      "let writers wait longer with --lock-wait";
  return error;
}

// A table that a session of its own locks. That session holds nothing else and waits for nothing
// else, so nobody is sent back for it.
class Barrier {
 public:
  Barrier(Database& database, const std::string& table)
      : database_(database), lock_(database.dialect.lock_tables({table}, {})) {}

  // False if it is in use all the time, or cannot be had at all.
  bool take(milliseconds queue_max) {
    if (refused_ || !opened(queue_max)) return false;
    const auto locked = interrupter_->run(queue_max, [this] { return lock(); });
    if (locked.has_error() && locked.error().recovery == Recovery::reconnect) {
      session_.reset();  // another is opened for the next try
    } else if (locked.has_error() && !is_worth_another_try(database_, locked)) {
      refused_ = locked.error();
    }
    return locked.has_value();
  }
  // The end of its session would do as well.
  void release() {
    if (session_->execute("UNLOCK TABLES").has_error()) session_.reset();
  }
  [[nodiscard]] const std::optional<Error>& refused() const noexcept { return refused_; }

 private:
  // If this machine is gone while it holds the table, the server ends the session soon.
  bool opened(milliseconds queue_max) {
    if (session_) return true;
    if (!database_.open_session) return false;
    auto session = database_.open_session();
    if (session.has_error()) return false;
    interrupter_.reset();
    session_ = std::move(session).value();
    own_.emplace(Database{*session_, database_.catalog, database_.dialect, database_.open_session});
    interrupter_ = Interrupter::open(*own_);
    const auto idle = std::chrono::ceil<std::chrono::seconds>(queue_max) + asking_max * 4;
    const std::string limit =
        fmt::format("SET SESSION wait_timeout = {}", idle / milliseconds{1000});
    // The limit is of whole seconds; what ends the waiting sooner is the interrupter.
    const bool can_queue = interrupter_ && set_limit(*own_, milliseconds{1}).has_value() &&
                           session_->execute(limit).has_value();
    if (!can_queue) session_.reset();
    return can_queue;
  }
  Result<void> lock() {
    KEEPSUM_TRY(session_->execute(lock_));
    return {};
  }

  Database& database_;
  std::string lock_;
  std::unique_ptr<db::Session> session_;
  std::optional<Database> own_;
  std::unique_ptr<Interrupter> interrupter_;
  std::optional<Error> refused_;
};

Error no_moment(const WaitPolicy& policy, const std::optional<Error>& refused, const Error& last) {
  Error error = never_free(policy, last);
  error.message =
      fmt::format("for {} s there was no moment without a transaction that uses one of the tables",
                  policy.give_up_after.count());
  error.hint =
      "what has been built stays and is kept up: apply again at a quieter time goes on from here; "
      "long transactions are in information_schema.INNODB_TRX";
  if (refused) {
    error.hint += "; with the right to LOCK TABLES (keepsum grants) it makes writers leave one: " +
                  refused->message;
  } else {
    error.hint += "; --lock-wait lets writers wait longer";
  }
  return error;
}

// Until it works, fails for another reason, or the time is up.
Result<void> ask_again(Database& database, const WaitPolicy& policy,
                       const std::function<Result<void>()>& operation) {
  const bool can_ask = !database.dialect.wait_limit(milliseconds{0}).empty();
  const auto interrupter = Interrupter::open(database);
  const auto deadline = steady_clock::now() + policy.give_up_after;
  for (milliseconds pause = asking;; pause = std::min(pause * 2, asking_max)) {
    if (can_ask) {
      KEEPSUM_TRY(set_limit(database, milliseconds{0}));
      const auto until = steady_clock::now() + pause;
      do {
        auto asked = operation();
        if (!is_worth_another_try(database, asked)) return asked;
        std::this_thread::sleep_for(between_asks);
      } while (steady_clock::now() < until);
    }
    KEEPSUM_TRY(set_limit(database, policy.queue_max));
    auto waited = interrupter ? interrupter->run(policy.queue_max, operation) : operation();
    if (!is_worth_another_try(database, waited)) return waited;
    if (steady_clock::now() >= deadline) return never_free(policy, waited.error());
    if (!can_ask) std::this_thread::sleep_for(pause);
  }
}

}  // namespace

Result<void> run_ddl_behind_barrier(Database& database, const std::string& barrier,
                                    const std::string& statement, const WaitPolicy& policy) {
  const std::string no_wait = database.dialect.wait_limit(milliseconds{0});
  if (no_wait.empty()) return run_ddl(database, statement, policy);
  KEEPSUM_TRY(database.session.execute(no_wait));
  const auto ask_for = [&](milliseconds time) -> Result<void> {
    const auto until = steady_clock::now() + time;
    for (;;) {
      const auto executed = database.session.execute(statement);
      Result<void> asked = executed.has_error() ? Result<void>(executed.error()) : Result<void>{};
      if (!is_worth_another_try(database, asked) || steady_clock::now() >= until) return asked;
      std::this_thread::sleep_for(between_urgent_asks);
    }
  };
  Barrier held(database, barrier);
  const auto deadline = steady_clock::now() + policy.give_up_after;
  milliseconds pause = asking;
  Result<void> asked = ask_for(pause);
  while (is_worth_another_try(database, asked)) {
    if (steady_clock::now() >= deadline) {
      asked = no_moment(policy, held.refused(), asked.error());
      break;
    }
    if (held.take(policy.queue_max)) {
      asked = ask_for(policy.queue_max);
      held.release();
      if (!is_worth_another_try(database, asked)) break;
    }
    pause = std::min(pause * 2, asking_max);
    asked = ask_for(pause);
  }
  if (asked.has_error() && asked.error().recovery == Recovery::reconnect) return asked;
  KEEPSUM_TRY(set_limit(database, std::nullopt));
  return asked;
}

Result<void> run_ddl(Database& database, const std::string& statement, const WaitPolicy& policy) {
  auto done = ask_again(database, policy, [&]() -> Result<void> {
    KEEPSUM_TRY(database.session.execute(statement));
    return {};
  });
  if (done.has_error() && done.error().recovery == Recovery::reconnect) return done;
  KEEPSUM_TRY(set_limit(database, std::nullopt));
  return done;
}

Result<void> run_alone(Database& database, const std::vector<std::string>& write,
                       const std::vector<std::string>& read, const WaitPolicy& policy,
                       const std::function<Result<void>()>& operation) {
  if (database.dialect.has_transactional_ddl()) {
    return in_transaction(database.session, operation);
  }
  KEEPSUM_TRY(run_ddl(database, database.dialect.lock_tables(write, read), policy));
  auto done = operation();
  // If the connection is lost the server unlocks.
  const auto unlocked = database.session.execute("UNLOCK TABLES");
  KEEPSUM_TRY(done);
  KEEPSUM_TRY(unlocked);
  return {};
}

}  // namespace keepsum::lifecycle
