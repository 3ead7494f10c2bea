#include "engine/lifecycle/snapshot.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <mutex>
#include <thread>

#include "engine/lifecycle/bucket_range.hpp"
#include "engine/lifecycle/change_set.hpp"
#include "engine/lifecycle/list.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr const char* as_of_column = "as_of";

plan::ExprType day_type() {
  plan::ExprType type;
  type.family = db::TypeFamily::date;
  type.nullable = false;
  return type;
}

Error refused(std::string message, std::string hint) {
  Error error;
  error.code = ErrorCode::invalid_argument;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// What is recorded, and where.
struct Record {
  const plan::SummaryPlan& plan;
  BucketKey bucket;
  std::string table;
  std::vector<std::size_t> keys, aggregates;  // indexes in the plan
};

sql::Table table_of(const Record& record, const sql::Dialect& dialect) {
  sql::Table table;
  table.name = record.table;
  table.columns.push_back({as_of_column, dialect.storage_type(day_type(), nullptr), false, "", ""});
  table.primary_key.emplace_back(as_of_column);
  std::vector<std::string> series;
  for (const std::size_t key : record.keys) {
    const plan::KeyColumn& column = record.plan.keys[key];
    table.columns.push_back({column.name, column.sql_type, false, "", ""});
    table.primary_key.push_back(column.name);
    series.push_back(column.name);
  }
  for (const std::size_t a : record.aggregates) {
    const plan::AggregatePlan& aggregate = record.plan.aggregates[a];
    const std::string type = aggregate.visible
                                 ? dialect.storage_type(aggregate.visible->type, nullptr)
                                 : record.plan.state[aggregate.state.front()].sql_type;
    table.columns.push_back({aggregate.column.name, type, true, "", ""});
  }
  // Of one key, day after day.
  if (!series.empty()) {
    series.emplace_back(as_of_column);
    table.indexes.push_back({fmt::format("ks_{}_series", record.table), series});
  }
  return table;
}

Result<void> make_table(Database& database, const Record& record) {
  const sql::Table wanted = table_of(record, database.dialect);
  KEEPSUM_ASSIGN(const auto there, database.catalog.table(record.table));
  if (!there) {
    for (const std::string& statement : database.dialect.create_table(wanted)) {
      const auto made = database.session.execute(statement);
      if (made.has_value()) continue;
      // Another run may have been quicker.
      KEEPSUM_ASSIGN(const auto now, database.catalog.table(record.table));
      if (!now) return made.error();
    }
    return {};
  }
  std::vector<std::string> names;
  for (const sql::TableColumn& column : wanted.columns) names.push_back(column.name);
  const bool same = there->columns.size() == names.size() &&
                    std::equal(names.begin(), names.end(), there->columns.begin(),
                               [](const std::string& name, const db::ColumnInfo& column) {
                                 return boost::algorithm::iequals(name, column.name);
                               });
  if (same) return {};
  return refused(fmt::format("there is a table `{}` with other columns than {}", record.table,
                             fmt::join(names, ", ")),
                 "drop it, rename it, or record into another: --into NAME");
}

Result<bool> is_recorded(db::Session& session, const Record& record, const sql::Dialect& dialect,
                         const std::string& day) {
  KEEPSUM_ASSIGN(const auto row, session.row(fmt::format("SELECT 1 FROM {} WHERE {} = {} LIMIT 1",
                                                         dialect.identifier(record.table),
                                                         dialect.identifier(as_of_column),
                                                         dialect.typed_parameter(day_type())),
                                             std::vector<db::Value>{day}));
  return row.has_value();
}

// By a session of its own, beside others.
Result<void> record_day(db::Session& session, const Record& record, const sql::Dialect& dialect,
                        const std::string& day, bool again) {
  KEEPSUM_ASSIGN(const BucketRange range, buckets_as_of(record.bucket.bucket, day));
  sql::Groups groups;
  groups.range = {record.bucket.key, range.first.has_value(), range.last.has_value()};
  std::vector<db::Value> params{day};
  if (range.first) params.emplace_back(*range.first);
  if (range.last) params.emplace_back(*range.last);
  std::vector<std::string> columns{dialect.identifier(as_of_column)};
  for (const std::size_t key : record.keys) {
    columns.push_back(dialect.identifier(record.plan.keys[key].name));
  }
  for (const std::size_t a : record.aggregates) {
    columns.push_back(dialect.identifier(record.plan.aggregates[a].column.name));
  }
  const std::string table = dialect.identifier(record.table);
  const std::string first = dialect.typed_parameter(day_type());
  const std::string insert = fmt::format(
      "INSERT INTO {} ({}) {}", table, fmt::join(columns, ", "),
      sql::merge_groups(record.plan, dialect, groups, record.keys, record.aggregates, first));
  return in_transaction(session, [&]() -> Result<void> {
    if (again) {
      KEEPSUM_TRY(session.execute(fmt::format("DELETE FROM {} WHERE {} = {}", table,
                                              dialect.identifier(as_of_column), first),
                                  std::vector<db::Value>{day}));
    }
    KEEPSUM_TRY(session.execute(insert, params));
    // What was read before a change of the spec is not recorded for what it means after.
    // By this session alone: the catalog is the main one's.
    KEEPSUM_ASSIGN(const auto applied,
                   session.row("SELECT definition FROM keepsum_summaries WHERE name = ?",
                               std::vector<db::Value>{record.plan.spec.name}));
    if (applied && db::as_text(applied->front()) == definition_of(record.plan, dialect)) return {};
    return refused(fmt::format("the spec of {} was changed meanwhile", record.plan.spec.name),
                   "look at `keepsum plan`; the days that are recorded stay as they are");
  });
}

// Days are given out one by one; the first failure ends all.
class Recorders {
 public:
  Recorders(Database& database, const Record& record, const SnapshotOptions& options,
            std::vector<std::string> days, SnapshotReport& report)
      : database_(database),
        record_(record),
        options_(options),
        days_(std::move(days)),
        report_(report) {}

  Result<void> run() {
    const bool one = database_.dialect.cascades_fire_triggers();  // SQLite: one writer at a time
    const std::size_t count = one ? 1 : std::clamp<std::size_t>(options_.workers, 1, days_.size());
    std::vector<std::unique_ptr<db::Session>> sessions;
    for (std::size_t i = 1; i < count; ++i) {
      KEEPSUM_ASSIGN(auto session, database_.open_session());
      sessions.push_back(std::move(session));
    }
    {
      std::vector<std::jthread> threads;
      for (auto& session : sessions) {
        threads.emplace_back([this, &session] { work(*session); });
      }
      work(database_.session);
    }
    if (failure_) return *failure_;
    return {};
  }

 private:
  std::optional<std::string> next() {
    const std::lock_guard lock(mutex_);
    const bool late = options_.until && std::chrono::steady_clock::now() >= *options_.until;
    if (failure_ || late || next_ == days_.size()) return std::nullopt;
    return days_[next_++];
  }

  void work(db::Session& session) {
    while (const auto day = next()) {
      const Result<bool> was_there = one_day(session, *day);
      const std::lock_guard lock(mutex_);
      if (was_there.has_error()) {
        if (!failure_) failure_ = was_there.error();
        return;
      }
      ++(was_there.value() ? report_.there : report_.recorded);
      options_.progress(report_.there + report_.recorded, days_.size());
    }
  }

  Result<bool> one_day(db::Session& session, const std::string& day) {
    if (!options_.again) {
      KEEPSUM_ASSIGN(const bool there, is_recorded(session, record_, database_.dialect, day));
      if (there) return true;
    }
    auto recorded = record_day(session, record_, database_.dialect, day, options_.again);
    if (recorded.has_value()) return false;
    // Another run may have been quicker.
    if (recorded.error().code == ErrorCode::statement_failed && !options_.again) {
      KEEPSUM_ASSIGN(const bool there, is_recorded(session, record_, database_.dialect, day));
      if (there) return true;
    }
    return std::move(recorded).error();
  }

  Database& database_;
  const Record& record_;
  const SnapshotOptions& options_;
  const std::vector<std::string> days_;
  SnapshotReport& report_;
  std::mutex mutex_;
  std::size_t next_ = 0;
  std::optional<Error> failure_;
};

}  // namespace

