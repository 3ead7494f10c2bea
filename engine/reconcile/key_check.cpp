#include "engine/reconcile/key_check.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "engine/lifecycle/control.hpp"
#include "engine/reconcile/position.hpp"

namespace keepsum::reconcile {

namespace json = boost::json;

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::int64_t place_version = 1;
constexpr milliseconds between_saves{1'000};
// Gently: a sleep after so many of the rows, some 0.1 ms of work, and for so long, as in a gentle
// pass (docs/decisions/0011-pace.md). A statement is short, for the end of its range is found
// without rests.
constexpr double share_of_rests = 0.01;
constexpr Seconds each_rest{0.0014};
constexpr milliseconds gentle_range{100};

}  // namespace

KeyCheck::KeyCheck(lifecycle::Database& database, const plan::SummaryPlan& plan,
                   const ReconcileOptions& options, RunControl& control, Lease* lease,
                   RunReport& report)
    : database_(database),
      plan_(plan),
      options_(options),
      control_(control),
      lease_(lease),
      report_(report),
      saved_(steady_clock::now()) {
  for (const plan::ParentLink& link : plan.links) {
    if (!link.trusted) continue;
    Key key{&link,
            fmt::format("{}.({}) -> {}.({})", link.child_alias, fmt::join(link.child_columns, ", "),
                        link.parent_alias, fmt::join(link.parent_columns, ", ")),
            std::nullopt,
            {}};
    const db::TableInfo& child = plan.table(link.child_alias).info;
    key.of = fmt::format("{}, of {} and {}", key.text, child.name,
                         plan.table(link.parent_alias).info.name);
    if (!child.primary_key.empty()) {
      key.by = sql::RangeColumn{child.name, child.primary_key.front()};
    }
    keys_.push_back(std::move(key));
  }
}

// How many rows there are is an estimate.
Progress KeyCheck::progress() const {
  Progress progress{"parents", 0, 0};
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const std::uint64_t rows =
        std::max<std::uint64_t>(1, plan_.table(keys_[i].link->child_alias).info.estimated_rows);
    if (i < place_.key) progress.done += rows;
    if (i == place_.key) progress.done += std::min(place_.rows, rows - 1);
    progress.total += rows;
  }
  return progress;
}

std::optional<sql::Rests> KeyCheck::rests() {
  const sql::Rests rests{share_of_rests, each_rest};
  if (control_.why_gently().empty() || database_.dialect.resting(rests).empty()) {
    return std::nullopt;
  }
  return rests;
}

Result<bool> KeyCheck::exists() {
  if (!exists_) {
    KEEPSUM_ASSIGN(const auto table, database_.catalog.table("keepsum_key_checks"));
    exists_ = table.has_value();
  }
  return *exists_;
}

// Where an older version made the control tables there is nothing to load, nor to save.
Result<void> KeyCheck::load() {
  if (lease_ == nullptr) return {};
  KEEPSUM_ASSIGN(const bool there, exists());
  if (!there) return {};
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row("SELECT place FROM keepsum_key_checks WHERE summary = ?",
                                       std::vector<db::Value>{plan_.spec.name}));
  if (!row || db::is_null((*row)[0]) || take(db::as_text((*row)[0]))) return {};
  place_ = {};
  for (Key& key : keys_) {
    key.broken = 0;
    key.passed_over = false;
  }
  return {};
}

