#include "engine/lifecycle/list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

namespace keepsum::lifecycle {

namespace {

// What is fixed, as the statement asks for it, and the parameters.
struct Question {
  sql::Groups groups;
  std::vector<db::Value> params;
};

Question question_of(const SomeKeys& within, bool from_source) {
  Question question;
  question.groups.from_source = from_source;
  for (std::size_t i = 0; i < within.size(); ++i) {
    if (!within[i]) continue;
    question.groups.equal.push_back(i);
    question.params.push_back(*within[i]);
  }
  return question;
}

std::vector<std::size_t> all(std::size_t count) {
  std::vector<std::size_t> indexes(count);
  for (std::size_t i = 0; i < count; ++i) indexes[i] = i;
  return indexes;
}

void take(Listing& listing, std::vector<db::Row> rows) {
  for (db::Row& row : rows) {
    const auto values = row.begin() + static_cast<std::ptrdiff_t>(listing.keys.size());
    listing.rows.push_back({{row.begin(), values}, {values, row.end()}});
  }
}

}  // namespace

Result<std::string> local_now(Database& database, const schema::Zone& zone) {
  plan::ExprType type;
  type.family = db::TypeFamily::datetime;
  type.nullable = false;
  const schema::Bucket minute{schema::BucketUnit::minute, 1, zone};
  KEEPSUM_ASSIGN(
      const auto now,
      database.session.scalar(fmt::format(
          "SELECT {}", database.dialect.bucket(minute, database.dialect.utc_now(), type))));
  return db::as_text(now);
}

namespace {

Result<BucketRange> range_of(Database& database, const schema::Bucket& bucket,
                             const BucketQuestion& question) {
  if (question.as_of) return buckets_as_of(bucket, *question.as_of);
  if (!question.last) return buckets_between(bucket, question.from, question.to);
  KEEPSUM_ASSIGN(const std::string now, local_now(database, bucket.zone));
  return last_buckets(bucket, *question.last, now);
}

// What readers have not asked for is not in the summary, and what was true once may be true there
// alone: neither side has the whole list.
Result<void> check_listable(const plan::SummaryPlan& plan) {
  if (!plan.spec.lazy) return {};
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.where = plan.spec.name;
  error.message =
      fmt::format("{} is filled by those who read it, key by key, so no list of its keys is whole",
                  plan.spec.name);
  error.hint = R"(take "fill": "lazy" out of its spec, and apply: then it is filled)";
  return error;
}

// Of all that can be merged; what is left are the names of the rest.
Result<void> merge(Database& database, const plan::SummaryPlan& plan, const SomeKeys& within,
                   std::size_t bucket, const Question& question, Listing& listing) {
  std::vector<std::size_t> by;
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    if (i == bucket) continue;
    listing.keys.push_back(i);
    if (!within[i]) by.push_back(i);
  }
  for (const std::size_t a : all(plan.aggregates.size())) {
    if (sql::mergeable(plan.aggregates[a])) listing.aggregates.push_back(a);
  }
  if (listing.aggregates.empty()) {
    Error error;
    error.code = ErrorCode::invalid_argument;
    error.message =
        fmt::format("no figure of {} follows from those of its buckets", plan.spec.name);
    error.hint = "--each lists the buckets one by one";
    return error;
  }
  KEEPSUM_ASSIGN(auto rows,
                 database.session.rows(sql::merge_groups(plan, database.dialect, question.groups,
                                                         by, listing.aggregates),
                                       question.params));
  for (db::Row& row : rows) {
    GroupRow group;
    std::size_t at = 0;
    for (const std::size_t key : listing.keys) {
      group.key.push_back(within[key] ? *within[key] : row[at++]);
    }
    group.values.assign(row.begin() + static_cast<std::ptrdiff_t>(at), row.end());
    listing.rows.push_back(std::move(group));
  }
  return {};
}

}  // namespace

Result<Listing> top(Database& database, const plan::SummaryPlan& plan, const SomeKeys& within,
                    std::size_t aggregate, bool ascending, std::uint64_t limit) {
  KEEPSUM_TRY(check_listable(plan));
  KEEPSUM_ASSIGN(auto snapshot,
                 db::Transaction::begin(database.session, db::TransactionMode::snapshot));
  Listing listing;
  KEEPSUM_ASSIGN(listing.standing, standing(database, plan));
  listing.from_summary = listing.standing.answers();
  listing.keys = all(plan.keys.size());
  listing.aggregates = all(plan.aggregates.size());
  const Question question = question_of(within, !listing.from_summary);
  const auto list = [&](sql::Nulls nulls, std::uint64_t count) -> Result<void> {
    KEEPSUM_ASSIGN(
        auto rows,
        database.session.rows(sql::list_groups(plan, database.dialect, question.groups,
                                               sql::ListOrder{aggregate, ascending, nulls}, count),
                              question.params));
    take(listing, std::move(rows));
    return {};
  };
  // NULL is the least to every database here: last by itself unless the order ascends.
  KEEPSUM_TRY(list(ascending ? sql::Nulls::left_out : sql::Nulls::are_values, limit));
  if (ascending && listing.rows.size() < limit) {
    KEEPSUM_TRY(list(sql::Nulls::alone, limit - listing.rows.size()));
  }
  KEEPSUM_TRY(snapshot.commit());
  return listing;
}

