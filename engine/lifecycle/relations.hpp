// Which summaries stand on which, as keepsum remembers it: for commands that do not have the spec,
// and for what is no longer in it.
#pragma once

#include <string>
#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

struct Relations {
  std::vector<std::string> foundations;  // true only while these are
  std::string side_of;                   // the summary whose side table it is; "" for none
};

// What a definition ends with, and what it says there.
[[nodiscard]] std::string relations_text(const plan::SummaryPlan& plan);
[[nodiscard]] Relations relations_in(const std::string& definition);

// The summaries that are made from `name`, or that it keeps a column of.
Result<std::vector<std::string>> dependents(Database& database, const std::string& name);
// The side tables of `name`, those that its spec wants no more as well.
Result<std::vector<std::string>> side_tables(Database& database, const std::string& name);

}  // namespace keepsum::lifecycle