// Whether it was a place among the keys as they are now.
bool KeyCheck::take(const std::string& text) {
  boost::system::error_code failed;
  const json::value parsed = json::parse(text, failed);
  if (failed || !parsed.is_object()) return false;
  const json::object& place = parsed.get_object();
  const auto number = [](const json::object& object, const char* name) {
    const json::value* value = object.if_contains(name);
    const std::int64_t* found = value != nullptr ? value->if_int64() : nullptr;
    return found != nullptr ? *found : -1;
  };
  const json::value* keys = place.if_contains("keys");
  if (number(place, "version") != place_version || keys == nullptr || !keys->is_array() ||
      keys->get_array().size() != keys_.size()) {
    return false;
  }
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const json::object* key = keys->get_array()[i].if_object();
    if (key == nullptr) return false;
    const json::value* of = key->if_contains("key");
    const json::value* by = key->if_contains("by");
    const json::value* passed_over = key->if_contains("passed_over");
    keys_[i].broken = number(*key, "broken");
    keys_[i].passed_over = passed_over != nullptr && *passed_over == json::value(true);
    if (of == nullptr || *of != json::value(keys_[i].of) || by == nullptr ||
        *by != json::value(keys_[i].by ? keys_[i].by->column : "") || keys_[i].broken < 0) {
      return false;
    }
  }
  const std::int64_t at = number(place, "at"), rows = number(place, "rows");
  if (at < 0 || static_cast<std::size_t>(at) >= keys_.size() || rows < 0) return false;
  place_ = {static_cast<std::size_t>(at), std::nullopt, static_cast<std::uint64_t>(rows)};
  if (const json::value* from = place.if_contains("from"); from != nullptr && !from->is_null()) {
    const json::string* value = from->if_string();
    place_.from = value != nullptr ? value_from_json_text(std::string(*value)) : std::nullopt;
    if (!place_.from) return false;
  }
  return true;
}

std::string KeyCheck::place_text() const {
  json::array keys;
  for (const Key& key : keys_) {
    keys.push_back({{"key", key.of},
                    {"by", key.by ? key.by->column : ""},
                    {"broken", key.broken},
                    {"passed_over", key.passed_over}});
  }
  return json::serialize(
      json::object{{"version", place_version},
                   {"keys", std::move(keys)},
                   {"at", static_cast<std::int64_t>(place_.key)},
                   {"rows", static_cast<std::int64_t>(place_.rows)},
                   {"from", place_.from ? json::value(to_json_text(*place_.from)) : nullptr}});
}

// In a short transaction of its own.
Result<void> KeyCheck::save() {
  if (lease_ == nullptr || (place_.from && !can_be_kept(*place_.from))) return {};
  KEEPSUM_ASSIGN(const bool there, exists());
  if (!there) return {};
  saved_ = steady_clock::now();
  const sql::Dialect& dialect = database_.dialect;
  const std::string statement = fmt::format(
      "INSERT INTO keepsum_key_checks (summary, fence, place, updated_at) VALUES (?, ?, ?, {}) {}",
      dialect.utc_now(),
      dialect.upsert_clause({"summary"}, {"fence = " + dialect.incoming("fence"),
                                          "place = " + dialect.incoming("place"),
                                          "updated_at = " + dialect.incoming("updated_at")}));
  const std::vector<db::Value> params{plan_.spec.name, lease_->fence(),
                                      is_at_its_end() ? db::Value() : db::Value(place_text())};
  return lifecycle::in_transaction(database_.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease_->check());
    KEEPSUM_TRY(database_.session.execute(statement, params));
    return {};
  });
}

void KeyCheck::go_past(const ChunkEnd& end, std::uint64_t rows) {
  without_rests_ = false;
  place_.rows += rows;
  place_.from = end.to;
  if (!end.to) place_ = {place_.key + 1, std::nullopt, 0};
}

