// The JSON of --json: one object a run, with "version": 1, decimals as strings.
#pragma once

#include <boost/json.hpp>
#include <keepsum/error.hpp>
#include <keepsum/value.hpp>
#include <string>
#include <string_view>

#include "engine/lifecycle/evidence.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::cli {

[[nodiscard]] std::string_view version();

[[nodiscard]] boost::json::value to_json(const db::Value& value);
// The visible value of an aggregate: true or false where it is a condition.
[[nodiscard]] boost::json::value to_json(const plan::AggregatePlan& aggregate,
                                         const db::Value& value);
[[nodiscard]] boost::json::object to_json(const reconcile::RunReport& report);
[[nodiscard]] boost::json::object to_json(const lifecycle::DriftRecord& record);
// Each with its key, or null where it is the run's.
[[nodiscard]] boost::json::array to_json(const std::vector<lifecycle::Cause>& causes);
// {"card_id":42} as an object.
[[nodiscard]] boost::json::value parsed_key(const std::string& group_key);
[[nodiscard]] boost::json::object error_object(const Error& error);
[[nodiscard]] std::string error_json(const Error& error);

}  // namespace keepsum::cli
