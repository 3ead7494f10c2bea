#include "engine/reconcile/undo.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "engine/lifecycle/read.hpp"
#include "engine/reconcile/evidence_values.hpp"
#include "engine/reconcile/scan.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/summary_table.hpp"

namespace keepsum::reconcile {

using lifecycle::DriftRecord;

namespace {

// Of the evidence, in one transaction: bounds how long a writer waits for the rows it locks.
constexpr std::int64_t batch_rows = 100;

Error refuse(ErrorCode code, const plan::SummaryPlan& plan, std::string message, std::string hint) {
  Error error;
  error.code = code;
  error.where = plan.spec.name;
  error.message = std::move(message);
  error.hint = std::move(hint);
  return error;
}

// The repaired columns of one key: the index in the plan's state, and the row of the evidence.
struct RepairedKey {
  std::string group_key;
  std::vector<db::Value> key;
  std::vector<std::pair<std::size_t, const DriftRecord*>> columns;
};

// A key's rows stand together: one statement wrote them.
Result<std::vector<RepairedKey>> by_key(const plan::SummaryPlan& plan,
                                        const std::vector<DriftRecord>& records) {
  std::vector<RepairedKey> keys;
  for (const DriftRecord& record : records) {
    const auto column =
        std::find_if(plan.state.begin(), plan.state.end(), [&](const plan::StateColumn& state) {
          return sql::display_name(plan, state) == record.row.column;
        });
    auto key = key_of_json(plan, record.row.group_key);
    if (column == plan.state.end() || !key) {
      return refuse(ErrorCode::plan_moved, plan,
                    fmt::format("the evidence of run {} names {} of {}, which the summary does not "
                                "have any more",
                                record.run, record.row.column, record.row.group_key),
                    "undo it with the spec that was in force then");
    }
    if (keys.empty() || keys.back().group_key != record.row.group_key) {
      keys.push_back({record.row.group_key, std::move(*key), {}});
    }
    keys.back().columns.emplace_back(column - plan.state.begin(), &record);
  }
  return keys;
}

class Undo {
 public:
  Undo(lifecycle::Database& database, const plan::SummaryPlan& plan, UndoReport& report)
      : database_(database), plan_(plan), report_(report) {
    std::vector<std::string> columns;
    for (const plan::StateColumn& column : plan.state) {
      columns.push_back(database.dialect.identifier(column.name));
    }
    select_ = fmt::format("SELECT {} FROM {} WHERE {}", fmt::join(columns, ", "),
                          database.dialect.identifier(plan.spec.name),
                          sql::summary_key_equals(plan, database.dialect));
  }

  // What would become of the keys; reads only.
  Result<void> foresee(const std::vector<RepairedKey>& keys) {
    for (const RepairedKey& key : keys) {
      KEEPSUM_ASSIGN(const auto now, read(key.key, ""));
      KEEPSUM_ASSIGN(const auto added, taken(key));
      std::size_t next = 0;
      for (const auto& [i, record] : key.columns) {
        if (plan_.state[i].merge == plan::Merge::add) {
          KEEPSUM_ASSIGN(const auto after, sum(plan_.state[i], now[i], added[next++]));
          note(key, i, now[i], after, false);
        } else {
          const bool same = is_as_repaired(key, i, now);
          note(key, i, now[i], same ? value_of(plan_.state[i], record->row.stored) : now[i], !same);
        }
      }
    }
    return {};
  }

