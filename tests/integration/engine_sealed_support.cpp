#include "tests/integration/engine_sealed_support.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/lifecycle/apply.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/seal.hpp"

namespace keepsum::test {

namespace {

constexpr const char* recompute_query =
    "SELECT p.g, COALESCE(SUM(t.amount), 0) AS total, COUNT(*) AS n, MAX(CASE WHEN t.amount > 500 "
    "THEN 1 ELSE 0 END) AS large, MIN(t.amount) AS least, MAX(t.amount) AS most FROM p JOIN t ON "
    "t.p_id = p.id WHERE p.voided = 0{} GROUP BY p.g";

// Loses its connection after so many statements, as one whose process is killed: nothing more
// reaches the server but the end of the transaction that was open.
class Ending final : public db::Session {
 public:
  Ending(db::Session& session, int statements) : session_(session), left_(statements) {}

  Result<std::uint64_t> execute(std::string_view sql, std::span<const db::Value> params) override {
    if (is_over()) return lost();
    return session_.execute(sql, params);
  }
  Result<void> query(std::string_view sql, std::span<const db::Value> params,
                     const db::RowHandler& handler) override {
    if (is_over()) return lost();
    return session_.query(sql, params, handler);
  }
  Result<std::vector<db::ResultColumn>> describe_query(std::string_view sql) override {
    return session_.describe_query(sql);
  }
  Result<void> begin(db::TransactionMode mode) override {
    if (is_over()) return lost();
    return session_.begin(mode);
  }
  Result<void> commit() override {
    if (is_over()) return lost();
    return session_.commit();
  }
  Result<void> rollback() override { return session_.rollback(); }
  [[nodiscard]] bool in_transaction() const noexcept override { return session_.in_transaction(); }
  Result<void> limit_statements(std::optional<std::chrono::milliseconds> limit) override {
    return session_.limit_statements(limit);
  }
  Result<void> limit_lock_waits(std::optional<std::chrono::seconds> limit) override {
    return session_.limit_lock_waits(limit);
  }
  void interrupt() noexcept override { session_.interrupt(); }

 private:
  bool is_over() { return left_-- <= 0; }
  static Error lost() {
    Error error;
    error.code = ErrorCode::connection_lost;
    error.recovery = Recovery::reconnect;
    error.message = "the connection was lost";
    return error;
  }

  db::Session& session_;
  int left_;
};

}  // namespace

void SealedOnBoth::make_tables() {
  if (on_mariadb()) {
    run("CREATE TABLE p (id BIGINT PRIMARY KEY, g VARCHAR(8) NOT NULL, voided TINYINT NOT NULL, "
        "KEY (g)) ENGINE=InnoDB");
    run("CREATE TABLE t (id BIGINT PRIMARY KEY, p_id BIGINT NOT NULL, amount DECIMAL(10,2), KEY "
        "(p_id)) ENGINE=InnoDB");
  } else {
    run("CREATE TABLE p (id INTEGER PRIMARY KEY, g TEXT NOT NULL, voided INTEGER NOT NULL) STRICT");
    run("CREATE TABLE t (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL, amount INTEGER) STRICT");
    run("CREATE INDEX p_g ON p (g)");
    run("CREATE INDEX t_p ON t (p_id)");
  }
}

void SealedOnBoth::make(std::int64_t rows) {
  make_tables();
  add(1, rows);
  apply_sealed();
}

void SealedOnBoth::apply_sealed() {
  apply(spec(fmt::format(R"({{"by": "{}", "after": "{}", "audit": "{}"}})", by, after, audit)));
}

void SealedOnBoth::clear() {
  ASSERT_TRUE(lifecycle::drop(database(), "s").has_value());
  run("DROP TABLE t");
  run("DROP TABLE p");
}

std::string SealedOnBoth::spec(const std::string& sealed, const std::string& more) const {
  return fmt::format(
      R"spec("s": {{"from": "p", "joins": ["t ON t.p_id = p.id"], "where": "p.voided = 0",
    "group_by": {{"g": "p.g"}},
    "aggregates": {{"total": "sum(t.amount)", "n": "count(*)", "large": "any(t.amount > 500)",
                    "least": "min(t.amount)", "most": "max(t.amount)"}}{}{}{}}})spec",
      sealed.empty() ? "" : ", \"sealed\": ", sealed, more);
}

