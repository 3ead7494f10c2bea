// What runs and `status` say of sealed history.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "engine/reconcile/reconcile.hpp"
#include "engine/reconcile/seal_state.hpp"

namespace keepsum::cli {

// A line or two, each with its end: what was not read, and how far the audit of it is.
[[nodiscard]] std::string seal_text(const reconcile::RunReport& report);
[[nodiscard]] boost::json::object seal_json(const reconcile::SealReport& seal);

// The same of what is sealed now, for `status`.
[[nodiscard]] std::string seal_text(const plan::SummaryPlan& plan, const reconcile::Seal& seal);
[[nodiscard]] boost::json::object seal_json(const plan::SummaryPlan& plan,
                                            const reconcile::Seal& seal);

}  // namespace keepsum::cli
