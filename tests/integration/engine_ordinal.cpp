// ordinal(): what a row that comes, goes or moves does to the places of a list, what it costs, and
// what it is refused with. engine_aggregates.cpp and engine_random.cpp have it among all
// aggregates.
#include <fmt/format.h>

#include <atomic>
#include <thread>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

std::string list(const std::string& aggregates, const std::string& more = "") {
  return fmt::format(R"json("list": {{"from": "memos m", "where": "m.secret = 0",
      "group_by": {{"owner": "m.owner", "memo": "m.id"}}, "aggregates": {{{}}}{}}})json",
                     aggregates, more);
}

constexpr const char* place = R"json("place": "ordinal(ORDER BY m.at)",
    "own": "ordinal(PARTITION BY m.owner ORDER BY m.at)",
    "shown": "ordinal(ORDER BY m.at) FILTER (WHERE m.gone = 0)",
    "title": "latest(m.title ORDER BY m.id)")json";
constexpr const char* paged = R"json(, "indexes": [["place"], ["owner", "own"], ["shown"]])json";

class Ordinal : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE memos (id BIGINT NOT NULL PRIMARY KEY, owner INT NOT NULL, at INT NOT NULL, "
         "secret INT NOT NULL, gone INT NOT NULL, title VARCHAR(9))",
         "CREATE INDEX memos_at ON memos (at)", "CREATE INDEX memos_own ON memos (owner, at)",
         "INSERT INTO memos VALUES (1, 1, 10, 0, 0, 'a'), (2, 2, 20, 0, 0, 'b'), "
         "(3, 1, 30, 0, 0, 'c'), (4, 1, 40, 1, 0, 'd')"});
  }
  // "memo: place, own, shown", as a page has them.
  void expect_list(const std::vector<std::string>& rows) {
    EXPECT_EQ(lines("SELECT memo, place, own, shown FROM list WHERE place BETWEEN 1 AND 100 ORDER "
                    "BY place"),
              rows);
    EXPECT_EQ(verify().drifted, 0);
  }
};
KEEPSUM_ON_BOTH(Ordinal);

TEST_P(Ordinal, FollowsTheRows) {
  apply(list(place, paged));
  EXPECT_TRUE(plan().warnings.empty());
  expect_list({"1|1|1|1", "2|2|1|2", "3|3|2|3"});
  run("INSERT INTO memos VALUES (5, 2, 50, 0, 0, 'e')");
  expect_list({"1|1|1|1", "2|2|1|2", "3|3|2|3", "5|4|2|4"});
  // Late, and of one moment with another: the lesser key is first.
  run("INSERT INTO memos VALUES (6, 1, 20, 0, 0, 'f')");
  expect_list({"1|1|1|1", "2|2|1|2", "6|3|2|3", "3|4|3|4", "5|5|2|5"});
  // Marked as gone it leaves a gap where the spec says so.
  run("UPDATE memos SET gone = 1 WHERE id = 2");
  expect_list({"1|1|1|1", "2|2|1|0", "6|3|2|3", "3|4|3|4", "5|5|2|5"});
  // Out of the list, or deleted, it closes.
  run("UPDATE memos SET secret = 1 WHERE id = 6");
  expect_list({"1|1|1|1", "2|2|1|0", "3|3|2|3", "5|4|2|4"});
  run("DELETE FROM memos WHERE id = 1");
  expect_list({"2|1|1|0", "3|2|1|2", "5|3|2|3"});
  // To the end, to the front, to another list, to another key.
  run("UPDATE memos SET at = 60 WHERE id = 2");
  expect_list({"3|1|1|1", "5|2|1|2", "2|3|2|0"});
  run("UPDATE memos SET at = 1, gone = 0 WHERE id = 2");
  expect_list({"2|1|1|1", "3|2|1|2", "5|3|2|3"});
  run("UPDATE memos SET owner = 1 WHERE id = 5");
  expect_list({"2|1|1|1", "3|2|1|2", "5|3|2|3"});
  run("UPDATE memos SET id = 100 - id, at = 7");
  expect_list({"95|1|1|1", "97|2|2|2", "98|3|1|3"});
  run("DELETE FROM memos");
  expect_list({});
}

