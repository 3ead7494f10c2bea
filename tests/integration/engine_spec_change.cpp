// A live summary goes from one spec to another: by which way, live all the while, exact, and with
// nothing left behind.
#include "tests/integration/engine_spec_change.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/algorithm/string/replace.hpp>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/load_plans.hpp"
#include "engine/lifecycle/marks.hpp"
#include "engine/lifecycle/read.hpp"

namespace keepsum::test {
namespace {

using lifecycle::Way;
using testing::HasSubstr;
using testing::IsEmpty;

class SpecChanges : public EngineOnBoth, public SpecChangeScene {
 protected:
  SpecChanges() : SpecChangeScene(static_cast<Scene&>(*this)) {}
};
KEEPSUM_ON_BOTH(SpecChanges);

TEST_P(SpecChanges, AColumnIsAddedInPlace) {
  start();
  const auto before = created_at();
  const auto change = expect_change(with_count());
  EXPECT_EQ(change.way, Way::in_place);
  EXPECT_EQ(change.added, std::vector<std::string>{"refunds"});
  EXPECT_THAT(change.reason, HasSubstr("refunds is added"));
  go_to(with_count());
  EXPECT_EQ(created_at(), before) << "the table is another";
  expect_exact(with_count());
  write_more();
  expect_exact(with_count());
}

TEST_P(SpecChanges, SeveralColumnsOfEveryKindAreAddedAtOnce) {
  start();
  const std::string all = spec(
      R"json("total": "sum(p.amount)", "n": "count(*)", "mean": "avg(p.amount)",
         "least": "min(p.amount)", "most": "max(p.amount)", "any_refund": "any(p.amount < 0)",
         "ever_approved": "latch(p.approved = 1)")json");
  EXPECT_EQ(expect_change(all).way, Way::in_place);
  go_to(all);
  expect_exact(all);
  write_more();
  expect_exact(all);
}

TEST_P(SpecChanges, AColumnGoesInPlace) {
  start(with_count());
  const auto before = created_at();
  const auto change = expect_change(first_spec());
  EXPECT_EQ(change.way, Way::in_place);
  EXPECT_EQ(change.removed, std::vector<std::string>{"refunds"});
  go_to(first_spec());
  EXPECT_EQ(created_at(), before);
  EXPECT_EQ(columns_like("refunds"), 0);
  expect_exact(first_spec());
  write_more();
  expect_exact(first_spec());
}

// What is shown by a virtual column over hidden ones, and has an index.
TEST_P(SpecChanges, WhatIsComputedFromHiddenColumnsGoesWithThem) {
  const std::string whole = spec(
      R"json("total": "sum(p.amount)", "mean": "avg(p.amount)", "any_refund": "any(p.amount < 0)",
              "n": "count(*)")json",
      R"json(, "indexes": [["n"]])json");
  start(whole);
  go_to(first_spec());
  EXPECT_EQ(columns_like("mean") + columns_like("any_refund") + columns_like("ks_mean"), 0);
  expect_exact(first_spec());
  go_to(whole);
  write_more();
  expect_exact(whole);
}

TEST_P(SpecChanges, WhatIsRedefinedIsBuiltBeside) {
  struct Case {
    std::string what, to, reason;
  };
  const Case cases[] = {
      {"an expression", spec(R"json("total": "sum(p.amount * 2)")json"), "total is redefined"},
      {"a filter", spec(R"json("total": "sum(p.amount) FILTER (WHERE p.amount > 0)")json"),
       "total is redefined"},
      {"where",
       spec(R"json("total": "sum(p.amount)")json", R"json(, "where": "p.approved = 1")json"),
       "condition"},
      {"a key",
       R"json("cards": {"from": "payments p", "group_by": {"card": "p.card", "approved": "p.approved"},
                    "aggregates": {"total": "sum(p.amount)"}})json",
       "the key"},
      {"a join", R"json("cards": {"from": "payments p", "joins": ["owners o ON o.card = p.card"],
                              "group_by": {"card": "p.card"},
                              "aggregates": {"total": "sum(p.amount)"}})json",
       "joined rows"},
      {"added and removed", spec(R"json("n": "count(*)")json"), "is added and total removed"},
  };
  start();
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    const auto change = expect_change(each.to);
    EXPECT_EQ(change.way, Way::beside);
    EXPECT_THAT(change.reason, HasSubstr(each.reason));
    go_to(each.to);
    expect_exact(each.to);
    expect_nothing_left();
    write_more();
    expect_exact(each.to);
    go_to(first_spec());
    expect_exact(first_spec());
    expect_nothing_left();
  }
}

