#include "connectors/mysql/bucket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

namespace keepsum::mysql {

using schema::Bucket;
using schema::BucketUnit;

namespace {

constexpr std::int64_t minute_s = 60, hour_s = 3600, day_s = 86400;
// TO_SECONDS() of 1970-01-01, of 0001-01-01, and of the last second of 9999.
constexpr std::int64_t epoch_s = 62167219200, first_s = 366 * day_s, last_s = 315569519999;
// CONVERT_TZ() leaves what is no TIMESTAMP as it is: the days that it converts in every version.
constexpr std::int64_t zone_first_s = epoch_s + day_s;
constexpr std::int64_t zone_last_s = epoch_s + 24855 * day_s - 1;  // 2038-01-18, its last second

// The instant as a number, and what is added to it to make it seconds since the year 0.
struct Number {
  std::string sql;
  std::int64_t to_seconds = 0;
  bool is_unsigned = false;
};

Number number_of(const std::string& instant, const plan::ExprType& type) {
  if (type.family == db::TypeFamily::integer) return {instant, epoch_s, type.is_unsigned};
  // NULL of a date with a zero in it.
  return {fmt::format("TO_SECONDS({})", instant), 0, false};
}

std::string between(const Number& number, std::int64_t first, std::int64_t last) {
  first -= number.to_seconds;
  // An unsigned number and a negative one are not compared as one might think.
  if (number.is_unsigned) first = std::max<std::int64_t>(first, 0);
  return fmt::format("{} BETWEEN {} AND {}", number.sql, first, last - number.to_seconds);
}

std::string plus(const std::string& sql, std::int64_t number) {
  if (number == 0) return sql;
  return fmt::format("({} {} {})", sql, number < 0 ? '-' : '+', number < 0 ? -number : number);
}

// Of seconds since the year 0, by the zone's clocks.
std::string start_of(const Bucket& bucket, const std::string& seconds) {
  const std::string day = fmt::format("{} DIV {}", seconds, day_s);
  const std::string date = fmt::format("FROM_DAYS({})", day);
  switch (bucket.unit) {
    case BucketUnit::minute:
    case BucketUnit::hour: {
      const std::int64_t step =
          bucket.count * (bucket.unit == BucketUnit::minute ? minute_s : hour_s);
      // The step divides the day, so the day's seconds may be cut on their own.
      return fmt::format("(CAST({} AS DATETIME) + INTERVAL MOD({}, {}) DIV {} * {} SECOND)", date,
                         seconds, day_s, step, step);
    }
    case BucketUnit::day: return date;
    // Day 2 of the year 0 was a Monday.
    case BucketUnit::week: return fmt::format("FROM_DAYS({0} - MOD({0} - 2, 7))", day);
    case BucketUnit::month: {
      const std::string first = fmt::format("({0} - INTERVAL DAYOFMONTH({0}) - 1 DAY)", date);
      if (bucket.count == 1) return first;
      return fmt::format("({} - INTERVAL MOD(MONTH({}) - 1, {}) MONTH)", first, date, bucket.count);
    }
    case BucketUnit::year: return fmt::format("({0} - INTERVAL DAYOFYEAR({0}) - 1 DAY)", date);
  }
  return date;
}

}  // namespace

std::string bucket(const Bucket& bucket, const std::string& instant, const plan::ExprType& type,
                   const std::string& zone) {
  const Number number = number_of(instant, type);
  std::string has_bucket, seconds;
  if (bucket.zone.is_named()) {
    const std::string date_time =
        number.to_seconds == 0
            ? instant
            : fmt::format("(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL {} SECOND)", instant);
    seconds = fmt::format("TO_SECONDS(CONVERT_TZ({}, '+00:00', {}))", date_time, zone);
    has_bucket =
        fmt::format("{} AND {} IS NOT NULL", between(number, zone_first_s, zone_last_s), seconds);
  } else {
    const std::int64_t offset_s = bucket.zone.offset_minutes * minute_s;
    seconds = plus(number.sql, number.to_seconds + offset_s);
    has_bucket = between(number, first_s - offset_s, last_s - offset_s);
  }
  return fmt::format("CASE {}WHEN {} THEN {} ELSE {}'{}{}' END",
                     type.nullable ? fmt::format("WHEN {} IS NULL THEN NULL ", instant) : "",
                     has_bucket, start_of(bucket, seconds), bucket.is_date() ? "DATE" : "TIMESTAMP",
                     schema::first_bucket_day, bucket.is_date() ? "" : " 00:00:00");
}

}  // namespace keepsum::mysql
