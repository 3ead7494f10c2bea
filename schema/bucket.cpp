#include "schema/bucket.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace keepsum::schema {

namespace {

constexpr int minutes_of_an_hour = 60;
// The clocks farthest from UTC, now and ever.
constexpr int offset_minutes_max = 14 * minutes_of_an_hour;

struct UnitRule {
  BucketUnit unit;
  std::string_view name;
  int parts;              // how many make the next unit; 1: a bucket is one of it
  std::string_view next;  // what they make
};

constexpr std::array rules{
    UnitRule{BucketUnit::minute, "minute", 60, "hour"},
    UnitRule{BucketUnit::hour, "hour", 24, "day"},
    UnitRule{BucketUnit::day, "day", 1, ""},
    UnitRule{BucketUnit::week, "week", 1, ""},
    UnitRule{BucketUnit::month, "month", 12, "year"},
    UnitRule{BucketUnit::year, "year", 1, ""},
};

constexpr std::string_view lengths =
    "write '1 day', or another number of minutes, hours or months, or a week, a quarter or a year";

const UnitRule& rule_of(BucketUnit unit) { return rules[static_cast<std::size_t>(unit)]; }

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

std::string divisors(int number) {
  std::string list;
  for (int i = 1; i < number; ++i) {
    if (number % i == 0) list += fmt::format("{}{}", list.empty() ? "" : ", ", i);
  }
  return list;
}

std::optional<BucketComplaint> check_count(const UnitRule& rule, int count) {
  if (count < 1) {
    return BucketComplaint{fmt::format("a bucket of {} {}s holds nothing", count, rule.name),
                           fmt::format("write '1 {}'", rule.name)};
  }
  if (rule.parts == 1) {
    if (count == 1) return std::nullopt;
    return BucketComplaint{
        fmt::format("nothing says with which {} a bucket of {} {}s begins", rule.name, count,
                    rule.name),
        rule.unit == BucketUnit::day && count == 7
            ? std::string("write '1 week'; it starts on Monday")
            : fmt::format("write '1 {}', and add up buckets where they are read", rule.name)};
  }
  if (count == rule.parts) {
    return BucketComplaint{fmt::format("{} {}s are one {}", count, rule.name, rule.next),
                           fmt::format("write '1 {}'", rule.next)};
  }
  if (count < rule.parts && rule.parts % count == 0) return std::nullopt;
  return BucketComplaint{
      fmt::format("{} {}s do not divide the {}: buckets would begin at other times in each {}",
                  count, rule.name, rule.next, rule.next),
      fmt::format("of {}s take {}", rule.name, divisors(rule.parts))};
}

std::optional<int> two_digits(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 2 || !digit(text[0]) || !digit(text[1])) return std::nullopt;
  return (text[0] - '0') * 10 + (text[1] - '0');
}

// "+09:00", "-03:30".
std::optional<int> parse_offset(std::string_view text) {
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2));
  const auto minutes = two_digits(text.substr(4, 2));
  if (!hours || !minutes || *minutes >= minutes_of_an_hour) return std::nullopt;
  const int offset = *hours * minutes_of_an_hour + *minutes;
  if (offset > offset_minutes_max) return std::nullopt;
  return text[0] == '-' ? -offset : offset;
}

bool names_a_zone(std::string_view text) {
  constexpr std::size_t name_length_max = 64;
  return !text.empty() && text.size() <= name_length_max &&
         std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+';
         });
}

}  // namespace

std::string_view to_string(BucketUnit unit) noexcept { return rule_of(unit).name; }

std::string to_text(const Bucket& bucket) {
  std::string text =
      fmt::format("{} {}{}", bucket.count, to_string(bucket.unit), bucket.count == 1 ? "" : "s");
  if (bucket.zone.is_named()) return text + " in " + bucket.zone.name;
  const int offset = bucket.zone.offset_minutes;
  if (offset == 0) return text + " in UTC";
  return text + fmt::format(" in {}{:02}:{:02}", offset < 0 ? '-' : '+',
                            std::abs(offset) / minutes_of_an_hour,
                            std::abs(offset) % minutes_of_an_hour);
}

std::optional<BucketComplaint> parse_bucket_length(std::string_view text, Bucket& bucket) {
  const char* const end = text.data() + text.size();
  int count = 0;
  const auto [stop, failed] = std::from_chars(text.data(), end, count);
  std::string unit = lower({stop, static_cast<std::size_t>(end - stop)});
  const bool well_formed = failed == std::errc{} && unit.starts_with(' ');
  unit.erase(0, unit.find_first_not_of(' '));
  if (unit.ends_with('s')) unit.pop_back();
  if (unit == "quarter" && well_formed && count > 0 && count <= 4) {
    unit = "month";
    count *= 3;
  }
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const UnitRule& each) { return each.name == unit; });
  if (!well_formed || rule == rules.end()) {
    return BucketComplaint{fmt::format("'{}' is no length of a bucket", text),
                           std::string(lengths)};
  }
  if (auto complaint = check_count(*rule, count)) return complaint;
  bucket.unit = rule->unit;
  bucket.count = count;
  return std::nullopt;
}

std::optional<BucketComplaint> parse_bucket_zone(std::string_view text, Bucket& bucket) {
  bucket.zone = {};
  const std::string name = lower(text);
  if (name == "utc") return std::nullopt;
  if (const auto offset = parse_offset(text)) {
    bucket.zone.offset_minutes = *offset;
    return std::nullopt;
  }
  if (name == "system" || name == "local" || name == "localtime") {
    return BucketComplaint{
        fmt::format("'{}' is another zone on each server", text),
        "write the zone's own name, as 'Asia/Tokyo', or its offset, as '+09:00'"};
  }
  if (!names_a_zone(text)) {
    return BucketComplaint{fmt::format("'{}' is no time zone", text),
                           "write an offset from '-14:00' to '+14:00', or a name, as 'Asia/Tokyo'"};
  }
  // In the hour that a change of clocks repeats, two hours have one name.
  if (!bucket.is_date()) {
    return BucketComplaint{
        fmt::format("buckets of {}s need a fixed offset: when the clocks of {} are set back, two "
                    "{}s have the same local time, and would share a bucket",
                    to_string(bucket.unit), text, to_string(bucket.unit)),
        "write an offset, as '+09:00', or leave the zone out for UTC"};
  }
  bucket.zone.name = std::string(text);
  return std::nullopt;
}

bool is_bucket(const Expr& expr) noexcept {
  return expr.kind == ExprKind::function && expr.text == "bucket";
}

Bucket bucket_of(const Expr& call) {
  Bucket bucket;
  (void)parse_bucket_length(call.args[0]->text, bucket);
  if (call.args.size() > 2) (void)parse_bucket_zone(call.args[2]->text, bucket);
  return bucket;
}

}  // namespace keepsum::schema
