#include <keepsum/summaries.hpp>

#include "engine/embed/compiled.hpp"

namespace keepsum {

Summaries::Summaries(std::shared_ptr<const embed::Compiled> compiled)
    : compiled_(std::move(compiled)) {}

std::vector<std::string> Summaries::names() const {
  std::vector<std::string> names;
  for (const plan::SummaryPlan& plan : compiled_->plans()) {
    if (plan.side_of.empty()) names.push_back(plan.spec.name);
  }
  return names;
}

Result<void> Summaries::inserted(db::Session& session, std::string_view table,
                                 const PrimaryKey& key) const {
  UnitOfWork unit(*this, session);
  KEEPSUM_TRY(unit.inserted(table, key));
  return unit.apply();
}

}  // namespace keepsum