  // In a transaction that holds the lease. Returns the evidence of it.
  Result<std::vector<lifecycle::DriftRow>> take_back(const std::vector<RepairedKey>& keys) {
    std::vector<lifecycle::DriftRow> evidence;
    for (const RepairedKey& key : keys) {
      KEEPSUM_ASSIGN(const auto differences, taken(key));
      KEEPSUM_ASSIGN(const auto before, lock(key));
      KEEPSUM_TRY(add(key, differences));
      std::vector<bool> left(plan_.state.size(), false);
      for (const auto& [i, record] : key.columns) {
        if (plan_.state[i].merge == plan::Merge::add) continue;
        left[i] = !is_as_repaired(key, i, before);
        if (!left[i]) KEEPSUM_TRY(put(key, i, value_of(plan_.state[i], record->row.stored)));
      }
      KEEPSUM_ASSIGN(const auto after, read(key.key, ""));
      for (const auto& [i, record] : key.columns) {
        note(key, i, before[i], after[i], left[i]);
        if (left[i]) continue;
        evidence.push_back(
            {key.group_key, record->row.column, shown(before[i]), shown(after[i]), false});
      }
    }
    return evidence;
  }

 private:
  static std::optional<std::string> shown(const db::Value& value) {
    if (db::is_null(value)) return std::nullopt;
    return db::display(value);
  }

  // Columns that follow one order are of one row: they are put back together or not at all.
  bool is_as_repaired(const RepairedKey& key, std::size_t column, const db::Row& now) const {
    const plan::StateColumn& state = plan_.state[column];
    return std::all_of(key.columns.begin(), key.columns.end(), [&](const auto& each) {
      const auto& [i, record] = each;
      const bool together = i == column || (state.order && plan_.state[i].order == state.order);
      return !together || shown(now[i]) == record->row.expected;
    });
  }

  void note(const RepairedKey& key, std::size_t i, const db::Value& before, const db::Value& after,
            bool left) {
    ++(left ? report_.left : report_.columns);
    if (report_.shown.size() == undone_shown_max) return;
    report_.shown.push_back({key.group_key, sql::display_name(plan_, plan_.state[i]), shown(before),
                             shown(after), left ? "it has changed since the repair" : ""});
  }

  std::size_t additive_count(const RepairedKey& key) const {
    return static_cast<std::size_t>(std::count_if(
        key.columns.begin(), key.columns.end(),
        [&](const auto& column) { return plan_.state[column.first].merge == plan::Merge::add; }));
  }

  // The row as it is, and kept so until commit. One that was pruned since is made again, of empty
  // values, which mean the same: else another transaction could make it meanwhile.
  Result<db::Row> lock(const RepairedKey& key) {
    const std::string locking = select_ + database_.dialect.row_lock_clause();
    KEEPSUM_ASSIGN(auto row, database_.session.row(locking, key.key));
    if (row) return std::move(*row);
    KEEPSUM_TRY(add(key, std::vector<db::Value>(additive_count(key), std::int64_t{0})));
    return read(key.key, database_.dialect.row_lock_clause());
  }

  // A row that is missing is one of empty values.
  Result<db::Row> read(const std::vector<db::Value>& key, const std::string& lock_clause) {
    KEEPSUM_ASSIGN(auto row, database_.session.row(select_ + lock_clause, key));
    if (row) return std::move(*row);
    db::Row empty;
    for (const plan::StateColumn& column : plan_.state) {
      const bool null = aggregates::empty_value(column.merge) == "NULL";
      empty.push_back(null ? db::Value() : db::Value(std::int64_t{0}));
    }
    return empty;
  }

  // What the repair added, negated: stored - expected, of the columns of the key that add up.
  Result<db::Row> taken(const RepairedKey& key) {
    std::vector<std::string> terms;
    std::vector<db::Value> params;
    for (const auto& [i, record] : key.columns) {
      if (plan_.state[i].merge != plan::Merge::add) continue;
      const std::string operand = operand_of(plan_.state[i], database_.dialect);
      terms.push_back(fmt::format("{0} - {0}", operand));
      params.push_back(value_of(plan_.state[i], record->row.stored));
      params.push_back(value_of(plan_.state[i], record->row.expected));
    }
    return computed(terms, params);
  }

  Result<db::Value> sum(const plan::StateColumn& column, const db::Value& a, const db::Value& b) {
    KEEPSUM_ASSIGN(
        const auto row,
        computed({fmt::format("{0} + {0}", operand_of(column, database_.dialect))}, {a, b}));
    return row.front();
  }

