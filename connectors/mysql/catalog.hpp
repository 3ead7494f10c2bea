// The catalog of MySQL and MariaDB: information_schema of the session's current database.
#pragma once

#include <string>

#include "engine/db/catalog.hpp"

namespace keepsum::mysql {

// Reads afresh on every call and holds no transaction. A table of another database that a foreign
// key refers to is named "database.table".
class MysqlCatalog final : public db::Catalog {
 public:
  // `session` must outlive the catalog and have a current database.
  explicit MysqlCatalog(db::Session& session) : session_(session) {}

  Result<std::optional<db::TableInfo>> table(std::string_view name) override;
  Result<std::vector<std::string>> table_names() override;
  Result<std::vector<db::TriggerInfo>> triggers(std::string_view prefix) override;
  Result<std::vector<db::TriggerInfo>> trigger_events() override;
  Result<void> check_missing_trigger(std::string_view name) override;

 private:
  Result<void> learn_database();
  Result<std::optional<db::TableInfo>> find_table(std::string_view name);
  Result<void> read_columns(db::TableInfo& table);
  Result<void> read_indexes(db::TableInfo& table);
  Result<void> read_foreign_keys(db::TableInfo& table);
  Result<void> read_actions(db::TableInfo& table);
  [[nodiscard]] bool same_name(std::string_view left, std::string_view right) const;

  db::Session& session_;
  std::string database_;  // as information_schema spells it; empty until learnt
  bool folds_case_ = false;
};

}  // namespace keepsum::mysql
