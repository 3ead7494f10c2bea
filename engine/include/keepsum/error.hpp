// The error value every fallible keepsum call returns.
//
// A caller of keepsum often holds a money transaction, so an error answers, besides
// "what went wrong", the only question that matters then: what to do next.
#pragma once

#include <keepsum/export.hpp>
#include <string>
#include <string_view>

namespace keepsum {

enum class ErrorCode {
  invalid_argument,       // the call itself is wrong (unknown table, key of the wrong shape, …)
  invalid_spec,           // the spec is refused; `message` holds the rendered diagnostics
  not_in_transaction,     // an embedded hook was called outside a transaction
  row_not_found,          // an embedded hook was called for a row that is not there
  transaction_conflict,   // deadlock, lock wait timeout, stale snapshot, busy database
  connection_lost,        // the session is unusable; the outcome of a commit in flight is unknown
  statement_failed,       // the server refused a statement
  statement_timed_out,    // it ran into a limit of time, and has done nothing
  interrupted,            // it was made to end, and has done nothing
  access_denied,          // missing privilege or wrong credentials
  lease_held,             // another reconciler works on this summary
  lease_lost,             // this run's lease was taken over; nothing more may be repaired
  guard_stopped,          // more drift than the guard allows to be repaired
  plan_moved,             // the plan is no longer the one that was agreed to
  time_budget_spent,      // stopped between chunks; the next run goes on
  unsupported,            // keepsum cannot do this here; `hint` says what can be done
  io_failed,              // a file could not be read or written
  internal,               // a keepsum defect; please report it
};

// What the caller should do next.
enum class Recovery {
  none,               // repeating the call will fail again
  fix_spec,           // change the spec or the schema
  retry_transaction,  // roll back, then run the whole transaction again
  reconnect,          // open a new session, then run the whole transaction again
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  Recovery recovery = Recovery::none;
  std::string message;         // keepsum's own words: safe to log
  std::string where;           // the operation or object, e.g. "apply card_activity"
  std::string hint;            // what to do next, may be empty
  int native_code = 0;         // the database's error number, 0 if none
  std::string server_message;  // the database's words: may contain row data, log with care
};

[[nodiscard]] KEEPSUM_API std::string_view to_string(ErrorCode code) noexcept;
[[nodiscard]] KEEPSUM_API std::string_view to_string(Recovery recovery) noexcept;

// One line per fact: "error: …", "  at: …", "  server: …", "  hint: …". Ends without a newline.
[[nodiscard]] KEEPSUM_API std::string describe(const Error& error);

}  // namespace keepsum
