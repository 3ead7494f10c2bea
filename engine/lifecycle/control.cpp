#include "engine/lifecycle/control.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "engine/db/optional.hpp"
#include "engine/lifecycle/changes.hpp"

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view summary_columns =
    "name, state, plan_hash, definition, layout, checkpoint, applied_at, live_at, verified_at, "
    "keys_verified";

State state_of(std::string_view text) {
  for (const State state : {State::live, State::lazy}) {
    if (text == to_string(state)) return state;
  }
  return State::building;
}

SummaryRecord to_record(const db::Row& row) {
  SummaryRecord record;
  record.name = db::as_text(row[0]);
  record.state = state_of(db::as_text(row[1]));
  record.plan_hash = db::as_text(row[2]);
  record.definition = db::as_text(row[3]);
  record.layout = db::as_text(row[4]);
  record.checkpoint = optional_text(row[5]);
  record.applied_at = db::as_text(row[6]);
  record.live_at = optional_text(row[7]);
  record.verified_at = optional_text(row[8]);
  if (!db::is_null(row[9])) record.keys_verified = db::as_int64(row[9]);
  return record;
}

}  // namespace

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::absent: return "absent";
    case State::building: return "building";
    case State::lazy: return "lazy";
    case State::live: return "live";
  }
  return "absent";
}

std::string put_capture_sql(const sql::Dialect& dialect, const std::string& name,
                            schema::Capture capture) {
  return fmt::format("INSERT INTO keepsum_captures (summary, hooks) VALUES ({}, {}) {}",
                     dialect.literal(name), capture == schema::Capture::hooks ? 1 : 0,
                     dialect.upsert_clause({"summary"}, {"hooks = " + dialect.incoming("hooks")}));
}

Result<bool> Control::exists() {
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table("keepsum_summaries"));
  return table.has_value();
}

Result<std::optional<SummaryRecord>> Control::find(const std::string& name) {
  KEEPSUM_ASSIGN(const bool there, exists());
  if (!there) return std::optional<SummaryRecord>{};
  KEEPSUM_ASSIGN(const auto row, database_.session.row(
                                     fmt::format("SELECT {} FROM keepsum_summaries WHERE name = ?",
                                                 summary_columns),
                                     std::vector<db::Value>{name}));
  if (!row) return std::optional<SummaryRecord>{};
  return std::optional(to_record(*row));
}

Result<std::vector<SummaryRecord>> Control::all() {
  std::vector<SummaryRecord> records;
  KEEPSUM_ASSIGN(const bool there, exists());
  if (!there) return records;
  KEEPSUM_ASSIGN(const auto rows,
                 database_.session.rows(fmt::format(
                     "SELECT {} FROM keepsum_summaries ORDER BY name", summary_columns)));
  for (const db::Row& row : rows) {
    // A table that is built to take a summary's place is that summary's business.
    if (!is_successor(db::as_text(row[0]))) records.push_back(to_record(row));
  }
  return records;
}

Result<void> Control::put_building(const std::string& name, const std::string& plan_hash,
                                   const std::string& definition) {
  const std::vector<std::string> set = {"state", "plan_hash", "definition", "layout", "applied_at"};
  std::vector<std::string> assignments;
  for (const std::string& column : set) {
    assignments.push_back(fmt::format("{} = {}", column, database_.dialect.incoming(column)));
  }
  for (const char* column : {"checkpoint", "live_at", "verified_at", "keys_verified"}) {
    assignments.push_back(fmt::format("{} = NULL", column));
  }
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("INSERT INTO keepsum_summaries (name, state, plan_hash, definition, layout, "
                  "applied_at) VALUES (?, 'building', ?, ?, '', {}) {}",
                  database_.dialect.utc_now(),
                  database_.dialect.upsert_clause({"name"}, assignments)),
      std::vector<db::Value>{name, plan_hash, definition}));
  return {};
}

Result<void> Control::set_layout(const std::string& name, const std::string& layout) {
  KEEPSUM_TRY(database_.session.execute("UPDATE keepsum_summaries SET layout = ? WHERE name = ?",
                                        std::vector<db::Value>{layout, name}));
  return {};
}

Result<void> Control::set_checkpoint(const std::string& name,
                                     const std::optional<std::string>& checkpoint) {
  KEEPSUM_TRY(
      database_.session.execute("UPDATE keepsum_summaries SET checkpoint = ? WHERE name = ?",
                                std::vector<db::Value>{db::nullable(checkpoint), name}));
  return {};
}

