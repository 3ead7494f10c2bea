// Reading many groups: the top of a list, a group's place in it, and buckets of time, one by one or
// merged. From the summary when it is live and no shadow, from the source until then; state and
// rows come from one snapshot. invalid_argument of a summary that its readers fill.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/lifecycle/bucket_range.hpp"
#include "engine/lifecycle/read.hpp"
#include "engine/sql/listing.hpp"

namespace keepsum::lifecycle {

// A value for each key of the plan that is fixed.
using SomeKeys = std::vector<std::optional<db::Value>>;

struct GroupRow {
  std::vector<db::Value> key;     // of the plan's keys, or those that `keys` of the listing names
  std::vector<db::Value> values;  // of the aggregates that `aggregates` of the listing names
};

struct Listing {
  bool from_summary = false;
  Standing standing;
  std::vector<std::size_t> keys, aggregates;  // indexes in the plan
  std::vector<GroupRow> rows;
  BucketRange range;  // of buckets; as the server's clock had it
};

// The first `limit` groups of the order; groups whose value is NULL come last.
Result<Listing> top(Database& database, const plan::SummaryPlan& plan, const SomeKeys& within,
                    std::size_t aggregate, bool ascending, std::uint64_t limit);

struct Rank {
  bool from_summary = false;
  Standing standing;
  std::vector<db::Value> values;  // the group's; empty() if it has no rows
  std::int64_t rank = 0;  // 1 + the groups with a greater (lesser) value; 0 if it has no rows
};
// Among the groups that agree with the key in `within`.
Result<Rank> rank_of(Database& database, const plan::SummaryPlan& plan, const SomeKeys& within,
                     const std::vector<db::Value>& key, std::size_t aggregate, bool ascending);

struct BucketQuestion {
  std::optional<std::string> last, from, to, as_of;  // as bucket_range.hpp has them
  bool each = false;                                 // the buckets one by one
};
// Merged, a row for each key beside the bucket, or one of empty values where `within` fixes them
// all. Aggregates whose buckets cannot be merged are left out. Errors: invalid_argument as in
// bucket_range.hpp, and if nothing can be merged.
Result<Listing> read_buckets(Database& database, const plan::SummaryPlan& plan,
                             const SomeKeys& within, const BucketQuestion& question);

// The time by the server's clock, in a zone: "2026-10-01 09:15:00".
Result<std::string> local_now(Database& database, const schema::Zone& zone);

// Whether an index of the summary gives the groups of `within` in the order of the column.
[[nodiscard]] bool index_serves(const plan::SummaryPlan& plan, const SomeKeys& within,
                                std::size_t aggregate);

}  // namespace keepsum::lifecycle