TEST_P(Ordinal, IsMendedAndUndoneLikeAnySum) {
  apply(list(place, paged));
  run("UPDATE list SET place = place + 4, title = 'z' WHERE memo = 1");
  run("DELETE FROM list WHERE memo = 2");
  reconcile::ReconcileOptions options;
  options.guard.share_max = 1;
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->drifted, 2);
  EXPECT_EQ(report->repaired, 2);
  EXPECT_EQ(report->order, plan::Pass::one_pass);
  expect_list({"1|1|1|1", "2|2|1|2", "3|3|2|3"});
}

// What changes beside a place that is not right goes by it: so a fill and a repair keep writers
// away.
TEST_P(Ordinal, IsFilledAndMendedBesideAWriter) {
  for (int id = 100; id < 900; ++id) {
    run(fmt::format("INSERT INTO memos VALUES ({0}, {1}, {0}, 0, 0, 't')", id, id % 7));
  }
  std::atomic<bool> done{false};
  std::atomic<int> changes{0};
  std::thread writer([&] {
    const auto session = connect();
    for (int id = 1000; !done; ++id) {
      for (const std::string& change :
           {fmt::format("INSERT INTO memos VALUES ({0}, {1}, {0}, 0, 0, 't')", id, id % 7),
            fmt::format("UPDATE memos SET gone = 1 - gone WHERE id = {}", 100 + id % 800),
            fmt::format("DELETE FROM memos WHERE id = {}", 880 + id % 20)}) {
        // A deadlock or a busy database is the writer's to try again; this one goes on.
        changes += session->execute(change).has_value() ? 1 : 0;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
  });
  while (changes < 10) std::this_thread::sleep_for(std::chrono::milliseconds{1});
  apply(list(place, paged));
  reconcile::ReconcileOptions options;
  options.guard.share_max = 1;
  for (int i = 0; i < 3; ++i) {
    // Whoever spoils places beside the writer may deadlock with it, and tries again.
    const std::string spoil =
        fmt::format("UPDATE list SET place = place + 1 WHERE memo BETWEEN {} AND {}", 200 + 100 * i,
                    240 + 100 * i);
    do {
      try_to_run(spoil,
                 [](const Error& error) { return error.recovery == Recovery::retry_transaction; });
    } while (rows_changed() == 0 && !HasFailure());
    const auto mended = reconcile::reconcile(database(), plan(), options);
    EXPECT_TRUE(mended.has_value() && mended->repaired > 0);
    const auto next = reconcile::reconcile(database(), plan(), options);
    EXPECT_TRUE(next.has_value() && next->drifted == 0) << i;
  }
  done = true;
  writer.join();
  EXPECT_EQ(verify().drifted, 0);
}

// A list of its own for each owner can be verified owner by owner.
TEST_P(Ordinal, GoesByRangesWhereTheListIsTheLeadingKey) {
  apply(list(R"json("own": "ordinal(PARTITION BY m.owner ORDER BY m.at)")json",
             R"json(, "indexes": [["owner", "own"]])json"));
  EXPECT_TRUE(plan().warnings.empty());
  run("UPDATE list SET own = 9 WHERE memo = 3");
  reconcile::ReconcileOptions options;
  options.order = plan::Pass::key_ranges;
  const auto report = reconcile::reconcile(database(), plan(), options);
  ASSERT_TRUE(report.has_value()) << describe(report.error());
  EXPECT_EQ(report->order, plan::Pass::key_ranges);
  EXPECT_EQ(report->repaired, 1);
  EXPECT_EQ(lines("SELECT memo, own FROM list ORDER BY owner, own"),
            (std::vector<std::string>{"1|1", "3|2", "2|1"}));
}

TEST_P(Ordinal, SaysWhichIndexesItWants) {
  run_all({on_mariadb() ? "DROP INDEX memos_at ON memos" : "DROP INDEX memos_at"});
  const auto result = compile(list(R"json("place": "ordinal(ORDER BY m.at)",
      "shown": "ordinal(PARTITION BY m.owner ORDER BY m.at) FILTER (WHERE m.gone = 0)")json"));
  ASSERT_EQ(result.size(), 2U);
  EXPECT_EQ(result[0].hint, on_mariadb() ? "CREATE INDEX `memos_place` ON `memos` (`at`)"
                                         : R"(CREATE INDEX "memos_place" ON "memos" ("at"))");
  // That of the pages comes with the column, unless the column is a computed one.
  EXPECT_NE(result[1].hint.find(R"("indexes": [["owner", "shown"]])"), std::string::npos)
      << result[1].hint;
}

TEST_P(Ordinal, IsRefusedWithWhatItCannotFollow) {
  run_all({"CREATE TABLE owners (id INT NOT NULL PRIMARY KEY, town INT NOT NULL)",
           "CREATE TABLE notes (id INT NOT NULL PRIMARY KEY, owner INT NOT NULL, at INT, "
           "FOREIGN KEY (owner) REFERENCES owners (id) ON DELETE CASCADE)"});
  using Codes = std::vector<std::string>;
  const auto codes = [&](const std::string& summaries) { return error_codes(compile(summaries)); };
  const std::string one = R"json("place": "ordinal(ORDER BY m.at)")json";
  EXPECT_EQ(codes(list(one, R"json(, "joins": ["owners o ON o.id = m.owner"])json")),
            Codes{"ordinal-of-join"});
  EXPECT_EQ(codes(list(one, R"json(, "capture": "hooks")json")), Codes{"ordinal-by-hooks"});
  EXPECT_EQ(codes(list(R"json("n": "count(*)")json") +
                  R"json(, "two": {"from": "list l", "group_by": {"m": "l.memo", "o": "l.owner"},
                     "aggregates": {"p": "ordinal(ORDER BY l.memo)"}})json"),
            Codes{"ordinal-of-summary"});
  EXPECT_EQ(codes(R"json("list": {"from": "memos m", "group_by": {"owner": "m.owner"},
                     "aggregates": {"p": "ordinal(ORDER BY m.at)"}})json"),
            Codes{"ordinal-of-groups"});
  EXPECT_EQ(codes(list(R"json("p": "ordinal(PARTITION BY m.title ORDER BY m.at)")json")),
            Codes{"list-not-a-key"});
  const std::string of_notes = R"json("list": {"from": "notes n", "group_by": {"note": "n.id"},
      "aggregates": {"p": "ordinal(ORDER BY n.owner)"}})json";
  // What a foreign key does fires triggers on SQLite.
  EXPECT_EQ(codes(of_notes), on_mariadb() ? Codes{"ordinal-cascade"} : Codes{});
  EXPECT_EQ(codes(R"json("list": {"from": "notes n", "group_by": {"note": "n.id"},
      "aggregates": {"p": "ordinal(ORDER BY n.at)"}})json")
                .front(),
            "nullable-order");
}

