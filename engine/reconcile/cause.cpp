#include "engine/reconcile/cause.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <optional>

#include "engine/reconcile/suspects.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/newest_rows.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::reconcile {

using lifecycle::Cause;
using lifecycle::PlannedTrigger;
using Found = PlannedTrigger::Found;
using std::chrono::steady_clock;

namespace {

// What is known of the run as a whole.
struct Scene {
  lifecycle::Capturing now;
  std::vector<lifecycle::Evidence::SeenTrigger> seen;
  std::string time;  // UTC, of the server
  std::vector<std::string> empty_tables;
};

std::string seconds_only(const std::string& time) { return time.substr(0, 19) + " UTC"; }

const lifecycle::Evidence::SeenTrigger* last_seen(const Scene& scene, const std::string& name) {
  const auto found = std::find_if(scene.seen.begin(), scene.seen.end(),
                                  [&](const auto& seen) { return seen.name == name; });
  return found == scene.seen.end() ? nullptr : &*found;
}

// Whether it was made after it was last seen in place: nobody can say what stood there in between.
bool was_replaced(const Scene& scene, const PlannedTrigger& trigger) {
  const auto* seen = last_seen(scene, trigger.plain.name);
  return trigger.in_place() && seen != nullptr && !trigger.made_at.empty() &&
         !seen->made_at.empty() && seen->made_at != trigger.made_at;
}

std::optional<Cause> cause_of(const Scene& scene, const PlannedTrigger& trigger,
                              schema::Capture in_force) {
  const std::string what =
      fmt::format("trigger {} on {}", trigger.plain.name, trigger.plain.installed.table);
  const auto* seen = last_seen(scene, trigger.plain.name);
  const std::string before =
      seen != nullptr ? fmt::format("it was last seen in place at {}", seconds_only(seen->seen_at))
                      : std::string("no run has seen it in place");
  if (in_force == schema::Capture::hooks) {
    if (trigger.found != Found::plain) return std::nullopt;
    return Cause{
        {}, "trigger_beside_hooks", what + " writes beside the hooks: changes count twice"};
  }
  if (trigger.found == Found::nothing) {
    return Cause{{},
                 "trigger_missing",
                 fmt::format("{} is missing at {}; {}", what, seconds_only(scene.time), before)};
  }
  if (trigger.found == Found::altered) {
    return Cause{
        {},
        "trigger_altered",
        fmt::format(
            "{} is not the planned one at {}{}; {}", what, seconds_only(scene.time),
            trigger.made_at.empty() ? "" : ", and was made at " + seconds_only(trigger.made_at),
            before)};
  }
  if (!was_replaced(scene, trigger)) return std::nullopt;
  return Cause{{},
               "trigger_replaced",
               fmt::format("{} was made anew at {}; {}, and from then until it was made anew it "
                           "may have been missing or another",
                           what, seconds_only(trigger.made_at), before)};
}

Result<Scene> look_around(lifecycle::Database& database, const plan::SummaryPlan& plan) {
  Scene scene;
  KEEPSUM_ASSIGN(scene.now, lifecycle::capturing(database, plan));
  KEEPSUM_ASSIGN(scene.seen, lifecycle::Evidence(database).seen_triggers(plan.spec.name));
  KEEPSUM_ASSIGN(const auto time, database.session.scalar("SELECT " + database.dialect.utc_now()));
  scene.time = db::as_text(time);
  for (const std::string& table : lifecycle::captured_tables(plan)) {
    KEEPSUM_ASSIGN(const auto row,
                   database.session.row(fmt::format("SELECT 1 FROM {} LIMIT 1",
                                                    database.dialect.identifier(table))));
    if (!row) scene.empty_tables.push_back(table);
  }
  return scene;
}

bool is_empty(const Scene& scene, const std::string& table) {
  return std::find(scene.empty_tables.begin(), scene.empty_tables.end(), table) !=
         scene.empty_tables.end();
}

std::vector<Cause> causes_of_run(const Scene& scene, const plan::SummaryPlan& plan) {
  std::vector<Cause> causes;
  for (const PlannedTrigger& trigger : scene.now.triggers) {
    if (auto cause = cause_of(scene, trigger, scene.now.in_force)) {
      causes.push_back(std::move(*cause));
    }
  }
  for (const PlannedTrigger& trigger : scene.now.fixed) {
    if (auto cause = cause_of(scene, trigger, schema::Capture::triggers)) {
      causes.push_back(std::move(*cause));
    }
  }
  for (const db::TriggerInfo& trigger : scene.now.strangers) {
    causes.push_back(
        {{},
         "trigger_unknown",
         fmt::format("trigger {} on {} is not in the plan", trigger.name, trigger.table)});
  }
  for (const plan::BaseTable& table : plan.tables) {
    // That no row is there for a LEFT JOIN is nothing unusual.
    if (table.left_on || !is_empty(scene, table.info.name)) continue;
    causes.push_back(
        {{},
         "table_empty",
         fmt::format("table {} has no row at {}, and the summary has figures: TRUNCATE "
                     "empties a table without a trigger or a hook",
                     table.info.name, seconds_only(scene.time))});
  }
  return causes;
}

class KeyCauses {
 public:
  KeyCauses(lifecycle::Database& database, const plan::SummaryPlan& plan, const Scene& scene,
            const CauseLimits& limits)
      : database_(database),
        plan_(plan),
        scene_(scene),
        limits_(limits),
        deadline_(steady_clock::now() + limits.time_max) {}

