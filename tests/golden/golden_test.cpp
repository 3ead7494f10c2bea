// The generated SQL of each case, word for word: NAME.json is the spec, NAME.schema.*.sql its base
// tables, and NAME.sqlite.sql, NAME.mariadb.sql, NAME.mysql8.sql what keepsum makes of them.
// KEEPSUM_UPDATE_GOLDEN=1 writes these anew.
//
// On SQLite and MariaDB the database itself then takes every statement. There is no MySQL 8 here:
// its text comes from its dialect over MariaDB's catalog, with integers spelt as MySQL 8 does.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <ostream>
#include <regex>
#include <string>
#include <vector>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "connectors/open.hpp"
#include "connectors/sqlite/dialect.hpp"
#include "engine/embed/compiled.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/maintain/change_statements.hpp"
#include "engine/sql/compare.hpp"
#include "engine/sql/delta.hpp"
#include "engine/sql/reread.hpp"
#include "engine/sql/summary_table.hpp"
#include "migrations/migrations.hpp"
#include "tests/golden/generated.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

namespace {

using testing::HasSubstr;
using testing::Not;

const std::filesystem::path folder = KEEPSUM_SOURCE_DIR "/tests/golden";

enum class Target { sqlite, mariadb, mysql8 };

std::string name_of(Target target) {
  switch (target) {
    case Target::sqlite: return "sqlite";
    case Target::mariadb: return "mariadb";
    case Target::mysql8: return "mysql8";
  }
  return "";
}

const mysql::Capabilities mysql8{
    .is_mariadb = false, .version = 80036, .default_collation = "utf8mb4_0900_ai_ci"};

struct Case {
  std::string name;
  Target target;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name << '.' << name_of(c.target); }

std::filesystem::path schema_file(const std::string& name, Target target) {
  const std::string kind = target == Target::sqlite ? "sqlite" : "mysql";
  return folder / (name + ".schema." + kind + ".sql");
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    for (const Target target : {Target::sqlite, Target::mariadb, Target::mysql8}) {
      // A database that refuses the spec has no base tables here.
      if (!exists(schema_file(entry.path().stem().string(), target))) continue;
      cases.push_back({entry.path().stem().string(), target});
    }
  }
  return cases;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A statement ends with ";" at the end of a line.
std::vector<std::string> statements_in(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::string> statements;
  std::string statement;
  for (std::string line; std::getline(file, line);) {
    statement += line + "\n";
    if (!line.ends_with(';')) continue;
    statement.erase(statement.rfind(';'));
    statements.push_back(std::move(statement));
    statement.clear();
  }
  return statements;
}

// MySQL 8 has dropped the display width of integers: bigint(20) is bigint there.
class Mysql8Catalog final : public db::Catalog {
 public:
  explicit Mysql8Catalog(db::Catalog& mariadb) : mariadb_(mariadb) {}

  Result<std::optional<db::TableInfo>> table(std::string_view name) override {
    KEEPSUM_ASSIGN(auto table, mariadb_.table(name));
    static const std::regex width("^((tiny|small|medium|big)?int)\\([0-9]+\\)");
    if (table) {
      for (db::ColumnInfo& column : table->columns) {
        column.declared_type = std::regex_replace(column.declared_type, width, "$1");
      }
    }
    return table;
  }
  Result<std::vector<std::string>> table_names() override { return mariadb_.table_names(); }
  Result<std::vector<db::TriggerInfo>> triggers(std::string_view prefix) override {
    return mariadb_.triggers(prefix);
  }
  Result<std::vector<db::TriggerInfo>> trigger_events() override {
    return mariadb_.trigger_events();
  }
  Result<void> check_missing_trigger(std::string_view name) override {
    return mariadb_.check_missing_trigger(name);
  }

 private:
  db::Catalog& mariadb_;
};

// Everything keepsum would say to the database about one summary.
class Text {
 public:
  explicit Text(const std::string& title) : text_("-- " + title + "\n") {}

  void add(const std::string& heading, const std::string& sql) {
    text_ += "\n-- " + heading + "\n" + sql + ";\n";
  }
  void add_summary(const plan::SummaryPlan& plan, const sql::Dialect& dialect) {
    for (const auto& [what, sql] : objects_of(plan, dialect)) add(what, sql);
    for (const auto& [what, sql] : statements_of(plan, dialect)) add(what, sql);
  }
  [[nodiscard]] const std::string& str() const { return text_; }

