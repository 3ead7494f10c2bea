#include "migrations/migrations.hpp"

#include <fmt/format.h>

#include <array>
#include <set>
#include <string>

namespace keepsum::migrations {

namespace {

std::vector<std::string> statements_of(std::string_view sql) {
  std::vector<std::string> statements;
  std::string statement;
  while (!sql.empty()) {
    const std::size_t end = sql.find('\n');
    const std::string_view line = sql.substr(0, end);
    sql.remove_prefix(end == std::string_view::npos ? sql.size() : end + 1);
    if (line.starts_with("--")) continue;
    statement += line;
    statement += '\n';
    if (line.ends_with(';')) {
      statement.erase(statement.rfind(';'));
      statements.push_back(std::move(statement));
      statement.clear();
    }
  }
  return statements;
}

}  // namespace

std::span<const std::string_view> control_tables() {
  // First the record of what was made: if the dropping stops half-way, the next run() makes the
  // rest anew.
  static constexpr std::array<std::string_view, 16> names = {
      "keepsum_migrations", "keepsum_drift",  "keepsum_causes",     "keepsum_undos",
      "keepsum_seen",       "keepsum_runs",   "keepsum_leases",     "keepsum_captures",
      "keepsum_tours",      "keepsum_probes", "keepsum_seals",      "keepsum_shapes",
      "keepsum_changes",    "keepsum_slots",  "keepsum_key_checks", "keepsum_summaries"};
  return names;
}

Result<bool> pending(lifecycle::Database& database) {
  KEEPSUM_ASSIGN(const auto table, database.catalog.table("keepsum_migrations"));
  if (!table) return false;
  KEEPSUM_ASSIGN(const auto applied,
                 database.session.scalar("SELECT COUNT(*) FROM keepsum_migrations"));
  return db::as_int64(applied) < std::ssize(files(database.dialect.name()));
}

Result<void> run(lifecycle::Database& database) {
  db::Session& session = database.session;
  const bool is_mysql = database.dialect.name() == "mysql";
  KEEPSUM_TRY(session.execute(fmt::format(
      "CREATE TABLE IF NOT EXISTS keepsum_migrations (number INTEGER NOT NULL PRIMARY KEY, name "
      "{} NOT NULL, applied_at {} NOT NULL){}",
      is_mysql ? "VARCHAR(64)" : "TEXT", is_mysql ? "DATETIME(6)" : "TEXT",
      is_mysql ? " ENGINE=InnoDB" : " STRICT")));
  KEEPSUM_ASSIGN(const auto rows, session.rows("SELECT number FROM keepsum_migrations"));
  std::set<std::int64_t> applied;
  for (const db::Row& row : rows) applied.insert(db::as_int64(row[0]));
  for (const Migration& migration : files(database.dialect.name())) {
    if (applied.contains(migration.number)) continue;
    for (const std::string& statement : statements_of(migration.sql)) {
      KEEPSUM_TRY(session.execute(statement));
    }
    // Another run may have come here at the same time: what it did is what was wanted.
    KEEPSUM_TRY(session.execute(
        fmt::format(
            "INSERT INTO keepsum_migrations (number, name, applied_at) VALUES (?, ?, {}) {}",
            database.dialect.utc_now(),
            database.dialect.upsert_clause({"number"}, {"name = keepsum_migrations.name"})),
        std::vector<db::Value>{std::int64_t{migration.number}, std::string(migration.name)}));
  }
  return {};
}

}  // namespace keepsum::migrations
