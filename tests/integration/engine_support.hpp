// What the engine's tests share: a fresh database with a writer beside keepsum's own session, and
// the law every scenario ends in: the summary equals a query the test wrote by hand.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/open.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/reconcile.hpp"
#include "schema/diagnostic.hpp"

namespace keepsum::test {

enum class Server { sqlite, mariadb };

void PrintTo(Server server, std::ostream* out);
[[nodiscard]] std::string name_of(Server server);

// One database for one test.
class Scene {
 public:
  explicit Scene(Server server);

  [[nodiscard]] bool on_mariadb() const noexcept { return server_ == Server::mariadb; }
  [[nodiscard]] db::Session& writer() { return *writer_.session; }
  [[nodiscard]] lifecycle::Database& database() { return database_; }
  [[nodiscard]] const connectors::ConnectionUrl& url() const noexcept { return url_; }
  // A further session with keepsum's own settings.
  [[nodiscard]] std::unique_ptr<db::Session> connect() const;

  // Runs a writer's statement, which must succeed. Remembered, and shown when the law is broken.
  void run(const std::string& statement);
  void run_all(const std::vector<std::string>& statements);
  // Runs a writer's statement, which may fail in the ways that are `expected`.
  void try_to_run(const std::string& statement, const std::function<bool(const Error&)>& expected);
  // By the last of these.
  [[nodiscard]] std::int64_t rows_changed() const noexcept { return rows_changed_; }
  // Runs a writer's statement, which must fail.
  Error fails(const std::string& statement);
  // Rows as text: "1|NULL|abc". By the writer's session.
  std::vector<std::string> lines(const std::string& query);

  // Compiles the summaries (`"name": {…}, …`), which must be in order, and makes them live.
  // The chunks are tiny, so that a few rows already make several.
  void apply(const std::string& summaries);
  // The diagnostics of summaries, with errors or without.
  std::vector<schema::Diagnostic> compile(const std::string& summaries);
  // Of the summaries; their side tables are in between.
  [[nodiscard]] const plan::SummaryPlan& plan(std::size_t i = 0) const;
  [[nodiscard]] const std::vector<plan::SummaryPlan>& plans() const noexcept { return plans_; }
  [[nodiscard]] std::vector<std::string> trigger_names();

  // The law: the summary's table equals `recompute`, key by key and both ways, where a missing
  // row is a row of empty values; and a verification finds nothing. `recompute` is written by
  // hand and names its columns as the summary does. A latch may be true where it gives false.
  void expect_equal(const std::string& recompute, std::size_t i = 0);
  // The keys in which the summary's table and `recompute` differ, as text; "" if none.
  std::string differences(const plan::SummaryPlan& plan, const std::string& recompute);
  // The statements so far, for a failure to show.
  [[nodiscard]] std::string past() const;
  reconcile::RunReport verify(std::size_t i = 0);
  // What the cron job does: all plans, in order, repairing. The reports of those that drifted.
  std::vector<reconcile::RunReport> reconcile_all();

 private:
  Server server_;
  std::shared_ptr<void> lifetime_;
  connectors::ConnectionUrl url_;
  connectors::Connection own_;     // keepsum's
  connectors::Connection writer_;  // an application's
  lifecycle::Database database_;
  std::vector<plan::SummaryPlan> plans_;
  std::vector<std::string> history_;
  std::int64_t rows_changed_ = 0;
};

class EngineOnBoth : public testing::TestWithParam<Server>, public Scene {
 protected:
  EngineOnBoth() : Scene(GetParam()) {}
};

class EngineOnMariadb : public testing::Test, public Scene {
 protected:
  EngineOnMariadb() : Scene(Server::mariadb) {}
};

class EngineOnSqlite : public testing::Test, public Scene {
 protected:
  EngineOnSqlite() : Scene(Server::sqlite) {}
};

#define KEEPSUM_ON_BOTH(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(                                                               \
      Databases, suite,                                                                   \
      testing::Values(::keepsum::test::Server::sqlite, ::keepsum::test::Server::mariadb), \
      [](const auto& each) { return ::keepsum::test::name_of(each.param); })

// A spec of these summaries: `"name": {…}, …`.
[[nodiscard]] std::string spec_text(const std::string& summaries);

// Rows that a session of MariaDB's has looked at so far.
[[nodiscard]] std::int64_t rows_read(db::Session& session);

// "code" of each error, in the order of the file.
[[nodiscard]] std::vector<std::string> error_codes(const std::vector<schema::Diagnostic>& all);

// A term of an order, as the writer of a query knows it.
struct HandTerm {
  std::string expr;
  bool text = false;  // of at most 8 characters; else an integer of less than 12 digits
  bool descending = false;
};

// "count(DISTINCT x)": the aggregate over `argument`, as a spec writes it.
[[nodiscard]] std::string in_spec(const aggregates::Aggregate& aggregate,
                                  const std::string& argument);

// What a query writes by hand for an aggregate: `function` over `argument` (a value, a condition
// or "*"), of the rows that meet `filter` ("" for all). "" for an aggregate it does not know.
// `order`: of latest and earliest, the spec's terms and then the primary keys; texts ascend.
[[nodiscard]] std::string by_hand(std::string_view function, const std::string& argument,
                                  const std::string& filter, bool mariadb,
                                  const std::vector<HandTerm>& order = {});
// sum(… prev(x) …): `argument` as the spec has it, of the rows of one table; `where` is "" for all.
// The row before is looked up for each row by itself.
struct HandRows {
  std::string table, alias;
  std::vector<std::string> keys;
  std::string where;
};
[[nodiscard]] std::string steps_by_hand(const std::string& argument, const std::string& filter,
                                        const HandRows& rows, const std::vector<HandTerm>& order);
// ordinal(…): `rows.keys` are those of PARTITION BY. The rows before it are counted for each row.
[[nodiscard]] std::string place_by_hand(const std::string& filter, const HandRows& rows,
                                        const std::vector<HandTerm>& order);
// Whether no database has it for all plans: stddev on SQLite.
[[nodiscard]] bool is_refused(std::string_view function, bool mariadb);

}  // namespace keepsum::test