Result<Rank> rank_of(Database& database, const plan::SummaryPlan& plan, const SomeKeys& within,
                     const std::vector<db::Value>& key, std::size_t aggregate, bool ascending) {
  KEEPSUM_TRY(check_listable(plan));
  KEEPSUM_ASSIGN(auto snapshot,
                 db::Transaction::begin(database.session, db::TransactionMode::snapshot));
  Rank result;
  KEEPSUM_ASSIGN(result.standing, standing(database, plan));
  result.from_summary = result.standing.answers();
  const SomeKeys whole(key.begin(), key.end());
  const Question one = question_of(whole, !result.from_summary);
  KEEPSUM_ASSIGN(
      const auto found,
      database.session.row(sql::list_groups(plan, database.dialect, one.groups, std::nullopt, 1),
                           one.params));
  if (!found) return result;
  result.values.assign(found->begin() + static_cast<std::ptrdiff_t>(key.size()), found->end());
  const db::Value& value = result.values[aggregate];
  Question others = question_of(within, !result.from_summary);
  if (!db::is_null(value)) others.params.push_back(value);
  KEEPSUM_ASSIGN(
      const auto before,
      database.session.scalar(sql::count_before(plan, database.dialect, others.groups,
                                                {aggregate, ascending}, db::is_null(value)),
                              others.params));
  KEEPSUM_TRY(snapshot.commit());
  result.rank = db::as_int64(before) + 1;
  return result;
}

Result<Listing> read_buckets(Database& database, const plan::SummaryPlan& plan,
                             const SomeKeys& within, const BucketQuestion& wanted) {
  KEEPSUM_TRY(check_listable(plan));
  KEEPSUM_ASSIGN(const BucketKey key, bucket_key(plan));
  if (within[key.key]) {
    Error error;
    error.code = ErrorCode::invalid_argument;
    error.message =
        fmt::format("the key {} is the bucket, and the range says which", plan.keys[key.key].name);
    error.hint = "leave it out";
    return error;
  }
  Listing listing;
  KEEPSUM_ASSIGN(listing.range, range_of(database, key.bucket, wanted));
  KEEPSUM_ASSIGN(auto snapshot,
                 db::Transaction::begin(database.session, db::TransactionMode::snapshot));
  KEEPSUM_ASSIGN(listing.standing, standing(database, plan));
  listing.from_summary = listing.standing.answers();
  Question question = question_of(within, !listing.from_summary);
  question.groups.range = {key.key, listing.range.first.has_value(),
                           listing.range.last.has_value()};
  if (listing.range.first) question.params.emplace_back(*listing.range.first);
  if (listing.range.last) question.params.emplace_back(*listing.range.last);
  if (wanted.each) {
    listing.keys = all(plan.keys.size());
    listing.aggregates = all(plan.aggregates.size());
    KEEPSUM_ASSIGN(auto rows,
                   database.session.rows(sql::list_groups(plan, database.dialect, question.groups,
                                                          std::nullopt, std::nullopt),
                                         question.params));
    take(listing, std::move(rows));
  } else {
    KEEPSUM_TRY(merge(database, plan, within, key.key, question, listing));
  }
  KEEPSUM_TRY(snapshot.commit());
  return listing;
}

bool index_serves(const plan::SummaryPlan& plan, const SomeKeys& within, std::size_t aggregate) {
  std::vector<std::string> fixed;
  for (std::size_t i = 0; i < within.size(); ++i) {
    if (within[i]) fixed.push_back(plan.keys[i].name);
  }
  const std::string& column = plan.aggregates[aggregate].column.name;
  const auto is_fixed = [&](const std::string& name) {
    return std::any_of(fixed.begin(), fixed.end(), [&](const std::string& each) {
      return boost::algorithm::iequals(each, name);
    });
  };
  const auto indexes = plan.indexes();
  return std::any_of(indexes.begin(), indexes.end(), [&](const std::vector<std::string>& columns) {
    return columns.size() > fixed.size() &&
           std::all_of(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(fixed.size()),
                       is_fixed) &&
           boost::algorithm::iequals(columns[fixed.size()], column);
  });
}

}  // namespace keepsum::lifecycle