class OrdinalCost : public EngineOnMariadb {
 protected:
  // What a row at the end, its title, its mark, and its going read.
  std::vector<std::int64_t> costs_with(std::int64_t rows) {
    run_all(
        {"DROP TABLE IF EXISTS memos",
         "CREATE TABLE memos (id BIGINT NOT NULL PRIMARY KEY, owner INT NOT NULL, at INT NOT "
         "NULL, secret INT NOT NULL, gone INT NOT NULL, title VARCHAR(9), KEY by_time (at), "
         "KEY own (owner, at))",
         fmt::format("INSERT INTO memos SELECT seq, 1, seq, 0, 0, 't' FROM seq_1_to_{}", rows)});
    apply(list(place, paged));
    std::vector<std::int64_t> costs;
    for (const std::string& change :
         {fmt::format("INSERT INTO memos VALUES (0, 1, {}, 0, 0, 't')", rows + 1),
          std::string("UPDATE memos SET title = 'u' WHERE id = 7"),
          std::string("UPDATE memos SET gone = 1 WHERE id = 7"),
          std::string("DELETE FROM memos WHERE id = 0")}) {
      const std::int64_t before = rows_read(writer());
      run(change);
      costs.push_back(rows_read(writer()) - before);
    }
    EXPECT_EQ(verify().drifted, 0);
    return costs;
  }
};

TEST_F(OrdinalCost, OfTheEndDoesNotGrowWithTheList) {
  const auto few = costs_with(1'000);
  const auto more = costs_with(30'000);
  for (std::size_t i = 0; i < few.size(); ++i) {
    fmt::print("change {}: {} rows read of few, {} of many\n", i + 1, few[i], more[i]);
    EXPECT_LE(more[i], few[i]);
    EXPECT_LT(few[i], 150);
  }
}

}  // namespace
}  // namespace keepsum::test
