// Where the answer comes from at every moment of the summary's life.
#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/marks.hpp"
#include "tests/integration/engine_reader_support.hpp"

namespace keepsum::test {
namespace {

class ReadingStates : public EngineOnBoth {};
KEEPSUM_ON_BOTH(ReadingStates);

struct Latches {
  bool has_paid = false, has_refund = false;
};

// Nothing is filled, and every answer is right: by the key, many at once, and of a latch, which is
// noted.
TEST_P(ReadingStates, LatchesAreFilledByThoseWhoReadThem) {
  run_all(payments_tables());
  run("INSERT INTO payments VALUES (1, 7, 10, 1), (2, 8, -4, 0), (3, 9, 5, 0)");
  const std::string spec = R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
    "aggregates": {"has_paid": "latch(p.approved = 1)", "has_refund": "latch(p.amount < 0)"},
    "fill": "lazy"})json";
  apply(spec);
  Application app(*this, {}, spec);
  const auto reader =
      must(Reader<Latches>::make(app.summaries(), "cards", field("has_paid", &Latches::has_paid),
                                 field("has_refund", &Latches::has_refund)));
  EXPECT_EQ(lines("SELECT COUNT(*) FROM cards"), std::vector<std::string>{"0"});
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::source);
  EXPECT_TRUE(must(reader.get(app.session(), {7L})).has_paid);
  EXPECT_TRUE(must(reader.get_many(app.session(), std::vector<GroupKey>{{8L}}))[0].has_refund);
  EXPECT_FALSE(must(reader.latched(app.session(), {9L}, "has_paid")));
  EXPECT_EQ(lines("SELECT COUNT(*) FROM cards"), std::vector<std::string>{"0"});
  EXPECT_TRUE(must(reader.latched(app.session(), {7L}, "has_paid")));
  EXPECT_EQ(lines("SELECT card, has_paid, has_refund FROM cards"),
            std::vector<std::string>{"7|1|0"});
  // From here on it is known without the source.
  run("DELETE FROM payments WHERE card = 7");
  EXPECT_TRUE(must(reader.latched(app.session(), {7L}, "has_paid")));
  run("UPDATE payments SET approved = 1 WHERE card = 9");
  EXPECT_EQ(lines("SELECT card, has_paid, has_refund FROM cards ORDER BY card"),
            (std::vector<std::string>{"7|1|0", "9|1|0"}));
}

// The two are made to differ, so that it shows which was read.
TEST_P(ReadingStates, FollowsTheStateStatementByStatement) {
  run_all(payments_tables());
  run("INSERT INTO payments VALUES (1, 7, 10, 1)");
  Application app(*this, {}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  lifecycle::Control control(database());
  const auto total = [&] {
    const auto many = must(reader.get_many(app.session(), std::vector<GroupKey>{{7L}, {8L}}));
    const std::int64_t one = must(reader.get(app.session(), {7L})).total;
    EXPECT_EQ(many[0].total, one);
    app.run(on_mariadb() ? "START TRANSACTION" : "BEGIN IMMEDIATE");
    EXPECT_EQ(must(reader.get_for_update(app.session(), {7L})).total, one);
    app.run("ROLLBACK");
    return one;
  };
  apply(cards_spec());
  run("UPDATE cards SET total = 999 WHERE card = 7");
  EXPECT_EQ(total(), 999);

  // As apply does it; with a mark and without, which is slower and the same.
  const auto record = must(control.find("cards"));
  const auto build = [&](const char* hash, const std::string& definition) {
    must(lifecycle::clear_live_mark(database(), "cards", {}));
    must(control.put_building("cards", hash, definition));
  };
  const auto mark = [&] {
    must(lifecycle::set_mark(database(), "cards", lifecycle::MarkKind::live,
                             lifecycle::live_mark(plan(), database().dialect), {}));
  };
  build(record->plan_hash.c_str(), record->definition);
  EXPECT_EQ(total(), 10);
  must(control.set_live("cards", 1));
  EXPECT_EQ(total(), 999);
  mark();
  EXPECT_EQ(total(), 999);
  // Another hash, the same meaning.
  build("another hash", record->definition);
  EXPECT_EQ(total(), 10);
  must(control.set_live("cards", 1));
  EXPECT_EQ(total(), 999);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::summary);
  build("a third hash", "-- another meaning");
  must(control.set_live("cards", 1));
  EXPECT_EQ(total(), 10);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::source);
}