Result<SnapshotReport> record(Database& database, const plan::SummaryPlan& plan,
                              const SnapshotOptions& options) {
  KEEPSUM_ASSIGN(const BucketKey bucket, bucket_key(plan));
  KEEPSUM_ASSIGN(const Standing at, standing(database, plan));
  if (!at.answers()) {
    return refused(
        fmt::format("{} does not answer yet, so its buckets may lack figures", plan.spec.name),
        "`keepsum status` says how it stands; `keepsum apply` makes it live");
  }
  Record what{
      plan, bucket, options.table.empty() ? plan.spec.name + "_history" : options.table, {}, {}};
  SnapshotReport report;
  report.table = what.table;
  for (const std::string_view reserved : {"ks_", "keepsum_"}) {
    if (!boost::algorithm::istarts_with(what.table, reserved)) continue;
    return refused(
        fmt::format("`{}`: names that begin with {} are keepsum's own", what.table, reserved),
        "give the table another name: --into NAME");
  }
  for (std::size_t i = 0; i < plan.keys.size(); ++i) {
    if (i != bucket.key) what.keys.push_back(i);
  }
  for (std::size_t a = 0; a < plan.aggregates.size(); ++a) {
    if (sql::mergeable(plan.aggregates[a])) {
      what.aggregates.push_back(a);
    } else {
      report.left_out.push_back(plan.aggregates[a].column.name);
    }
  }
  if (what.aggregates.empty()) {
    return refused(fmt::format("no figure of {} follows from those of its buckets", plan.spec.name),
                   "record sums, counts, extremes or means");
  }
  const auto is_as_of = [](const std::string& name) {
    return boost::algorithm::iequals(name, as_of_column);
  };
  for (const std::size_t key : what.keys) {
    if (!is_as_of(plan.keys[key].name)) continue;
    return refused(fmt::format("the key {} has the name of the column for the day", as_of_column),
                   "give the key another name in the spec");
  }
  for (const std::size_t a : what.aggregates) {
    if (!is_as_of(plan.aggregates[a].column.name)) continue;
    return refused(fmt::format("a column {} has the name of the one for the day", as_of_column),
                   "give it another name in the spec");
  }
  KEEPSUM_ASSIGN(const std::string now, local_now(database, bucket.bucket.zone));
  KEEPSUM_ASSIGN(auto days, days_between(options.from, options.to, options.every, now));
  report.days = days.size();
  if (days.empty()) return report;
  // Before anything is made: a bucket may straddle a day's end.
  KEEPSUM_TRY(buckets_as_of(bucket.bucket, days.front()));
  KEEPSUM_TRY(make_table(database, what));
  KEEPSUM_TRY(Recorders(database, what, options, std::move(days), report).run());
  return report;
}

}  // namespace keepsum::lifecycle
