// The part of a reader that knows the summary. reader.cpp reads a group, reader_many.cpp many;
// reader_locks.cpp reads what is about to be changed, and latches.
#pragma once

#include <atomic>
#include <chrono>
#include <keepsum/reader.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/embed/compiled.hpp"
#include "engine/embed/reader_fields.hpp"
#include "engine/lifecycle/shape.hpp"
#include "engine/sql/reading.hpp"

namespace keepsum::reading {

constexpr std::size_t keys_matched_here_max = 512;  // as many as an IN list takes without harm
constexpr std::size_t keys_matched_there_max = 32;  // each reads the two tables once more
constexpr std::size_t keys_from_source_max = 16;

class Core::Impl {
 public:
  Impl(const Summaries& summaries, const plan::SummaryPlan& plan, std::vector<FieldSpec> fields,
       sql::Columns columns);

  Result<void> get(db::Session& session, Key key, db::Row& row) const;
  Result<std::vector<db::Row>> get_many(db::Session& session, std::span<const GroupKey> keys) const;
  Result<db::Row> get_for_update(db::Session& session, Key key) const;
  Result<bool> latched(db::Session& session, Key key, std::string_view column) const;
  Result<ReadsFrom> state(db::Session& session) const;
  [[nodiscard]] const FieldSpec& field(std::size_t i) const { return fields_[i]; }
  [[nodiscard]] const plan::SummaryPlan& plan() const { return plan_; }

 private:
  friend class Core;

  // A statement for when the snapshot is as old as itself, and one for inside a transaction that
  // may have an older one.
  template <class Text>
  struct Both {
    Text outside, inside;
  };
  struct Flag {
    Both<std::string> read;
    std::string read_filled;      // inside: of a latch that is being filled
    std::string ask_source, set;  // `set` of a latch only
  };
  using Rows = std::optional<std::vector<db::Row>>;

  using Clock = std::chrono::steady_clock;

  [[nodiscard]] bool is_a_key(Key key) const noexcept;
  Result<void> check(Key key) const;
  // Which table, and then that one; get() where a plain read will not do.
  Result<void> ask(db::Session& session, Key key, db::Row& row) const;
  // The same after a plain read that failed.
  Result<void> ask_after(Error error, db::Session& session, Key key, db::Row& row) const;
  [[nodiscard]] bool may_be_plain(const db::Session& session) const;
  // Whether the snapshot may be older than the statement.
  [[nodiscard]] bool is_inside(const db::Session& session) const;
  template <class Text>
  [[nodiscard]] const Text& text_for(const db::Session& session, const Both<Text>& both) const {
    return is_inside(session) ? both.inside : both.outside;
  }
  Result<Rows> read_flag(db::Session& session, const Flag& flag, Key key) const;
  Result<bool> includes_mine(db::Session& session, const std::string& hash) const;
  // Nothing if a table or column is not there.
  Result<Rows> rows_if_there(db::Session& session, const std::string& sql,
                             std::span<const db::Value> params) const;
  // Whether a live summary of this hash means what the reader's spec means.
  Result<bool> means_the_same(db::Session& session, const db::Value& hash) const;
  // The fields' columns come first; an empty row is a group that has none.
  [[nodiscard]] db::Row from_summary(db::Row row) const;
  void fill_in(db::Row& row) const;
  // What a group without a row of the summary has.
  void no_row(db::Row& row) const;
  [[nodiscard]] db::Row from_source(std::span<db::Value> values) const;
  Result<db::Row> ask_source(db::Session& session, const std::string& sql, Key key) const;
  Result<Rows> many_live(db::Session& session, std::span<const GroupKey> keys, bool here) const;
  Result<Rows> many_live_by_parts(db::Session& session, std::span<const GroupKey> keys) const;
  Result<void> many_from_source(db::Session& session, std::span<const GroupKey> keys,
                                std::vector<db::Row>& into) const;
  Result<Rows> lock_and_read(db::Session& session, Key key) const;
  Result<void> lock_only(db::Session& session, Key key) const;
  Result<void> set_latch(db::Session& session, const Flag& flag, Key key,
                         const db::Value& hash) const;

  // What a plain read looks at comes first and close together.
  std::size_t key_columns_;
  bool only_source_;
  bool snapshots_outlive_marks_;
  // When to try a plain read again, after one found no mark; 0: at once.
  mutable std::atomic<Clock::rep> plain_again_{0};
  db::StatementText read_plain_;

  Summaries summaries_;  // keeps the plan and the dialect alive
  const plan::SummaryPlan& plan_;
  const sql::Dialect& dialect_;
  std::vector<FieldSpec> fields_;
  sql::Columns columns_;                  // of the fields
  std::vector<VisibleColumn> described_;  // of the fields
  std::string definition_;
  lifecycle::Shape shape_;

  std::string read_source_, read_source_now_, read_hash_;
  Both<std::string> read_live_;
  std::string lock_and_read_, lock_group_, read_locked_;
  Both<std::vector<std::string>> many_by_key_, many_by_number_;
  std::vector<std::string> many_from_source_;
  std::map<std::string, Flag, std::less<>> flags_;

  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<std::string, bool> learnt_;  // by hash
};

[[nodiscard]] Error refusal(const plan::SummaryPlan& plan, ErrorCode code, std::string message,
                            std::string hint = {});

}  // namespace keepsum::reading