// A cron job that read its spec before the change, and got the lease after it.
TEST_P(SpecChanges, ARunByTheSpecOfBeforeRepairsNothing) {
  start();
  const plan::SummaryPlan before = plan_of(first_spec());
  const std::string redefined = spec(R"json("total": "sum(p.amount * 2)")json");
  go_to(redefined);
  for (const bool verify_only : {false, true}) {
    reconcile::ReconcileOptions options;
    options.verify_only = verify_only;
    options.guard.share_max = 1;
    const auto report = reconcile::reconcile(Scene::database(), before, options);
    ASSERT_TRUE(report.has_error());
    EXPECT_EQ(report.error().code, ErrorCode::plan_moved);
    expect_exact(redefined);
  }
  EXPECT_THAT(lines("SELECT * FROM keepsum_drift"), IsEmpty());
}

TEST_P(SpecChanges, AnIndexAlone) {
  start();
  const std::string indexed =
      spec(R"json("total": "sum(p.amount)")json", R"json(, "indexes": [["total"]])json");
  const std::string other =
      spec(R"json("total": "sum(p.amount)")json", R"json(, "indexes": [["total", "card"]])json");
  const auto before = created_at();
  for (const std::string& to : {indexed, other, first_spec(), indexed}) {
    const auto change = expect_change(to);
    EXPECT_EQ(change.way, Way::in_place);
    EXPECT_THAT(change.added, IsEmpty());
    EXPECT_THAT(change.cost, HasSubstr("no row of the source"));
    go_to(to);
    expect_exact(to);
    EXPECT_EQ(index_count(), to == first_spec() ? 0 : 1);
  }
  EXPECT_EQ(created_at(), before);
  // On a table that took another's name, indexes have other names.
  const std::string doubled =
      spec(R"json("total": "sum(p.amount * 2)")json", R"json(, "indexes": [["total"]])json");
  for (int i = 0; i < 3; ++i) {
    go_to(doubled);
    EXPECT_EQ(index_count(), 1);
    go_to(indexed);
    EXPECT_EQ(index_count(), 1);
  }
  go_to(first_spec());
  EXPECT_EQ(index_count(), 0);
}

TEST_P(SpecChanges, AnotherOrderOfColumnsTouchesNoFigure) {
  start(with_count());
  const std::string turned = spec(
      R"json("refunds": "count(*) FILTER (WHERE p.amount < 0)", "total": "sum(p.amount)")json");
  const auto change = expect_change(turned);
  EXPECT_EQ(change.way, Way::in_place);
  EXPECT_THAT(change.added, IsEmpty());
  EXPECT_THAT(change.removed, IsEmpty());
  go_to(turned);
  write_more();
  expect_exact(turned);
}

// What an older keepsum applied says nothing of its columns.
TEST_P(SpecChanges, WithoutAnOldShapeItIsBuiltBeside) {
  start();
  scene().run("DELETE FROM keepsum_shapes");
  const auto change = expect_change(with_count());
  EXPECT_EQ(change.way, Way::beside);
  EXPECT_THAT(change.reason, HasSubstr("older version"));
  go_to(with_count());
  expect_exact(with_count());
  EXPECT_EQ(expect_change(first_spec()).way, Way::in_place);
}

// A table that nobody knows to be exact is no basis: it is built anew, as ever.
TEST_P(SpecChanges, AMissingTriggerIsNoBasis) {
  start();
  scene().run("DROP TRIGGER " + quoted("ks_cards$p_ins"));
  scene().run("INSERT INTO payments VALUES (900, 1, 50, 1)");
  EXPECT_FALSE(change_to(with_count()).has_value());
  go_to(with_count());
  expect_exact(with_count());
}

