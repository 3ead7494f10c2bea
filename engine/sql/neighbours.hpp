// Where a row that changes stands among the other rows of its table, by an order.
#pragma once

#include <string>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

// The row of the table that changes: as it was ("OLD"), as it will be ("NEW"), or both; `except` is
// the one of them whose primary key it has in the table at that moment, "" if it is not there.
struct ChangedRow {
  bool was = false, is = false;
  std::string except;
};

enum class Side { before, after };

// The neighbours of one state of the row, "OLD" or "NEW", by one of the plan's sequences: the rows
// that meet the plan's conditions and agree with it in the sequence's partition. What it is given
// must outlive it.
class Neighbours {
 public:
  Neighbours(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
             std::string row, const std::string& except);

  // "OLD", "NEW".
  [[nodiscard]] const std::string& row() const noexcept { return row_; }
  [[nodiscard]] const Binding& of_row() const noexcept { return of_row_; }
  // What the row has to meet to be counted.
  [[nodiscard]] std::vector<std::string> conditions_of_row() const;
  // The one that comes right before or right after, as a subquery of one row at most that has the
  // columns the plan reads. A locking read; one seek if an index has the partition and the order.
  [[nodiscard]] std::string nearest(Side side) const;

 private:
  // Those of the table's rows that come before or after it.
  [[nodiscard]] std::vector<std::string> rows(Side side) const;
  [[nodiscard]] std::string same(const std::string& theirs, const std::string& ours) const;
  [[nodiscard]] std::string beyond(const Renderer& theirs, const Renderer& ours, Side side) const;

  const plan::SummaryPlan& plan_;
  const Dialect& dialect_;
  const plan::RowOrder& order_;
  const plan::BaseTable& table_;
  std::string row_;
  const std::string& except_;
  plan::Scope scope_;
  Binding of_row_;
};

}  // namespace keepsum::sql
