#include "engine/lifecycle/database.hpp"

#include <algorithm>
#include <chrono>
#include <thread>

namespace keepsum::lifecycle {

namespace {

Result<void> attempt(db::Session& session, const std::function<Result<void>()>& operation) {
  KEEPSUM_ASSIGN(auto transaction, db::Transaction::begin(session, db::TransactionMode::write));
  KEEPSUM_TRY(operation());
  return transaction.commit();
}

}  // namespace

Result<void> in_transaction(db::Session& session, const std::function<Result<void>()>& operation,
                            int attempts) {
  std::chrono::milliseconds pause{5};
  for (int i = 1;; ++i) {
    auto result = attempt(session, operation);
    if (result.has_value() || result.error().recovery != Recovery::retry_transaction ||
        i >= attempts) {
      return result;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds{500});
  }
}

}  // namespace keepsum::lifecycle