  Result<db::Row> computed(const std::vector<std::string>& terms,
                           const std::vector<db::Value>& params) {
    if (terms.empty()) return db::Row{};
    KEEPSUM_ASSIGN(auto row,
                   database_.session.row(fmt::format("SELECT {}", fmt::join(terms, ", ")), params));
    return row ? std::move(*row) : db::Row{};
  }

  Result<void> add(const RepairedKey& key, const std::vector<db::Value>& differences) {
    std::vector<db::Value> params = key.key;
    for (const plan::StateColumn& column : plan_.state) {
      const bool null = aggregates::empty_value(column.merge) == "NULL";
      params.push_back(null ? db::Value() : db::Value(std::int64_t{0}));
    }
    std::size_t next = 0;
    for (const auto& [i, record] : key.columns) {
      if (plan_.state[i].merge != plan::Merge::add) continue;
      params[key.key.size() + i] = differences[next++];
    }
    KEEPSUM_TRY(
        database_.session.execute(sql::merge_differences(plan_, database_.dialect, 1), params));
    return {};
  }

  Result<void> put(const RepairedKey& key, std::size_t i, const db::Value& value) {
    std::vector<db::Value> params{value};
    params.insert(params.end(), key.key.begin(), key.key.end());
    KEEPSUM_TRY(database_.session.execute(
        fmt::format("UPDATE {} SET {} = ? WHERE {}", database_.dialect.identifier(plan_.spec.name),
                    database_.dialect.identifier(plan_.state[i].name),
                    sql::summary_key_equals(plan_, database_.dialect)),
        params));
    return {};
  }