Result<void> Control::set_live(const std::string& name, std::int64_t keys_verified) {
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("UPDATE keepsum_summaries SET state = 'live', checkpoint = NULL, live_at = {0}, "
                  "verified_at = {0}, keys_verified = ? WHERE name = ?",
                  database_.dialect.utc_now()),
      std::vector<db::Value>{keys_verified, name}));
  return {};
}

Result<void> Control::set_applied(const std::string& name, const std::string& plan_hash,
                                  const std::string& definition, const std::string& layout,
                                  std::optional<std::int64_t> verified) {
  std::string more;
  std::vector<db::Value> params{plan_hash, definition, layout};
  if (verified) {
    more = fmt::format(", applied_at = {0}, live_at = {0}, verified_at = {0}, keys_verified = ?",
                       database_.dialect.utc_now());
    params.emplace_back(*verified);
  }
  params.emplace_back(name);
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("UPDATE keepsum_summaries SET state = 'live', plan_hash = ?, definition = ?, "
                  "layout = ?, checkpoint = NULL{} WHERE name = ?",
                  more),
      params));
  return {};
}

Result<void> Control::set_turning(const std::string& name) {
  KEEPSUM_TRY(database_.session.execute(
      "UPDATE keepsum_summaries SET state = 'building', layout = '' WHERE name = ?",
      std::vector<db::Value>{name}));
  return {};
}

Result<void> Control::set_state(const std::string& name, State state) {
  KEEPSUM_TRY(
      database_.session.execute("UPDATE keepsum_summaries SET state = ? WHERE name = ?",
                                std::vector<db::Value>{std::string(to_string(state)), name}));
  return {};
}

Result<void> Control::set_verified(const std::string& name, std::int64_t keys_verified) {
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("UPDATE keepsum_summaries SET verified_at = {}, keys_verified = ? WHERE name = ?",
                  database_.dialect.utc_now()),
      std::vector<db::Value>{keys_verified, name}));
  return {};
}

Result<void> Control::remove(const std::string& name) {
  const std::vector<db::Value> params{name};
  // An older version may have made the control tables, and none of this one's has run since.
  for (const char* table : {"keepsum_captures", "keepsum_tours", "keepsum_probes", "keepsum_causes",
                            "keepsum_seen", "keepsum_undos", "keepsum_shapes", "keepsum_changes",
                            "keepsum_seals", "keepsum_key_checks"}) {
    KEEPSUM_ASSIGN(const auto info, database_.catalog.table(table));
    if (!info) continue;
    KEEPSUM_TRY(
        database_.session.execute(fmt::format("DELETE FROM {} WHERE summary = ?", table), params));
  }
  for (const char* statement :
       {"DELETE FROM keepsum_drift WHERE summary = ?", "DELETE FROM keepsum_runs WHERE summary = ?",
        "DELETE FROM keepsum_leases WHERE name = ?",
        "DELETE FROM keepsum_summaries WHERE name = ?"}) {
    KEEPSUM_TRY(database_.session.execute(statement, params));
  }
  return {};
}

Result<void> Control::forget_seal(const std::string& name) {
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table("keepsum_seals"));
  if (!table) return {};
  KEEPSUM_TRY(database_.session.execute("DELETE FROM keepsum_seals WHERE summary = ?",
                                        std::vector<db::Value>{name}));
  return {};
}

Result<std::int64_t> Control::start_run(const std::string& summary, const std::string& kind,
                                        std::int64_t fence) {
  // HEX, because a collation takes 'a' for 'A'.
  const std::string repaired =
      "CASE WHEN kind = 'undo' THEN 0 ELSE (SELECT COUNT(DISTINCT HEX(d.group_key)) FROM "
      "keepsum_drift d WHERE d.run_id = keepsum_runs.id AND d.repaired = 1) END";
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("UPDATE keepsum_runs SET outcome = 'lost', finished_at = {0}, drifted = {1}, "
                  "repaired = {1} WHERE summary = ? AND outcome = 'running'",
                  database_.dialect.utc_now(), repaired),
      std::vector<db::Value>{summary}));
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("INSERT INTO keepsum_runs (summary, kind, fence, started_at, outcome) VALUES (?, "
                  "?, ?, {}, 'running')",
                  database_.dialect.utc_now()),
      std::vector<db::Value>{summary, kind, fence}));
  // The lease lets one run at a time in, so the newest of this fence is the one just made.
  KEEPSUM_ASSIGN(
      const auto id,
      database_.session.scalar("SELECT MAX(id) FROM keepsum_runs WHERE summary = ? AND fence = ?",
                               std::vector<db::Value>{summary, fence}));
  return db::as_int64(id);
}

