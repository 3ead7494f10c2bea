// The unit of work as a log: what was noted, and what was read before it changed.
//
// Let N be the noted rows, and S₀ the tables as the summary last counted them. Invariant: `taken`
// is minus what the joined rows of S₀ that hold a row of N contribute. A row that is about to
// change and is not in N yet is the same in S₀ as now, and so is whatever it is joined with outside
// N: a read that leaves out N sees exactly what must be taken. A row just inserted is in no joined
// row of S₀. So at apply(), adding what joined rows with a row of N contribute now is all that is
// left.
//
// A log is small and short-lived: its lists are allocated from one arena, whose first bytes are
// part of the unit of work.
#pragma once

#include <algorithm>
#include <bit>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <keepsum/summaries.hpp>
#include <memory_resource>
#include <span>
#include <vector>

#include "engine/embed/compiled.hpp"

namespace keepsum::embed {

// Above this, servers stop planning IN lists as ranges, and texts grow long.
inline constexpr std::size_t rows_per_statement = 512;

[[nodiscard]] inline std::size_t padded(std::size_t count) {
  return count == 0 ? 0 : std::bit_ceil(count);
}

using Values = std::pmr::vector<db::Value>;

struct Noted {
  std::uint64_t step = 0;
  Values key;
};

struct Taken {
  std::uint64_t step = 0;
  db::Row row;  // the key, then the stored columns
};

// An inserted row whose values are all sure.
struct GivenRow {
  const Use* use = nullptr;
  std::uint64_t step = 0;
  std::size_t begin = 0;  // where its values begin, as many as Use::columns
};

// Of one summary; vectors by base table.
struct Pending {
  Pending(std::size_t tables, std::pmr::memory_resource* arena)
      : noted(tables, arena), taken(arena) {}

  std::pmr::vector<std::pmr::vector<Noted>> noted;
  std::pmr::vector<Taken> taken;

  [[nodiscard]] bool empty() const {
    return taken.empty() &&
           std::all_of(noted.begin(), noted.end(), [](const auto& rows) { return rows.empty(); });
  }
  [[nodiscard]] Shape shape() const {
    Shape shape;
    for (const auto& rows : noted) shape.push_back(padded(rows.size()));
    return shape;
  }
  void forget() {
    for (auto& rows : noted) rows.clear();
    taken.clear();
  }
  void forget_after(std::uint64_t step) {
    const auto is_later = [step](const auto& entry) { return entry.step > step; };
    for (auto& rows : noted) std::erase_if(rows, is_later);
    std::erase_if(taken, is_later);
  }
};

// The values of keys, the last repeated up to the padded count.
class Parameters {
 public:
  void add(std::span<const Noted> rows) {
    for (std::size_t i = 0; i < padded(rows.size()); ++i) {
      add_all(rows[std::min(i, rows.size() - 1)].key);
    }
  }
  void add(std::span<const PrimaryKey> keys) {
    for (std::size_t i = 0; i < padded(keys.size()); ++i) {
      add_all(keys[std::min(i, keys.size() - 1)]);
    }
  }
  void add(const db::Value& value) { values_.push_back(value); }

  [[nodiscard]] std::span<const db::Value> values() const {
    return {values_.data(), values_.size()};
  }

 private:
  void add_all(std::span<const db::Value> key) {
    values_.insert(values_.end(), key.begin(), key.end());
  }

  boost::container::small_vector<db::Value, 16> values_;
};

}  // namespace keepsum::embed
