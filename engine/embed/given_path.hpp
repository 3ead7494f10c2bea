// Given rows that make up a whole joined row: its contribution is computed from them alone, by the
// database, in the UPSERT one would write by hand. No row is read back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <keepsum/session.hpp>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/embed/given.hpp"
#include "engine/embed/together.hpp"

namespace keepsum::embed {

// A column of a base table: its place in SummaryPlan::tables, and in given_columns().
struct GivenColumn {
  std::uint16_t table = 0;
  std::uint16_t column = 0;
  friend bool operator==(const GivenColumn&, const GivenColumn&) = default;
};

// How a row of one base table leads to a whole joined row.
class GivenPath {
 public:
  // The column of a table, and the column before it that it is equal to.
  struct Equality {
    std::uint16_t column = 0;
    GivenColumn before;
  };
  // One more table, found by values that are equal to those of tables before it; the columns
  // include its primary key.
  struct Step {
    std::uint16_t table = 0;
    std::span<const Equality> equal;
  };
  // A condition of the spec of the form "column = integer".
  struct Integer {
    GivenColumn column;
    std::int64_t integer = 0;
  };
  // "column = constant" within an expression of the spec. The value settles it often: then the
  // statement does not ask, and the value is not sent.
  enum class Outcome { open, holds, fails };
  struct Term {
    GivenColumn column;
    db::ValueView constant;  // an integer, or text in ASCII
    bool bytewise = false;   // text that is equal only if it is the same, but for spaces at its end
    [[nodiscard, gnu::hot]] Outcome outcome(const db::ValueView& value) const;
  };
  // What a `?` stands for: the number of the joined row, and the column.
  struct Parameter {
    std::uint16_t row = 0;
    GivenColumn column;
  };
  struct Statement {
    db::StatementText text;
    std::span<const Parameter> parameters;
  };
  // Joined rows one statement can take.
  static constexpr std::size_t rows_max = 8;

  // Nothing if a row of the table can be part of several joined rows, if the join is not along
  // primary keys, or if a table's values can be altered on the way (`altered`, by name).
  // What it looks at is kept in `together`, which outlives it.
  static std::optional<GivenPath> make(const plan::SummaryPlan& plan, const sql::Dialect& dialect,
                                       std::size_t table, const std::set<std::string>& altered,
                                       Together& together);

  [[nodiscard]] std::size_t tables() const noexcept { return steps_.size() + 1; }
  [[nodiscard]] std::span<const Step> steps() const noexcept { return steps_; }
  // Conditions that the statements do not ask: where one does not hold, the rows are read instead.
  [[nodiscard]] std::span<const Integer> integers() const noexcept { return integers_; }
  // For one joined row; `value_of(column)` is the row's value.
  template <class ValueOf>
  [[nodiscard]] const Statement& statement_for(const ValueOf& value_of) const {
    std::size_t outcomes = 0;
    for (std::size_t i = terms_.size(); i-- > 0;) {
      const Term& term = terms_[i];
      outcomes = 3 * outcomes + static_cast<std::size_t>(term.outcome(value_of(term.column)));
    }
    return settled_[outcomes];
  }
  // For any values of that many joined rows.
  [[nodiscard]] const Statement& statement(std::size_t rows) const { return statements_[rows - 1]; }
  [[nodiscard]] const std::vector<Statement>& settled_statements() const { return settled_; }

 private:
  bool find_steps(const plan::SummaryPlan& plan, std::size_t table, Together& together);
  void render(const plan::SummaryPlan& plan, const sql::Dialect& dialect, Together& together);

  std::span<const Step> steps_;
  std::span<const Integer> integers_;
  std::span<const Term> terms_;
  std::vector<Statement> settled_;  // of one joined row, by the terms' outcomes in base three
  std::vector<Statement> statements_;
};

}  // namespace keepsum::embed
