// One change of spec, from its beginning or from where an interrupted one had come to.
// alter.cpp has what both ways begin and end with; the ways have a file each.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/lifecycle/alter.hpp"

namespace keepsum::lifecycle {

class Alteration {
 public:
  // All must outlive it. Precondition: set.change.
  Alteration(Database& database, const plan::SummaryPlan& plan, const ChangeSet& set,
             reconcile::Lease& lease, const ApplyOptions& options);

  Result<std::int64_t> run();

 private:
  [[nodiscard]] const std::string& name() const { return plan_.spec.name; }
  void say(const std::string& step) const {
    if (options_.on_step) options_.on_step(step);
  }
  Result<void> statement(const std::string& sql) {
    return run_checked(database_, sql, lease_, options_);
  }
  Result<void> statements(const std::vector<std::string>& all) {
    for (const std::string& sql : all) KEEPSUM_TRY(statement(sql));
    return {};
  }
  Result<void> begin(const std::string& successor);
  Result<void> finish();
  Result<void> write_down(std::optional<std::int64_t> verified);
  [[nodiscard]] std::vector<std::string> marks_from_here() const;

  Result<std::int64_t> in_place();
  Result<void> make_triggers();
  Result<void> indexes();
  Result<std::int64_t> fill();

  Result<std::int64_t> beside();
  Result<std::int64_t> build_successor();
  Result<void> turn(std::int64_t verified);
  Result<void> turn_in_a_transaction(std::int64_t verified);
  Result<void> turn_by_gate(const std::vector<std::string>& gating, int number);
  Result<int> gate_number();

  Database& database_;
  const sql::Dialect& dialect_;
  const plan::SummaryPlan& plan_;
  const SpecChange& change_;
  reconcile::Lease& lease_;
  const ApplyOptions& options_;
  Control control_;
  Changes changes_;
  PendingChange target_;
  SummaryRecord record_;  // as it was when this began
  std::string successor_;
};

}  // namespace keepsum::lifecycle