Result<void> Control::finish_run(const RunRecord& run) {
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("UPDATE keepsum_runs SET finished_at = {}, outcome = ?, keys_checked = ?, "
                  "drifted = ?, repaired = ? WHERE id = ?",
                  database_.dialect.utc_now()),
      std::vector<db::Value>{run.outcome, run.keys_checked, run.drifted, run.repaired, run.id}));
  return {};
}

Result<void> Control::add_drift(std::int64_t run, const std::string& summary,
                                const std::vector<DriftRow>& rows) {
  // Bounds the number of parameters, which SQLite limits to 32,766.
  constexpr std::size_t rows_max = 500;
  const std::string one = fmt::format("(?, ?, ?, ?, ?, ?, ?, {})", database_.dialect.utc_now());
  for (std::span<const DriftRow> left(rows); !left.empty();) {
    const auto batch = left.first(std::min(left.size(), rows_max));
    left = left.subspan(batch.size());
    std::vector<db::Value> params;
    for (const DriftRow& row : batch) {
      params.insert(params.end(),
                    {run, summary, row.group_key, row.column, db::nullable(row.stored),
                     db::nullable(row.expected), std::int64_t{row.repaired}});
    }
    const std::vector<std::string> values(batch.size(), one);
    KEEPSUM_TRY(database_.session.execute(
        fmt::format("INSERT INTO keepsum_drift (run_id, summary, group_key, column_name, stored, "
                    "expected, repaired, found_at) VALUES {}",
                    fmt::join(values, ", ")),
        params));
  }
  return {};
}

Result<std::optional<RunRecord>> Control::last_run(const std::string& summary) {
  KEEPSUM_ASSIGN(
      const auto row,
      database_.session.row(
          "SELECT id, kind, started_at, outcome, keys_checked, drifted, repaired, "
          "fence, finished_at FROM keepsum_runs WHERE summary = ? ORDER BY id DESC LIMIT 1",
          std::vector<db::Value>{summary}));
  if (!row) return std::optional<RunRecord>{};
  RunRecord run;
  run.id = db::as_int64((*row)[0]);
  run.kind = db::as_text((*row)[1]);
  run.started_at = db::as_text((*row)[2]);
  run.outcome = db::as_text((*row)[3]);
  run.keys_checked = db::as_int64((*row)[4]);
  run.drifted = db::as_int64((*row)[5]);
  run.repaired = db::as_int64((*row)[6]);
  run.fence = db::as_int64((*row)[7]);
  run.finished_at = optional_text((*row)[8]);
  return std::optional(run);
}

Result<Equality> Control::equality(const SummaryRecord& record) {
  Equality equality;
  equality.since = record.live_at.value_or(record.applied_at);
  const std::vector<db::Value> name{record.name};
  // The evidence and not the runs: it is there even if the run was killed over its repairs.
  KEEPSUM_ASSIGN(const auto drift,
                 database_.session.row("SELECT found_at, repaired FROM keepsum_drift WHERE summary "
                                       "= ? ORDER BY id DESC LIMIT 1",
                                       name));
  if (drift && db::as_text((*drift)[0]) > equality.since) {
    equality.since = db::as_text((*drift)[0]);
    equality.drift_left = db::as_int64((*drift)[1]) == 0;
  }
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row(
                     "SELECT COUNT(*), COALESCE(SUM(keys_checked), 0), MAX(finished_at) FROM "
                     "keepsum_runs WHERE summary = ? AND outcome IN ('live', 'consistent') AND "
                     "kind <> 'reconcile_part' AND finished_at >= ?",
                     std::vector<db::Value>{record.name, equality.since}));
  if (!row) return equality;
  equality.verifications = db::as_int64((*row)[0]);
  equality.keys = db::as_int64((*row)[1]);
  equality.last_at = optional_text((*row)[2]);
  equality.drift_left = equality.drift_left && equality.verifications == 0;
  return equality;
}

Result<std::optional<schema::Capture>> Control::capture(const std::string& name) {
  KEEPSUM_ASSIGN(const auto table, database_.catalog.table("keepsum_captures"));
  if (!table) return std::optional<schema::Capture>{};
  KEEPSUM_ASSIGN(const auto row,
                 database_.session.row("SELECT hooks FROM keepsum_captures WHERE summary = ?",
                                       std::vector<db::Value>{name}));
  if (!row) return std::optional<schema::Capture>{};
  return std::optional(db::as_int64((*row)[0]) == 0 ? schema::Capture::triggers
                                                    : schema::Capture::hooks);
}

}  // namespace keepsum::lifecycle
