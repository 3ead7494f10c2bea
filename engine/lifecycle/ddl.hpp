// Changing objects beside running writers.
//
// A statement that waits for a table makes everybody who comes later wait behind it. So it asks
// without waiting, again and again: it then takes the table in a moment when nobody has it. Where
// there is no such moment for a while it queues for a short time, and asks on. MySQL cannot be
// asked so, nor told fractions of a second: there it only queues, and another session ends its
// waiting.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "engine/lifecycle/database.hpp"

namespace keepsum::lifecycle {

struct WaitPolicy {
  // How long writers may have to queue behind one try. On SQLite nobody does.
  std::chrono::milliseconds queue_max{20};
  std::chrono::seconds give_up_after{120};
};

// One statement of DDL. Errors: transaction_conflict if the tables were in use all the time; those
// of the session.
Result<void> run_ddl(Database& database, const std::string& statement, const WaitPolicy& policy);

// One statement over several tables that triggers name: it asks, and queues never. While it waited
// for one table and held another, the server would send writers back as victims of deadlocks over
// table locks; MariaDB then runs a multi-table UPDATE with what it had prepared for the tables as
// they were, and ends with signal 11 (docs/decisions/0009-changing-a-spec.md).
// Where writers leave no moment, a session of its own queues for the `barrier` alone, at which
// they come by before they hold any of the tables, and holds it while this one asks: they wait
// there for up to `queue_max` until it is held, and as long again while it is. Without the right
// to LOCK TABLES this only asks.
// Errors: as run_ddl(), where there is no moment even so; then nothing has changed.
Result<void> run_ddl_behind_barrier(Database& database, const std::string& barrier,
                                    const std::string& statement, const WaitPolicy& policy);

// Runs `operation` while no other session can write `write` (nor read them, on MySQL and MariaDB)
// or `read`: none has a transaction open that has used them, and those that come wait. On SQLite
// that is a transaction, which a failure undoes; elsewhere LOCK TABLES, and what the operation has
// done stays done. There it may use these tables alone, and no transaction.
// Errors: as run_ddl(); those of the operation.
Result<void> run_alone(Database& database, const std::vector<std::string>& write,
                       const std::vector<std::string>& read, const WaitPolicy& policy,
                       const std::function<Result<void>()>& operation);

}  // namespace keepsum::lifecycle
