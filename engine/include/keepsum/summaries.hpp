// Embedded hooks: a service that writes its tables itself keeps its summaries true in the same
// transaction, at the cost of the UPSERT it would have written by hand.
//
//   auto summaries = keepsum::mysql::load(handle, spec_text);     // once, at start-up
//   auto session = keepsum::mysql::borrow(handle);                // once per connection
//
//   …  BEGIN; INSERT INTO payments …; INSERT INTO request_histories …
//   keepsum::UnitOfWork unit(*summaries, *session);               // once per transaction
//   unit.inserted("payments", {payment_id});
//   unit.inserted("request_histories", {request_id});
//   auto done = unit.apply();                                     // one statement per summary
//   if (!done.has_value()) …  done.error().recovery says what to do
//   …  COMMIT;
//
// Where the service has the values at hand, it can give them, and no row need be read back:
//   unit.inserted("payments", {payment_id}, {{"card_id", card_id}, {"voided", 0}});
//
// Only summaries with "capture": "hooks" are written; for the others every call does nothing. And
// while triggers still write such a summary (see `keepsum apply`), its statements change nothing,
// transaction by transaction: no row is counted twice, none is missed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/value.hpp>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum {

namespace embed {
class Compiled;
}

// The primary key's values of one row, in the order of the key.
using PrimaryKey = std::vector<db::Value>;

// A value that a row was inserted with.
struct Given {
  std::string_view column;
  db::Value value;
};

// A spec compiled against a database. Immutable and cheap to copy: share one between threads.
class KEEPSUM_API Summaries {
 public:
  explicit Summaries(std::shared_ptr<const embed::Compiled> compiled);

  // In the order of the spec.
  [[nodiscard]] std::vector<std::string> names() const;

  // A UnitOfWork of one inserted row, applied at once: next to the row's own INSERT, before
  // another row of the same join is changed. Errors as UnitOfWork::apply().
  Result<void> inserted(db::Session& session, std::string_view table, const PrimaryKey& key) const;

  [[nodiscard]] const embed::Compiled& compiled() const noexcept { return *compiled_; }

 private:
  std::shared_ptr<const embed::Compiled> compiled_;
};

// The changes of one transaction, collected and applied once, right before its COMMIT.
//
//   Δ = contributions of the joined rows that hold a noted row, as they are at apply()
//     − contributions of the same rows as they were before they were changed
//
// What is inserted is only noted; what is about to be updated or deleted is locked and its old
// contributions are read. apply() reads the new ones and merges the net difference: one upsert for
// each summary, groups in key order, so that a hot group's row is locked last and for the shortest
// time. Many payments of one card fold into one change of its row; what cancels out is not
// written.
//
// Preconditions: `summaries` and `session` outlive it; every call is made inside one transaction of
// the session, which the caller begins and ends. Never begins, commits, rolls back or changes a
// setting of the session. Discard it when the transaction is rolled back, and begin a new one.
// Not thread-safe.
//
// Errors of every call, all with the transaction still the caller's to end:
//   not_in_transaction    none: call it inside the transaction that changes the rows
//   invalid_argument      none: a table that no summary reads, not as many values as the key has
//                         columns, or more than rows_max rows noted
//   transaction_conflict  retry_transaction: roll back, run the whole transaction again
//   connection_lost       reconnect: then run the whole transaction again
//   others                none: roll back; committing would leave the summary wrong
class KEEPSUM_API UnitOfWork {
 public:
  // More rows than this belong into several apply()s.
  static constexpr std::size_t rows_max = 8192;

  [[gnu::hot]] UnitOfWork(const Summaries& summaries, db::Session& session);
  UnitOfWork(UnitOfWork&&) noexcept;
  UnitOfWork& operator=(UnitOfWork&&) noexcept;
  [[gnu::hot]] ~UnitOfWork();

  // After an INSERT that made these rows. Not for rows that were there before: an INSERT IGNORE or
  // upsert of yours that met one has inserted nothing. Sends nothing.
  [[gnu::hot]] Result<void> inserted(std::string_view table, const PrimaryKey& key);
  [[gnu::hot]] Result<void> inserted(std::string_view table, std::initializer_list<db::Value> key);
  Result<void> inserted(std::string_view table, std::span<const PrimaryKey> keys);
  // The same, with values of the row as the INSERT set them. Precondition: they are what the table
  // now holds. Optional, for speed: where the given rows of a unit of work make up a whole joined
  // row, the summary's UPSERT takes its values from them, and is the one a person would write.
  // What is missing, or might be stored otherwise than it was given (a date, a floating number, a
  // digit too many, a table with a BEFORE INSERT trigger), is read from the table.
  [[gnu::hot]] Result<void> inserted(std::string_view table, const PrimaryKey& key,
                                     const std::vector<Given>& values);
  [[gnu::hot]] Result<void> inserted(std::string_view table, const PrimaryKey& key,
                                     std::initializer_list<Given> values);
  [[gnu::hot]] Result<void> inserted(std::string_view table, std::initializer_list<db::Value> key,
                                     std::initializer_list<Given> values);

  // Before an UPDATE of these rows and of no others of the table. If the UPDATE fails or changes
  // nothing, nothing more need be done. One locking read of the rows by primary key, and one of
  // what they are joined with, under a shared lock; nothing for rows noted before.
  // On MySQL and MariaDB, if one of the rows is not there:
  //   row_not_found         none: do not run the statement; another transaction may insert the
  //                         row meanwhile. Nothing is noted, the transaction may go on.
  Result<void> updating(std::string_view table, const PrimaryKey& key);
  Result<void> updating(std::string_view table, std::span<const PrimaryKey> keys);
  // After the UPDATE, and only if it changed the primary key: the new one. Sends nothing.
  Result<void> updated(std::string_view table, const PrimaryKey& new_key);

  // Before a DELETE of these rows. As updating(). Children that go with a row by a foreign key
  // action that the join follows are seen to.
  Result<void> deleting(std::string_view table, const PrimaryKey& key);
  Result<void> deleting(std::string_view table, std::span<const PrimaryKey> keys);

  // Right before COMMIT: writes the net difference. Nothing is noted afterwards; more may be, and
  // applied again, in the same transaction. Locks the joined rows shared and the groups' rows
  // exclusively until the transaction ends. A ROLLBACK TO a savepoint that is older than an
  // apply() undoes what it wrote: then roll back the whole transaction.
  [[gnu::hot]] Result<void> apply();

  // Around a savepoint: after ROLLBACK TO SAVEPOINT, forget what was noted since.
  using Mark = std::uint64_t;
  [[nodiscard]] Mark mark() const noexcept;
  void rollback_to(Mark mark);

  // Rows noted since the last apply(): to assert that none is forgotten at COMMIT.
  [[nodiscard]] std::size_t noted() const noexcept;

 private:
  class KEEPSUM_INTERNAL State;
  std::unique_ptr<State> state_;
};

}  // namespace keepsum
