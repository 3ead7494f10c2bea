#include "engine/lifecycle/evidence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "engine/db/optional.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view drift_columns =
    "id, run_id, summary, group_key, column_name, stored, expected, repaired, found_at, (SELECT "
    "kind FROM keepsum_runs WHERE keepsum_runs.id = run_id)";

DriftRecord to_drift(const db::Row& row) {
  DriftRecord record;
  record.id = db::as_int64(row[0]);
  record.run = db::as_int64(row[1]);
  record.summary = db::as_text(row[2]);
  record.row.group_key = db::as_text(row[3]);
  record.row.column = db::as_text(row[4]);
  record.row.stored = optional_text(row[5]);
  record.row.expected = optional_text(row[6]);
  record.row.repaired = db::as_int64(row[7]) != 0;
  record.found_at = db::as_text(row[8]);
  record.by_undo = optional_text(row[9]) == "undo";
  return record;
}

PastRun to_run(const db::Row& row) {
  PastRun run;
  run.record.id = db::as_int64(row[0]);
  run.summary = db::as_text(row[1]);
  run.record.kind = db::as_text(row[2]);
  run.record.started_at = db::as_text(row[3]);
  run.record.finished_at = optional_text(row[4]);
  run.record.outcome = db::as_text(row[5]);
  run.record.keys_checked = db::as_int64(row[6]);
  run.record.drifted = db::as_int64(row[7]);
  run.record.repaired = db::as_int64(row[8]);
  if (!db::is_null(row[9])) run.undone_by = db::as_int64(row[9]);
  run.undo_finished = !db::is_null(row[10]);
  run.record.fence = db::as_int64(row[11]);
  return run;
}

// " WHERE …", and its parameters.
std::string where(const DriftFilter& filter, const char* run_column, const char* time_column,
                  std::vector<db::Value>& params) {
  std::vector<std::string> terms;
  if (filter.summary) {
    terms.emplace_back("r.summary = ?");
    params.emplace_back(*filter.summary);
  }
  if (filter.run) {
    terms.push_back(fmt::format("r.{} = ?", run_column));
    params.emplace_back(*filter.run);
  }
  if (!filter.since_sql.empty()) {
    terms.push_back(fmt::format("r.{} >= {}", time_column, filter.since_sql));
    params.insert(params.end(), filter.since.begin(), filter.since.end());
  }
  return terms.empty() ? std::string() : fmt::format(" WHERE {}", fmt::join(terms, " AND "));
}

// The values of an INSERT of `rows` rows.
std::string placeholders(const std::string& one, std::size_t rows) {
  return fmt::format("{}", fmt::join(std::vector<std::string>(rows, one), ", "));
}

}  // namespace

Result<bool> Evidence::has(std::string_view table) {
  KEEPSUM_ASSIGN(const auto info, database_.catalog.table(table));
  return info.has_value();
}

Result<bool> Evidence::is_complete() { return has("keepsum_undos"); }

Result<void> Evidence::each_drift(const DriftFilter& filter,
                                  const std::function<db::Flow(const DriftRecord&)>& handler) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_drift"));
  if (!there) return {};
  std::vector<db::Value> params;
  std::string condition = where(filter, "run_id", "found_at", params);
  if (filter.group_key) {
    condition += (condition.empty() ? " WHERE" : " AND") + std::string(" r.group_key = ?");
    params.emplace_back(*filter.group_key);
  }
  return database_.session.query(
      fmt::format("SELECT {} FROM keepsum_drift r{} ORDER BY id DESC", drift_columns, condition),
      params, [&](const db::Row& row) -> Result<db::Flow> {
        const DriftRecord record = to_drift(row);
        // Once more here: in SQL the column's collation takes 'a' for 'A'.
        if (filter.group_key && record.row.group_key != *filter.group_key) return db::Flow::more;
        return handler(record);
      });
}

Result<std::vector<PastRun>> Evidence::runs(const DriftFilter& filter, std::int64_t limit) {
  std::vector<PastRun> runs;
  KEEPSUM_ASSIGN(const bool there, has("keepsum_runs"));
  if (!there) return runs;
  KEEPSUM_ASSIGN(const bool undos, has("keepsum_undos"));
  std::vector<db::Value> params;
  const std::string condition = where(filter, "id", "started_at", params);
  KEEPSUM_ASSIGN(
      const auto rows,
      database_.session.rows(
          fmt::format("SELECT r.id, r.summary, r.kind, r.started_at, r.finished_at, r.outcome, "
                      "r.keys_checked, r.drifted, r.repaired, {}, r.fence FROM keepsum_runs r{}{} "
                      "ORDER BY "
                      "r.id DESC LIMIT {}",
                      undos ? "u.undo_run_id, u.finished_at" : "NULL, NULL",
                      undos ? " LEFT JOIN keepsum_undos u ON u.run_id = r.id" : "", condition,
                      limit),
          params));
  for (const db::Row& row : rows) runs.push_back(to_run(row));
  return runs;
}

Result<std::vector<DriftRecord>> Evidence::repaired_rows(std::int64_t run, std::int64_t after,
                                                         std::int64_t limit) {
  std::vector<DriftRecord> records;
  KEEPSUM_ASSIGN(const auto rows,
                 database_.session.rows(
                     fmt::format("SELECT {} FROM keepsum_drift WHERE run_id = ? AND id > ? AND "
                                 "repaired = 1 ORDER BY id LIMIT {}",
                                 drift_columns, limit),
                     std::vector<db::Value>{run, after}));
  for (const db::Row& row : rows) records.push_back(to_drift(row));
  return records;
}