 private:
  std::string text_;
};

// One row of every base table noted, one carried.
std::vector<std::pair<std::string, std::string>> unit_of_work(const embed::Compiled& compiled,
                                                              std::size_t summary) {
  const plan::SummaryPlan& plan = compiled.written(summary);
  if (plan.state.empty()) return {};  // side tables keep all of it
  const std::size_t tables = plan.tables.size();
  embed::Shape others(tables, 1);
  others.front() = 0;
  const embed::Shape all(tables, 1);
  std::vector<std::pair<std::string, std::string>> statements = {
      {"what two rows of " + plan.tables.front().info.name + " contribute",
       *compiled.taken(summary, 0, 2, others)},
      {"merge", *compiled.merge(summary, {all, all, 1})},
      {"merge, while capture moves", *compiled.merge(summary, {all, all, 1, true})}};
  for (std::size_t t = 0; t < tables; ++t) {
    const embed::GivenPath* path = compiled.given_path(summary, t);
    if (path == nullptr) continue;
    statements.emplace_back("one joined row, given", path->statement(1).text.sql());
    const auto& settled = path->settled_statements();
    if (settled.size() > 1) {
      statements.emplace_back("one joined row, given, its terms hold",
                              settled[(settled.size() - 1) / 2].text.sql());
      statements.emplace_back("one joined row, given, its terms fail", settled.back().text.sql());
    }
    statements.emplace_back("two joined rows, given", path->statement(2).text.sql());
  }
  for (const sql::GroupReread& reread : compiled.recomputes(summary)) {
    statements.emplace_back("read again " + sql::display_name(plan, plan.state[reread.held]),
                            reread.sql);
  }
  return statements;
}

class Golden : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    open();
    for (const std::string& statement :
         statements_in(schema_file(GetParam().name, GetParam().target))) {
      run(statement);
    }
    catalog_ = connection_.catalog.get();
    dialect_ = connection_.dialect.get();
    if (GetParam().target != Target::mysql8) return;
    mysql8_catalog_ = std::make_unique<Mysql8Catalog>(*connection_.catalog);
    mysql8_dialect_ = mysql::make_dialect(mysql8);
    catalog_ = mysql8_catalog_.get();
    dialect_ = mysql8_dialect_.get();
  }

  void open() {
    const std::string url = GetParam().target == Target::sqlite
                                ? "sqlite::memory:"
                                : shared_mariadb().url(shared_mariadb().create_database());
    auto opened = connectors::open(connectors::parse_url(url).value());
    ASSERT_TRUE(opened.has_value()) << describe(opened.error());
    connection_ = std::move(opened).value();
  }

  // A dialect of its own, as load() gives it.
  embed::Compiled compiled() {
    std::unique_ptr<const sql::Dialect> dialect;
    switch (GetParam().target) {
      case Target::sqlite: dialect = sqlite::make_dialect(); break;
      case Target::mariadb:
        dialect = mysql::make_dialect(mysql::capabilities(*connection_.session).value());
        break;
      case Target::mysql8: dialect = mysql::make_dialect(mysql8); break;
    }
    return {plans(), std::move(dialect)};
  }

  void run(const std::string& statement, std::span<const db::Value> params = {}) {
    const auto done = connection_.session->execute(statement, params);
    EXPECT_TRUE(done.has_value()) << describe(done.error()) << "\n" << statement;
  }

  std::vector<plan::SummaryPlan> plans() {
    const std::string spec = read_file(folder / (GetParam().name + ".json"));
    auto plans = lifecycle::load_plans(spec, *connection_.session, *catalog_, *dialect_);
    if (plans.has_error()) {
      ADD_FAILURE() << describe(plans.error());
      return {};
    }
    return std::move(plans).value();
  }

  [[nodiscard]] std::filesystem::path golden_file() const {
    return folder / fmt::format("{}.{}.sql", GetParam().name, name_of(GetParam().target));
  }

  connectors::Connection connection_;
  std::unique_ptr<db::Catalog> mysql8_catalog_;
  std::unique_ptr<sql::Dialect> mysql8_dialect_;
  db::Catalog* catalog_ = nullptr;
  sql::Dialect* dialect_ = nullptr;
};

std::string title_of(const Case& c) {
  switch (c.target) {
    case Target::sqlite: return c.name + " on SQLite";
    case Target::mariadb: return c.name + " on MariaDB 10.11";
    case Target::mysql8: return c.name + " on MySQL 8.0 (not run here: no test has such a server)";
  }
  return "";
}

