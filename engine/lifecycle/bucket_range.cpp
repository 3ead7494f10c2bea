#include "engine/lifecycle/bucket_range.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>

#include "schema/time_text.hpp"

namespace keepsum::lifecycle {

using schema::Bucket;
using schema::BucketUnit;

namespace {

namespace chrono = std::chrono;

// A local time: no zone is meant.
using Time = chrono::sys_seconds;

Error usage(std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

std::optional<int> number(std::string_view text) {
  int value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, failed] = std::from_chars(text.data(), end, value);
  if (failed != std::errc{} || stop != end || text.starts_with('-')) return std::nullopt;
  return value;
}

// Buckets begin at whole seconds.
std::optional<schema::TimeText> parse_time(std::string_view text) {
  const auto written = schema::parse_time_text(text);
  return written && written->fraction.empty() ? written : std::nullopt;
}

Time start_of(const Bucket& bucket, Time time) {
  const chrono::sys_days day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  switch (bucket.unit) {
    case BucketUnit::minute:
    case BucketUnit::hour: {
      const chrono::seconds step =
          bucket.unit == BucketUnit::minute ? chrono::seconds(60) : chrono::seconds(3600);
      const chrono::seconds of_day = time - day;
      return day + of_day / (step * bucket.count) * (step * bucket.count);
    }
    case BucketUnit::day: return day;
    case BucketUnit::week: return day - (chrono::weekday(day) - chrono::Monday);
    case BucketUnit::month: {
      const auto count = static_cast<unsigned>(bucket.count);
      const unsigned month = (unsigned(date.month()) - 1) / count * count + 1;
      return chrono::sys_days(date.year() / chrono::month(month) / 1);
    }
    case BucketUnit::year: return chrono::sys_days(date.year() / chrono::January / 1);
  }
  return day;
}

// The start of a unit, moved back by so many units.
Time moved_back(BucketUnit unit, Time start, int count) {
  const chrono::year_month_day date{chrono::floor<chrono::days>(start)};
  switch (unit) {
    case BucketUnit::minute: return start - chrono::minutes(count);
    case BucketUnit::hour: return start - chrono::hours(count);
    case BucketUnit::day: return start - chrono::days(count);
    case BucketUnit::week: return start - chrono::weeks(count);
    case BucketUnit::month: return chrono::sys_days(date - chrono::months(count));
    case BucketUnit::year: return chrono::sys_days(date - chrono::years(count));
  }
  return start;
}

std::string text_of(const Bucket& bucket, Time time) {
  return bucket.is_date() ? schema::day_text(time) : schema::moment_text(time);
}

struct Amount {
  int count = 0;
  BucketUnit unit = BucketUnit::day;
};

constexpr std::array<std::pair<std::string_view, BucketUnit>, 6> units{
    std::pair{"m", BucketUnit::minute},
    {"h", BucketUnit::hour},
    {"d", BucketUnit::day},
    {"w", BucketUnit::week},
    {"mo", BucketUnit::month},
    {"y", BucketUnit::year}};

std::optional<Amount> parse_amount(std::string_view text) {
  const std::size_t digits = text.find_first_not_of("0123456789");
  if (digits == std::string_view::npos) return std::nullopt;
  const auto count = number(text.substr(0, digits));
  constexpr int count_max = 10'000;
  for (const auto& [name, unit] : units) {
    if (count && *count >= 1 && *count <= count_max && name == text.substr(digits)) {
      return Amount{*count, unit};
    }
  }
  return std::nullopt;
}

bool made_of(BucketUnit unit, const Bucket& bucket) {
  if (unit == bucket.unit) return true;
  // Weeks and months begin at different days.
  return unit > bucket.unit && bucket.unit != BucketUnit::week;
}

// Whether a time is where a bucket begins; else what is said of it.
Result<void> check_edge(const Bucket& bucket, Time edge, const std::string& written) {
  const Time start = start_of(bucket, edge);
  if (start == edge) return {};
  Time next = start;
  while (start_of(bucket, next) == start) {
    next += bucket.is_date() ? chrono::seconds(chrono::days(1)) : chrono::seconds(60);
  }
  return usage(fmt::format("{} lies within the bucket from {} to {} ({}), and a bucket does not "
                           "know which part of it is meant",
                           written, text_of(bucket, start), text_of(bucket, next), to_text(bucket)),
               "ask for whole buckets");
}

Error no_time(const std::string& text) {
  return usage(fmt::format("`{}` is no day and no time", text),
               "write 2026-10-01, or \"2026-10-01 09:15\", by the clocks of the buckets' zone");
}

}  // namespace

Result<BucketKey> bucket_key(const plan::SummaryPlan& plan) {
  std::optional<BucketKey> found;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    if (!schema::is_bucket(*plan.keys[i].expr)) continue;
    if (found) {
      return usage(fmt::format("{} has several keys that are buckets: {} and {}", plan.spec.name,
                               plan.keys[found->key].name, plan.keys[i].name),
                   "ranges are for summaries with one; query the table itself");
    }
    found = BucketKey{i, schema::bucket_of(*plan.keys[i].expr)};
  }
  if (found) return *found;
  return usage(fmt::format("no key of {} is a bucket of time, so its rows say nothing of a day",
                           plan.spec.name),
               "group by one: \"day\": \"bucket('1 day', …)\"");
}

