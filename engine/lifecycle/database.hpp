// One open database, as the long operations need it.
#pragma once

#include <functional>
#include <keepsum/session.hpp>
#include <memory>

#include "engine/db/catalog.hpp"
#include "engine/sql/dialect.hpp"

namespace keepsum::lifecycle {

// All references outlive the operation. `open_session` gives a further session of our own, for
// what must go on beside the main one (the lease's heartbeat); it may be called from any thread.
struct Database {
  db::Session& session;
  db::Catalog& catalog;
  const sql::Dialect& dialect;
  std::function<Result<std::unique_ptr<db::Session>>()> open_session;
};

// Runs `operation` in a transaction of its own and commits it. On transaction_conflict rolls back
// and tries again with a growing pause, at most `attempts` times. A lost connection is returned
// at once: whether the commit took place is then unknown.
Result<void> in_transaction(db::Session& session, const std::function<Result<void>()>& operation,
                            int attempts = 20);

}  // namespace keepsum::lifecycle
