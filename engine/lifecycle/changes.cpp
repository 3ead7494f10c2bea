#include "engine/lifecycle/changes.hpp"

#include <fmt/format.h>

namespace keepsum::lifecycle {

namespace {

constexpr std::string_view prefix = "ks$";

std::string_view text_of(Phase phase) {
  switch (phase) {
    case Phase::open: return "open";
    case Phase::turned: return "turned";
  }
  return "open";
}

}  // namespace

std::string_view to_string(Way way) noexcept {
  return way == Way::in_place ? "in_place" : "beside";
}

// A summary's name has 48 characters at most.
SuccessorNames successor_names(const std::string& summary, bool second) {
  return {(second ? "ks$second$" : "ks$next$") + summary, "ks$turn$" + summary,
          "ks$turned$" + summary, "ks$halt$" + summary, "ks$aside$" + summary};
}

bool is_successor(const std::string& name) { return name.starts_with(prefix); }

Result<bool> Changes::has(std::string_view table) {
  KEEPSUM_ASSIGN(const auto info, database_.catalog.table(table));
  return info.has_value();
}

Result<std::optional<Shape>> Changes::shape(const std::string& summary,
                                            const std::string& plan_hash) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_shapes"));
  if (!there) return std::optional<Shape>{};
  KEEPSUM_ASSIGN(
      const auto row,
      database_.session.row("SELECT shape FROM keepsum_shapes WHERE summary = ? AND plan_hash = ?",
                            std::vector<db::Value>{summary, plan_hash}));
  if (!row) return std::optional<Shape>{};
  return shape_from(db::as_text(row->front()));
}

Result<void> Changes::put_shape(const std::string& summary, const std::string& plan_hash,
                                const std::string& shape) {
  const sql::Dialect& dialect = database_.dialect;
  KEEPSUM_TRY(database_.session.execute(
      fmt::format(
          "INSERT INTO keepsum_shapes (summary, plan_hash, shape) VALUES (?, ?, ?) {}",
          dialect.upsert_clause({"summary"}, {"plan_hash = " + dialect.incoming("plan_hash"),
                                              "shape = " + dialect.incoming("shape")})),
      std::vector<db::Value>{summary, plan_hash, shape}));
  return {};
}

Result<std::optional<PendingChange>> Changes::pending(const std::string& summary) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_changes"));
  if (!there) return std::optional<PendingChange>{};
  KEEPSUM_ASSIGN(const auto row, database_.session.row(
                                     "SELECT way, phase, plan_hash, definition, shape, successor, "
                                     "started_at FROM keepsum_changes WHERE summary = ?",
                                     std::vector<db::Value>{summary}));
  if (!row) return std::optional<PendingChange>{};
  PendingChange change;
  change.way = db::as_text((*row)[0]) == to_string(Way::beside) ? Way::beside : Way::in_place;
  for (const Phase phase : {Phase::open, Phase::turned}) {
    if (db::as_text((*row)[1]) == text_of(phase)) change.phase = phase;
  }
  change.plan_hash = db::as_text((*row)[2]);
  change.definition = db::as_text((*row)[3]);
  change.shape = db::as_text((*row)[4]);
  change.successor = db::as_text((*row)[5]);
  change.started_at = db::as_text((*row)[6]);
  return std::optional(std::move(change));
}

Result<void> Changes::put(const std::string& summary, const PendingChange& change) {
  const sql::Dialect& dialect = database_.dialect;
  std::vector<std::string> assignments;
  for (const char* column :
       {"way", "phase", "plan_hash", "definition", "shape", "successor", "started_at"}) {
    assignments.push_back(fmt::format("{} = {}", column, dialect.incoming(column)));
  }
  KEEPSUM_TRY(database_.session.execute(
      fmt::format("INSERT INTO keepsum_changes (summary, way, phase, plan_hash, definition, shape, "
                  "successor, started_at) VALUES (?, ?, ?, ?, ?, ?, ?, {}) {}",
                  dialect.utc_now(), dialect.upsert_clause({"summary"}, assignments)),
      std::vector<db::Value>{summary, std::string(to_string(change.way)),
                             std::string(text_of(change.phase)), change.plan_hash,
                             change.definition, change.shape, change.successor}));
  return {};
}

Result<void> Changes::set_phase(const std::string& summary, Phase phase) {
  KEEPSUM_TRY(
      database_.session.execute("UPDATE keepsum_changes SET phase = ? WHERE summary = ?",
                                std::vector<db::Value>{std::string(text_of(phase)), summary}));
  return {};
}

Result<void> Changes::remove(const std::string& summary) {
  KEEPSUM_ASSIGN(const bool there, has("keepsum_changes"));
  if (!there) return {};
  KEEPSUM_TRY(database_.session.execute("DELETE FROM keepsum_changes WHERE summary = ?",
                                        std::vector<db::Value>{summary}));
  return {};
}

Result<void> Changes::take_history(const std::string& successor, const std::string& summary,
                                   const std::string& plan_hash) {
  KEEPSUM_TRY(database_.session.execute("UPDATE keepsum_runs SET summary = ? WHERE summary = ?",
                                        std::vector<db::Value>{summary, successor}));
  KEEPSUM_ASSIGN(const auto built,
                 database_.session.scalar("SELECT plan_hash FROM keepsum_summaries WHERE name = ?",
                                          std::vector<db::Value>{successor}));
  // The verification that made it live is the tour's first; a position would be by the old spec.
  KEEPSUM_TRY(database_.session.execute("DELETE FROM keepsum_tours WHERE summary = ?",
                                        std::vector<db::Value>{summary}));
  if (db::is_null(built)) return {};
  KEEPSUM_TRY(database_.session.execute(
      "UPDATE keepsum_tours SET summary = ?, layout = REPLACE(layout, ?, ?) WHERE summary = ?",
      std::vector<db::Value>{summary, db::as_text(built), plan_hash, successor}));
  return {};
}

}  // namespace keepsum::lifecycle