Result<void> Evidence::add_causes(std::int64_t run, const std::string& summary,
                                  const std::vector<Cause>& causes) {
  if (causes.empty()) return {};
  KEEPSUM_ASSIGN(const bool there, has("keepsum_causes"));
  if (!there) return {};
  // Bounds the number of parameters, as Control::add_drift().
  constexpr std::size_t rows_max = 500;
  for (std::span<const Cause> left(causes); !left.empty();) {
    const auto batch = left.first(std::min(left.size(), rows_max));
    left = left.subspan(batch.size());
    std::vector<db::Value> params;
    for (const Cause& cause : batch) {
      params.emplace_back(run);
      params.emplace_back(summary);
      params.push_back(cause.group_key ? db::Value(*cause.group_key) : db::Value());
      params.emplace_back(cause.code);
      params.emplace_back(cause.sentence);
    }
    KEEPSUM_TRY(database_.session.execute(
        fmt::format(
            "INSERT INTO keepsum_causes (run_id, summary, group_key, code, sentence) VALUES {}",
            placeholders("(?, ?, ?, ?, ?)", batch.size())),
        params));
  }
  return {};
}

Result<std::vector<Cause>> Evidence::causes(std::int64_t run) {
  std::vector<Cause> causes;
  KEEPSUM_ASSIGN(const bool there, has("keepsum_causes"));
  if (!there) return causes;
  KEEPSUM_ASSIGN(const auto rows,
                 database_.session.rows("SELECT group_key, code, sentence FROM keepsum_causes "
                                        "WHERE run_id = ? ORDER BY id",
                                        std::vector<db::Value>{run}));
  for (const db::Row& row : rows) {
    causes.push_back({optional_text(row[0]), db::as_text(row[1]), db::as_text(row[2])});
  }
  return causes;
}

Result<void> Evidence::note_triggers(const std::string& summary, const Capturing& now) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_seen"));
  if (!there) return {};
  std::vector<db::Value> params;
  std::size_t rows = 0;
  const auto note = [&](const std::vector<PlannedTrigger>& triggers) {
    for (const PlannedTrigger& trigger : triggers) {
      if (!trigger.in_place()) continue;
      params.emplace_back(summary);
      params.emplace_back(trigger.plain.name);
      params.emplace_back(trigger.made_at);
      ++rows;
    }
  };
  if (now.in_force == schema::Capture::triggers) note(now.triggers);
  note(now.fixed);
  if (rows == 0) return {};
  const sql::Dialect& dialect = database_.dialect;
  KEEPSUM_TRY(database_.session.execute(
      fmt::format(
          "INSERT INTO keepsum_seen (summary, name, made_at, seen_at) VALUES {} {}",
          placeholders(fmt::format("(?, ?, ?, {})", dialect.utc_now()), rows),
          dialect.upsert_clause({"summary", "name"}, {"made_at = " + dialect.incoming("made_at"),
                                                      "seen_at = " + dialect.incoming("seen_at")})),
      params));
  return {};
}

Result<void> Evidence::forget_triggers(const std::string& summary) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_seen"));
  if (!there) return {};
  KEEPSUM_TRY(database_.session.execute("DELETE FROM keepsum_seen WHERE summary = ?",
                                        std::vector<db::Value>{summary}));
  return {};
}

Result<std::vector<Evidence::SeenTrigger>> Evidence::seen_triggers(const std::string& summary) {
  std::vector<SeenTrigger> seen;
  KEEPSUM_ASSIGN(const bool there, has("keepsum_seen"));
  if (!there) return seen;
  KEEPSUM_ASSIGN(
      const auto rows,
      database_.session.rows("SELECT name, made_at, seen_at FROM keepsum_seen WHERE summary = ?",
                             std::vector<db::Value>{summary}));
  for (const db::Row& row : rows) {
    seen.push_back({db::as_text(row[0]), db::as_text(row[1]), db::as_text(row[2])});
  }
  return seen;
}

Result<std::optional<UndoRecord>> Evidence::undo_of(std::int64_t run) {
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row("SELECT undo_run_id, drift_id, CASE WHEN finished_at IS "
                                       "NULL THEN 0 ELSE 1 END FROM keepsum_undos WHERE run_id = ?",
                                       std::vector<db::Value>{run}));
  if (!row) return std::optional<UndoRecord>{};
  return std::optional(UndoRecord{run, db::as_int64((*row)[0]), db::as_int64((*row)[1]),
                                  db::as_int64((*row)[2]) != 0});
}

Result<void> Evidence::put_undo(const std::string& summary, const UndoRecord& undo) {
  const sql::Dialect& dialect = database_.dialect;
  KEEPSUM_TRY(database_.session.execute(
      fmt::format(
          "INSERT INTO keepsum_undos (run_id, summary, undo_run_id, drift_id, finished_at) "
          "VALUES (?, ?, ?, ?, {}) {}",
          undo.finished ? dialect.utc_now() : "NULL",
          dialect.upsert_clause({"run_id"}, {"undo_run_id = " + dialect.incoming("undo_run_id"),
                                             "drift_id = " + dialect.incoming("drift_id"),
                                             "finished_at = " + dialect.incoming("finished_at")})),
      std::vector<db::Value>{undo.run, summary, undo.undo_run, undo.drift_id}));
  return {};
}

}  // namespace keepsum::lifecycle
