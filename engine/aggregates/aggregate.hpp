// An aggregate function: what it stores for each group, and what one source row contributes.
//
// All of keepsum's SQL is made of two things an aggregate gives for each column it stores: the
// contribution of one row, and the rule by which contributions merge. A delta, a backfill and a
// repair merge contributions; a recompute aggregates them. So they cannot disagree.
//
// To add one: a file beside this with a class and a function that returns its one instance, and
// a line in registry.cpp. The suites iterate the registry.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/expr_type.hpp"
#include "engine/sql/dialect.hpp"
#include "schema/parse.hpp"
#include "schema/spec.hpp"

namespace keepsum::aggregates {

// How a stored value and a contribution become the new stored value.
enum class Merge {
  add,       // s + c; taking a row away adds -c
  latch,     // s OR c; taking a row away changes nothing
  greatest,  // the greater of s and c, NULL being nothing; taking the greatest away recomputes
  least,     // the lesser, likewise
  ranked,    // of the row that ranks first by the column's order, NULL if there is none;
             // taking that row away recomputes
};

// Which row of the group an aggregate follows, by its ORDER BY and then the primary keys.
enum class Follows { nothing, first, last };

enum class MaintenanceClass {
  additive,    // deltas commute: never locks, never reads the group
  neighbours,  // deltas commute, and read the row before and the row after
  places,      // writers of one list take turns, and all rows behind are moved
  monotone,    // only ever rises: likewise, and a removal costs nothing
  recompute,   // removing the extreme row reads the group again
};

[[nodiscard]] std::string_view to_string(MaintenanceClass maintenance_class) noexcept;

// What the type of a stored column follows from.
enum class StorageType {
  count,     // a 64-bit integer
  flag,      // 0 or 1
  argument,  // the type of the aggregate's argument
  sum,       // the type the database gives a sum of the argument
  squares,   // the type the database gives a sum of the argument's squares
};

struct StateColumn {
  std::string suffix;  // appended to the column's name with `ks_` in front if it is hidden
  Merge merge = Merge::add;
  StorageType storage = StorageType::count;
  bool hidden = false;
};

// An aggregate's argument and filter as SQL, bound to one row or another.
struct RowInput {
  std::string argument;  // "" for f(*); of ordinal() the row's place in its list
  bool argument_nullable = true;
  plan::ExprType type;  // of the argument
  std::optional<std::string> filter;
  // Whether they are 0 or 1 of every row that meets the spec's conditions: then they need no CASE
  // to be numbers.
  bool argument_is_flag = false, filter_is_flag = false;
};

// A column computed from the stored ones when it is read.
struct VisibleColumn {
  std::string expression;
  plan::ExprType type;
};

// 0 or 1.
[[nodiscard]] plan::ExprType flag_type();

class Aggregate {
 public:
  Aggregate() = default;
  Aggregate(const Aggregate&) = delete;
  Aggregate& operator=(const Aggregate&) = delete;
  virtual ~Aggregate() = default;

  [[nodiscard]] virtual const schema::AggregateSignature& signature() const noexcept = 0;
  // Names it among all of them: "count", "count_distinct".
  [[nodiscard]] virtual std::string_view name() const noexcept { return signature().name; }
  // Whether its column is kept by triggers on a table of the values of each group (see
  // plan::SideTable). Then what one row contributes follows from the group's other rows, and
  // contribution() is only for people.
  [[nodiscard]] virtual bool has_side_table() const noexcept { return false; }
  // Whether its argument asks for the row before (prev()): then what one row contributes follows
  // from its place in the order, and a row that comes or goes changes the step of the next one.
  [[nodiscard]] virtual bool has_steps() const noexcept { return false; }
  // Whether it says which place the group's one row has in a list: then a row that comes or goes
  // moves those behind it.
  [[nodiscard]] virtual bool has_places() const noexcept { return false; }
  [[nodiscard]] virtual MaintenanceClass maintenance_class() const noexcept = 0;
  // Why it is of that class, in a few words, for the plan.
  [[nodiscard]] virtual std::string_view reason() const noexcept = 0;
  // Whether the argument must be a number.
  [[nodiscard]] virtual bool wants_number() const noexcept { return false; }
  // If not nothing, every stored column merges by Merge::ranked, and the planner adds hidden ones
  // that keep the followed row's place in the order.
  [[nodiscard]] virtual Follows follows() const noexcept { return Follows::nothing; }
  // Why the aggregate cannot be kept exactly for this argument, and what to do instead; nothing if
  // it can.
  struct Refusal {
    std::string reason, hint;
  };
  [[nodiscard]] virtual std::optional<Refusal> refuses(const plan::ExprType& argument,
                                                       const sql::Dialect& dialect) const;

