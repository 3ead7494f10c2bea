// Ranges of buckets as a person asks for them: the last 30 days, from one day to another, all up to
// a day. All of it in the local time of the buckets' zone, in which buckets are named.
#pragma once

#include <cstdint>
#include <keepsum/result.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/plan/plan.hpp"
#include "schema/bucket.hpp"

namespace keepsum::lifecycle {

// The first and the last bucket, as the key names them ("2026-10-01", "2026-10-01 09:15:00"); both
// belong to the range. Nothing: from the first there is, to the last there is.
struct BucketRange {
  std::optional<std::string> first, last;
};

// The key that is a bucket. Errors: invalid_argument if there is none, or more than one.
struct BucketKey {
  std::size_t key = 0;  // index in SummaryPlan::keys
  schema::Bucket bucket;
};
Result<BucketKey> bucket_key(const plan::SummaryPlan& plan);

// "30d": the unit that `now` is in, and the 29 before it. Units: m, h, d, w, mo, y. `now` is local.
// Errors: invalid_argument for another text, or a unit that buckets straddle.
Result<BucketRange> last_buckets(const schema::Bucket& bucket, std::string_view amount,
                                 std::string_view now);

// From a day or a time on, up to a day or a time; a day is meant whole. Errors: invalid_argument
// for another text, or a time within a bucket, of which a bucket knows nothing.
Result<BucketRange> buckets_between(const schema::Bucket& bucket,
                                    const std::optional<std::string>& from,
                                    const std::optional<std::string>& to);

// All up to the end of a day. Errors as buckets_between().
Result<BucketRange> buckets_as_of(const schema::Bucket& bucket, const std::string& day);

// Days from one to another, each so long after the one before: "1d", "2w", "1mo", "1y". A month
// after the 31st is a shorter month's last day. Without a `to`, up to the last day that is over by
// `now`, a local time. Errors: invalid_argument.
Result<std::vector<std::string>> days_between(const std::string& from,
                                              const std::optional<std::string>& to,
                                              const std::string& every, const std::string& now);

}  // namespace keepsum::lifecycle
