// What a unit of work has collected and how it writes it. unit_of_work.cpp collects, unit_apply.cpp
// writes.
#pragma once

#include <algorithm>
#include <array>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <optional>
#include <vector>

#include "engine/embed/pending.hpp"

namespace keepsum {

namespace embed {
[[nodiscard, gnu::cold]] Error refusal(ErrorCode code, std::string message, std::string hint);
}

// Most units of work come to one inserted row, after others that need no statement of their own,
// and are run between two waits for the database, with cold caches: then what takes time is how
// much code and memory is touched. So what they need stands in State itself, and is as little as
// can be; the rest of the log is made when it is needed.
class UnitOfWork::State {
 public:
  using Key = std::span<const db::Value>;
  // An allocator serves no more than this from the thread's own cache (glibc's), so State is less.
  static constexpr std::size_t allocated_quickly = 1032;

  State(const embed::Compiled& compiled, db::Session& session)
      : compiled_(compiled), session_(session) {}

  Result<void> change(embed::Change change, std::string_view call, std::string_view table,
                      std::span<const PrimaryKey> keys);
  [[gnu::hot]] Result<void> insert(std::string_view table, Key key, std::span<const Given> values);
  Result<void> note_new_key(std::string_view table, const PrimaryKey& key);
  [[gnu::hot]] Result<void> apply();
  [[nodiscard]] std::uint64_t step() const { return step_; }
  void rollback_to(std::uint64_t step);
  [[nodiscard]] std::size_t noted() const {
    return std::max<std::size_t>(only_.table == nullptr ? 0 : 1, log_ ? noted_in_log() : 0);
  }

 private:
  using View = db::ValueView;
  // By base table: the values of the given rows that make up a joined row.
  using JoinedRow = std::span<const View*>;
  using GivenRows = std::vector<const embed::GivenRow*>;

  Result<const embed::TableUses*> find(std::string_view call, std::string_view table) const;
  static Result<void> check_key(std::string_view call, const embed::TableUses& table, Key key);
  [[nodiscard]] Result<void> check_room(std::string_view call, std::size_t rows) const;
  [[nodiscard]] Result<void> check_transaction(std::string_view call) const;
  // The table, after all these checks.
  Result<const embed::TableUses*> check_insert(std::string_view table, Key key) const;
  // Before rows are noted.
  [[gnu::hot]] void begin_step();
  Result<void> lock(std::string_view call, const embed::TableUses& table,
                    std::span<const PrimaryKey> keys);
  Result<void> take(const embed::Use& use, std::span<const PrimaryKey> keys);
  template <class Value>
  void note(const embed::Use& use, std::span<const Value> key, std::uint64_t step);
  [[gnu::hot]] void note_inserted(const embed::TableUses& table, Key key);
  [[gnu::hot]] void keep_given(const embed::Use& use, Key key, std::span<const Given> values);
  // The same value, its bytes in this object: good until a row is noted after an apply().
  View kept(const View& value) { return value.has_bytes() ? kept_bytes(value) : value; }
  [[gnu::hot]] View kept_bytes(const View& value);
  template <class Predicate>
  void forget_given_if(const Predicate& predicate) {
    given_.erase(std::remove_if(given_.begin(), given_.end(), predicate), given_.end());
  }
  void forget_given(const embed::Use& use);
  // What has been merged into a summary.
  void forget(std::size_t summary);
  [[nodiscard]] const View* values_of(const embed::GivenRow& row) const {
    return given_values_.data() + row.begin;
  }
  [[nodiscard]] std::size_t noted_in_log() const;

  Result<void> apply(std::size_t summary);
  // False if plain hooks may not write now: then nothing has been done.
  Result<bool> merge_given(std::size_t summary);
  Result<bool> merge(std::size_t summary, bool asks);
  Result<bool> merge_at_once(std::size_t summary, bool asks);
  Result<bool> merge_in_parts(std::size_t summary, bool asks);
  // What a statement of these came to.
  template <class Done>
  static Result<bool> merged(const Result<Done>& done) {
    if (done.has_value()) return true;
    return failed_to_merge(done.error());
  }
  static Result<bool> failed_to_merge(const Error& error);
  // The base table of the only noted row, if nothing else is to be merged.
  [[nodiscard]] static std::optional<std::size_t> table_of_one(const embed::Pending& pending);
  // The given rows of the one base table of which rows are noted; none if not all of them are.
  [[nodiscard]] GivenRows given_rows(std::size_t summary) const;
  // Whether `joined`, which has a row of the path's table, was completed with given rows.
  [[nodiscard, gnu::hot]] bool complete(std::size_t summary, const embed::GivenPath& path,
                                        JoinedRow joined) const;
  // The given row that comes with a step of a path; null if there is none.
  [[nodiscard, gnu::hot]] const View* next_row(std::size_t summary,
                                               const embed::GivenPath::Step& step,
                                               JoinedRow joined) const;
  // Merges given rows of one base table, one or more. False too if they do not make up whole joined
  // rows.
  [[gnu::hot]] Result<bool> merge_given_rows(std::span<const embed::GivenRow* const> rows);
  void add_carried(std::size_t summary, embed::Parameters& parameters, std::size_t begin,
                   std::size_t end) const;
  Result<void> recompute(std::size_t summary);

  // Before anything but one inserted row is noted: makes the log, and notes that row where all
  // others will be.
  void spill();
  [[nodiscard]] embed::Pending& pending(std::size_t summary) { return (*log_)[summary]; }
  [[nodiscard]] const embed::Pending& pending(std::size_t summary) const {
    return (*log_)[summary];
  }
  [[nodiscard]] std::pmr::memory_resource* memory() {
    if (!memory_) memory_.emplace();
    return &memory_->resource;
  }
  // Merges only_. Where plain hooks may not write, or after an error, it is spilt, without what has
  // been merged.
  [[gnu::hot]] Result<void> apply_only();
  [[gnu::hot]] Result<bool> merge_only(const embed::Use& use);

  // What the rows of one payment take.
  static constexpr std::size_t given_rows_at_first = 4, given_values_at_first = 12,
                               text_bytes_at_first = 64, log_bytes_at_first = 256;

  struct Memory {
    std::array<std::byte, log_bytes_at_first> first_bytes;
    std::pmr::monotonic_buffer_resource resource{first_bytes.data(), first_bytes.size()};
  };
  using Log = std::pmr::vector<embed::Pending>;  // by summary

  const embed::Compiled& compiled_;
  db::Session& session_;
  std::uint64_t step_ = 0;
  bool applied_ = false;  // nothing was noted since
  // The one row noted so far, if it was inserted: what most units come to. Then there is no log_.
  struct Only {
    const embed::TableUses* table = nullptr;  // null: none
    std::uint64_t step = 0;
    boost::container::small_vector<View, 2> key;
  } only_;
  boost::container::small_vector<embed::GivenRow, given_rows_at_first> given_;
  boost::container::small_vector<View, given_values_at_first> given_values_;
  // Of kept values, as long as there is room; then they are in memory_.
  std::array<char, text_bytes_at_first> text_bytes_;
  std::size_t text_bytes_used_ = 0;
  std::optional<Memory> memory_;  // made when it is needed, as log_, which is in it
  std::optional<Log> log_;
};

}  // namespace keepsum