// Every write fails then, until the triggers are made anew: so are they, and the plan says why.
TEST_P(SpecChanges, AColumnOfTheSourceWasRenamed) {
  start();
  scene().run("ALTER TABLE payments RENAME COLUMN amount TO cents");
  const std::string renamed = spec(R"json("total": "sum(p.cents)")json");
  const auto set = must(compare(renamed));
  if (scene().on_mariadb()) {
    EXPECT_FALSE(set.change.has_value());
    EXPECT_THAT(set.notes, testing::Contains(HasSubstr("every write there fails")));
  }
  go_to(renamed);
  scene().run("INSERT INTO payments (id, card, cents, approved) VALUES (900, 1, 50, 1)");
  scene().run("DELETE FROM payments WHERE id < 3");
  EXPECT_EQ(scene().differences(plan_of(renamed),
                                "SELECT card, SUM(cents) AS total FROM payments GROUP BY card"),
            "");
}

// Of an apply that made the side table of one spec and died, before another spec was applied.
TEST_P(SpecChanges, ASideTableThatNobodyWantsGoesWithTheChange) {
  start();
  const std::string counted =
      spec(R"json("total": "sum(p.amount)", "kinds": "count(DISTINCT p.approved)")json");
  const plan::SummaryPlan side = plan_of(counted);  // what a summary is made from comes first
  ASSERT_EQ(side.side_of, "cards");
  must(lifecycle::apply(scene().database(), side, {}));
  go_to(spec(R"json("total": "sum(p.amount)")json", R"json(, "where": "p.approved = 1")json"));
  EXPECT_EQ(must(scene().database().catalog.table(side.spec.name)), std::nullopt);
  EXPECT_THAT(must(scene().database().catalog.triggers("ks_" + side.spec.name)), IsEmpty());
  write_more();
}

TEST_P(SpecChanges, ATriggerOnTheTableForbidsToBuildAnother) {
  start();
  scene().run_all(
      {"CREATE TABLE theirs (n INT)",
       scene().on_mariadb()
           ? "CREATE TRIGGER watch AFTER UPDATE ON cards FOR EACH ROW INSERT INTO theirs "
             "VALUES (1)"
           : "CREATE TRIGGER watch AFTER UPDATE ON cards BEGIN INSERT INTO theirs VALUES "
             "(1); END"});
  const auto refused = compare(spec(R"json("total": "sum(p.amount * 2)")json"));
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_spec);
  EXPECT_THAT(refused.error().message, HasSubstr("watch"));
  go_to(with_count());  // in place it stays where it is
  expect_exact(with_count());
}

TEST_P(SpecChanges, WhereHooksWriteItIsRefusedWithTheWay) {
  start(spec(R"json("total": "sum(p.amount)")json", R"json(, "capture": "hooks")json"));
  const std::string more = spec(R"json("total": "sum(p.amount)", "n": "count(*)")json",
                                R"json(, "capture": "hooks")json");
  const auto refused = compare(more);
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_spec);
  EXPECT_THAT(refused.error().hint, HasSubstr("\"capture\": \"triggers\""));
  // The way that it says.
  go_to(first_spec());
  const std::string by_triggers = spec(R"json("total": "sum(p.amount)", "n": "count(*)")json");
  go_to(by_triggers);
  expect_exact(by_triggers);
  go_to(more);
  EXPECT_EQ(scene().lines("SELECT state FROM keepsum_summaries"), std::vector<std::string>{"live"});
  // Indexes are nobody's figures.
  go_to(spec(R"json("total": "sum(p.amount)", "n": "count(*)")json",
             R"json(, "capture": "hooks", "indexes": [["n"]])json"));
  EXPECT_EQ(index_count(), 1);
}

TEST_P(SpecChanges, BothAtOnceIsRefused) {
  start();
  const auto refused = compare(spec(R"json("total": "sum(p.amount)", "n": "count(*)")json",
                                    R"json(, "capture": "hooks")json"));
  ASSERT_TRUE(refused.has_error());
  EXPECT_THAT(refused.error().hint, HasSubstr("first"));
}

