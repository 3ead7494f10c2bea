// Reads under a lock, for limit checks, and reads that set a latch.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/embed/reader_impl.hpp"

namespace keepsum::reading {

namespace {

std::vector<db::Value> twice(Key key) {
  std::vector<db::Value> values(key.begin(), key.end());
  values.insert(values.end(), key.begin(), key.end());
  return values;
}

}  // namespace

// Upserting first, rather than after a locking read has found nothing: such a read locks, at
// REPEATABLE READ, the gap that the group's row would be in, and with it those of other new groups;
// two sessions that hold the gap and then insert end in a deadlock.
Result<Core::Impl::Rows> Core::Impl::lock_and_read(db::Session& session, Key key) const {
  if (!lock_and_read_.empty()) return rows_if_there(session, lock_and_read_, twice(key));
  KEEPSUM_ASSIGN(const Rows locked, rows_if_there(session, lock_group_, key));
  if (!locked) return Rows();
  return rows_if_there(session, read_locked_, key);
}

// For a summary of another meaning, which may lack a column, or before there are control tables:
// whoever asks for the group locks the same row all the same.
Result<void> Core::Impl::lock_only(db::Session& session, Key key) const {
  KEEPSUM_ASSIGN(const Rows locked, rows_if_there(session, lock_group_, key));
  if (locked) return {};
  const std::vector<db::Value> name{plan_.spec.name};
  KEEPSUM_ASSIGN(
      const Rows noted,
      rows_if_there(session, "SELECT state FROM keepsum_summaries WHERE name = ?", name));
  const bool is_noted = noted && !noted->empty();
  Error error = refusal(plan_, ErrorCode::plan_moved,
                        "get_for_update(): there is no table with a row of the group to lock",
                        is_noted ? "the summary is being built: try again"
                                 : "run `keepsum apply` before services that lock its groups");
  error.recovery = is_noted ? Recovery::retry_transaction : Recovery::fix_spec;
  return error;
}

Result<db::Row> Core::Impl::get_for_update(db::Session& session, Key key) const {
  KEEPSUM_TRY(check(key));
  if (!session.in_transaction()) {
    return refusal(plan_, ErrorCode::not_in_transaction,
                   "get_for_update() was called outside a transaction: its lock would be gone "
                   "before it returned",
                   "begin a transaction, read, decide and write in it, then commit");
  }
  Rows rows;
  if (!only_source_) {
    KEEPSUM_ASSIGN(rows, lock_and_read(session, key));
  }
  if (!rows) {
    KEEPSUM_TRY(lock_only(session, key));
  } else if (!rows->empty()) {
    db::Row& row = rows->front();
    const bool is_same_key = db::as_int64(row.back()) == 1;
    KEEPSUM_ASSIGN(const bool same, means_the_same(session, row[row.size() - 2]));
    if (is_same_key && same) return from_summary(row);
  }
  return ask_source(session, read_source_now_, key);
}

Result<Core::Impl::Rows> Core::Impl::read_flag(db::Session& session, const Flag& flag,
                                               Key key) const {
  KEEPSUM_ASSIGN(Rows rows, rows_if_there(session, text_for(session, flag.read), key));
  const bool found = rows && !rows->empty();
  if (found || !is_inside(session) || flag.read_filled.empty()) return rows;
  return rows_if_there(session, flag.read_filled, key);
}

Result<bool> Core::Impl::latched(db::Session& session, Key key, std::string_view column) const {
  const auto found = flags_.find(column);
  if (found == flags_.end()) {
    std::vector<std::string> names;
    for (const auto& [name, flag] : flags_) names.push_back(name);
    return refusal(
        plan_, ErrorCode::invalid_argument,
        fmt::format("latched(): `{}` is no column of any() or latch(); these are: {}", column,
                    names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  KEEPSUM_TRY(check(key));
  const Flag& flag = found->second;
  db::Value hash;
  if (!only_source_) {
    KEEPSUM_ASSIGN(const Rows rows, read_flag(session, flag, key));
    if (rows && !rows->empty()) {
      const db::Row& row = rows->front();
      KEEPSUM_ASSIGN(const bool same, means_the_same(session, row[1]));
      if (same && db::as_int64(row[0]) != 0) return true;
      if (same && db::as_int64(row[2]) != 0) return false;
      if (same) hash = row[1];
    }
  }
  KEEPSUM_ASSIGN(const auto shown, session.row(flag.ask_source, key));
  if (!shown) return false;
  if (!flag.set.empty() && !db::is_null(hash)) KEEPSUM_TRY(set_latch(session, flag, key, hash));
  return true;
}

// The answer is known by now. What keeps it from being noted is the caller's business only if it
// may have ended the caller's transaction.
Result<void> Core::Impl::set_latch(db::Session& session, const Flag& flag, Key key,
                                   const db::Value& hash) const {
  const bool part_of_transaction = session.in_transaction();
  std::vector<db::Value> params(key.begin(), key.end());
  params.push_back(hash);
  auto done = session.execute(flag.set, params);
  if (done.has_value() || !part_of_transaction) return {};
  const ErrorCode code = done.error().code;
  if (code != ErrorCode::transaction_conflict && code != ErrorCode::connection_lost) return {};
  return std::move(done).error();
}

}  // namespace keepsum::reading