void SealedOnBoth::add(std::int64_t from, std::int64_t rows) {
  std::vector<std::string> parents, children;
  for (std::int64_t id = from; id < from + rows; ++id) {
    parents.push_back(fmt::format("({}, '{}', 0)", id, "abcd"[id % 4]));
    children.push_back(fmt::format("({0}, {0}, {1})", id, id * 7 % 40 + 1));
  }
  run(fmt::format("INSERT INTO p VALUES {}", fmt::join(parents, ", ")));
  run(fmt::format("INSERT INTO t VALUES {}", fmt::join(children, ", ")));
}

reconcile::RunReport SealedOnBoth::go() {
  auto report = reconcile::reconcile(database(), plan(), options);
  EXPECT_TRUE(report.has_value()) << describe(report.error());
  return report.has_value() ? std::move(report).value() : reconcile::RunReport{};
}

bool SealedOnBoth::end_after(int statements) {
  Ending session(database().session, statements);
  lifecycle::Database ending{session, database().catalog, database().dialect,
                             database().open_session};
  const bool is_over = reconcile::reconcile(ending, plan(), options).has_value();
  // Its process is this one, and lives: nobody would take the lease from it before it expires.
  run("UPDATE keepsum_leases SET holder = ''");
  return is_over;
}

void SealedOnBoth::past_the_triggers(const std::string& statement) {
  const auto triggers = maintain::trigger_set(plan(), database().dialect);
  for (const auto& trigger : triggers) run(trigger.drop_sql);
  run(statement);
  for (const auto& trigger : triggers) run(trigger.create_sql);
}

std::string SealedOnBoth::totals() {
  return database().dialect.identifier(sql::seal_table_name("s"));
}

void SealedOnBoth::expect_right() { expect_equal(fmt::format(fmt::runtime(recompute_query), "")); }

// Of keys that are sealed: neither touched up to the seal nor open.
void SealedOnBoth::expect_totals_right() {
  const auto seal =
      lines("SELECT watermark, next_watermark FROM keepsum_seals WHERE summary = 's'");
  ASSERT_EQ(seal.size(), 1U);
  const std::string up_to = seal.front().substr(0, seal.front().find('|'));
  if (up_to == "NULL") return;
  EXPECT_EQ(seal.front(), up_to + "|NULL") << "the seal is still being moved";
  const std::string source =
      fmt::format(fmt::runtime(recompute_query), fmt::format(" AND {} <= {}", by, up_to));
  const std::string touched = database().dialect.identifier(sql::touched_column);
  const std::string open = database().dialect.identifier("ks$open");
  const auto wrong = lines(fmt::format(
      "SELECT s.g, r.total, z.total, r.n, z.n, r.least, z.least, r.most, z.most FROM s LEFT JOIN "
      "{0} "
      "z ON z.g = s.g LEFT JOIN ({1}) r ON r.g = s.g WHERE s.{2} > {3} AND COALESCE(z.{4}, 0) = 0 "
      "AND "
      "(COALESCE(r.total, 0) <> COALESCE(z.total, 0) OR COALESCE(r.n, 0) <> COALESCE(z.n, 0) OR "
      "COALESCE(r.least, -1) <> COALESCE(z.least, -1) OR COALESCE(r.most, -1) <> COALESCE(z.most, "
      "-1))",
      totals(), source, touched, up_to, open));
  EXPECT_TRUE(wrong.empty()) << "by hand, total: " << fmt::format("{}", fmt::join(wrong, "\n"));
}

}  // namespace keepsum::test
