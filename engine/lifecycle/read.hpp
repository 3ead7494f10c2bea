// Reading one key: from the summary when it is live, from the source until then.
#pragma once

#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

struct Reading {
  bool from_summary = false;
  bool exists = true;             // false: no row; the values are those of an empty group
  std::vector<db::Value> values;  // one for each aggregate, in the order of the spec
};

// Lock-free reads; one round trip after the state is known.
Result<Reading> read(Database& database, const plan::SummaryPlan& plan,
                     const std::vector<db::Value>& key);
Result<Reading> read_from_summary(Database& database, const plan::SummaryPlan& plan,
                                  const std::vector<db::Value>& key);
Result<Reading> read_from_source(Database& database, const plan::SummaryPlan& plan,
                                 const std::vector<db::Value>& key);

// Whether the summary is live and means what the plan means: only then may it be read for truth
// or repaired.
struct Standing {
  State state = State::absent;
  bool same_meaning = true;
};
Result<Standing> standing(Database& database, const plan::SummaryPlan& plan);

}  // namespace keepsum::lifecycle
