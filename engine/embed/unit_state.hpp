// What a unit of work has collected and how it writes it. unit_of_work.cpp collects, unit_apply.cpp
// writes.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>

#include "engine/embed/pending.hpp"

namespace keepsum {

namespace embed {
[[nodiscard, gnu::cold]] Error refusal(ErrorCode code, std::string message, std::string hint);
}

class UnitOfWork::State {
 public:
  using Key = std::span<const db::Value>;

  State(const embed::Compiled& compiled, db::Session& session);

  Result<void> change(embed::Change change, std::string_view call, std::string_view table,
                      std::span<const PrimaryKey> keys);
  Result<void> insert(std::string_view table, Key key, std::span<const Given> values);
  Result<void> note_new_key(std::string_view table, const PrimaryKey& key);
  Result<void> apply();
  [[nodiscard]] std::uint64_t step() const { return step_; }
  void rollback_to(std::uint64_t step);
  [[nodiscard]] std::size_t noted() const;

 private:
  // By base table: the values of the given rows that make up a joined row.
  using JoinedRow = std::span<const db::Value*>;
  using GivenRows = std::vector<const embed::GivenRow*>;

  Result<const embed::TableUses*> find(std::string_view call, std::string_view table);
  static Result<void> check_key(std::string_view call, const embed::TableUses& table, Key key);
  [[nodiscard]] Result<void> check_room(std::string_view call, std::size_t rows) const;
  // Before rows are noted: refuses outside a transaction.
  Result<void> begin_step(std::string_view call);
  Result<void> lock(std::string_view call, const embed::TableUses& table,
                    std::span<const PrimaryKey> keys);
  Result<void> take(const embed::Use& use, std::span<const PrimaryKey> keys);
  void begin_log();
  void note(const embed::Use& use, Key key, std::uint64_t step);
  void note_inserted(const embed::TableUses& table, Key key);
  void keep_given(const embed::Use& use, Key key, std::span<const Given> values);
  void forget_given(const embed::Use& use);
  // What has been merged into a summary.
  void forget(std::size_t summary);
  [[nodiscard]] const db::Value* values_of(const embed::GivenRow& row) const {
    return given_values_.data() + row.begin;
  }

  Result<void> apply(std::size_t summary);
  // False if plain hooks may not write now: then nothing has been done.
  Result<bool> merge_given(std::size_t summary);
  Result<bool> merge(std::size_t summary, bool asks);
  Result<bool> merge_at_once(std::size_t summary, bool asks);
  Result<bool> merge_in_parts(std::size_t summary, bool asks);
  // What a statement of these came to.
  static Result<bool> merged(const Result<std::uint64_t>& done);
  // The base table of the only noted row, if nothing else is to be merged.
  [[nodiscard]] static std::optional<std::size_t> table_of_one(const embed::Pending& pending);
  // The given rows of the one base table of which rows are noted; none if not all of them are.
  [[nodiscard]] GivenRows given_rows(std::size_t summary) const;
  // Whether `joined`, which has a row of the path's table, was completed with given rows.
  [[nodiscard]] bool complete(std::size_t summary, const embed::GivenPath& path,
                              JoinedRow joined) const;
  // Merges given rows of one base table, one or more. False too if they do not make up whole joined
  // rows.
  Result<bool> merge_given_rows(std::span<const embed::GivenRow* const> rows);
  void add_carried(std::size_t summary, embed::Parameters& parameters, std::size_t begin,
                   std::size_t end) const;
  Result<void> recompute(std::size_t summary);

  // Before anything but one inserted row is noted: makes room, and notes that row where all others
  // will be.
  void spill();
  // Merges only_. Where plain hooks may not write, or after an error, it is spilt, without what has
  // been merged.
  Result<void> apply_only();
  Result<bool> merge_only(const embed::Use& use);

  const embed::Compiled& compiled_;
  db::Session& session_;
  // The one row noted since the log began, if it was inserted: what most units come to. Then
  // pending_ is empty.
  struct Only {
    const embed::TableUses* table = nullptr;  // null: none
    std::uint64_t step = 0;
    boost::container::small_vector<db::Value, 2> key;
  } only_;
  // So that neither this object nor the arena's next piece is larger than what an allocator serves
  // from the thread's own cache (glibc: 1032 bytes).
  std::array<std::byte, 640> first_bytes_;
  std::pmr::monotonic_buffer_resource arena_;
  std::pmr::vector<embed::Pending> pending_;  // by summary; empty until room is made
  std::pmr::vector<embed::GivenRow> given_;
  std::pmr::vector<db::Value> given_values_;
  bool applied_ = false;  // nothing was noted since
  std::uint64_t step_ = 0;
};

}  // namespace keepsum
