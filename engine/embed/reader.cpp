// Where a group's values come from, decided by what each statement says of the summary's state.
//
// The plain read names the mark of a live summary (lifecycle/marks.hpp): it is the SELECT one would
// write by hand, and fails where the mark is missing. But a snapshot older than the mark would be
// vouched for by it, so inside a transaction whose snapshot may be older the read asks instead.
//
// A live summary is recognised by the hash of what it was applied with, which comes with its
// values. Which hashes mean what this reader's spec means is learnt from the definitions noted
// beside them: the definition is part of what is hashed, so what was learnt of a hash stays true.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>

#include "engine/embed/reader_impl.hpp"
#include "engine/lifecycle/change_set.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::reading {

namespace {

constexpr std::chrono::seconds between_plain_tries{1};

template <class Render>
std::vector<std::string> for_powers_of_two(std::size_t max, const Render& render) {
  std::vector<std::string> texts;
  for (std::size_t count = 1; count <= max; count *= 2) texts.push_back(render(count));
  return texts;
}

}  // namespace

Error refusal(const plan::SummaryPlan& plan, ErrorCode code, std::string message,
              std::string hint) {
  Error error;
  error.code = code;
  error.where = plan.spec.name;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

Core::Impl::Impl(const Summaries& summaries, const plan::SummaryPlan& plan,
                 std::vector<FieldSpec> fields, sql::Columns columns)
    : key_columns_(plan.keys.size()),
      only_source_(plan.spec.shadow),
      snapshots_outlive_marks_(!summaries.compiled().dialect().has_transactional_ddl()),
      read_plain_(sql::read_plain(plan, summaries.compiled().dialect(), columns,
                                  lifecycle::live_mark(plan, summaries.compiled().dialect()))),
      summaries_(summaries),
      plan_(plan),
      dialect_(summaries.compiled().dialect()),
      fields_(std::move(fields)),
      columns_(std::move(columns)),
      definition_(lifecycle::definition_of(plan, dialect_)),
      shape_(lifecycle::shape_of(plan, dialect_)),
      read_source_(sql::read_source(plan, dialect_)),
      read_source_now_(sql::read_source(plan, dialect_, dialect_.lock_clause())),
      read_hash_(sql::read_live_hash(plan, dialect_)),
      read_live_{sql::read_live(plan, dialect_, columns_),
                 sql::read_live(plan, dialect_, columns_, lifecycle::live_mark(plan, dialect_))},
      lock_group_(sql::lock_group(plan, dialect_)),
      read_locked_(sql::read_locked(plan, dialect_, columns_)) {
  const bool one_writer = dialect_.row_lock_clause().empty();
  if (dialect_.upsert_returns() && !one_writer) {
    lock_and_read_ = sql::lock_and_read(plan, dialect_, columns_);
  }
  for (const std::size_t i : columns_) {
    described_.push_back(visible_column(plan.aggregates[i], plan));
  }
  const std::string mark = lifecycle::live_mark(plan, dialect_);
  const auto by_key = [&](const std::string& named) {
    return for_powers_of_two(keys_matched_here_max, [&](std::size_t count) {
      return sql::read_live_by_key(plan_, dialect_, columns_, count, named);
    });
  };
  const auto by_number = [&](const std::string& named) {
    return for_powers_of_two(keys_matched_there_max, [&](std::size_t count) {
      return sql::read_live_by_number(plan_, dialect_, columns_, count, named);
    });
  };
  many_by_key_ = {by_key(""), by_key(mark)};
  many_by_number_ = {by_number(""), by_number(mark)};
  many_from_source_ = for_powers_of_two(keys_from_source_max, [&](std::size_t count) {
    return sql::read_source_by_number(plan_, dialect_, count);
  });
  for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
    const plan::AggregatePlan& aggregate = plan.aggregates[i];
    if (!aggregate.aggregate->is_shown_by_one_row()) continue;
    const bool latch = plan.state[aggregate.state.front()].merge == plan::Merge::latch;
    const sql::FlagOf outside = latch ? sql::FlagOf::either : sql::FlagOf::live;
    flags_[aggregate.column.name] = {
        {sql::read_flag(plan, dialect_, i, outside),
         sql::read_flag(plan, dialect_, i, sql::FlagOf::live, mark)},
        latch ? sql::read_flag(plan, dialect_, i, sql::FlagOf::filled) : std::string(),
        sql::source_shows(plan, dialect_, i),
        latch ? sql::set_latch(plan, dialect_, i) : std::string()};
  }
}

