// A spec compiled against a database, with the statements its embedded hooks send. Immutable but
// for a cache of statement texts; shared by all threads of a service.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <boost/container_hash/hash.hpp>
#include <cstddef>
#include <cstdint>
#include <keepsum/session.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/embed/given_path.hpp"
#include "engine/embed/together.hpp"
#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/reread.hpp"

namespace keepsum::embed {

enum class Change { insert, update, remove };

// One base table of one summary kept by hooks.
struct Use {
  std::size_t summary = 0;                       // index in plans()
  std::size_t table = 0;                         // index in SummaryPlan::tables
  std::array<bool, 3> needed{};                  // by Change: whether the summary has to know
  std::span<const GivenType> columns;            // of given_columns()
  const GivenPath* path = nullptr;               // see Compiled::given_path()
  const db::StatementText* merge_one = nullptr;  // see Compiled::merge_one()
};

struct TableUses {
  std::size_t key_columns = 0;
  const plan::BaseTable* base = nullptr;  // as one of the summaries sees it
  std::array<bool, 3> needed{};           // by Change: whether some summary has to know
  std::span<const Use> uses;              // by summary: a table stands in each once at most
};

// How many noted rows of each base table, and carried rows, a statement is for. Counts are padded
// to powers of two, so that few texts serve all.
using Shape = boost::container::small_vector<std::size_t, 8>;

class Compiled {
 public:
  // `altered` tables have triggers that may change a row while it is inserted.
  Compiled(std::vector<plan::SummaryPlan> plans, std::unique_ptr<const sql::Dialect> dialect,
           const std::set<std::string>& altered = {});

  [[nodiscard]] const std::vector<plan::SummaryPlan>& plans() const noexcept { return plans_; }
  [[nodiscard]] const sql::Dialect& dialect() const noexcept { return *dialect_; }
  // What the statements of a summary write.
  [[nodiscard]] const plan::SummaryPlan& written(std::size_t summary) const {
    return plans_[summary].written();
  }
  // Null if no summary reads such a table.
  [[nodiscard, gnu::hot]] const TableUses* table(std::string_view name) const;

  // Reads what the rows of table `table` contribute, unless joined with a noted row.
  // `noted` has one count for each base table. Parameters: the rows' keys, then the noted rows',
  // table by table.
  [[nodiscard]] std::shared_ptr<const std::string> taken(std::size_t summary, std::size_t table,
                                                         std::size_t rows,
                                                         const Shape& noted) const;

  // Merges what joined rows that hold a row of `driving` contribute now, each joined row once, and
  // `carried` rows. Parameters: for each driving table its keys, then the noted keys of the
  // tables before it; then the carried rows.
  struct Merge {
    Shape driving;  // rows of each table whose joined rows are added; 0: none
    Shape before;   // noted rows of each table that an earlier table's branch has covered
    std::size_t carried = 0;
    bool asks = false;  // who writes, instead of naming sql::hooks_marker
  };
  [[nodiscard]] std::shared_ptr<const std::string> merge(std::size_t summary,
                                                         const Merge& merge) const;
  // merge() of one noted row of table `table`, which is what most units of work come to: made
  // beforehand. Precondition: its Use is needed.
  [[nodiscard]] const db::StatementText& merge_one(std::size_t summary, std::size_t table) const {
    return *merges_of_one_[summary][table];
  }

  // How an inserted row of the table makes a whole joined row with others that are given; null if
  // it cannot.
  [[nodiscard]] const GivenPath* given_path(std::size_t summary, std::size_t table) const {
    const auto& path = given_paths_[summary][table];
    return path ? &*path : nullptr;
  }

  // Locks rows that are about to change and counts those that are there; "" where there is one
  // writer at a time. Parameters: the keys.
  [[nodiscard]] std::shared_ptr<const std::string> lock(const TableUses& table,
                                                        std::size_t rows) const;
  // What reads a group again, for each stored column that keeps an extreme and each order.
  [[nodiscard]] const std::vector<sql::GroupReread>& recomputes(std::size_t summary) const {
    return recomputes_[summary];
  }

 private:
  // What a text is for: its kind, and the numbers that it depends on. Of one kind, as many.
  using TextKey = boost::container::small_vector<std::size_t, 24>;
  struct TextKeyHash {
    std::size_t operator()(const TextKey& key) const {
      return boost::hash_range(key.begin(), key.end());
    }
  };
  template <class Render>
  std::shared_ptr<const std::string> cached(const TextKey& key, const Render& render) const;
  [[nodiscard]] std::string render(std::size_t summary, const Merge& merge) const;
  [[nodiscard, gnu::hot]] const TableUses* table_in_lower_case(std::string_view name) const;

  Together together_;  // what pointers and spans below point into
  std::vector<plan::SummaryPlan> plans_;
  std::unique_ptr<const sql::Dialect> dialect_;
  struct Named {
    std::string_view name;  // in lower case
    const TableUses* table = nullptr;
  };
  std::span<const Named> by_length_;  // of the name, and then by the name
  std::vector<std::vector<sql::GroupReread>> recomputes_;
  std::vector<std::vector<std::optional<GivenPath>>> given_paths_;  // by summary and table
  std::vector<std::vector<std::optional<db::StatementText>>> merges_of_one_;  // as given_paths_
  mutable std::shared_mutex mutex_;
  mutable std::unordered_map<TextKey, std::shared_ptr<const std::string>, TextKeyHash> texts_;
};

}  // namespace keepsum::embed
