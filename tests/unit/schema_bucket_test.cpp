// Lengths and zones of buckets: what is taken, and that what is taken divides the next unit.
#include <gtest/gtest.h>

#include "schema/bucket.hpp"
#include "tests/unit/schema_support.hpp"

namespace keepsum::schema {
namespace {

Bucket bucket(const std::string& arguments) {
  const ExprResult parsed = parse_expression("bucket(" + arguments + ")");
  EXPECT_TRUE(parsed.expr) << render(parsed.diagnostics, "x", "");
  return parsed.expr ? bucket_of(*parsed.expr) : Bucket{};
}

std::string text(const std::string& arguments) { return to_text(bucket(arguments)); }

TEST(BucketTest, Lengths) {
  EXPECT_EQ(text("'1 day', at"), "1 day in UTC");
  EXPECT_EQ(text("'1 DAY', at"), "1 day in UTC");
  EXPECT_EQ(text("'15  minutes', at"), "15 minutes in UTC");
  EXPECT_EQ(text("'6 hours', at"), "6 hours in UTC");
  EXPECT_EQ(text("'1 quarter', at"), "3 months in UTC");
  EXPECT_EQ(text("'2 quarters', at"), "6 months in UTC");
  EXPECT_EQ(text("'1 week', at"), "1 week in UTC");
  EXPECT_EQ(text("'1 year', at"), "1 year in UTC");
  EXPECT_TRUE(bucket("'1 day', at").is_date());
  EXPECT_FALSE(bucket("'12 hours', at").is_date());
}

TEST(BucketTest, Zones) {
  EXPECT_EQ(text("'1 hour', at, '+09:00'"), "1 hour in +09:00");
  EXPECT_EQ(text("'1 hour', at, '-03:30'"), "1 hour in -03:30");
  EXPECT_EQ(text("'1 hour', at, '-00:30'"), "1 hour in -00:30");
  EXPECT_EQ(text("'1 hour', at, 'utc'"), "1 hour in UTC");
  EXPECT_EQ(text("'1 hour', at, '+00:00'"), "1 hour in UTC");
  EXPECT_EQ(text("'1 day', at, 'America/Argentina/Buenos_Aires'"),
            "1 day in America/Argentina/Buenos_Aires");
  EXPECT_EQ(text("'1 day', at, 'Etc/GMT+9'"), "1 day in Etc/GMT+9");
}

// Whatever number is taken, the next unit holds a whole number of buckets.
TEST(BucketTest, NumbersThatAreTakenDivideTheNextUnit) {
  const std::pair<const char*, int> units[] = {{"minute", 60}, {"hour", 24}, {"month", 12}};
  for (const auto& [unit, parts] : units) {
    for (int count = -2; count <= 2 * parts; ++count) {
      Bucket parsed;
      const auto complaint = parse_bucket_length(std::to_string(count) + " " + unit + "s", parsed);
      EXPECT_EQ(!complaint, count > 0 && count < parts && parts % count == 0)
          << count << " " << unit;
      EXPECT_TRUE(!complaint || !complaint->hint.empty()) << count << " " << unit;
    }
  }
}

TEST(BucketTest, OffsetsAreWholeMinutesOfAWorldThatHasThem) {
  for (const char* zone : {"+14:01", "-15:00", "+9:00", "09:00", "+09:60", "+0900", "+09:0a",
                           " UTC", "", "9", "System", "Asia Tokyo", "Asia/T\xC3\xB6kyo", "'"}) {
    Bucket parsed;
    EXPECT_TRUE(parse_bucket_zone(zone, parsed)) << zone;
  }
}

}  // namespace
}  // namespace keepsum::schema