inline bool Core::Impl::is_a_key(Key key) const noexcept {
  return key.size() == key_columns_ && std::none_of(key.begin(), key.end(), db::is_null);
}

Result<void> Core::Impl::check(Key key) const {
  if (is_a_key(key)) return {};
  if (key.size() != key_columns_) {
    std::vector<std::string> names;
    for (const plan::KeyColumn& column : plan_.keys) names.push_back(column.name);
    return refusal(
        plan_, ErrorCode::invalid_argument,
        fmt::format("the key is ({}), and {} values came", fmt::join(names, ", "), key.size()));
  }
  return refusal(plan_, ErrorCode::invalid_argument, "a group's key is never NULL");
}

Result<Core::Impl::Rows> Core::Impl::rows_if_there(db::Session& session, const std::string& sql,
                                                   std::span<const db::Value> params) const {
  auto rows = session.rows(sql, params);
  if (rows.has_value()) return Rows(std::move(rows).value());
  if (dialect_.is_gone(rows.error())) return Rows();
  return std::move(rows).error();
}

Result<bool> Core::Impl::means_the_same(db::Session& session, const db::Value& hash) const {
  if (db::is_null(hash)) return false;
  const std::string text = db::as_text(hash);
  {
    const std::shared_lock reading(mutex_);
    const auto found = learnt_.find(text);
    if (found != learnt_.end()) return found->second;
  }
  const std::vector<db::Value> params{plan_.spec.name, text};
  KEEPSUM_ASSIGN(
      const auto definition,
      session.row("SELECT definition FROM keepsum_summaries WHERE name = ? AND plan_hash = ?",
                  params));
  // Another definition by now, or the snapshot has an older one: nothing is learnt of this hash.
  if (!definition) return false;
  bool same = db::as_text(definition->front()) == definition_;
  if (!same) {
    KEEPSUM_ASSIGN(same, includes_mine(session, text));
  }
  const std::unique_lock writing(mutex_);
  return learnt_.emplace(text, same).first->second;
}

// A summary with more columns is all that the one without them is. Where what its columns mean was
// not noted, or may not be read, it is another.
Result<bool> Core::Impl::includes_mine(db::Session& session, const std::string& hash) const {
  const std::vector<db::Value> params{plan_.spec.name, hash};
  const auto row =
      session.row("SELECT shape FROM keepsum_shapes WHERE summary = ? AND plan_hash = ?", params);
  if (row.has_error()) {
    const bool is_absent =
        dialect_.is_gone(row.error()) || row.error().code == ErrorCode::access_denied;
    if (is_absent) return false;
    return row.error();
  }
  if (!*row) return false;
  const auto shape = lifecycle::shape_from(db::as_text((*row)->front()));
  return shape && shape->includes(shape_);
}

db::Row Core::Impl::from_summary(db::Row row) const {
  fill_in(row);
  return row;
}

void Core::Impl::fill_in(db::Row& row) const {
  row.resize(columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool no_row = db::is_null(row[i]) && !described_[i].nullable;
    if (no_row) row[i] = described_[i].empty;
  }
}