// --- Readers that were started with a spec

struct Total {
  std::int64_t total = 0;
};

TEST_P(SpecChanges, AReaderOfTheOldSpecGoesOnReadingTheSummary) {
  start();
  Application app(scene(), {}, first_spec());
  const auto reader =
      must(Reader<Total>::make(app.summaries(), "cards", field("total", &Total::total)));
  const auto reads = [&](const char* begin) {
    if (*begin != '\0') app.run(begin);
    const std::int64_t total = must(reader.get(app.session(), {1L})).total;
    if (*begin != '\0') app.run("ROLLBACK");
    return total;
  };
  const auto reads_everywhere = [&](std::int64_t expected) {
    for (const char* begin : {"", scene().on_mariadb() ? "START TRANSACTION" : "BEGIN"}) {
      EXPECT_EQ(reads(begin), expected) << begin;
    }
    EXPECT_EQ(must(reader.get_many(app.session(), std::vector<GroupKey>{{1L}}))[0].total, expected);
  };
  const std::int64_t right = reads("");
  go_to(with_count());
  // Falsified, so that it shows that the summary is read.
  scene().run("UPDATE cards SET total = total + 1 WHERE card = 1");
  reads_everywhere(right + 1);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::summary);
  scene().run("UPDATE cards SET total = total - 1 WHERE card = 1");

  // Redefined: from the source, by the old meaning.
  go_to(spec(R"json("total": "sum(p.amount * 2)")json"));
  reads_everywhere(right);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::source);
  go_to(spec(R"json("n": "count(*)")json"));
  reads_everywhere(right);
  go_to(first_spec());
  reads_everywhere(right);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::summary);
}

