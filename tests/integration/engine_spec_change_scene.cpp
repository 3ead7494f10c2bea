#include <fmt/format.h>

#include "connectors/mysql/capabilities.hpp"
#include "connectors/mysql/dialect.hpp"
#include "engine/lifecycle/changes.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/read.hpp"
#include "migrations/migrations.hpp"
#include "tests/integration/engine_spec_change.hpp"

namespace keepsum::test {

SpecChangeScene::SpecChangeScene(Scene& scene, const std::string& version) : scene_(scene) {
  if (version.empty()) return;
  dialect_ = mysql::make_dialect(mysql::parse_version(version));
  lifecycle::Database& own = scene.database();
  database_.emplace(lifecycle::Database{own.session, own.catalog, *dialect_, own.open_session});
}

lifecycle::Database& SpecChangeScene::database() {
  return database_ ? *database_ : scene_.database();
}

std::string SpecChangeScene::spec(const std::string& aggregates, const std::string& more) {
  return fmt::format(
      R"json("cards": {{"from": "payments p", "group_by": {{"card": "p.card"}}, "aggregates": {{{}}}{}}})json",
      aggregates, more);
}

std::string SpecChangeScene::first_spec() { return spec(R"json("total": "sum(p.amount)")json"); }

std::string SpecChangeScene::with_count() {
  return spec(
      R"json("total": "sum(p.amount)", "refunds": "count(*) FILTER (WHERE p.amount < 0)")json");
}

void SpecChangeScene::start(const std::string& summary) {
  must(migrations::run(scene_.database()));
  if (next_id_ == 1) {
    scene_.run_all(payments_tables());
    scene_.run("CREATE TABLE owners (card BIGINT NOT NULL PRIMARY KEY, name VARCHAR(20) NOT NULL)");
    for (int card = 0; card < 4; ++card) {
      scene_.run(fmt::format("INSERT INTO owners VALUES ({}, 'o')", card));
    }
  }
  for (int i = 0; i < 24; ++i, ++next_id_) {
    scene_.run(fmt::format("INSERT INTO payments VALUES ({}, {}, {}, {})", next_id_, i % 5,
                           i * 7 - 40, i % 2));
  }
  must(apply(summary));
}

void SpecChangeScene::write_more() {
  const int id = next_id_;
  next_id_ += 3;
  scene_.run_all(
      {fmt::format("INSERT INTO payments VALUES ({}, 1, 11, 1), ({}, 6, -3, 0), ({}, 2, 5, 1)", id,
                   id + 1, id + 2),
       fmt::format("UPDATE payments SET card = 2, amount = amount - 4 WHERE id = {}", id),
       fmt::format("UPDATE payments SET approved = 1 - approved WHERE id % 3 = {}", id % 3),
       fmt::format("DELETE FROM payments WHERE id = {} OR id = {}", id + 1, id - 7)});
}

plan::SummaryPlan SpecChangeScene::plan_of(const std::string& summary) {
  const std::string text = fmt::format(R"json({{"keepsum": 1, "summaries": {{{}}}}})json", summary);
  lifecycle::Database& by = database();
  return must(lifecycle::load_plans(text, by.session, by.catalog, by.dialect)).at(0);
}

Result<lifecycle::ChangeSet> SpecChangeScene::compare(const std::string& summary) {
  return lifecycle::compare_with_database(database(), plan_of(summary));
}

std::optional<lifecycle::SpecChange> SpecChangeScene::change_to(const std::string& summary) {
  return must(compare(summary)).change;
}

lifecycle::SpecChange SpecChangeScene::expect_change(const std::string& summary) {
  const auto change = change_to(summary);
  EXPECT_TRUE(change.has_value());
  return change.value_or(lifecycle::SpecChange{});
}

Result<lifecycle::ApplyReport> SpecChangeScene::apply(const std::string& summary,
                                                      lifecycle::Database* by,
                                                      std::chrono::seconds give_up_after) {
  lifecycle::ApplyOptions options;
  options.waits.give_up_after = give_up_after;
  options.reconcile.chunk_rows = 2;
  options.reconcile.lease.wait_max = std::chrono::seconds{40};
  options.on_step = on_step_;
  return lifecycle::apply(by == nullptr ? database() : *by, plan_of(summary), options);
}

void SpecChangeScene::go_to(const std::string& summary) {
  const auto applied = apply(summary);
  ASSERT_TRUE(applied.has_value()) << describe(applied.error());
  const auto set = compare(summary);
  ASSERT_TRUE(set.has_value()) << describe(set.error());
  EXPECT_FALSE(set->has_changes());
}

void SpecChangeScene::stop_at_fill(const std::string& summary) {
  lifecycle::ApplyOptions options;
  reconcile::ThrottleOptions& throttle = options.reconcile.control.throttle;
  throttle.query = "SELECT 100";
  throttle.query_max = 1;
  throttle.wait_max = std::chrono::milliseconds{10};
  const auto stopped = lifecycle::apply(database(), plan_of(summary), options);
  ASSERT_TRUE(stopped.has_error());
  EXPECT_EQ(stopped.error().code, ErrorCode::time_budget_spent) << describe(stopped.error());
}

void SpecChangeScene::expect_exact(const std::string& summary) {
  const plan::SummaryPlan plan = plan_of(summary);
  EXPECT_EQ(scene_.lines("SELECT state FROM keepsum_summaries WHERE name = 'cards'"),
            std::vector<std::string>{"live"});
  const auto standing = must(lifecycle::standing(database(), plan));
  EXPECT_TRUE(standing.is_true());
  reconcile::ReconcileOptions options;
  options.verify_only = true;
  const auto report = must(reconcile::reconcile(database(), plan, options));
  EXPECT_EQ(report.drifted, 0);
  EXPECT_GT(report.keys_checked, 0);
  for (const lifecycle::DriftRow& row : report.drift) {
    ADD_FAILURE() << "drift: " << row.group_key << " " << row.column << " stored "
                  << row.stored.value_or("NULL") << " expected " << row.expected.value_or("NULL");
  }
  // By hand, as far as there is one to say it.
  if (summary == first_spec() || summary == with_count()) {
    EXPECT_EQ(
        scene_.differences(
            plan,
            "SELECT card, SUM(amount) AS total, SUM(CASE WHEN amount < 0 THEN 1 ELSE 0 END) AS "
            "refunds FROM payments GROUP BY card"),
        "");
  }
}

void SpecChangeScene::expect_nothing_left() {
  for (const std::string& table : must(scene_.database().catalog.table_names())) {
    EXPECT_FALSE(lifecycle::is_successor(table)) << table;
  }
  EXPECT_EQ(must(scene_.database().catalog.triggers("ks_ks$")).size(), 0U);
  EXPECT_EQ(scene_.lines("SELECT COUNT(*) FROM keepsum_changes"), std::vector<std::string>{"0"});
  for (const char* table : {"keepsum_summaries", "keepsum_leases"}) {
    EXPECT_EQ(scene_.lines(fmt::format("SELECT COUNT(*) FROM {} WHERE name LIKE 'ks$%'", table)),
              std::vector<std::string>{"0"})
        << table;
  }
  for (const char* table : {"keepsum_tours", "keepsum_runs", "keepsum_captures", "keepsum_shapes",
                            "keepsum_seen", "keepsum_probes"}) {
    EXPECT_EQ(scene_.lines(fmt::format("SELECT COUNT(*) FROM {} WHERE summary LIKE 'ks$%'", table)),
              std::vector<std::string>{"0"})
        << table;
  }
}

std::string SpecChangeScene::quoted(const std::string& name) {
  return scene_.database().dialect.identifier(name);
}

std::string SpecChangeScene::created_at() {
  const auto lines = scene_.lines(
      scene_.on_mariadb()
          ? "SELECT TABLE_ID FROM information_schema.INNODB_SYS_TABLES WHERE NAME = "
            "CONCAT(DATABASE(), '/cards')"
          : "SELECT rootpage FROM sqlite_schema WHERE name = 'cards' AND type = 'table'");
  return lines.empty() ? "" : lines.front();
}

int SpecChangeScene::columns_like(const std::string& prefix) {
  const auto table = must(scene_.database().catalog.table("cards"));
  int count = 0;
  for (const db::ColumnInfo& column : table->columns) count += column.name.starts_with(prefix);
  return count;
}

int SpecChangeScene::index_count() {
  const auto table = must(scene_.database().catalog.table("cards"));
  int count = 0;
  for (const db::IndexInfo& index : table->indexes) count += !index.primary;
  return count;
}

}  // namespace keepsum::test
