// The prepared statements of one session, by their text: bounded, the least recently used goes
// first. A pointer into the cache is good until the next insert(), erase() or clear().
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <keepsum/session.hpp>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace keepsum::connectors {

// A plan has a few dozen statements; servers bound prepared statements over all their clients
// (max_prepared_stmt_count is 16382 by default), so a session must not hoard them.
inline constexpr std::size_t cached_statements_max = 64;

template <class Statement>
class StatementCache {
 public:
  [[nodiscard]] Statement* find(std::string_view sql) {
    // Statements come from texts that stay where they are, a few of them again and again: to
    // compare with the text that came from there last is cheaper than to hash it.
    std::optional<Entry>& recent = recent_[place_of(sql)];
    if (!recent || (*recent)->first != sql) {
      const auto found = by_text_.find(sql);
      if (found == by_text_.end()) return nullptr;
      recent = found->second;
    }
    return used(*recent);
  }

  [[nodiscard]] Statement* find(const db::StatementText& text) {
    Numbered& numbered = numbered_[text.number() % recent_max];
    if (numbered.number == text.number()) return used(numbered.entry);
    Statement* const found = find(std::string_view(text.sql()));
    if (found != nullptr) numbered = {text.number(), entries_.begin()};
    return found;
  }

  // Precondition: find(sql) is null.
  Statement* insert(std::string_view sql, Statement statement) {
    if (entries_.size() >= cached_statements_max) {
      forget_recent();
      by_text_.erase(entries_.back().first);
      entries_.pop_back();
    }
    entries_.emplace_front(std::string(sql), std::move(statement));
    by_text_.emplace(entries_.front().first, entries_.begin());
    return &entries_.front().second;
  }

  void erase(std::string_view sql) {
    const auto found = by_text_.find(sql);
    if (found == by_text_.end()) return;
    forget_recent();
    const auto entry = found->second;
    by_text_.erase(found);
    entries_.erase(entry);
  }

  void clear() {
    forget_recent();
    by_text_.clear();
    entries_.clear();
  }

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

 private:
  using Entries = std::list<std::pair<std::string, Statement>>;
  using Entry = typename Entries::iterator;

  [[nodiscard]] static std::size_t place_of(std::string_view sql) noexcept {
    return (std::bit_cast<std::uintptr_t>(sql.data()) >> 4U) % recent_max;
  }
  void forget_recent() {
    recent_.fill({});
    numbered_.fill({});
  }
  Statement* used(Entry entry) {
    if (entry != entries_.begin()) entries_.splice(entries_.begin(), entries_, entry);
    return &entry->second;
  }

  static constexpr std::size_t recent_max = 16;
  Entries entries_;  // most recently used first
  // The keys are the texts in `entries_`, whose nodes never move.
  std::unordered_map<std::string_view, Entry> by_text_;
  // By where the text came from, and good as long as its entry is.
  std::array<std::optional<Entry>, recent_max> recent_;
  // By the number of a StatementText, as long.
  struct Numbered {
    std::uint64_t number = 0;  // 0: none
    Entry entry;
  };
  std::array<Numbered, recent_max> numbered_;
};

}  // namespace keepsum::connectors
