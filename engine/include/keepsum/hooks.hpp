// Embedded hooks: a service that writes its tables itself keeps its summaries true in the same
// transaction, at the cost of the UPSERT it would have written by hand.
//
//   auto hooks = keepsum::mysql::load_hooks(handle, spec_text);      // once, at start-up
//   auto session = keepsum::mysql::borrow(handle);                   // per connection
//   …  BEGIN; INSERT INTO payments …;
//   auto done = hooks->inserted(*session, "payments", {{payment_id}});
//   if (!done.has_value()) …  done.error().recovery says what to do
//   …  COMMIT;
//
// Thread safety: a WriteHooks is immutable; share one between threads. A session is one thread's.
#pragma once

#include <cstddef>
#include <functional>
#include <keepsum/export.hpp>
#include <keepsum/result.hpp>
#include <keepsum/session.hpp>
#include <keepsum/value.hpp>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keepsum {

namespace plan {
struct SummaryPlan;
}
namespace sql {
class Dialect;
}

class KEEPSUM_API WriteHooks {
 public:
  // For the summaries among `plans` that are captured by hooks; those with triggers need none.
  WriteHooks(std::span<const plan::SummaryPlan> plans, const sql::Dialect& dialect);

  // Each call concerns one row, named by its table and its primary key's values in the order of
  // the key, and must stand in the row's own transaction, next to the row's own statement:
  // before another row of the same join is changed.
  //
  // Effects: at most one upsert of each group the row is part of (and, where min or max held the
  // row's value, a look-up of the next one). Takes a shared lock on the joined rows and an
  // exclusive one on the groups' rows and, before an update or a delete, on the row itself, until
  // the transaction ends. Does nothing for a row that no
  // summary reads, and sends nothing where a foreign key proves that nothing can change.
  // Never begins, commits, rolls back or changes a setting of the session.
  //
  // Errors, all with the transaction still the caller's to end:
  //   not_in_transaction    none: call it inside the transaction that changes the row
  //   invalid_argument      none: unknown table, or not as many values as the key has columns
  //   transaction_conflict  retry_transaction: roll back, run the whole transaction again
  //   connection_lost       reconnect: then run the whole transaction again
  //   others                none: roll back; committing would leave the summary wrong
  Result<void> inserted(db::Session& session, std::string_view table,
                        std::span<const db::Value> primary_key) const;
  // Before the UPDATE, which must be of this row; then updated() after it. If the UPDATE changes
  // nothing or fails and the transaction goes on, updated() must be called all the same.
  // updating() and deleting(), on MySQL and MariaDB, if the row is not there:
  //   row_not_found         none: do not run the statement; another transaction may insert the
  //                         row meanwhile. The summary is untouched, the transaction may go on.
  Result<void> updating(db::Session& session, std::string_view table,
                        std::span<const db::Value> primary_key) const;
  Result<void> updated(db::Session& session, std::string_view table,
                       std::span<const db::Value> primary_key) const;
  // Before the DELETE. Children that go with the row by a foreign key action are seen to.
  Result<void> deleting(db::Session& session, std::string_view table,
                        std::span<const db::Value> primary_key) const;

 private:
  struct Statement {
    std::string sql;
    std::size_t key_repeats = 1;
    bool locks_row = false;
  };
  struct Table {
    std::size_t key_columns = 0;
    std::vector<Statement> statements[4];  // by moment
  };
  Result<void> run(db::Session& session, std::string_view table,
                   std::span<const db::Value> primary_key, std::size_t moment) const;

  std::map<std::string, Table, std::less<>> tables_;  // by name in lower case
};

}  // namespace keepsum
