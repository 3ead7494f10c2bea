// Ranges of buckets: which is the first, which the last, and what no bucket can answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/lifecycle/bucket_range.hpp"

namespace keepsum::lifecycle {
namespace {

using schema::Bucket;

Bucket bucket(const std::string& length) {
  Bucket result;
  EXPECT_FALSE(schema::parse_bucket_length(length, result)) << length;
  return result;
}

std::string show(const Result<BucketRange>& range) {
  if (range.has_error()) return "refused: " + range.error().message;
  return range.value().first.value_or("…") + " to " + range.value().last.value_or("…");
}

// A Sunday.
constexpr std::string_view now = "2026-03-01 14:37:00";

std::string last(const std::string& length, const std::string& amount) {
  return show(last_buckets(bucket(length), amount, now));
}

std::string between(const std::string& length, std::optional<std::string> from,
                    std::optional<std::string> to) {
  return show(buckets_between(bucket(length), from, to));
}

TEST(BucketRangeTest, TheLastUnitsEndWithThePresentOne) {
  EXPECT_EQ(last("1 day", "1d"), "2026-03-01 to 2026-03-01");
  EXPECT_EQ(last("1 day", "30d"), "2026-01-31 to 2026-03-01");
  EXPECT_EQ(last("1 day", "1w"), "2026-02-23 to 2026-03-01");
  EXPECT_EQ(last("1 day", "2mo"), "2026-02-01 to 2026-03-01");
  EXPECT_EQ(last("1 day", "1y"), "2026-01-01 to 2026-03-01");
  EXPECT_EQ(last("1 week", "2w"), "2026-02-16 to 2026-02-23");
  EXPECT_EQ(last("1 month", "13mo"), "2025-03-01 to 2026-03-01");
  EXPECT_EQ(last("3 months", "6mo"), "2025-10-01 to 2026-01-01");
  EXPECT_EQ(last("3 months", "2y"), "2025-01-01 to 2026-01-01");
  EXPECT_EQ(last("1 year", "2y"), "2025-01-01 to 2026-01-01");
  EXPECT_EQ(last("15 minutes", "60m"), "2026-03-01 13:45:00 to 2026-03-01 14:30:00");
  EXPECT_EQ(last("15 minutes", "2h"), "2026-03-01 13:00:00 to 2026-03-01 14:30:00");
  EXPECT_EQ(last("6 hours", "12h"), "2026-03-01 06:00:00 to 2026-03-01 12:00:00");
  EXPECT_EQ(last("1 hour", "1d"), "2026-03-01 00:00:00 to 2026-03-01 14:00:00");
  EXPECT_EQ(last("1 day", "10000y"), "… to 2026-03-01");
}

TEST(BucketRangeTest, UnitsThatBucketsStraddleAreRefused) {
  for (const auto& [length, amount] : {std::pair{"1 day", "24h"},
                                       {"1 week", "30d"},
                                       {"1 week", "2mo"},
                                       {"1 week", "1y"},
                                       {"1 month", "4w"},
                                       {"1 year", "12mo"},
                                       {"15 minutes", "20m"},
                                       {"3 months", "4mo"},
                                       {"1 day", "6m"},
                                       {"1 day", "d"},
                                       {"1 day", "0d"},
                                       {"1 day", "-1d"},
                                       {"1 day", "30"},
                                       {"1 day", "30 d"},
                                       {"1 day", "99999999999d"}}) {
    const auto range = last_buckets(bucket(length), amount, now);
    ASSERT_TRUE(range.has_error()) << length << " " << amount << ": " << show(range);
    EXPECT_EQ(range.error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(range.error().hint.empty());
  }
}

TEST(BucketRangeTest, DaysAreMeantWhole) {
  EXPECT_EQ(between("1 day", "2026-02-27", "2026-03-01"), "2026-02-27 to 2026-03-01");
  EXPECT_EQ(between("1 day", std::nullopt, "2026-02-28"), "… to 2026-02-28");
  EXPECT_EQ(between("1 day", "2026-02-28", std::nullopt), "2026-02-28 to …");
  EXPECT_EQ(between("1 month", "2026-02-01", "2026-02-28"), "2026-02-01 to 2026-02-01");
  EXPECT_EQ(between("1 week", "2026-02-16", "2026-03-01"), "2026-02-16 to 2026-02-23");
  EXPECT_EQ(between("6 hours", "2026-02-27", "2026-02-28"),
            "2026-02-27 00:00:00 to 2026-02-28 18:00:00");
  EXPECT_EQ(between("6 hours", "2026-02-27 06:00", "2026-02-27T12:00:00"),
            "2026-02-27 06:00:00 to 2026-02-27 12:00:00");
  EXPECT_EQ(show(buckets_as_of(bucket("1 year"), "2025-12-31")), "… to 2025-01-01");
}

TEST(BucketRangeTest, PartsOfBucketsAreRefused) {
  EXPECT_THAT(between("1 week", "2026-02-18", std::nullopt),
              testing::HasSubstr("within the bucket from 2026-02-16 to 2026-02-23"));
  EXPECT_THAT(between("1 month", std::nullopt, "2026-02-27"),
              testing::HasSubstr("within the bucket from 2026-02-01 to 2026-03-01"));
  EXPECT_THAT(between("1 hour", "2026-02-18 10:30", std::nullopt),
              testing::HasSubstr("from 2026-02-18 10:00:00 to 2026-02-18 11:00:00"));
  EXPECT_THAT(show(buckets_as_of(bucket("1 year"), "2026-10-01")), testing::HasSubstr("refused"));
  EXPECT_THAT(show(buckets_as_of(bucket("1 hour"), "2026-10-01 10:00")),
              testing::HasSubstr("no day"));
  EXPECT_THAT(between("1 day", "2026-03-02", "2026-03-01"), testing::HasSubstr("ends before"));
  for (const char* text : {"2026-02-30", "2026-2-3", "yesterday", "", "2026-02-03 25:00",
                           "2026-02-03x10:00", "0000-01-01", "2026/02/03"}) {
    EXPECT_THAT(between("1 hour", text, std::nullopt), testing::HasSubstr("no day")) << text;
  }
}

}  // namespace
}  // namespace keepsum::lifecycle
