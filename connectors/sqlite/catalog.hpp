// The catalog of SQLite: pragmas and sqlite_schema of the main database.
#pragma once

#include <string>

#include "engine/db/catalog.hpp"

namespace keepsum::sqlite {

// Reads afresh on every call and holds no transaction.
class SqliteCatalog final : public db::Catalog {
 public:
  // `session` must outlive the catalog.
  explicit SqliteCatalog(db::Session& session) : session_(session) {}

  Result<std::optional<db::TableInfo>> table(std::string_view name) override;
  Result<std::vector<std::string>> table_names() override;
  Result<std::vector<db::TriggerInfo>> triggers(std::string_view prefix) override;
  Result<std::vector<db::TriggerInfo>> trigger_events() override;
  Result<void> check_missing_trigger(std::string_view name) override;

 private:
  Result<void> read_columns(db::TableInfo& table, bool without_rowid);
  Result<void> read_collations(db::TableInfo& table);
  Result<void> read_indexes(db::TableInfo& table);
  Result<void> read_foreign_keys(db::TableInfo& table);
  Result<void> estimate_rows(db::TableInfo& table, bool without_rowid);
  Result<void> resolve_parent(db::ForeignKey& key);

  db::Session& session_;
};

}  // namespace keepsum::sqlite