  [[nodiscard]] std::chrono::milliseconds left() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - steady_clock::now());
  }

  Result<std::vector<Cause>> of(const DriftedKey& key) {
    causes_.clear();
    key_json_ = key_json(plan_, key.key);
    KEEPSUM_ASSIGN(auto snapshot,
                   db::Transaction::begin(database_.session, db::TransactionMode::snapshot));
    KEEPSUM_ASSIGN(const bool same, source_is_the_same(key));
    if (same) {
      if (key.in_source) KEEPSUM_TRY(uncounted_rows(key));
      if (!key.in_source) KEEPSUM_TRY(cascaded(key));
    }
    KEEPSUM_TRY(snapshot.commit());
    return causes_;
  }

 private:
  void add(std::string code, std::string sentence) {
    causes_.push_back({key_json_, std::move(code), std::move(sentence)});
  }

  Result<bool> source_is_the_same(const DriftedKey& key) {
    std::vector<db::Value> twice = key.key;
    twice.insert(twice.end(), key.key.begin(), key.key.end());
    KEEPSUM_ASSIGN(const auto row,
                   database_.session.row(sql::compare_key(plan_, database_.dialect), twice));
    if (!row) return !key.in_source;
    const std::size_t keys = plan_.keys.size();
    if ((db::as_int64((*row)[keys]) != 0) != key.in_source) return false;
    for (std::size_t i = 0; i < plan_.state.size(); ++i) {
      if (db::display((*row)[keys + 3 + 3 * i]) != db::display(key.expected[i])) return false;
    }
    return true;
  }

  Result<void> uncounted_rows(const DriftedKey& key) {
    Suspects suspects(plan_, key.difference);
    if (!suspects.possible()) return {};
    if (differs_beside_sums(key)) suspects.none_counted_twice();
    std::int64_t rows = 0;
    bool whole = true;
    KEEPSUM_TRY(database_.session.query(sql::contributing_rows(plan_, database_.dialect), key.key,
                                        [&](const db::Row& row) -> Result<db::Flow> {
                                          suspects.look_at(row);
                                          whole = ++rows < limits_.rows_max &&
                                                  (rows % 256 != 0 || left().count() > 0);
                                          return whole ? db::Flow::more : db::Flow::stop;
                                        }));
    if (!whole) return {};
    if (!key.in_summary && rows > 1) {
      add("rows_not_counted",
          fmt::format("none of the {} source rows of this key was counted: the summary had no row "
                      "for it",
                      rows));
    } else if (suspects.count() > 0) {
      single_row(suspects);
    } else {
      KEEPSUM_TRY(newest_rows(key, rows));
    }
    return {};
  }

  [[nodiscard]] bool differs_beside_sums(const DriftedKey& key) const {
    for (std::size_t i = 0; i < plan_.state.size(); ++i) {
      if (plan_.state[i].merge != plan::Merge::add &&
          db::display(key.stored[i]) != db::display(key.expected[i])) {
        return true;
      }
    }
    return false;
  }

  void single_row(const Suspects& suspects) {
    const Suspects::Suspect& first = suspects.found().front();
    const bool left_out = first.kind == Suspects::Kind::not_counted;
    const std::string others =
        suspects.count() > 1 ? fmt::format("; {} other rows of this key would explain it as well",
                                           suspects.count() - 1)
                             : std::string();
    add(left_out ? "row_not_counted" : "row_counted_twice",
        fmt::format("the difference is what one row contributes, {}, as if it was {}{}", first.row,
                    left_out ? "not counted" : "counted twice", others));
  }

  Result<void> newest_rows(const DriftedKey& key, std::int64_t rows) {
    std::vector<db::Value> params = key.key;
    for (std::size_t i = 0; i < plan_.state.size(); ++i) {
      if (plan_.state[i].merge != plan::Merge::add) continue;
      if (plan_.is_kept_apart(plan_.state[i].aggregate)) continue;
      params.push_back(key.difference[i]);
    }
    for (const plan::BaseTable& table : plan_.tables) {
      if (left().count() <= 0) return {};
      KEEPSUM_ASSIGN(
          const auto row,
          database_.session.row(sql::newest_rows_that_give(plan_, database_.dialect, table.alias),
                                params));
      if (!row) continue;
      std::vector<std::string> from;
      for (std::size_t i = 0; i < table.info.primary_key.size(); ++i) {
        from.push_back(fmt::format("{}.{}={}", table.alias, table.info.primary_key[i],
                                   db::display((*row)[i + 1])));
      }
      add("rows_not_counted",
          fmt::format("the difference is what the last {} of the {} source rows contribute, from "
                      "{} on, as if they were not counted",
                      db::display(row->front()), rows, fmt::join(from, " ")));
      return {};
    }
    return {};
  }

  bool makes_up_for(const plan::Cascade& cascade) const {
    if (scene_.now.in_force == schema::Capture::hooks) return false;
    for (const PlannedTrigger& trigger : scene_.now.triggers) {
      const db::TriggerInfo& planned = trigger.plain.installed;
      const bool is_it = boost::algorithm::iequals(planned.table, cascade.root_table) &&
                         planned.timing_event == fmt::format("BEFORE {}", to_string(cascade.event));
      if (is_it && trigger.in_place() && !was_replaced(scene_, trigger)) return true;
    }
    return false;
  }

  // The place of the plain column among the keys.
  std::optional<std::size_t> key_of(const std::string& alias, const std::string& column) const {
    for (std::size_t i = 0; i < plan_.keys.size(); ++i) {
      const schema::Expr& expr = *plan_.keys[i].expr;
      if (expr.kind == schema::ExprKind::column && expr.qualifier == alias &&
          boost::algorithm::iequals(expr.text, column)) {
        return i;
      }
    }
    return std::nullopt;
  }

  // Rows that a foreign key's action took, where that can be seen: the key is the foreign key, the
  // row it referred to is gone, and what makes up for such actions was not in place.
  Result<void> cascaded(const DriftedKey& key) {
    for (const plan::Cascade& cascade : plan_.cascades) {
      if (cascade.event != sql::Event::remove || makes_up_for(cascade)) continue;
      for (const plan::Cascade::Reach& reach : cascade.reaches) {
        if (reach.action != db::ReferentialAction::cascade) continue;
        KEEPSUM_TRY(cascaded_by(key, cascade, reach));
        if (!causes_.empty()) return {};
      }
    }
    return {};
  }

  Result<void> cascaded_by(const DriftedKey& key, const plan::Cascade& cascade,
                           const plan::Cascade::Reach& reach) {
    const sql::Dialect& dialect = database_.dialect;
    const std::string& reached = plan_.table(reach.alias).info.name;
    if (reach.root_columns.empty() || is_empty(scene_, reached)) return {};
    std::vector<std::string> terms, shown;
    std::vector<db::Value> params;
    for (std::size_t i = 0; i < reach.columns.size() && i < reach.root_columns.size(); ++i) {
      const auto at = key_of(reach.alias, reach.columns[i]);
      if (!at) return {};
      terms.push_back(dialect.identifier(reach.root_columns[i]) + " = ?");
      params.push_back(key.key[*at]);
      shown.push_back(fmt::format("{}={}", reach.root_columns[i], db::display(key.key[*at])));
    }
    KEEPSUM_ASSIGN(const auto row,
                   database_.session.row(fmt::format("SELECT 1 FROM {} WHERE {} LIMIT 1",
                                                     dialect.identifier(cascade.root_table),
                                                     fmt::join(terms, " AND ")),
                                         params));
    if (row) return {};
    add("cascade",
        fmt::format("row {} of {} is gone, and its rows of {} with it, by ON DELETE CASCADE, which "
                    "fires no trigger",
                    fmt::join(shown, " "), cascade.root_table, reached));
    return {};
  }

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  const Scene& scene_;
  const CauseLimits& limits_;
  steady_clock::time_point deadline_;
  std::string key_json_;
  std::vector<Cause> causes_;
};

