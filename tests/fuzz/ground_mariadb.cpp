#include <fmt/format.h>

#include <array>
#include <keepsum/mysql.hpp>

#include "connectors/mysql/catalog.hpp"
#include "connectors/mysql/client.hpp"
#include "connectors/mysql/connect.hpp"
#include "connectors/mysql/dialect.hpp"
#include "connectors/url.hpp"
#include "engine/lifecycle/database.hpp"
#include "migrations/migrations.hpp"
#include "tests/fuzz/ground.hpp"
#include "tests/fuzz/target.hpp"

namespace keepsum::fuzz {

namespace {

constexpr std::string_view database = "keepsum_fuzz";

class MariadbGround final : public Ground {
 public:
  explicit MariadbGround(const std::string& url)
      : handle_(connected(url)), session_(mysql::borrow(handle_.get())) {
    const auto known = mysql::capabilities(*session_);
    require(known.has_value(), "no capabilities");
    dialect_ = mysql::make_dialect(*known);
  }
  ~MariadbGround() override { static_cast<void>(run(fmt::format("DROP DATABASE {}", database))); }

  db::Session& session() override { return *session_; }
  db::Catalog& catalog() override { return *catalog_; }
  const sql::Dialect& dialect() override { return *dialect_; }
  bool is_mariadb() const noexcept override { return true; }

  bool rebuild(const std::vector<std::string>& schema) override;
  void restrict_to(Owned /*owned*/) override {}
  void prepare(const std::string& sql) override;
  Result<std::uint64_t> run(const std::string& sql) override;
  void require_canary() override {
    const auto rows = session_->scalar("SELECT count(*) FROM canary WHERE song = 'still here'");
    require(rows.has_value() && db::display(*rows) == "1", "the canary is gone");
  }
  std::vector<std::string> settings() const override;
  // As keepsum's own sessions have it.
  void reset_settings() override {
    must("SET NAMES utf8mb4, SESSION sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'");
  }

 private:
  static mysql::ConnectionHandle connected(const std::string& url);
  void make_database();
  void clear(bool tables_stay);

  mysql::ConnectionHandle handle_;
  std::unique_ptr<db::Session> session_;
  std::unique_ptr<db::Catalog> catalog_;
  std::unique_ptr<sql::Dialect> dialect_;
  std::vector<std::string> schema_;
  std::set<std::string> tables_;  // when the schema was new
};

mysql::ConnectionHandle MariadbGround::connected(const std::string& url) {
  auto handle = mysql::connect(connectors::parse_url(url).value());
  require(handle.has_value(), "no server");
  require(mysql_set_server_option(handle->get(), MYSQL_OPTION_MULTI_STATEMENTS_ON) == 0,
          "no several statements in one text");
  return std::move(handle).value();
}

void MariadbGround::make_database() {
  must(fmt::format("CREATE OR REPLACE DATABASE {} CHARACTER SET utf8mb4", database));
  must(fmt::format("USE {}", database));
  catalog_ = std::make_unique<mysql::MysqlCatalog>(*session_);
  must("CREATE TABLE canary (song TEXT)");
  must("INSERT INTO canary VALUES ('still here')");
  lifecycle::Database ours{*session_, *catalog_, *dialect_, {}};
  const auto done = migrations::run(ours);
  require(done.has_value(), done.has_error() ? describe(done.error()) : "");
}

// What an input made goes by name; a table takes its triggers along.
void MariadbGround::clear(bool tables_stay) {
  for (const auto& trigger : catalog_->triggers("").value()) {
    must("DROP TRIGGER " + dialect_->identifier(trigger.name));
  }
  for (const std::string& name : catalog_->table_names().value()) {
    if (name == "canary" || name.starts_with("keepsum_")) continue;
    const bool stays = tables_stay && tables_.contains(name);
    must((stays ? "DELETE FROM " : "DROP TABLE ") + dialect_->identifier(name));
  }
}

bool MariadbGround::rebuild(const std::vector<std::string>& schema) {
  reset_settings();
  if (!catalog_) make_database();
  const bool again = schema == schema_;
  clear(again);
  if (again) return true;
  schema_.clear();
  for (const std::string& statement : schema) {
    if (run(statement).has_error()) return false;
  }
  const auto names = catalog_->table_names().value();
  tables_ = {names.begin(), names.end()};
  schema_ = schema;
  return true;
}

void MariadbGround::prepare(const std::string& sql) {
  const mysql::StatementHandle statement(mysql_stmt_init(handle_.get()));
  require(mysql_stmt_prepare(statement.get(), sql.data(), sql.size()) == 0,
          fmt::format("{}: {}", mysql_stmt_error(statement.get()), sql));
}

Result<std::uint64_t> MariadbGround::run(const std::string& sql) {
  const auto done = session_->execute(sql);
  require(mysql_more_results(handle_.get()) == 0, "more than one: " + sql);
  return done;
}

std::vector<std::string> MariadbGround::settings() const {
  std::vector<std::string> all;
  for (const char* mode :
       {"NO_ENGINE_SUBSTITUTION", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES", "EMPTY_STRING_IS_NULL",
        "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,STRICT_ALL_TABLES"}) {
    for (const char* names : {"latin1", "gbk", "sjis", "utf8mb4"}) {
      all.push_back(fmt::format("SET NAMES {}, SESSION sql_mode = '{}'", names, mode));
    }
  }
  return all;
}

}  // namespace

std::unique_ptr<Ground> mariadb_ground(const std::string& url) {
  return std::make_unique<MariadbGround>(url);
}

}  // namespace keepsum::fuzz
