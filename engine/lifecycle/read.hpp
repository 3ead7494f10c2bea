// Reading one key: from the summary when it is live and no shadow, from the source until then.
#pragma once

#include <vector>

#include "engine/lifecycle/control.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::lifecycle {

// Whether the summary is live and means what the plan means: only then may it be read for truth or
// repaired.
struct Standing {
  State state = State::absent;
  bool same_meaning = true;
  bool founded = true;  // what it is made from and kept by stands for its source, too
  bool shadow = false;  // the spec wants it maintained and verified, and not read

  // Whether it stands for its source.
  [[nodiscard]] bool is_true() const noexcept {
    return state == State::live && same_meaning && founded;
  }
  // Whether readers take their figures from it.
  [[nodiscard]] bool answers() const noexcept { return is_true() && !shadow; }
};
Result<Standing> standing(Database& database, const plan::SummaryPlan& plan);

// Refuses with plan_moved if another spec is applied than the plan's. Whoever repairs asks under
// the lease: while it was waited for, an apply may have changed the spec.
Result<void> check_meaning(Database& database, const plan::SummaryPlan& plan);

struct Reading {
  bool from_summary = false;
  Standing standing;              // why; as read() found it
  bool exists = true;             // false: no row; the values are those of an empty group
  std::vector<db::Value> values;  // one for each aggregate, in the order of the spec
};

// Lock-free reads; one round trip after the state is known. Of a summary that is filled lazily,
// what is not set is asked of the source, and set.
Result<Reading> read(Database& database, const plan::SummaryPlan& plan,
                     const std::vector<db::Value>& key);
Result<Reading> read_from_summary(Database& database, const plan::SummaryPlan& plan,
                                  const std::vector<db::Value>& key);
Result<Reading> read_from_source(Database& database, const plan::SummaryPlan& plan,
                                 const std::vector<db::Value>& key);

}  // namespace keepsum::lifecycle
