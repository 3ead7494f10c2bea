#include "connectors/sqlite/bucket.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace keepsum::sqlite {

using schema::Bucket;
using schema::BucketUnit;

namespace {

// Seconds from 0001-01-01 to 1970-01-01: makes every number positive, so that division cuts down.
constexpr std::int64_t first_to_epoch_s = 62135596800;

// The text without its fraction of a second, which SQLite would round up; a zone behind it stays.
std::string whole_seconds(const std::string& text) {
  return fmt::format(
      "CASE WHEN substr({0}, 20, 1) = '.' THEN substr({0}, 1, 19) || ltrim(substr({0}, 21), "
      "'0123456789') ELSE {0} END",
      text);
}

std::string date_modifiers(const Bucket& bucket) {
  // Also of no minutes: it makes 2026-02-31 the day that it is.
  const std::string local = fmt::format(", '{:+} minutes'", bucket.zone.offset_minutes);
  switch (bucket.unit) {
    case BucketUnit::week: return local + ", '-6 days', 'weekday 1'";
    case BucketUnit::month: return local + ", 'start of month'";
    case BucketUnit::year: return local + ", 'start of year'";
    default: return local;
  }
}

// Of SQLite's arguments for a time, such as "x, 'unixepoch'".
std::string start_of(const Bucket& bucket, const std::string& time) {
  if (!bucket.is_date()) {
    const std::int64_t step_s =
        bucket.count * (bucket.unit == BucketUnit::minute ? std::int64_t{60} : 3600);
    return fmt::format(
        "datetime((strftime('%s', {0}, '{1:+} minutes') + {2}) / {3} * {3} - {2}, 'unixepoch')",
        time, bucket.zone.offset_minutes, first_to_epoch_s, step_s);
  }
  const std::string date = fmt::format("date({}{})", time, date_modifiers(bucket));
  if (bucket.unit != BucketUnit::month || bucket.count == 1) return date;
  return fmt::format("date({0}, (- (strftime('%m', {0}) - 1) % {1}) || ' months')", date,
                     bucket.count);
}

}  // namespace

std::string bucket(const Bucket& bucket, const std::string& instant, const plan::ExprType& type) {
  const std::string first =
      fmt::format("'{}{}'", schema::first_bucket_day, bucket.is_date() ? "" : " 00:00:00");
  // 'now' and '12:00' are times to SQLite, and no dates.
  const std::string start = fmt::format(
      "CASE typeof({0}) WHEN 'text' THEN CASE WHEN {0} GLOB '[0-9][0-9][0-9][0-9]-*' THEN {1} END "
      "WHEN 'integer' THEN {2} WHEN 'real' THEN {3} END",
      instant, start_of(bucket, whole_seconds(instant)),
      start_of(bucket, instant + ", 'unixepoch'"), start_of(bucket, instant));
  // The years before 1 are less than any other as text, too.
  const std::string total = fmt::format("max(coalesce({}, {}), {})", start, first, first);
  if (!type.nullable) return total;
  return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", instant, total);
}

}  // namespace keepsum::sqlite