  [[nodiscard]] virtual std::vector<StateColumn> state() const = 0;
  // What one row contributes to state column `i`: never NULL where merging adds or latches.
  [[nodiscard]] virtual std::string contribution(std::size_t i, const RowInput& row,
                                                 const sql::Dialect& dialect) const = 0;
  // State column `i` over all rows of a group, as a SQL aggregate. Equal to merging every row's
  // contribution; overridden where the database has a cheaper way to say the same.
  [[nodiscard]] virtual std::string recompute(std::size_t i, const RowInput& row,
                                              const sql::Dialect& dialect) const;
  // The column readers see, computed from the stored columns (given as SQL); nothing if the
  // first stored column is what they see.
  [[nodiscard]] virtual std::optional<VisibleColumn> visible(const std::vector<std::string>& state,
                                                             const plan::ExprType& argument,
                                                             const sql::Dialect& dialect) const;
  // Whether readers see true or false.
  [[nodiscard]] bool is_condition() const noexcept {
    return signature().argument == schema::AggregateArgument::condition;
  }
  // Whether one row of which the condition is true makes it true for good: any() and latch().
  [[nodiscard]] virtual bool is_shown_by_one_row() const noexcept { return false; }
};

// Merges contributions that are already columns: "SUM(x)", "MAX(x)". Of a ranked column all but the
// first row's must be NULL.
[[nodiscard]] std::string merge_rows(Merge merge, const std::string& column);

// Whether taking a row away may read the group again.
[[nodiscard]] constexpr bool recomputes(Merge merge) noexcept {
  return merge == Merge::greatest || merge == Merge::least || merge == Merge::ranked;
}
[[nodiscard]] constexpr bool keeps_extreme(Merge merge) noexcept {
  return merge == Merge::greatest || merge == Merge::least;
}

// The value a group without rows has: "0" or "NULL".
[[nodiscard]] std::string_view empty_value(Merge merge) noexcept;

// All aggregates, in the order of the documentation.
[[nodiscard]] const std::vector<const Aggregate*>& registry();
[[nodiscard]] const Aggregate* find(std::string_view name);
// The one a spec's column means; never null for a parsed spec.
[[nodiscard]] const Aggregate* find(const schema::AggregateColumn& column);
[[nodiscard]] std::vector<schema::AggregateSignature> signatures();

// A condition as SQL.
struct Condition {
  std::string sql;
  bool is_flag = false;  // 0 or 1, never NULL
  bool is_term = true;   // in brackets or a term by itself
};

// The row's filter; TRUE if it has none.
[[nodiscard]] Condition filter_of(const RowInput& row);

// Both conditions as one, without what is TRUE.
[[nodiscard]] Condition both(const Condition& a, const Condition& b);

// The condition as 1 or 0: itself, in brackets, if it is a flag, or else "CASE WHEN condition THEN
// 1 ELSE 0 END"; the number alone where it is TRUE or FALSE.
[[nodiscard]] std::string one_if(const Condition& condition);

// "COUNT(CASE WHEN condition THEN 1 END)", or "COUNT(*)" where the condition is TRUE.
[[nodiscard]] std::string count_if(const Condition& condition);

// "CASE WHEN filter THEN value ELSE otherwise END", or one of them alone without a filter or where
// it is TRUE or FALSE.
[[nodiscard]] std::string filtered(const RowInput& row, const std::string& value,
                                   const std::string& otherwise);

}  // namespace keepsum::aggregates
