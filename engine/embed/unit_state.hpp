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
  State(const embed::Compiled& compiled, db::Session& session);

  Result<void> change(embed::Change change, std::string_view call, std::string_view table,
                      std::span<const PrimaryKey> keys);
  Result<void> insert_given(std::string_view table, const PrimaryKey& key,
                            std::span<const Given> values);
  Result<void> note_new_key(std::string_view table, const PrimaryKey& key);
  Result<void> apply();
  [[nodiscard]] std::uint64_t step() const { return step_; }
  void rollback_to(std::uint64_t step);
  [[nodiscard]] std::size_t noted() const;

 private:
  // One given row of each base table, which make up a joined row.
  using JoinedRow = std::pmr::vector<const embed::GivenRow*>;

  Result<const embed::TableUses*> find(std::string_view call, std::string_view table,
                                       std::span<const PrimaryKey> keys);
  Result<void> change(embed::Change change, std::string_view call, const embed::TableUses& table,
                      std::span<const PrimaryKey> keys);
  Result<void> lock(std::string_view call, const embed::TableUses& table,
                    std::span<const PrimaryKey> keys);
  Result<void> take(const embed::Use& use, std::span<const PrimaryKey> keys);
  void begin_log();
  void note(const embed::Use& use, std::span<const PrimaryKey> keys);
  void keep_given(const embed::Use& use, const PrimaryKey& key, std::span<const Given> values);

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
  // The base table whose rows are all that is noted, if all of them are given.
  [[nodiscard]] std::optional<std::size_t> given_table(const embed::Pending& pending) const;
  // Whether `joined`, which has a row of the path's table, was completed with given rows.
  [[nodiscard]] bool complete(const embed::Pending& pending, const embed::GivenPath& path,
                              JoinedRow& joined) const;
  // The statement's parameters, if all that is noted is given.
  [[nodiscard]] std::optional<embed::Values> given_parameters(
      std::size_t summary, const embed::GivenPath::Statement*& statement);
  void add_carried(std::size_t summary, embed::Parameters& parameters, std::size_t begin,
                   std::size_t end) const;
  Result<void> recompute(std::size_t summary);

  const embed::Compiled& compiled_;
  db::Session& session_;
  // So that neither this object nor the arena's next piece is larger than what an allocator serves
  // from the thread's own cache (glibc: 1032 bytes).
  std::array<std::byte, 640> first_bytes_;
  std::pmr::monotonic_buffer_resource arena_;
  std::pmr::vector<embed::Pending> pending_;  // by summary
  bool applied_ = false;                      // nothing was noted since
  std::uint64_t step_ = 0;
};

}  // namespace keepsum
