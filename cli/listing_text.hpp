// What `keepsum read` shows of keys, lists and ranges: as tables, and as JSON.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/list.hpp"

namespace keepsum::cli {

// As a person reads it: true or false where it is a condition.
[[nodiscard]] std::string display(const plan::AggregatePlan& aggregate, const db::Value& value);

// What every answer begins with: version, summary, where the figures come from.
[[nodiscard]] boost::json::object head(const plan::SummaryPlan& plan, bool from_summary,
                                       const lifecycle::Standing& standing);
// Of all keys of the plan.
[[nodiscard]] boost::json::object key_object(const plan::SummaryPlan& plan,
                                             const std::vector<db::Value>& key);
[[nodiscard]] boost::json::object value_object(const plan::SummaryPlan& plan,
                                               const std::vector<std::size_t>& aggregates,
                                               const std::vector<db::Value>& values);

// Where each row stands by the column: equal values share a rank, and the next one skips them.
[[nodiscard]] std::vector<std::int64_t> ranks(const lifecycle::Listing& listing, std::size_t by);

[[nodiscard]] boost::json::object range_json(const plan::SummaryPlan& plan,
                                             const lifecycle::Listing& listing);
[[nodiscard]] boost::json::object top_json(const plan::SummaryPlan& plan,
                                           const lifecycle::Listing& listing, std::size_t by);
// With ranks, if it is a list by a column.
[[nodiscard]] std::string listing_table(const plan::SummaryPlan& plan,
                                        const lifecycle::Listing& listing,
                                        std::optional<std::size_t> by);

// On stderr: which buckets a range was, and what was left out of it; that figures come from the
// source.
void say_range(const plan::SummaryPlan& plan, const lifecycle::Listing& listing, bool each);
void say_source(const plan::SummaryPlan& plan, bool from_summary,
                const lifecycle::Standing& standing);

}  // namespace keepsum::cli
