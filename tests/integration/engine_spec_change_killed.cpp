// A change of spec that dies at each of its statements in turn. Whatever spec it is read by, every
// answer is right; and the next apply goes on, goes back, or goes to a third spec.
#include <fmt/format.h>

#include "connectors/open.hpp"
#include "engine/lifecycle/read.hpp"
#include "tests/integration/engine_spec_change.hpp"

namespace keepsum::test {
namespace {

// Loses its connection for good before the statement of that number that is not only a question.
class DyingSession final : public db::Session {
 public:
  DyingSession(db::Session& session, int dies_at) : session_(session), left_(dies_at) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    if (dies(sql)) return lost();
    return session_.execute(sql, params);
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    if (dead_) return lost();
    return session_.query(sql, params, handler);
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    if (dead_) return lost();
    return session_.describe_query(sql);
  }
  Result<void> begin(db::TransactionMode mode) override {
    if (dead_) return lost();
    return session_.begin(mode);
  }
  Result<void> commit() override {
    if (dies("COMMIT")) return lost();
    return session_.commit();
  }
  Result<void> rollback() override {
    if (dead_) return lost();
    return session_.rollback();
  }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    if (dead_) return lost();
    return session_.limit_statements(limit);
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    if (dead_) return lost();
    return session_.limit_lock_waits(limit);
  }
  void interrupt() noexcept override { session_.interrupt(); }
  [[nodiscard]] bool in_transaction() const noexcept override { return session_.in_transaction(); }

  [[nodiscard]] bool is_dead() const { return dead_; }
  [[nodiscard]] const std::string& at() const { return at_; }

 private:
  bool dies(std::string_view sql) {
    if (dead_) return true;
    if (sql.starts_with("SELECT") || sql.starts_with("SET")) return false;
    dead_ = left_-- == 0;
    if (dead_) at_ = sql.substr(0, 90);
    return dead_;
  }
  static Error lost() {
    Error error;
    error.code = ErrorCode::connection_lost;
    error.recovery = Recovery::reconnect;
    error.message = "killed";
    return error;
  }

  db::Session& session_;
  int left_;
  bool dead_ = false;
  std::string at_;
};

struct Case {
  std::string name;
  std::string from, to;
  std::string version = {};
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

const std::string& third() {
  static const std::string spec = SpecChangeScene::spec(
      R"json("total": "sum(p.amount)", "refunds": "count(*) FILTER (WHERE p.amount < -5)")json");
  return spec;
}

class SpecChangeKilled : public testing::TestWithParam<std::tuple<Server, Case>>, public Scene {
 protected:
  SpecChangeKilled()
      : Scene(std::get<0>(GetParam())),
        change_(static_cast<Scene&>(*this), std::get<1>(GetParam()).version) {}

  // Returns where it died; "" if it came to its end.
  std::string die_at(int number, const std::string& to) {
    const std::string at = try_to(number, to);
    // Nobody can see that the holder is dead: it is this process.
    run("UPDATE keepsum_leases SET holder = ''");
    return at;
  }

  std::string try_to(int number, const std::string& to) {
    auto connection = must(connectors::open(url()));
    DyingSession session(*connection.session, number);
    lifecycle::Database by{session, *connection.catalog, change_.database().dialect,
                           [this] { return connectors::open_session(url()); }};
    const auto applied = change_.apply(to, &by);
    EXPECT_EQ(applied.has_error(), session.is_dead());
    if (applied.has_error() && !session.is_dead()) ADD_FAILURE() << describe(applied.error());
    return session.at();
  }

  void expect_right_answers(const std::string& summary) {
    const plan::SummaryPlan plan = change_.plan_of(summary);
    for (std::int64_t card = 0; card < 7; ++card) {
      const auto read = must(lifecycle::read(database(), plan, {card}));
      const auto source = must(lifecycle::read_from_source(database(), plan, {card}));
      for (std::size_t i = 0; i < plan.aggregates.size(); ++i) {
        EXPECT_EQ(db::display(read.values[i]), db::display(source.values[i]))
            << plan.aggregates[i].column.name << " of card " << card << ", from the "
            << (read.from_summary ? "summary" : "source");
      }
    }
  }

  SpecChangeScene change_;
};

TEST_P(SpecChangeKilled, AtEachStatement) {
  const Case& each = std::get<1>(GetParam());
  change_.start(each.from);
  // All of them on SQLite; elsewhere every fourth.
  const int stride = on_mariadb() ? 4 : 1;
  int deaths = 0, live = 0;
  for (int number = 0;; number += stride) {
    const std::string at = die_at(number, each.to);
    if (at.empty()) break;
    ++deaths;
    SCOPED_TRACE(fmt::format("died at statement {}: {}", number, at));
    live += lines("SELECT state FROM keepsum_summaries WHERE name = 'cards'") ==
            std::vector<std::string>{"live"};
    change_.write_more();
    for (const std::string& spec : {each.from, each.to, third()}) expect_right_answers(spec);
    const std::string& next = deaths % 3 == 0 ? each.to : deaths % 3 == 1 ? each.from : third();
    change_.go_to(next);
    change_.expect_exact(next);
    change_.expect_nothing_left();
    change_.write_more();
    for (const std::string& spec : {each.from, each.to, third()}) expect_right_answers(spec);
    change_.go_to(each.from);
    change_.expect_exact(each.from);
    if (HasFailure()) return;
  }
  RecordProperty("faults", std::to_string(deaths));
  fmt::print("{}: died at {} statements, live after {} of them\n", each.name, deaths, live);
  EXPECT_GT(deaths, 5);
  change_.expect_exact(each.to);
  change_.expect_nothing_left();
}

INSTANTIATE_TEST_SUITE_P(
    Databases, SpecChangeKilled,
    testing::Combine(
        testing::Values(Server::sqlite, Server::mariadb),
        testing::Values(
            Case{"added", SpecChangeScene::first_spec(), SpecChangeScene::with_count()},
            Case{"removed", SpecChangeScene::with_count(), SpecChangeScene::first_spec()},
            Case{"redefined", SpecChangeScene::first_spec(),
                 SpecChangeScene::spec(R"json("total": "sum(p.amount * 2)", "n": "count(*)")json",
                                       R"json(, "indexes": [["total"]])json")})),
    [](const auto& each) {
      return name_of(std::get<0>(each.param)) + "_" + std::get<1>(each.param).name;
    });

}  // namespace
}  // namespace keepsum::test
