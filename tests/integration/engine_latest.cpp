// latest() and earliest(): whose value it is, what becomes of it when it drifts, and what finding
// the next row costs.
#include <fmt/format.h>

#include <keepsum/reader.hpp>

#include "engine/reconcile/undo.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

std::string vehicles(const std::string& capture, const std::string& aggregates) {
  return fmt::format(R"json("vehicles": {{"from": "positions p", "group_by": {{"v": "p.vehicle"}},
                        "aggregates": {{{}}}, "capture": "{}"}})json",
                     aggregates, capture);
}

constexpr const char* last_place =
    R"json("place": "latest(p.place ORDER BY p.seen)", "speed": "latest(p.speed ORDER BY p.seen)",
           "start": "earliest(p.place ORDER BY p.seen) FILTER (WHERE p.speed > 0)")json";

class Latest : public EngineOnBoth {
 protected:
  void SetUp() override {
    run_all(
        {"CREATE TABLE positions (id BIGINT NOT NULL PRIMARY KEY, vehicle INT NOT NULL, "
         "seen INT NOT NULL, place VARCHAR(20), speed INT)",
         "CREATE INDEX positions_seen ON positions (vehicle, seen)",
         "CREATE INDEX positions_speed ON positions (vehicle, speed)",
         "INSERT INTO positions VALUES (1, 1, 10, 'a', 0), (2, 1, 20, 'b', 5), (3, 2, 5, 'c', 7)"});
  }
  void expect_figures(const std::vector<std::string>& figures) {
    EXPECT_EQ(lines("SELECT v, place, speed, start FROM vehicles ORDER BY v"), figures);
    EXPECT_EQ(verify().drifted, 0);
  }
};
KEEPSUM_ON_BOTH(Latest);

TEST_P(Latest, IsTheValueOfOneRow) {
  apply(vehicles("triggers", last_place));
  // Two values of one order share its place: v, three values, two orders of two terms each.
  EXPECT_EQ(plan().state.size(), 7U);
  expect_figures({"1|b|5|b", "2|c|7|c"});
  run("INSERT INTO positions VALUES (4, 1, 15, 'late', 1)");
  expect_figures({"1|b|5|late", "2|c|7|c"});
  run("INSERT INTO positions VALUES (5, 1, 30, NULL, NULL)");
  expect_figures({"1|NULL|NULL|late", "2|c|7|c"});
  // A tie: the greater key is later.
  run("INSERT INTO positions VALUES (9, 1, 30, 'tie', 3), (8, 1, 30, 'lesser', 4)");
  expect_figures({"1|tie|3|late", "2|c|7|c"});
  run("UPDATE positions SET place = 'Tie' WHERE id = 9");
  expect_figures({"1|Tie|3|late", "2|c|7|c"});
  run("UPDATE positions SET id = 7 WHERE id = 9");
  expect_figures({"1|lesser|4|late", "2|c|7|c"});
  run("UPDATE positions SET vehicle = 2 WHERE id IN (8, 4)");
  expect_figures({"1|Tie|3|b", "2|lesser|4|c"});
  run("DELETE FROM positions WHERE seen = 30");
  expect_figures({"1|b|5|b", "2|late|1|c"});
  run("UPDATE positions SET seen = seen - 100");
  expect_figures({"1|b|5|b", "2|late|1|c"});
  run("DELETE FROM positions WHERE vehicle = 1");
  EXPECT_EQ(lines("SELECT place, speed, start FROM vehicles WHERE v = 1"),
            std::vector<std::string>{"NULL|NULL|NULL"});
}

TEST_P(Latest, IsMendedAndTakenBackAsOneRow) {
  apply(vehicles("triggers", last_place));
  const auto all = std::string("SELECT * FROM vehicles ORDER BY v");
  const auto right = lines(all);
  for (const plan::StateColumn& column : plan().state) {
    const bool text = column.type.family == db::TypeFamily::text;
    run(fmt::format("UPDATE vehicles SET {} = {} WHERE v = 1", column.name,
                    text                ? "'B'"
                    : column.term == 0U ? "15"
                                        : "77"));
    const auto wrong = lines(all);
    reconcile::ReconcileOptions options;
    const auto report = reconcile::reconcile(database(), plan(), options);
    ASSERT_TRUE(report.has_value()) << describe(report.error());
    EXPECT_EQ(report->drifted, 1) << column.name;
    EXPECT_EQ(lines(all), right) << column.name;
    const std::int64_t run_id = std::stoll(lines("SELECT MAX(id) FROM keepsum_runs").front());
    const auto undone = reconcile::undo(database(), plan(), run_id, {});
    ASSERT_TRUE(undone.has_value()) << describe(undone.error());
    EXPECT_EQ(lines(all), wrong) << column.name;
    ASSERT_TRUE(reconcile::reconcile(database(), plan(), options).has_value());
    EXPECT_EQ(lines(all), right) << column.name;
  }
}

struct Vehicle {
  std::optional<std::string> place, start;
  std::optional<std::int64_t> speed;
};

