#include "tests/integration/engine_application.hpp"

#include <fmt/format.h>

#include <keepsum/mysql.hpp>
#include <keepsum/sqlite.hpp>
#include <stdexcept>

#include "connectors/mysql/connect.hpp"
#include "connectors/sqlite/client.hpp"

namespace keepsum::test {

Application::Application(const Scene& scene, const std::vector<std::string>& settings,
                         const std::string& summaries) {
  const std::string spec = fmt::format(R"({{"keepsum": 1, "summaries": {{{}}}}})", summaries);
  const auto keep = [&](Result<Summaries> loaded) {
    if (loaded.has_error()) throw std::runtime_error(describe(loaded.error()));
    summaries_.emplace(std::move(loaded).value());
  };
  // BEGIN would open a block in sql_mode ORACLE; SQLite does not know START TRANSACTION.
  begin_ = scene.on_mariadb() ? "START TRANSACTION" : "BEGIN";
  if (scene.on_mariadb()) {
    mysql::ConnectionHandle owned = mysql::connect(scene.url()).value();
    MYSQL* const handle = owned.get();
    handle_ = std::move(owned);
    session_ = mysql::borrow(handle);
    for (const std::string& setting : settings) run(setting);
    keep(mysql::load(handle, spec));
  } else {
    sqlite3* handle = nullptr;
    if (sqlite3_open(scene.url().path.c_str(), &handle) != SQLITE_OK) {
      throw std::runtime_error("the database cannot be opened");
    }
    handle_ = sqlite::ConnectionHandle(handle);
    session_ = sqlite::borrow(handle);
    for (const std::string& setting : settings) run(setting);
    keep(sqlite::load(handle, spec));
  }
}

void Application::check(const Result<void>& done, const std::string& what) {
  EXPECT_TRUE(done.has_value()) << what << "\n" << describe(done.error());
}

void Application::run(const std::string& statement) {
  const auto done = session_->execute(statement);
  EXPECT_TRUE(done.has_value()) << statement << "\n" << describe(done.error());
}

void Application::insert(const std::string& table, const Key& key, const std::string& statement) {
  run(begin_);
  run(statement);
  check(summaries_->inserted(*session_, table, key), statement);
  run("COMMIT");
}

void Application::update(const std::string& table, const Key& key, const std::string& statement,
                         const Key& new_key) {
  UnitOfWork unit(*summaries_, *session_);
  run(begin_);
  check(unit.updating(table, key), statement);
  run(statement);
  if (!new_key.empty()) check(unit.updated(table, new_key), statement);
  check(unit.apply(), statement);
  run("COMMIT");
}

void Application::remove(const std::string& table, const Key& key, const std::string& statement) {
  UnitOfWork unit(*summaries_, *session_);
  run(begin_);
  check(unit.deleting(table, key), statement);
  run(statement);
  check(unit.apply(), statement);
  run("COMMIT");
}

}  // namespace keepsum::test