db::Row Core::Impl::from_source(std::span<db::Value> values) const {
  db::Row row(columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = values[columns_[i]];
  return row;
}

Result<db::Row> Core::Impl::ask_source(db::Session& session, const std::string& sql,
                                       Key key) const {
  KEEPSUM_ASSIGN(auto row, session.row(sql, key));
  if (!row) return refusal(plan_, ErrorCode::internal, "an aggregate query gave no row");
  return from_source(*row);
}

Result<void> Core::Impl::get(db::Session& session, Key key, db::Row& row) const {
  if (!may_be_plain(session) || !is_a_key(key)) return ask(session, key, row);
  auto found = session.first_row(read_plain_.sql(), key, row);
  if (found.has_error()) return ask_after(std::move(found).error(), session, key, row);
  if (!*found) no_row(row);
  return {};
}

void Core::Impl::no_row(db::Row& row) const {
  row.clear();
  fill_in(row);
}

Result<void> Core::Impl::ask_after(Error error, db::Session& session, Key key, db::Row& row) const {
  if (!dialect_.is_gone(error)) return error;
  plain_again_ = (Clock::now() + between_plain_tries).time_since_epoch().count();
  return ask(session, key, row);
}

Result<void> Core::Impl::ask(db::Session& session, Key key, db::Row& row) const {
  KEEPSUM_TRY(check(key));
  if (!only_source_) {
    KEEPSUM_ASSIGN(Rows rows, rows_if_there(session, text_for(session, read_live_), key));
    if (rows && !rows->empty()) {
      KEEPSUM_ASSIGN(const bool same, means_the_same(session, rows->front().back()));
      if (same) {
        row = from_summary(std::move(rows->front()));
        return {};
      }
    }
  }
  KEEPSUM_ASSIGN(row, ask_source(session, read_source_, key));
  return {};
}

bool Core::Impl::is_inside(const db::Session& session) const {
  return snapshots_outlive_marks_ && session.in_transaction();
}

inline bool Core::Impl::may_be_plain(const db::Session& session) const {
  if (only_source_ || is_inside(session)) return false;
  const auto again = plain_again_.load(std::memory_order_relaxed);
  return again == 0 || Clock::now().time_since_epoch().count() >= again;
}

Result<ReadsFrom> Core::Impl::state(db::Session& session) const {
  if (only_source_) return ReadsFrom::source;
  KEEPSUM_ASSIGN(const Rows rows, rows_if_there(session, read_hash_, {}));
  if (!rows || rows->empty()) return ReadsFrom::source;
  KEEPSUM_ASSIGN(const bool same, means_the_same(session, rows->front().back()));
  return same ? ReadsFrom::summary : ReadsFrom::source;
}

Result<Core> Core::make(const Summaries& summaries, std::string_view summary,
                        std::vector<FieldSpec> fields) {
  for (const plan::SummaryPlan& plan : summaries.compiled().plans()) {
    if (plan.spec.name != summary) continue;
    KEEPSUM_ASSIGN(sql::Columns columns, resolve(plan, fields));
    return Core(
        std::make_shared<const Impl>(summaries, plan, std::move(fields), std::move(columns)));
  }
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = std::string(summary);
  error.message = fmt::format("the spec has no summary `{}`; it has {}", summary,
                              fmt::join(summaries.names(), ", "));
  return error;
}

// Nothing is done here after the session's call, nor there after the library's last one, and what
// is not plain is elsewhere: so the way of each payment is short.
int Core::get_quickly(db::Session& session, Key key, Room& room) const {
  const Impl& impl = *impl_;
  if (!impl.may_be_plain(session) || !impl.is_a_key(key)) return 1;
  return session.quick_first_row(impl.read_plain_, key, room.row, room.why);
}
Result<void> Core::get_after(db::Session& session, Key key, Room& room) const {
  const std::optional<Error> why = std::exchange(room.why, std::nullopt);
  return why ? impl_->ask_after(*why, session, key, room.row) : impl_->get(session, key, room.row);
}
void Core::no_row(db::Row& row) const { impl_->no_row(row); }
Result<std::vector<db::Row>> Core::get_many(db::Session& session,
                                            std::span<const GroupKey> keys) const {
  return impl_->get_many(session, keys);
}
Result<db::Row> Core::get_for_update(db::Session& session, Key key) const {
  return impl_->get_for_update(session, key);
}
Result<bool> Core::latched(db::Session& session, Key key, std::string_view column) const {
  return impl_->latched(session, key, column);
}
Result<ReadsFrom> Core::state(db::Session& session) const { return impl_->state(session); }

Error Core::misfit(std::size_t i) const {
  return refusal(
      impl_->plan(), ErrorCode::invalid_argument,
      fmt::format("`{}` holds a value that its field cannot hold exactly", impl_->field(i).column),
      "read it into keepsum::db::Decimal or keepsum::db::Value");
}

}  // namespace keepsum::reading
