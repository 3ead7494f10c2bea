// Which source rows would explain a difference, if they alone were counted wrongly.
//
// A row is a suspect if what it contributes is the difference, in every column that adds up: then
// leaving it out, or counting it twice, gives just what is stored. Values are compared as the
// database gave them; nothing is added up here.
#pragma once

#include <cstdint>
#include <keepsum/session.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/plan/plan.hpp"

namespace keepsum::reconcile {

// The header of sql::contributing_rows(): "p.id", "t.id", then the stored columns' display names.
[[nodiscard]] std::vector<std::string> contributing_columns(const plan::SummaryPlan& plan);

class Suspects {
 public:
  enum class Kind {
    not_counted,    // the summary lacks just what the row contributes
    counted_twice,  // the summary has just that too much
  };
  struct Suspect {
    std::string row;  // "p.id=3 t.id=17"
    Kind kind = Kind::not_counted;
  };

  // `difference` as compare_range() gives it: one value for each stored column of the plan, NULL
  // where it does not add up.
  Suspects(const plan::SummaryPlan& plan, const std::vector<db::Value>& difference);

  // Whether any column that adds up differs: if not, no row can be a suspect.
  [[nodiscard]] bool possible() const noexcept { return possible_; }
  // A column that does not add up differs as well: counting a row twice would have left it alone.
  void none_counted_twice() noexcept { may_be_twice_ = false; }
  // A row of sql::contributing_rows().
  void look_at(const db::Row& row);

  [[nodiscard]] const std::vector<Suspect>& found() const noexcept { return found_; }
  // How many rows were suspects; `found` keeps the first five.
  [[nodiscard]] std::int64_t count() const noexcept { return count_; }

 private:
  struct Wanted {
    std::size_t column = 0;  // in a row of contributing_rows()
    std::string left_out, twice;
  };
  std::vector<std::string> names_;  // of the primary key columns
  std::vector<Wanted> wanted_;
  bool possible_ = false, may_be_twice_ = true;
  std::vector<Suspect> found_;
  std::int64_t count_ = 0;
};

}  // namespace keepsum::reconcile