// The snapshot says that the old spec is live; the table under the name is by now another, filled
// before the snapshot was taken.
TEST_F(EngineOnMariadb, ASnapshotFromBeforeTheTurnDoesNotReadTheNewTable) {
  SpecChangeScene change(*this);
  change.start();
  Application app(*this, {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
                  change.first_spec());
  const auto reader =
      must(Reader<Total>::make(app.summaries(), "cards", field("total", &Total::total)));
  const std::int64_t right = must(reader.get(app.session(), {1L})).total;
  // In the window: everything is ready, and then the snapshot is taken.
  change.on_step([&](const std::string& step) {
    if (step.find("exchange their names") == std::string::npos) return;
    app.run("START TRANSACTION WITH CONSISTENT SNAPSHOT");
  });
  change.go_to(change.spec(R"json("total": "sum(p.amount * 2)")json"));
  EXPECT_TRUE(app.session().in_transaction());
  EXPECT_EQ(must(reader.get(app.session(), {1L})).total, right);
  EXPECT_EQ(must(reader.get_many(app.session(), std::vector<GroupKey>{{1L}}))[0].total, right);
  app.run("COMMIT");
  EXPECT_EQ(must(reader.get(app.session(), {1L})).total, right);
}

// Somebody has written, and does not end: the tables cannot exchange their names. Nothing has
// changed then; what was built beside stays and is kept up, and the next apply goes on from it.
TEST_F(EngineOnMariadb, WithoutAMomentForTheTurnEverythingStaysAsItIs) {
  SpecChangeScene change(*this);
  change.start();
  Application app(*this, {}, change.first_spec());
  change.on_step([&](const std::string& step) {
    if (step.find("exchange their names") == std::string::npos) return;
    app.run("START TRANSACTION");
    app.run("INSERT INTO payments VALUES (9001, 1, 100, 1)");
  });
  const std::string doubled = change.spec(R"json("total": "sum(p.amount * 2)")json");
  const auto stuck = change.apply(doubled, nullptr, std::chrono::seconds{1});
  ASSERT_TRUE(stuck.has_error());
  EXPECT_EQ(stuck.error().code, ErrorCode::transaction_conflict);
  EXPECT_EQ(stuck.error().recovery, Recovery::retry_transaction);
  EXPECT_THAT(describe(stuck.error()), HasSubstr("goes on from here"));
  // The others write on meanwhile, and the transaction that was in the way ends as it likes.
  app.run("COMMIT");
  change.write_more();
  change.expect_exact(change.first_spec());

  const std::string made_at =
      "SELECT MIN(CREATE_TIME) FROM information_schema.TABLES WHERE "
      "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = 'ks$next$cards'";
  const auto built_at = lines(made_at);
  std::vector<std::string> steps;
  change.on_step([&](const std::string& step) { steps.push_back(step); });
  change.go_to(doubled);
  EXPECT_THAT(steps, testing::Not(testing::Contains(HasSubstr("is built beside it"))));
  EXPECT_NE(built_at, std::vector<std::string>{"NULL"});
  change.expect_exact(doubled);
  change.expect_nothing_left();
}

// As on MySQL: readers ask the source until it is built anew.
TEST_F(EngineOnMariadb, WhereTriggersCannotBeReplacedItIsBuiltAnew) {
  SpecChangeScene change(*this, "10.0.38-MariaDB");
  change.start();
  for (const std::string& to :
       {change.with_count(), change.spec(R"json("total": "sum(p.amount * 2)")json"),
        change.first_spec(), change.with_count(), change.first_spec()}) {
    const auto set = must(lifecycle::compare_with_database(change.database(), change.plan_of(to)));
    EXPECT_FALSE(set.change.has_value());
    must(change.apply(to));
    change.expect_exact(to);
    change.expect_nothing_left();
    change.write_more();
    change.expect_exact(to);
  }
}

// What triggers write by statements of their own, and what one upsert writes, go to one table.
TEST_P(SpecChanges, StepsAndPlacesAreBuiltBeside) {
  const auto steps = [&](const char* order) {
    return spec(fmt::format(R"json("total": "sum(p.amount)",
        "steps": "sum(p.amount - prev(p.amount) ORDER BY {})")json",
                            order));
  };
  const auto places = [](const char* order) {
    return fmt::format(R"json("cards": {{"from": "payments p", "group_by": {{"card": "p.card",
        "id": "p.id"}}, "aggregates": {{"total": "sum(p.amount)", "place": "ordinal(ORDER BY {0})",
        "own": "ordinal(PARTITION BY p.card ORDER BY {0}) FILTER (WHERE p.approved = 1)"}}}})json",
                       order);
  };
  start(steps("p.id"));
  for (const std::string& to : {steps("p.approved, p.id DESC"), places("p.id"), places("p.id DESC"),
                                places("p.approved, p.id"), steps("p.id DESC")}) {
    EXPECT_EQ(expect_change(to).way, Way::beside);
    go_to(to);
    expect_exact(to);
    write_more();
    expect_exact(to);
    expect_nothing_left();
  }
  // One more column beside them changes the table in place.
  start(places("p.id"));
  const std::string more = boost::algorithm::replace_first_copy(
      places("p.id"), R"json("place")json", R"json("n": "count(*)", "place")json");
  EXPECT_EQ(expect_change(more).way, Way::in_place);
  go_to(more);
  write_more();
  expect_exact(more);
  go_to(places("p.id"));
  write_more();
  expect_exact(places("p.id"));
  expect_nothing_left();
}

TEST_P(SpecChanges, DroppedInTheMiddleNothingIsLeft) {
  for (const std::string& to : {with_count(), spec(R"json("total": "sum(p.amount * 2)")json")}) {
    start();
    stop_at_fill(to);
    must(lifecycle::drop(scene().database(), "cards"));
    expect_nothing_left();
    EXPECT_THAT(scene().lines(scene().on_mariadb()
                                  ? "SELECT trigger_name FROM information_schema.triggers WHERE "
                                    "trigger_schema = DATABASE()"
                                  : "SELECT name FROM sqlite_schema WHERE type = 'trigger'"),
                IsEmpty());
    EXPECT_THAT(scene().lines("SELECT name FROM keepsum_summaries"), IsEmpty());
    scene().run("DELETE FROM payments");
  }
}

}  // namespace
}  // namespace keepsum::test
