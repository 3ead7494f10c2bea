// Values the caller gives of a row it has just inserted. Where they make up a whole joined row, its
// contribution is computed from them alone, by the database, in the UPSERT one would write by hand:
// no row is read back.
//
// A given value is used only if it is sure to be what the table now stores, whatever the session's
// sql_mode. Whatever is not sure is read from the table instead: slower, and as exact.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/dialect.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::embed {

// What is known of a column before a value comes.
struct GivenType {
  enum class Kind { unsure, integer, decimal, text };
  const db::ColumnInfo* column = nullptr;
  Kind kind = Kind::unsure;
  std::int64_t min = 0, max = -1;  // integer
  bool ascii_only = false;         // text
  std::size_t length_max = 0;      // text, characters
};
[[nodiscard]] GivenType given_type(const db::ColumnInfo& column, const sql::Dialect& dialect);

// Of the same kind, in range, no digit or character too many. False where a session's setting or a
// conversion could have a say: dates, floating numbers, CHAR padding, foreign character sets.
[[nodiscard]] bool is_stored_as_given(const db::Value& value, const GivenType& type);

// A column of a base table: its place in SummaryPlan::tables, and in GivenColumns.
struct GivenColumn {
  std::size_t table = 0;
  std::size_t column = 0;
  friend bool operator==(const GivenColumn&, const GivenColumn&) = default;
};

// The columns of a base table that a given row must have: those the spec reads and the primary key.
[[nodiscard]] std::vector<std::string> given_columns(const plan::BaseTable& table);

// How a row of one base table leads to a whole joined row.
class GivenPath {
 public:
  // One more table, found by values that are equal to those of tables before it; `covered` columns
  // include its primary key.
  struct Step {
    std::size_t table = 0;
    std::vector<std::pair<std::size_t, GivenColumn>> equal;  // own column, column before
  };
  struct Statement {
    std::string sql;
    // What each `?` stands for: the number of the joined row, and the column.
    std::vector<std::pair<std::size_t, GivenColumn>> parameters;
  };
  // Joined rows one statement can take.
  static constexpr std::size_t rows_max = 8;

  // Nothing if a row of the table can be part of several joined rows, if the join is not along
  // primary keys, or if a table's values can be altered on the way (`altered`, by name).
  static std::optional<GivenPath> make(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                       std::size_t table, const std::set<std::string>& altered);

  [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }
  // Conditions of the spec of the form "column = integer", which the statements do not ask: where
  // one does not hold, the rows are read instead.
  [[nodiscard]] const std::vector<std::pair<GivenColumn, std::int64_t>>& integers() const noexcept {
    return integers_;
  }
  [[nodiscard]] const Statement& statement(std::size_t rows) const { return statements_[rows - 1]; }

 private:
  bool find_steps(const plan::SummaryPlan& plan, std::size_t table);
  void render(const plan::SummaryPlan& plan, const sql::Dialect& dialect);

  std::vector<Step> steps_;
  std::vector<std::pair<GivenColumn, std::int64_t>> integers_;
  std::vector<Statement> statements_;
};

}  // namespace keepsum::embed