// MariaDB knows no shorter one.
milliseconds KeyCheck::statement_limit() const {
  constexpr milliseconds least{2'000};
  const auto left = control_.left();
  if (!left) return options_.snapshot_max;
  return std::min(options_.snapshot_max,
                  std::max(least, std::chrono::duration_cast<milliseconds>(*left)));
}

// In its time. What cannot be cut into less is tried once more without rests, and passed over then:
// the keys after this one have a right to be looked at too.
void KeyCheck::could_not(const ChunkEnd& end, Pace& pace) {
  Key& key = keys_[place_.key];
  if (key.by && !end.is_one_key && !pace.is_least()) {
    pace.ran_out();
  } else if (!without_rests_ && rests()) {
    without_rests_ = true;
  } else {
    key.passed_over = true;
    go_past(end, 0);
  }
}

// Returns whether the check goes on. It does not when the run was asked to stop in the midst of the
// range, which is to be looked at again then.
Result<bool> KeyCheck::look_at_range(Pace& pace) {
  db::Session& session = database_.session;
  Key& key = keys_[place_.key];
  const auto rests = without_rests_ ? std::nullopt : this->rests();
  pace.set_target(rests ? gentle_range : control_.chunk_time(options_.chunk_time));
  const std::uint64_t rows = pace.rows();
  const auto start = steady_clock::now();
  ChunkEnd end;
  if (key.by) {
    KEEPSUM_ASSIGN(end, chunk_end(session, *key.by, database_.dialect, place_.from, rows));
  }
  std::vector<db::Value> params;
  if (place_.from) params.push_back(*place_.from);
  if (end.to) params.push_back(*end.to);
  const std::string query =
      sql::count_orphans(plan_, database_.dialect, *key.link, key.by ? key.by->column : "",
                         {place_.from.has_value(), end.to.has_value()}, rests);
  KEEPSUM_TRY(session.limit_statements(statement_limit()));
  const bool may_be_long = !key.by || end.is_one_key;
  Watch watch(control_, session, may_be_long ? Watch::Of::a_gentle_pass : Watch::Of::a_chunk);
  const auto counted = session.scalar(query, params);
  const auto bite = watch.end();
  const auto lifted = session.limit_statements(std::nullopt);
  if (counted.has_error()) {
    const ErrorCode code = counted.error().code;
    if (code == ErrorCode::interrupted && control_.asked_to_stop()) return false;
    if (code != ErrorCode::statement_timed_out && !(code == ErrorCode::interrupted && bite)) {
      return counted.error();
    }
    could_not(end, pace);
    return true;
  }
  KEEPSUM_TRY(lifted);
  const Seconds took = steady_clock::now() - start;
  report_.longest_snapshot_s = std::max(report_.longest_snapshot_s, took.count());
  if (!may_be_long) pace.took(rows, took);
  if (rests) {
    control_.has_rested(std::min(took, share_of_rests * static_cast<double>(rows) * each_rest));
    control_.needs_no_rest();
  }
  key.broken += db::as_int64(*counted);
  go_past(end, rows);
  return true;
}

void KeyCheck::tell(std::string stopped_by) {
  const Progress so_far = progress();
  report_.key_check = KeyCheckReport{
      static_cast<double>(so_far.done) / static_cast<double>(so_far.total), std::move(stopped_by)};
  for (const Key& key : keys_) {
    if (key.broken > 0) report_.broken_keys.push_back({key.text, key.broken});
  }
}

Result<void> KeyCheck::look() {
  KEEPSUM_TRY(load());
  Pace pace({.target = gentle_range});
  bool is_first = true;
  while (!is_at_its_end()) {
    if (options_.on_progress) options_.on_progress(progress());
    const Stop stop = control_.may_go_on();
    // One range in any case: runs that never have time left would never get on.
    if (stop != Stop::none && (stop != Stop::budget || !is_first)) break;
    is_first = false;
    KEEPSUM_ASSIGN(const bool goes_on, look_at_range(pace));
    if (!goes_on) break;
    if (steady_clock::now() - saved_ >= between_saves) KEEPSUM_TRY(save());
  }
  return save();
}

// What the run has verified and repaired holds, whatever becomes of this.
Result<void> KeyCheck::go() {
  if (keys_.empty()) return {};
  const auto looked = look();
  if (looked.has_error()) {
    const Error& error = looked.error();
    if (error.code == ErrorCode::connection_lost || error.code == ErrorCode::lease_lost) {
      return error;
    }
    tell(error.message);
    return {};
  }
  std::vector<std::string> passed_over;
  for (const Key& key : keys_) {
    if (key.passed_over) passed_over.push_back(key.text);
  }
  if (!is_at_its_end()) {
    tell(control_.asked_to_stop() ? "it was asked to stop" : control_.reason());
  } else if (!passed_over.empty()) {
    tell(fmt::format("some rows of {} took longer than a statement may",
                     fmt::join(passed_over, ", ")));
  } else {
    tell("");
  }
  return {};
}

}  // namespace keepsum::reconcile
