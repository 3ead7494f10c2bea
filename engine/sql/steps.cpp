#include "engine/sql/steps.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "engine/plan/part.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/joined.hpp"

namespace keepsum::sql {

namespace {

constexpr std::string_view before_name = "ks$before", one_name = "ks$one";

class Steps {
 public:
  Steps(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
        const Neighbours& of)
      : plan_(plan), dialect_(dialect), sequence_(sequence), of_(of) {}

  // What the coming (+1) or going (-1) of the row does.
  [[nodiscard]] std::vector<Branch> branches(int weight) const {
    const std::string& alias = plan_.tables.front().alias;
    const std::string before =
        fmt::format("{} AS {}", of_.nearest(Side::before), quoted(before_name));
    const std::string after =
        fmt::format("{} AS {}", of_.nearest(Side::after), dialect_.identifier(alias));
    const auto conditions = of_.conditions_of_row();
    std::string where = where_beside_left_join(conditions);
    if (!where.empty()) where.insert(0, " ");
    Branch own = branch(weight, quoted(before_name),
                        fmt::format("FROM (SELECT 1 AS {0}) AS {0} LEFT JOIN {1} ON TRUE{2}",
                                    quoted(one_name), before, where));
    own.binding.qualifiers = of_.of_row().qualifiers;
    own.given = {alias};
    return {std::move(own), branch(weight, of_.row(), fmt::format("FROM {}{}", after, where)),
            branch(-weight, quoted(before_name),
                   fmt::format("FROM {} LEFT JOIN {} ON TRUE{}", after, before, where))};
  }

 private:
  [[nodiscard]] std::string quoted(std::string_view name) const {
    return dialect_.identifier(std::string(name));
  }

  // `previous`: what stands for the row before.
  [[nodiscard]] Branch branch(int weight, const std::string& previous, std::string from) const {
    Branch branch;
    branch.weight = weight;
    branch.from = std::move(from);
    branch.binding.previous.resize(sequence_ + 1);
    branch.binding.previous[sequence_] = [this, previous](const std::string& column) {
      return previous + "." + dialect_.identifier(column);
    };
    return branch;
  }

  const plan::SummaryPlan& plan_;
  const Dialect& dialect_;
  std::size_t sequence_;
  const Neighbours& of_;
};

}  // namespace

std::string step_upsert(const plan::SummaryPlan& plan, const Dialect& dialect, std::size_t sequence,
                        const ChangedRow& row) {
  std::set<std::string> names;
  for (const plan::AggregatePlan& aggregate : plan.aggregates) {
    if (aggregate.sequence == sequence) names.insert(aggregate.column.name);
  }
  const plan::SummaryPlan part = plan::part_of(plan, names);
  std::vector<Branch> branches;
  const Neighbours before(part, dialect, sequence, "OLD", row.except);
  const Neighbours now(part, dialect, sequence, "NEW", row.except);
  const Steps steps_before(part, dialect, sequence, before);
  const Steps steps_now(part, dialect, sequence, now);
  if (row.was) branches = steps_before.branches(-1);
  if (row.is) {
    for (Branch& branch : steps_now.branches(+1)) branches.push_back(std::move(branch));
  }
  return upsert(part, dialect, branches);
}

}  // namespace keepsum::sql
