#include "tests/faults/load.hpp"

#include <fmt/format.h>

#include <chrono>

namespace keepsum::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::microseconds;

Result<void> run(db::Session& session, const std::string& statement) {
  KEEPSUM_TRY(session.execute(statement));
  return {};
}

}  // namespace

void Worker::stop() {
  stop_ = true;
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::string Worker::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void Worker::start(int threads, unsigned seed) {
  for (int i = 0; i < threads; ++i) {
    threads_.emplace_back([this, seed, i] { work(seed + static_cast<unsigned>(i)); });
  }
}

// Returns whether the session may be used again.
bool Worker::settle(db::Session& session, const Result<void>& result) {
  if (result.has_value()) {
    ++done_;
    return true;
  }
  switch (result.error().recovery) {
    case Recovery::retry_transaction: ++conflicts_; return session.rollback().has_value();
    case Recovery::reconnect: ++reconnects_; return false;
    default: break;
  }
  const std::lock_guard lock(mutex_);
  failure_ = describe(result.error());
  stop_ = true;
  return false;
}

void Worker::work(unsigned seed) {
  Dice dice(seed);
  std::unique_ptr<db::Session> session;
  while (!stop_) {
    if (!session) {
      auto opened = ground_.connect();
      if (opened.has_error()) {
        std::this_thread::sleep_for(20ms);
        continue;
      }
      session = std::move(opened).value();
    }
    const auto result = [&]() -> Result<void> {
      KEEPSUM_TRY(session->begin(db::TransactionMode::write));
      KEEPSUM_TRY(transact(*session, dice));
      return session->commit();
    }();
    if (!settle(*session, result)) session.reset();
    std::this_thread::sleep_for(pause(dice));
  }
}

Writers::Writers(const Ground& ground, int threads, unsigned seed) : Worker(ground) {
  start(threads, seed);
}

microseconds Writers::pause(Dice& dice) { return microseconds{500 + below(dice, 4000)}; }

Result<void> Writers::transact(db::Session& session, Dice& dice) {
  if (below(dice, 3) == 0) return change(session, dice);
  const std::int64_t id = next_payment_++;
  KEEPSUM_TRY(run(session, fmt::format("INSERT INTO payments VALUES ({}, {}, {}, 0)", id,
                                       1 + below(dice, cards), 1 + below(dice, merchants))));
  return run(session, fmt::format("INSERT INTO charges VALUES ({0}, {0}, {1}, {2})", id,
                                  1 + below(dice, 20'000), below(dice, 2)));
}

Result<void> Writers::change(db::Session& session, Dice& dice) {
  const std::int64_t id = 1 + below(dice, next_payment_ - 1);
  switch (below(dice, 5)) {
    case 0:
      return run(session, fmt::format("UPDATE charges SET amount = amount - {} WHERE id = {}",
                                      below(dice, 9000), id));
    case 1:
      return run(session, fmt::format("UPDATE payments SET voided = 1 - voided WHERE id = {}", id));
    case 2:
      return run(session,
                 fmt::format("UPDATE payments SET card_id = {}, merchant_id = {} WHERE id = {}",
                             1 + below(dice, cards), 1 + below(dice, merchants), id));
    case 3: return run(session, fmt::format("DELETE FROM charges WHERE id = {}", id));
    default:
      KEEPSUM_TRY(run(session, fmt::format("UPDATE charges SET amount = 1 WHERE id = {}", id)));
      KEEPSUM_TRY(session.rollback());
      return session.begin(db::TransactionMode::write);
  }
}

Spoiler::Spoiler(const Ground& ground, unsigned seed) : Worker(ground) { start(1, seed); }

microseconds Spoiler::pause(Dice& dice) { return microseconds{1000 * (5 + below(dice, 60))}; }

Result<void> Spoiler::transact(db::Session& session, Dice& dice) {
  const std::int64_t batch = ++batch_;
  const std::int64_t card = 1 + below(dice, cards);
  const std::string column = below(dice, 2) == 0 ? "total" : "charges";
  const std::int64_t odd = card % 2;
  const std::int64_t amount = (odd != 0 ? -1 : 1) * (1 + below(dice, 900));
  switch (below(dice, 12)) {
    case 0: return invent(session, 1'000'000 + 2 * batch);
    case 1: return remove(session, card | 1);
    case 2:
    case 3:  // enough that their repair can be met in its middle
      return add(
          session, column,
          fmt::format("card_id BETWEEN {} AND {} AND card_id % 2 = {}", card, card + 700, odd),
          amount);
    default: return add(session, column, fmt::format("card_id = {}", card), amount);
  }
}

// Noted first, which locks the rows. The second statement asks for the note, because a row may have
// come meanwhile.
Result<void> Spoiler::add(db::Session& session, const std::string& column, const std::string& which,
                          std::int64_t amount) const {
  KEEPSUM_TRY(
      run(session, ground_.sql(fmt::format("INSERT INTO spoilt (batch, card_id, column_name, "
                                           "amount) SELECT {}, card_id, '{}', {} FROM "
                                           "card_activity WHERE {} ORDER BY card_id{{for_update}}",
                                           batch_, column, amount, which))));
  return run(session, fmt::format("UPDATE card_activity SET {0} = {0} + {1} WHERE {2} AND card_id "
                                  "IN (SELECT card_id FROM spoilt "
                                  "WHERE batch = {3})",
                                  column, amount, which, batch_));
}

// Locked first: a row that a writer makes between two of these statements would be noted in part.
Result<void> Spoiler::remove(db::Session& session, std::int64_t card) const {
  KEEPSUM_ASSIGN(const auto there,
                 session.row(ground_.sql(fmt::format(
                     "SELECT 1 FROM card_activity WHERE card_id = {} AND total > 0 AND charges > "
                     "0{{for_update}}",
                     card))));
  if (!there) return {};
  for (const char* const column : {"total", "charges", "refunds"}) {
    KEEPSUM_TRY(run(
        session,
        ground_.sql(fmt::format(
            "INSERT INTO spoilt (batch, card_id, column_name, amount) SELECT {0}, card_id, '{1}', "
            "-{1} "
            "FROM card_activity WHERE card_id = {2}{{for_update}}",
            batch_, column, card))));
  }
  return run(session, fmt::format("DELETE FROM card_activity WHERE card_id = {}", card));
}

Result<void> Spoiler::invent(db::Session& session, std::int64_t card) const {
  KEEPSUM_TRY(run(session, fmt::format("INSERT INTO spoilt (batch, card_id, column_name, amount) "
                                       "VALUES ({0}, {1}, 'total', 77), "
                                       "({0}, {1}, 'charges', 1)",
                                       batch_, card)));
  return run(
      session,
      fmt::format("INSERT INTO card_activity (card_id, total, charges) VALUES ({}, 77, 1)", card));
}

}  // namespace keepsum::test