  lifecycle::Database& database_;
  const plan::SummaryPlan& plan_;
  UndoReport& report_;
  std::string select_;
};

// Whether the run can be taken back at all; gives how far it has been.
Result<lifecycle::UndoRecord> check(lifecycle::Database& database, const plan::SummaryPlan& plan,
                                    std::int64_t run) {
  lifecycle::Evidence evidence(database);
  KEEPSUM_ASSIGN(const bool complete, evidence.is_complete());
  if (!complete) {
    return refuse(ErrorCode::unsupported, plan,
                  "keepsum's control tables were made by an older version",
                  "`keepsum apply` brings them up to date");
  }
  lifecycle::DriftFilter filter;
  filter.run = run;
  KEEPSUM_ASSIGN(const auto runs, evidence.runs(filter, 1));
  if (runs.empty() || runs.front().summary != plan.spec.name) {
    return refuse(ErrorCode::invalid_argument, plan,
                  fmt::format("{} has no run {}", plan.spec.name, run),
                  "`keepsum drift --runs` lists them");
  }
  const lifecycle::PastRun& past = runs.front();
  if (past.record.kind == "undo") {
    return refuse(ErrorCode::invalid_argument, plan, fmt::format("run {} is an undo itself", run),
                  "`keepsum reconcile` repairs anew what it took back");
  }
  if (past.undo_finished) {
    return refuse(
        ErrorCode::invalid_argument, plan,
        fmt::format("run {} was undone already, by run {}", run, past.undone_by.value_or(0)), "");
  }
  KEEPSUM_ASSIGN(const auto first, evidence.repaired_rows(run, 0, 1));
  if (first.empty()) {
    return refuse(ErrorCode::invalid_argument, plan, fmt::format("run {} repaired nothing", run),
                  "`keepsum drift --runs` shows what each did");
  }
  KEEPSUM_ASSIGN(const auto record, lifecycle::Control(database).find(plan.spec.name));
  if (record && record->live_at && past.record.started_at < *record->live_at) {
    return refuse(ErrorCode::invalid_argument, plan,
                  fmt::format("{} was built anew after run {}: its repairs are in no figure any "
                              "more",
                              plan.spec.name, run),
                  "");
  }
  KEEPSUM_ASSIGN(const auto undo, evidence.undo_of(run));
  return undo.value_or(lifecycle::UndoRecord{run, 0, 0, false});
}

// The next rows of evidence, whole keys only.
Result<std::vector<DriftRecord>> next_rows(lifecycle::Database& database, std::int64_t run,
                                           std::int64_t after) {
  KEEPSUM_ASSIGN(auto rows, lifecycle::Evidence(database).repaired_rows(run, after, batch_rows));
  if (std::ssize(rows) < batch_rows) return rows;
  const std::string last = rows.back().row.group_key;
  auto cut = rows.end();
  while (cut != rows.begin() && std::prev(cut)->row.group_key == last) --cut;
  if (cut != rows.begin()) rows.erase(cut, rows.end());
  return rows;
}

using OnBatch = std::function<Result<void>(const std::vector<RepairedKey>&, std::int64_t last)>;

Result<void> each_batch(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        const lifecycle::UndoRecord& from, const OnBatch& on_batch) {
  for (std::int64_t after = from.drift_id;;) {
    KEEPSUM_ASSIGN(const auto rows, next_rows(database, from.run, after));
    if (rows.empty()) return {};
    KEEPSUM_ASSIGN(const auto keys, by_key(plan, rows));
    after = rows.back().id;
    KEEPSUM_TRY(on_batch(keys, after));
  }
}

Result<void> run_undo(lifecycle::Database& database, const plan::SummaryPlan& plan, Lease& lease,
                      lifecycle::UndoRecord progress, UndoReport& report) {
  lifecycle::Control control(database);
  lifecycle::Evidence evidence(database);
  lifecycle::RunRecord run;
  KEEPSUM_ASSIGN(run.id, control.start_run(plan.spec.name, "undo", lease.fence()));
  report.undo_run = progress.undo_run = run.id;
  KEEPSUM_TRY(
      each_batch(database, plan, progress,
                 [&](const std::vector<RepairedKey>& keys, std::int64_t last) -> Result<void> {
                   const UndoReport before = report;
                   progress.drift_id = last;
                   KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&]() -> Result<void> {
                     report = before;  // of an attempt that met a conflict
                     KEEPSUM_TRY(lease.check());
                     KEEPSUM_ASSIGN(const auto rows, Undo(database, plan, report).take_back(keys));
                     KEEPSUM_TRY(control.add_drift(run.id, plan.spec.name, rows));
                     return evidence.put_undo(plan.spec.name, progress);
                   }));
                   report.keys += std::ssize(keys);
                   return {};
                 }));
  progress.finished = true;
  KEEPSUM_TRY(lifecycle::in_transaction(database.session, [&]() -> Result<void> {
    KEEPSUM_TRY(lease.check());
    return evidence.put_undo(plan.spec.name, progress);
  }));
  run.outcome = "undone";
  run.keys_checked = run.drifted = report.keys;
  return control.finish_run(run);
}

}  // namespace

Result<UndoReport> undo(lifecycle::Database& database, const plan::SummaryPlan& plan,
                        std::int64_t run, const UndoOptions& options) {
  UndoReport report;
  report.name = plan.spec.name;
  report.run = run;
  if (options.dry_run) {
    KEEPSUM_ASSIGN(const auto progress, check(database, plan, run));
    report.resumed = progress.drift_id != 0;
    KEEPSUM_TRY(each_batch(database, plan, progress,
                           [&](const std::vector<RepairedKey>& keys, std::int64_t) {
                             report.keys += std::ssize(keys);
                             return Undo(database, plan, report).foresee(keys);
                           }));
    return report;
  }
  KEEPSUM_ASSIGN(const auto lease, Lease::acquire(database, plan.spec.name, options.lease));
  KEEPSUM_TRY(lifecycle::check_meaning(database, plan));
  // Under the lease: nobody else undoes it now.
  KEEPSUM_ASSIGN(const auto progress, check(database, plan, run));
  report.resumed = progress.drift_id != 0;
  KEEPSUM_TRY(run_undo(database, plan, *lease, progress, report));
  KEEPSUM_TRY(lease->release());
  return report;
}

}  // namespace keepsum::reconcile
