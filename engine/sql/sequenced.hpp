// The joined rows with what prev() asks of the row before, and with their places for ordinal().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/sql/render.hpp"

namespace keepsum::sql {

struct Sequenced {
  std::string from;  // "FROM …", with its WHERE and its lock clause
  Binding binding;   // for expressions over it
};

// joined(), whole. If the plan has sequences, the rows come from a subquery that has for each of
// them the columns of the row before, or its place. So the restriction must take whole groups; the
// rows of all groups are read for places, whatever it says.
[[nodiscard]] Sequenced sequenced(const plan::SummaryPlan& plan, const Dialect& dialect,
                                  const Binding& binding,
                                  const std::vector<std::string>& restriction,
                                  std::string_view lock = {});

// The order's term as a row has it: as an index has it, where that is the order in time.
[[nodiscard]] std::string sequence_term(const plan::Scope& scope, const Renderer& render,
                                        const schema::ExprPtr& expr);

}  // namespace keepsum::sql