Result<BucketRange> last_buckets(const Bucket& bucket, std::string_view amount,
                                 std::string_view now) {
  const auto wanted = parse_amount(amount);
  if (!wanted) {
    return usage(fmt::format("`{}` is no length of time", amount),
                 "write a whole number up to 10000 and m, h, d, w, mo or y: 30d, 24h, 6mo");
  }
  if (!made_of(wanted->unit, bucket)) {
    return usage(
        fmt::format("buckets of {} do not make up {}s", to_text(bucket), to_string(wanted->unit)),
        wanted->unit == BucketUnit::minute && bucket.is_date()
            ? "m is for minutes; months are mo, as in 6mo"
            : "ask for a unit that consists of whole buckets");
  }
  const int step = wanted->unit == bucket.unit ? bucket.count : 1;
  if (wanted->count % step != 0) {
    return usage(fmt::format("{} {}s are no whole number of buckets of {}", wanted->count,
                             to_string(wanted->unit), to_text(bucket)),
                 fmt::format("ask for a multiple of {}", step));
  }
  const auto time = parse_time(now);
  if (!time) return usage(fmt::format("the server's clock says `{}`", now), "");
  const Time start = start_of({wanted->unit, step, {}}, time->time);
  const Time first = moved_back(wanted->unit, start, wanted->count - step);
  BucketRange range{std::nullopt, text_of(bucket, start_of(bucket, time->time))};
  if (first >= Time(chrono::sys_days(chrono::year(1) / 1 / 1)))
    range.first = text_of(bucket, first);
  return range;
}

Result<BucketRange> buckets_between(const Bucket& bucket, const std::optional<std::string>& from,
                                    const std::optional<std::string>& to) {
  BucketRange range;
  std::optional<Time> first;
  if (from) {
    const auto written = parse_time(*from);
    if (!written) return no_time(*from);
    KEEPSUM_TRY(check_edge(bucket, written->time, *from));
    first = written->time;
    range.first = text_of(bucket, *first);
  }
  if (to) {
    const auto written = parse_time(*to);
    if (!written) return no_time(*to);
    Time last = written->time;
    if (written->is_day) {
      const Time end = written->time + chrono::days(1);
      KEEPSUM_TRY(check_edge(bucket, end, "the end of " + *to));
      last = start_of(bucket, end - chrono::seconds(1));
    } else {
      KEEPSUM_TRY(check_edge(bucket, last, *to));
    }
    if (first && last < *first) {
      return usage(fmt::format("the range ends before it begins: from {} to {}", *from, *to), "");
    }
    range.last = text_of(bucket, last);
  }
  return range;
}

Result<BucketRange> buckets_as_of(const Bucket& bucket, const std::string& day) {
  const auto written = parse_time(day);
  if (!written || !written->is_day) {
    return usage(fmt::format("`{}` is no day", day), "write it as 2026-10-01");
  }
  return buckets_between(bucket, std::nullopt, day);
}

Result<std::vector<std::string>> days_between(const std::string& from,
                                              const std::optional<std::string>& to,
                                              const std::string& every, const std::string& now) {
  const auto step = parse_amount(every);
  if (!step || step->unit < BucketUnit::day) {
    return usage(fmt::format("`{}` is no number of days", every),
                 "write 1d, 2w, 1mo or 1y: a record is of the end of a day");
  }
  const auto day_of = [](const std::string& text) -> Result<chrono::sys_days> {
    const auto written = parse_time(text);
    if (written && written->is_day) return chrono::floor<chrono::days>(written->time);
    return usage(fmt::format("`{}` is no day", text), "write it as 2026-10-01");
  };
  KEEPSUM_ASSIGN(const chrono::sys_days first, day_of(from));
  const auto today = parse_time(now);
  if (!today) return usage(fmt::format("the server's clock says `{}`", now), "");
  const chrono::sys_days over = chrono::floor<chrono::days>(today->time) - chrono::days(1);
  chrono::sys_days last = over;
  if (to) {
    KEEPSUM_ASSIGN(last, day_of(*to));
    if (last < first) {
      return usage(fmt::format("the range ends before it begins: from {} to {}", from, *to), "");
    }
    if (last > over) {
      return usage(fmt::format("{} is not over yet: it is {} where the buckets are", *to, now),
                   "leave --to out for the last day that is over");
    }
  }
  constexpr std::size_t days_max = 100'000;
  std::vector<std::string> days;
  const chrono::year_month_day start{first};
  for (int i = 0;; ++i) {
    chrono::sys_days day = first + chrono::days(i * step->count);
    if (step->unit == BucketUnit::week) day = first + chrono::days(7 * i * step->count);
    if (step->unit == BucketUnit::month || step->unit == BucketUnit::year) {
      const int months = i * step->count * (step->unit == BucketUnit::year ? 12 : 1);
      chrono::year_month_day date = start + chrono::months(months);
      if (!date.ok()) date = date.year() / date.month() / chrono::last;
      day = date;
    }
    if (day > last) return days;
    if (days.size() == days_max) {
      return usage(fmt::format("from {} on that would be more than {} records", from, days_max),
                   "begin later, or record less often: --every 1mo");
    }
    days.push_back(text_of({BucketUnit::day, 1, {}}, day));
  }
}

}  // namespace keepsum::lifecycle
