// Columns are added to the table that is read, or dropped from it.
#include <thread>

#include "engine/lifecycle/alteration.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/spec_change.hpp"
#include "engine/plan/part.hpp"

namespace keepsum::lifecycle {

Result<std::int64_t> Alteration::in_place() {
  const bool back = change_.back;
  if (!change_.under_way) KEEPSUM_TRY(begin(""));
  const bool fills = !back && !change_.added.empty() && record_.plan_hash != target_.plan_hash;
  const bool turns = !back && !fills && record_.plan_hash != target_.plan_hash;
  const auto marks = marks_from_here();
  if (turns) {
    // No figure that the new spec reads changes: it is true of the table as it is.
    KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
    KEEPSUM_TRY(write_down(std::nullopt));
  }
  KEEPSUM_TRY(make_triggers());
  std::int64_t keys = 0;
  if (fills) {
    KEEPSUM_ASSIGN(keys, fill());
    KEEPSUM_TRY(write_down(std::nullopt));
    KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
  }
  if (back) KEEPSUM_TRY(drop_leftovers(database_, name(), options_.waits));
  KEEPSUM_TRY(indexes());  // first: a column of an index cannot go
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (table) {
    const auto difference = column_difference(*table, plan_, dialect_);
    for (const std::string& sql :
         dialect_.drop_columns(name(), difference.generated, difference.stored)) {
      say("what no trigger names any more goes");
      KEEPSUM_TRY(statement(sql));
    }
  }
  KEEPSUM_TRY(finish());
  if (back || !fills) KEEPSUM_TRY(set_live_marks(database_, name(), marks, options_.waits));
  return keys;
}

// Columns first: no trigger may name one that is not there. Each replacement waits for the
// transactions that use its table. So after the last one, none is open in which a trigger of the
// old spec has run, and the snapshot of the fill has either both of a row and its delta, or
// neither.
Result<void> Alteration::make_triggers() {
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (!table) return {};
  const auto missing = column_difference(*table, plan_, dialect_).missing;
  const auto columns = dialect_.add_columns(name(), missing);
  KEEPSUM_ASSIGN(const Capturing now, capturing(database_, plan_));
  const bool by_hooks = plan_.spec.capture == schema::Capture::hooks;
  const auto remaking = by_hooks ? std::vector<std::string>{} : remaking_statements(now, dialect_);
  if (!columns.empty()) say("the columns are added");
  if (!remaking.empty()) say("the triggers become those of the spec");
  if (dialect_.has_transactional_ddl()) {
    if (columns.empty() && remaking.empty()) return {};
    return in_transaction(database_.session, [&]() -> Result<void> {
      KEEPSUM_TRY(lease_.check());
      for (const std::string& sql : columns) KEEPSUM_TRY(database_.session.execute(sql));
      for (const std::string& sql : remaking) KEEPSUM_TRY(database_.session.execute(sql));
      return {};
    });
  }
  KEEPSUM_TRY(statements(columns));
  if (remaking.empty()) return {};
  return statements(replacing_statements(now, plan_, dialect_));
}

Result<std::int64_t> Alteration::fill() {
  say("the new columns are filled and verified");
  const std::set<std::string> added(change_.added.begin(), change_.added.end());
  return reconcile::backfill_part(database_, plan::part_of(plan_, added), lease_,
                                  options_.reconcile);
}

// An index takes as long as it takes, beside readers and writers; only at its beginning and end it
// needs the table for a moment, for which it queues a second at most.
Result<void> Alteration::indexes() {
  constexpr int tries_max = 30;
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table(name()));
  if (!table) return {};
  for (const std::string& sql : index_statements(*table, plan_, dialect_)) {
    say(sql);
    for (int i = 1;; ++i) {
      KEEPSUM_TRY(lease_.check());
      const auto done = database_.session.execute(sql);
      if (done.has_value()) break;
      if (!dialect_.gave_up_waiting(done.error()) || i >= tries_max) return done.error();
      std::this_thread::sleep_for(std::chrono::milliseconds{200});
    }
  }
  return {};
}

}  // namespace keepsum::lifecycle