// A mark is no row: it is there for a snapshot that is older than it.
TEST_F(EngineOnMariadb, ASnapshotFromBeforeTheSummaryWasLiveReadsTheSource) {
  run_all(payments_tables());
  run("INSERT INTO payments VALUES (1, 7, 10, 1)");
  apply(cards_spec());
  must(lifecycle::clear_live_mark(database(), "cards", {}));
  run("UPDATE keepsum_summaries SET state = 'building'");
  run("UPDATE cards SET total = 0");
  Application app(*this, {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  app.run("START TRANSACTION");
  EXPECT_EQ(db::as_int64(must(app.session().scalar("SELECT COUNT(*) FROM payments"))), 1);
  run("UPDATE cards SET total = 10");
  run("UPDATE keepsum_summaries SET state = 'live'");
  must(lifecycle::set_mark(database(), "cards", lifecycle::MarkKind::live,
                           lifecycle::live_mark(plan(), database().dialect), {}));
  EXPECT_EQ(must(reader.get(app.session(), {7L})).total, 10);
  app.run("COMMIT");
  EXPECT_EQ(must(reader.get(app.session(), {7L})).total, 10);
}

// Dropped, made anew with other columns and with its own again, while the reader goes on.
TEST_P(ReadingStates, GoesOnWhileTheTableIsMadeAnew) {
  run_all(payments_tables());
  run("INSERT INTO payments VALUES (1, 7, 10, 1)");
  apply(cards_spec());
  Application app(*this, {}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  const auto total = [&] { return must(reader.get(app.session(), {7L})).total; };
  EXPECT_EQ(total(), 10);
  must(lifecycle::drop(database(), "cards"));
  EXPECT_EQ(total(), 10);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::source);
  apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
                         "aggregates": {"total": "sum(p.amount + 1)"}})json");
  EXPECT_EQ(total(), 10);
  app.run(on_mariadb() ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  EXPECT_EQ(must(reader.get_for_update(app.session(), {7L})).total, 10);
  app.run("COMMIT");
  apply(cards_spec());
  EXPECT_EQ(total(), 10);
  EXPECT_EQ(must(reader.state(app.session())), ReadsFrom::summary);
  run("DROP TABLE cards");
  EXPECT_EQ(total(), 10);
  app.run(on_mariadb() ? "START TRANSACTION" : "BEGIN IMMEDIATE");
  const auto held = reader.get_for_update(app.session(), {7L});
  ASSERT_TRUE(held.has_error());
  EXPECT_EQ(held.error().code, ErrorCode::plan_moved);
  EXPECT_EQ(held.error().recovery, Recovery::retry_transaction);
  app.run("ROLLBACK");
}

// Nothing is written to the source, so every answer must be the same, in whatever moment of an
// apply, a rebuild or a drop it is asked for.
TEST_P(ReadingStates, NeverReadsATableThatIsBeingMade) {
  run_all(payments_tables());
  for (int id = 0; id < 60; ++id)
    run(fmt::format("INSERT INTO payments VALUES ({}, {}, 5, 1)", id, id % 6));
  Application app(*this, {}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  std::atomic<bool> over{false};
  std::atomic<int> asked{0}, live{0};
  const auto ask = [&](bool in_transactions) {
    const auto session = connect();
    if (on_mariadb())
      must(session->execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
    const std::vector<GroupKey> keys{{5L}, {0L}, {77L}};
    while (!over) {
      if (in_transactions) must(session->execute(on_mariadb() ? "START TRANSACTION" : "BEGIN"));
      for (int i = 0; i < 4; ++i) {
        const auto one = reader.get(*session, {3L});
        const auto many = reader.get_many(*session, keys);
        if (one.has_value() && many.has_value()) {
          EXPECT_EQ(one->total, 50);
          EXPECT_EQ((*many)[0].total + (*many)[1].payments + (*many)[2].total, 60);
          ++asked;
        } else {
          const Error error = one.has_error() ? one.error() : many.error();
          EXPECT_EQ(error.recovery, Recovery::retry_transaction) << describe(error);
        }
        const auto from = reader.state(*session);
        if (from.has_value() && from.value() == ReadsFrom::summary) ++live;
      }
      if (in_transactions) must(session->execute("ROLLBACK"));
    }
  };
  std::thread alone(ask, false), in_transactions(ask, true);
  for (int i = 0; i < 4; ++i) {
    apply(cards_spec());
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
    apply(R"json("cards": {"from": "payments p", "group_by": {"card": "p.card"},
        "aggregates": {"total": "sum(p.amount + 1)", "payments": "count(*)",
                       "has_paid": "latch(p.approved = 0)", "has_refund": "any(p.amount < 9)"}})json");
    if (i % 2 == 1) must(lifecycle::drop(database(), "cards"));
  }
  over = true;
  alone.join();
  in_transactions.join();
  EXPECT_GT(asked, 20);
  EXPECT_GT(live, 0);
}

// The layout of a table is not part of a snapshot; what a transaction reads must be.
TEST_F(EngineOnMariadb, ASnapshotFromBeforeReadsWhatWasTrueThen) {
  run_all(payments_tables());
  run("INSERT INTO payments VALUES (1, 7, 10, 1)");
  Application app(*this, {"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"}, cards_spec());
  const auto reader = must(cards_reader(app.summaries()));
  const auto total = [&] { return must(reader.get(app.session(), {7L})).total; };
  const auto snapshot = [&] { app.run("START TRANSACTION WITH CONSISTENT SNAPSHOT"); };
  snapshot();
  apply(cards_spec());
  run("INSERT INTO payments VALUES (2, 7, 5, 1)");
  EXPECT_EQ(total(), 10) << "applied after the snapshot";
  app.run("COMMIT");
  EXPECT_EQ(total(), 15);

  snapshot();
  lifecycle::Control control(database());
  must(control.put_building("cards", "h", "-- being built anew"));
  run("UPDATE cards SET total = 1");
  EXPECT_EQ(total(), 15) << "left live after the snapshot";
  app.run("COMMIT");

  snapshot();
  must(lifecycle::drop(database(), "cards"));
  apply(cards_spec());
  EXPECT_EQ(total(), 15) << "made anew after the snapshot";
  app.run("COMMIT");
  EXPECT_EQ(total(), 15);
}

}  // namespace
}  // namespace keepsum::test