TEST_P(Latest, IsReadByTheReader) {
  apply(vehicles("hooks", last_place));
  Application app(*this, {}, vehicles("hooks", last_place));
  const auto reader =
      Reader<Vehicle>::make(app.summaries(), "vehicles", field("place", &Vehicle::place),
                            field("start", &Vehicle::start), field("speed", &Vehicle::speed));
  ASSERT_TRUE(reader.has_value()) << describe(reader.error());
  app.insert("positions", {{6L}}, "INSERT INTO positions VALUES (6, 1, 40, 'f', NULL)");
  const auto first = reader->get(app.session(), {1L});
  ASSERT_TRUE(first.has_value()) << describe(first.error());
  EXPECT_EQ(first->place, "f");
  EXPECT_EQ(first->speed, std::nullopt);
  EXPECT_EQ(first->start, "b");
  const auto nobody = reader->get(app.session(), {77L});
  ASSERT_TRUE(nobody.has_value()) << describe(nobody.error());
  EXPECT_EQ(nobody->place, std::nullopt);
}

class Seeks : public EngineOnMariadb {
 protected:
  static constexpr const char* all =
      R"json("place": "latest(p.place ORDER BY p.seen)", "start": "earliest(p.speed ORDER BY p.seen)",
             "fastest": "max(p.speed)", "slowest": "min(p.speed)")json";
  void make(const std::string& capture) {
    run_all(
        {"CREATE TABLE positions (id BIGINT NOT NULL PRIMARY KEY, vehicle INT NOT NULL, "
         "seen INT NOT NULL, place VARCHAR(20), speed INT)",
         "CREATE INDEX positions_seen ON positions (vehicle, seen)",
         "CREATE INDEX positions_speed ON positions (vehicle, speed)",
         "INSERT INTO positions SELECT seq, seq % 3, seq, seq, seq FROM seq_1_to_6000"});
    apply(vehicles(capture, all));
    EXPECT_TRUE(plan().warnings.empty());
  }
};

// One vehicle has 2,000 rows; the one that goes is last and fastest, or first and slowest.
TEST_F(Seeks, FindTheNextRowInATrigger) {
  make("triggers");
  for (const char* change :
       {"DELETE FROM positions WHERE id = 6000", "DELETE FROM positions WHERE id = 3",
        "UPDATE positions SET seen = 100, speed = 100 WHERE id = 5997"}) {
    const std::int64_t before = rows_read(writer());
    run(change);
    EXPECT_LT(rows_read(writer()) - before, 200) << change;
  }
  EXPECT_EQ(verify().drifted, 0);
}

TEST_F(Seeks, FindTheNextRowInAHook) {
  make("hooks");
  Application app(*this, {}, vehicles("hooks", all));
  for (const std::int64_t id : {6000L, 3L, 5997L}) {
    const std::int64_t before = rows_read(app.session());
    app.remove("positions", {{id}}, fmt::format("DELETE FROM positions WHERE id = {}", id));
    EXPECT_LT(rows_read(app.session()) - before, 200) << id;
  }
  EXPECT_EQ(verify().drifted, 0);
}

// Without the index the plan says which one is missing.
TEST_F(Seeks, AreWishedFor) {
  run_all(
      {"CREATE TABLE positions (id BIGINT NOT NULL PRIMARY KEY, vehicle INT NOT NULL, "
       "seen INT NOT NULL, place VARCHAR(20), speed INT, KEY positions_vehicle (vehicle))"});
  std::string hints;
  for (const auto& diagnostic : compile(vehicles("triggers", all))) hints += diagnostic.hint + "\n";
  EXPECT_THAT(hints, testing::HasSubstr("`positions` (`vehicle`, `seen`)"));
  EXPECT_THAT(hints, testing::HasSubstr("`positions` (`vehicle`, `speed`)"));
}

// The figures that a difference of large sums has, where floating-point sums would have noise
// alone.
class Spread : public EngineOnBoth {};
KEEPSUM_ON_BOTH(Spread);

TEST_P(Spread, IsExactFarFromZero) {
  run_all({"CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, x BIGINT)"});
  apply(R"json("summary": {"from": "t", "group_by": {"k": "t.k"},
      "aggregates": {"pop": "var_pop(t.x)", "samp": "var_samp(t.x)"}})json");
  run("INSERT INTO t VALUES (1, 1, 1000000001), (2, 1, 1000000002), (3, 1, 1000000003), (4, 1, "
      "NULL), "
      "(5, 2, -1000000000), (6, 3, NULL), (7, 4, -1000000001), (8, 4, -1000000004)");
  const auto figures = lines("SELECT k, ROUND(pop, 3), ROUND(samp, 3) FROM summary ORDER BY k");
  EXPECT_EQ(figures, on_mariadb() ? (std::vector<std::string>{"1|0.667|1.000", "2|0.000|NULL",
                                                              "3|NULL|NULL", "4|2.250|4.500"})
                                  : (std::vector<std::string>{"1|0.667|1", "2|0|NULL",
                                                              "3|NULL|NULL", "4|2.25|4.5"}));
  EXPECT_EQ(verify().drifted, 0);
}

}  // namespace
}  // namespace keepsum::test
