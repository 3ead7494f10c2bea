// bucket('15 minutes', p.created_at, '+09:00'): what the first and the last argument of the
// function mean. Both are literals, so a bucket is known before any database is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "schema/expr.hpp"

namespace keepsum::schema {

// From the finest up, so that units compare. A week starts on Monday.
enum class BucketUnit { minute, hour, day, week, month, year };

// Where the buckets' days begin: a fixed offset from UTC, or a zone by name. Without either: UTC.
struct Zone {
  int offset_minutes = 0;
  std::string name;  // "Asia/Tokyo"; "" for a fixed offset

  [[nodiscard]] bool is_named() const noexcept { return !name.empty(); }
};

struct Bucket {
  BucketUnit unit = BucketUnit::day;
  int count = 1;  // of units in a bucket; it divides the next unit, so buckets never straddle one
  Zone zone;

  // Buckets of a day or longer are dates, shorter ones date-times.
  [[nodiscard]] bool is_date() const noexcept { return unit >= BucketUnit::day; }
};

// What all instants belong to that have no bucket: those outside the years 1 to 9999 of the zone,
// and stored values that are no date at all. It is a Monday, and the first of its month and year.
constexpr std::string_view first_bucket_day = "0001-01-01";

[[nodiscard]] std::string_view to_string(BucketUnit unit) noexcept;  // "minute"
[[nodiscard]] std::string to_text(const Bucket& bucket);             // "15 minutes in +09:00"

// Why an argument is refused, and what to write instead.
struct BucketComplaint {
  std::string message;
  std::string hint;
};

// Each fills its part of `bucket`, or says what is wrong.
[[nodiscard]] std::optional<BucketComplaint> parse_bucket_length(std::string_view text,
                                                                 Bucket& bucket);
[[nodiscard]] std::optional<BucketComplaint> parse_bucket_zone(std::string_view text,
                                                               Bucket& bucket);

[[nodiscard]] bool is_bucket(const Expr& expr) noexcept;
// Of a call that the parser has accepted: is_bucket(call).
[[nodiscard]] Bucket bucket_of(const Expr& call);

}  // namespace keepsum::schema