TEST_P(Golden, IsWordForWord) {
  Text text(title_of(GetParam()));
  const embed::Compiled units = compiled();
  for (std::size_t i = 0; i < units.plans().size(); ++i) {
    const plan::SummaryPlan& plan = units.plans()[i];
    text.add_summary(plan, *dialect_);
    if (plan.seal) continue;
    for (const auto& [what, sql] : unit_of_work(units, i)) {
      text.add(plan.spec.name + ": unit of work: " + what, sql);
    }
  }
  ASSERT_FALSE(HasFailure());
  if (std::getenv("KEEPSUM_UPDATE_GOLDEN") != nullptr) {  // NOLINT(concurrency-mt-unsafe)
    std::ofstream(golden_file(), std::ios::binary) << text.str();
  }
  EXPECT_EQ(read_file(golden_file()), text.str())
      << "if this is meant, KEEPSUM_UPDATE_GOLDEN=1 writes it to " << golden_file();
}

TEST_P(Golden, KeepsToTheWordsOfItsServer) {
  const std::string text = read_file(golden_file());
  switch (GetParam().target) {
    case Target::sqlite:
      EXPECT_THAT(text, Not(HasSubstr("SHARE")));
      EXPECT_THAT(text, HasSubstr("ON CONFLICT"));
      break;
    case Target::mariadb:
      EXPECT_THAT(text, Not(HasSubstr("FOR SHARE")));
      EXPECT_THAT(text, HasSubstr("LOCK IN SHARE MODE"));
      break;
    case Target::mysql8:
      EXPECT_THAT(text, HasSubstr("FOR SHARE"));
      EXPECT_THAT(text, Not(HasSubstr("LOCK IN SHARE MODE")));
      break;
  }
}

// What nobody executed may be no SQL at all.
TEST_P(Golden, IsTakenByItsServer) {
  if (GetParam().target == Target::mysql8) return;  // only the words are known: see above
  const embed::Compiled units = compiled();
  for (std::size_t i = 0; i < units.plans().size(); ++i) {
    const plan::SummaryPlan& plan = units.plans()[i];
    for (const auto& [what, sql] : objects_of(plan, *dialect_)) run(sql);
    if (plan.seal) {
      for (const auto& [what, sql] : statements_of(plan, *dialect_)) {
        const auto params = static_cast<std::size_t>(std::count(sql.begin(), sql.end(), '?'));
        run(sql, std::vector<db::Value>(params, std::int64_t{1}));
      }
      continue;
    }
    lifecycle::Database database{*connection_.session, *catalog_, *dialect_, {}};
    EXPECT_TRUE(migrations::run(database).has_value());
    run(fmt::format("ALTER TABLE {} ADD COLUMN {} INT NOT NULL DEFAULT 0",
                    dialect_->identifier(plan.spec.name), dialect_->identifier(sql::hooks_marker)));
    auto transaction =
        db::Transaction::begin(*connection_.session, db::TransactionMode::write).value();
    for (const plan::BaseTable& table : plan.tables) {
      for (const maintain::Moment moment : moments) {
        for (const auto& hook : maintain::hook_statements(plan, *dialect_, table.alias, moment)) {
          const std::size_t count = hook.key_repeats * table.info.primary_key.size();
          run(hook.sql, std::vector<db::Value>(count, std::int64_t{1}));
        }
      }
    }
    const auto run_with = [&](const std::string& statement, std::size_t params) {
      run(statement, std::vector<db::Value>(params, std::int64_t{1}));
    };
    const std::size_t keys = plan.keys.size();
    run_with(sql::compare_range(plan, *dialect_, {true, true}), 4);
    run_with(sql::compare_key(plan, *dialect_), 2 * keys);
    if (plan.has_recompute()) {
      run_with(sql::store_extremes(plan, *dialect_), keys * sql::store_extremes_keys(plan));
    }
    for (const auto& [what, sql] : unit_of_work(units, i)) {
      // Carried values are of the key's types: NULL fits them all, and merges into nothing.
      const auto params = static_cast<std::size_t>(std::count(sql.begin(), sql.end(), '?'));
      if (!sql.starts_with("INSERT")) run(sql, std::vector<db::Value>(params));
    }
    run_with(sql::prune(plan, *dialect_), keys);
    run_with(sql::read_summary(plan, *dialect_), keys);
    run_with(sql::read_source(plan, *dialect_), keys);
    run_with(sql::contributing_rows(plan, *dialect_), keys);
  }
}

INSTANTIATE_TEST_SUITE_P(All, Golden, testing::ValuesIn(all_cases()), [](const auto& tested) {
  return tested.param.name + "_" + name_of(tested.param.target);
});

}  // namespace

}  // namespace keepsum::test