// A key of which nothing can be found out in time keeps nobody from anything.
Result<void> append_key_causes(lifecycle::Database& database, const plan::SummaryPlan& plan,
                               const Scene& scene, std::span<const DriftedKey> drifted,
                               const CauseLimits& limits, std::vector<Cause>& causes) {
  KeyCauses keys(database, plan, scene, limits);
  for (const DriftedKey& key : drifted.first(std::min(drifted.size(), limits.keys_max))) {
    const auto left = keys.left();
    if (left.count() <= 0) break;
    KEEPSUM_TRY(database.session.limit_statements(left));
    auto found = keys.of(key);
    if (found.has_error()) {
      if (found.error().recovery == Recovery::reconnect) return found.error();
      continue;
    }
    std::ranges::move(*found, std::back_inserter(causes));
  }
  return database.session.limit_statements(std::nullopt);
}

Result<std::vector<Cause>> find_in(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                   const Scene& scene, std::span<const DriftedKey> drifted,
                                   const CauseLimits& limits) {
  std::vector<Cause> causes;
  if (drifted.empty()) return causes;
  causes = causes_of_run(scene, plan);
  KEEPSUM_TRY(append_key_causes(database, plan, scene, drifted, limits, causes));
  return causes;
}

}  // namespace

Result<std::vector<Cause>> find_causes(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                       std::span<const DriftedKey> drifted,
                                       const CauseLimits& limits) {
  if (drifted.empty()) return std::vector<Cause>{};
  KEEPSUM_ASSIGN(const Scene scene, look_around(database, plan));
  return find_in(database, plan, scene, drifted, limits);
}

Result<std::vector<Cause>> record_causes(lifecycle::Database& database,
                                         const plan::SummaryPlan& plan,
                                         std::span<const DriftedKey> drifted, std::int64_t run) {
  KEEPSUM_ASSIGN(const Scene scene, look_around(database, plan));
  KEEPSUM_ASSIGN(auto causes, find_in(database, plan, scene, drifted, {}));
  lifecycle::Evidence evidence(database);
  KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&]() -> Result<void> {
    KEEPSUM_TRY(evidence.add_causes(run, plan.spec.name, causes));
    return evidence.note_triggers(plan.spec.name, scene.now);
  }));
  return causes;
}

}  // namespace keepsum::reconcile
