#include "engine/reconcile/held_lists.hpp"

namespace keepsum::reconcile {

bool has_one_writer(const lifecycle::Database& database) {
  return database.dialect.hold_slots().empty();
}

Result<std::unique_ptr<HeldLists>> HeldLists::hold(lifecycle::Database& database,
                                                   const plan::SummaryPlan& plan) {
  if (has_one_writer(database) || !plan.has_places()) return std::unique_ptr<HeldLists>();
  const std::string statement = database.dialect.hold_slots();
  constexpr int attempts_max = 60;
  KEEPSUM_ASSIGN(auto session, database.open_session());
  for (int attempt = 1;; ++attempt) {
    KEEPSUM_TRY(session->execute("START TRANSACTION"));
    const auto held = session->rows(statement);
    if (held.has_value()) break;
    KEEPSUM_TRY(session->execute("ROLLBACK"));
    const bool again = held.error().recovery == Recovery::retry_transaction;
    if (!again || attempt == attempts_max) return held.error();
  }
  return std::unique_ptr<HeldLists>(new HeldLists(std::move(session)));
}

}  // namespace keepsum::reconcile
