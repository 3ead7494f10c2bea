// Sealed history: verified by totals and the rows since, exact whatever is changed below the seal;
// and what goes past the triggers there, or is done to the totals, is found by the audit.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <random>

#include "engine/lifecycle/apply.hpp"
#include "engine/maintain/trigger_set.hpp"
#include "engine/sql/seal.hpp"
#include "tests/integration/engine_sealed_support.hpp"

namespace keepsum::test {
namespace {

using namespace reconcile;
using testing::Contains;
using testing::Field;
using testing::IsEmpty;
using testing::SizeIs;

class Sealed : public SealedOnBoth {};
KEEPSUM_ON_BOTH(Sealed);

TEST_P(Sealed, TheFirstRunReadsAllAndSealsAndTheNextReadsTheRowsSince) {
  make(20);
  const RunReport first = go();
  ASSERT_TRUE(first.seal.has_value());
  EXPECT_FALSE(first.seal->used);
  EXPECT_EQ(first.seal->up_to, "20");
  EXPECT_EQ(first.seal->rows_sealed, 20);

  add(21, 3);
  const RunReport second = go();
  EXPECT_TRUE(second.seal->used) << second.seal->why_not;
  EXPECT_EQ(second.seal->rows_above, 3);
  EXPECT_EQ(second.seal->keys_whole, 0);
  EXPECT_EQ(second.outcome, reconcile::Outcome::consistent);
  EXPECT_EQ(second.seal->up_to, "23");
  EXPECT_EQ(second.seal->rows_sealed, 23);
  EXPECT_EQ(second.coverage.kind, "sealed");
  expect_right();

  // Nothing new: the seal stays, and a run that may write nothing says the same.
  EXPECT_EQ(go().seal->rows_above, 0);
  const RunReport looking = verify();
  EXPECT_TRUE(looking.seal->used);
  EXPECT_EQ(looking.drifted, 0);
}

struct Below {
  const char* name;
  std::vector<std::string> statements;
};

const std::vector<Below>& changes_below() {
  static const std::vector<Below> all = {
      {"an amount", {"UPDATE t SET amount = amount + 5 WHERE id = 4"}},
      {"the least of its key", {"UPDATE t SET amount = 900 WHERE id = 1"}},
      {"a row deleted", {"DELETE FROM p WHERE id = 5"}},
      {"its partner deleted", {"DELETE FROM t WHERE id = 6"}},
      {"voided", {"UPDATE p SET voided = 1 WHERE id = 7"}},
      {"moved to another key", {"UPDATE p SET g = 'b' WHERE id = 8"}},
      {"moved to a new key", {"UPDATE p SET g = 'new' WHERE id = 9"}},
      {"a late row", {"INSERT INTO p VALUES (-3, 'b', 0)", "INSERT INTO t VALUES (-3, -3, 70)"}},
      {"a late partner", {"INSERT INTO t VALUES (500, 10, 11)"}},
      {"a late row of a new key",
       {"INSERT INTO p VALUES (-4, 'late', 0)", "INSERT INTO t VALUES (-4, -4, 1)"}},
      {"two that cancel out",
       {"UPDATE t SET amount = CASE id WHEN 11 THEN amount + 1 ELSE amount - 1 END WHERE id IN "
        "(11, 15)"}},
      {"across the seal, upwards",
       {"UPDATE p SET id = 9100 WHERE id = 12", "UPDATE t SET p_id = 9100 WHERE p_id = 12"}},
      {"and back",
       {"UPDATE p SET id = -700 WHERE id = 9100", "UPDATE t SET p_id = -700 WHERE p_id = 9100"}},
      {"a partner moved across",
       {"INSERT INTO p VALUES (9200, 'a', 0)", "UPDATE t SET p_id = 9200 WHERE id = 13"}},
      {"a key emptied", {"DELETE FROM p WHERE g = 'c'"}},
  };
  return all;
}

TEST_P(Sealed, AChangeBelowTheSealOpensItsKeysAndNothingIsTakenForDrift) {
  make(20);
  go();
  for (const Below& change : changes_below()) {
    SCOPED_TRACE(change.name);
    run_all(change.statements);
    const RunReport looking = verify();
    EXPECT_TRUE(looking.seal->used) << looking.seal->why_not;
    EXPECT_EQ(looking.drifted, 0);
    EXPECT_GE(looking.seal->keys_open, 1);
    const RunReport report = go();
    EXPECT_TRUE(report.seal->used) << report.seal->why_not;
    EXPECT_EQ(report.drifted, 0);
    EXPECT_GE(report.seal->sealed_anew, 1);
    expect_right();
    EXPECT_EQ(go().seal->keys_whole, 0) << "sealed anew, it is no longer open";
    expect_totals_right();
  }
}

TEST_P(Sealed, DriftIsFoundAndRepairedBelowTheSealAndAboveIt) {
  make(20);
  go();
  add(21, 4);
  run("UPDATE s SET total = total + 1 WHERE g = 'a'");
  run("UPDATE s SET most = NULL WHERE g = 'b'");
  run("DELETE FROM s WHERE g = 'c'");
  const RunReport looking = verify();
  EXPECT_EQ(looking.drifted, 3);
  EXPECT_EQ(looking.outcome, reconcile::Outcome::drift_left);
  const RunReport report = go();
  EXPECT_TRUE(report.seal->used);
  EXPECT_EQ(report.repaired, 3);
  EXPECT_EQ(report.outcome, reconcile::Outcome::repaired);
  EXPECT_EQ(report.seal->contradicted, 0);
  expect_right();
  EXPECT_EQ(go().outcome, reconcile::Outcome::consistent);
}

// As many keys as totals, and yet one of each that has no partner.
TEST_P(Sealed, AKeyThatIsGoneIsFoundBesideANewOne) {
  make(20);
  go();
  const std::string keys = lines("SELECT COUNT(*) FROM s").at(0);
  run("INSERT INTO p VALUES (21, 'new', 0)");
  run("INSERT INTO t VALUES (121, 21, 5)");
  run("DELETE FROM s WHERE g = 'c'");
  ASSERT_EQ(lines("SELECT COUNT(*) FROM s").at(0), keys);
  const RunReport looking = verify();
  EXPECT_TRUE(looking.seal->used) << looking.seal->why_not;
  EXPECT_EQ(looking.seal->keys_whole, 1);
  EXPECT_EQ(looking.drifted, 1);
  EXPECT_EQ(go().repaired, 1);
  expect_right();
  expect_totals_right();
}

// SQLite locks no rows.
class SealedLocks : public SealedOnBoth {};
INSTANTIATE_TEST_SUITE_P(Databases, SealedLocks, testing::Values(Server::mariadb),
                         [](const auto& each) { return name_of(each.param); });

TEST_P(SealedLocks, AKeyThatIsLockedIsLeftAndNothingIsCalledVerified) {
  make(20);
  go();
  const auto verified_at = [&] { return lines("SELECT verified_at FROM keepsum_seals").at(0); };
  const std::string before = verified_at();
  add(21, 400);  // the seal is to be moved, past these
  run("UPDATE s SET total = total + 1 WHERE g IN ('a', 'b')");
  const auto holder = connect();
  ASSERT_TRUE(holder->execute("BEGIN").has_value());
  ASSERT_TRUE(holder->rows("SELECT * FROM s WHERE g = 'a' FOR UPDATE").has_value());
  const RunReport report = go();
  EXPECT_EQ(report.outcome, reconcile::Outcome::drift_left);
  EXPECT_EQ(report.repaired, 1);
  EXPECT_EQ(report.locked, 1);
  EXPECT_EQ(verified_at(), before);
  EXPECT_EQ(verify().drifted, 1);
  ASSERT_TRUE(holder->execute("COMMIT").has_value());
  EXPECT_EQ(go().repaired, 1);
  expect_right();
  const RunReport last = go();
  EXPECT_EQ(last.outcome, reconcile::Outcome::consistent);
  EXPECT_TRUE(last.seal->used) << last.seal->why_not;
  expect_totals_right();
}

TEST_P(Sealed, ASpoiltTotalIsNoDrift) {
  make(20);
  go();
  run(fmt::format("UPDATE {} SET total = total + 7 WHERE g = 'a'", totals()));
  const RunReport looking = verify();
  EXPECT_EQ(looking.drifted, 0);
  EXPECT_EQ(looking.seal->contradicted, 1);
  const RunReport report = go();
  EXPECT_EQ(report.drifted, 0);
  EXPECT_EQ(report.outcome, reconcile::Outcome::consistent);
  EXPECT_EQ(report.seal->contradicted, 1);
  EXPECT_EQ(report.seal->sealed_anew, 1);
  EXPECT_THAT(report.causes, Contains(Field(&lifecycle::Cause::code, "total_altered")));
  expect_totals_right();
  EXPECT_EQ(go().seal->contradicted, 0);
}

// The rows since outweigh what was done to the total: only the audit compares it by itself.
TEST_P(Sealed, ASpoiltTotalThatChangesNoFigureIsFoundByTheAudit) {
  make(20);
  go();
  run_all({"INSERT INTO p VALUES (800, 'a', 0)", "INSERT INTO t VALUES (800, 800, 5000)"});
  run(fmt::format("UPDATE {} SET most = 1 WHERE g = 'a'", totals()));
  EXPECT_EQ(verify().seal->contradicted, 0);
  options.deep = true;
  const RunReport report = go();
  EXPECT_EQ(report.drifted, 0);
  EXPECT_EQ(report.seal->contradicted, 1);
  expect_totals_right();
}

TEST_P(Sealed, ARowChangedPastTheTriggersIsFoundByTheAuditAndNotBefore) {
  make(20);
  go();
  past_the_triggers("UPDATE t SET amount = amount + 3 WHERE id = 4");
  const RunReport by_seal = go();
  EXPECT_TRUE(by_seal.seal->used) << by_seal.seal->why_not;
  EXPECT_EQ(by_seal.drifted, 0) << "what was sealed is not read";
  options.deep = true;
  const RunReport report = go();
  EXPECT_FALSE(report.seal->used);
  EXPECT_EQ(report.drifted, 1);
  EXPECT_EQ(report.repaired, 1);
  EXPECT_EQ(report.seal->contradicted, 1);
  EXPECT_THAT(report.causes, Contains(Field(&lifecycle::Cause::code, "changed_below_seal")));
  expect_right();
  options.deep = false;
  const RunReport next = go();
  EXPECT_TRUE(next.seal->used);
  EXPECT_EQ(next.seal->keys_whole, 0);
  expect_totals_right();
}

TEST_P(Sealed, TheAuditGoesRoundByItselfAtItsPace) {
  audit = "1ms";  // all of it is due at once: then a tenth of it is read in a run
  make(400);
  go();
  past_the_triggers("UPDATE t SET amount = amount + 3 WHERE id = 4");
  std::int64_t found = 0;
  int runs = 0;
  double audited = 0;
  for (; found == 0 && runs < 20; ++runs) {
    const RunReport report = go();
    EXPECT_TRUE(report.seal->used) << report.seal->why_not;
    EXPECT_EQ(report.outcome,
              report.drifted == 0 ? reconcile::Outcome::consistent : reconcile::Outcome::repaired);
    found = report.drifted;
    audited += report.seal->audited;
  }
  EXPECT_EQ(found, 1);
  EXPECT_GT(audited, 0);
  expect_right();
  EXPECT_EQ(go().seal->keys_whole, 0);
}

TEST_P(Sealed, WithoutATriggerTheSealIsNotUsed) {
  make(20);
  go();
  const std::string name = trigger_names().front();
  run("DROP TRIGGER " + database().dialect.identifier(name));
  const RunReport report = verify();
  EXPECT_FALSE(report.seal->used);
  EXPECT_THAT(report.seal->why_not, testing::HasSubstr("triggers"));
  EXPECT_EQ(report.coverage.kind, "all");
}

TEST_P(Sealed, AnEmptiedTableIsNoticedByTheNextRun) {
  make(20);
  go();
  past_the_triggers("DELETE FROM t");
  const RunReport report = verify();
  EXPECT_FALSE(report.seal->used);
  EXPECT_EQ(report.drifted, 4);
}

TEST_P(Sealed, AnotherColumnBuildsAnew) {
  make(20);
  go();
  by = "t.id";
  apply_sealed();
  const RunReport first = go();
  EXPECT_FALSE(first.seal->used);
  EXPECT_EQ(first.seal->up_to, "20");
  add(21, 2);
  EXPECT_TRUE(go().seal->used);
  run("UPDATE p SET voided = 1 WHERE id = 3");
  EXPECT_GE(go().seal->keys_open, 1);
  expect_right();
  expect_totals_right();
}

TEST_P(Sealed, DropLeavesNothingBehind) {
  make(20);
  go();
  ASSERT_TRUE(lifecycle::drop(database(), "s").has_value());
  EXPECT_FALSE(database().catalog.table(sql::seal_table_name("s")).value().has_value());
  EXPECT_THAT(lines("SELECT * FROM keepsum_seals"), IsEmpty());
}

TEST_P(Sealed, ARunThatEndsAnywhereIsGoneOnWithAndLosesNothing) {
  make(40);
  const int step = on_mariadb() ? 3 : 1;
  bool is_over = false;
  std::int64_t id = 41;
  for (int calls = 1; !is_over && calls < 400; calls += step) {
    SCOPED_TRACE(fmt::format("ends after {} statements", calls));
    add(id, 8);
    run(fmt::format("UPDATE t SET amount = amount + 1 WHERE id = {}", id - 20));
    is_over = end_after(calls);
    // Between the two runs rows come late, below where the first wanted the seal.
    run(fmt::format("INSERT INTO t VALUES ({}, {}, 9)", 10'000 + id, id + 1));
    run(fmt::format("UPDATE t SET amount = amount - 4 WHERE id = {}", id + 2));
    id += 8;
    const RunReport report = go();
    EXPECT_EQ(report.drifted, 0);
    EXPECT_EQ(report.seal->contradicted, 0);
    expect_totals_right();
    if (HasFailure()) return;
  }
  EXPECT_TRUE(is_over);
  expect_right();
}

// Whatever happens in whatever order: no run takes anything for drift that is none, and the totals
// are what their rows make.
TEST_P(Sealed, RandomChangesAndRunsAgree) {
  for (const unsigned seed : {1U, 2U, 3U}) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    std::mt19937 dice(seed);
    const auto below = [&](std::int64_t end) {
      return static_cast<std::int64_t>(dice() % static_cast<unsigned long>(end));
    };
    make(30);
    std::int64_t id = 31, partner = 100'000 * seed;
    for (int i = 0; i < 150 && !HasFailure(); ++i) {
      const std::int64_t old = 1 + below(id);
      switch (below(11)) {
        case 0: run(fmt::format("UPDATE t SET amount = {} WHERE id = {}", below(1000), old)); break;
        case 1: run(fmt::format("DELETE FROM p WHERE id = {}", old)); break;
        case 2:
          run(fmt::format("UPDATE p SET g = '{}' WHERE id = {}", "abcdef"[below(6)], old));
          break;
        case 3:
          run(fmt::format("INSERT INTO t VALUES ({}, {}, {})", ++partner, old, below(50)));
          break;
        case 4:
          run(fmt::format("UPDATE t SET p_id = {} WHERE id = {}", 1 + below(id + 5), old));
          break;
        case 5:
          run(fmt::format("UPDATE p SET id = {} WHERE id = {}", -id - 5, old));
          ++id;
          break;
        case 6:
        case 7: {
          const RunReport report = below(4) == 0 ? verify() : go();
          EXPECT_EQ(report.drifted, 0);
          EXPECT_EQ(report.seal->contradicted, 0);
          break;
        }
        default:
          add(id, 1 + below(4));
          id += 4;
          break;
      }
    }
    go();
    expect_right();
    expect_totals_right();
    clear();
  }
}

TEST_P(Sealed, WhatCannotBeSealedIsRefused) {
  make_tables();
  const auto codes = [&](const std::string& sealed, const std::string& more = {}) {
    return error_codes(compile(spec(fmt::format("{{\"by\": \"{}\"}}", sealed), more)));
  };
  EXPECT_THAT(codes("p.id"), IsEmpty());
  EXPECT_THAT(codes("p.g"), Contains("sealed-no-order"));
  EXPECT_THAT(codes("t.amount"), Contains("sealed-no-order"));
  EXPECT_THAT(codes("p.nothing"), Contains("unknown-column"));
  EXPECT_THAT(codes("p.id + 1"), Contains("sealed-no-column"));
  EXPECT_THAT(codes("p.id", R"(, "capture": "hooks")"), Contains("sealed-by-hooks"));
  EXPECT_THAT(codes("p.voided"), Contains("sealed-no-index"));
  EXPECT_THAT(error_codes(compile(spec(R"({"by": "p.id", "after": "soon"})"))),
              Contains("duration"));
  EXPECT_THAT(error_codes(compile(spec(R"({"after": "1h"})"))), Contains("missing-property"));
}

TEST_P(Sealed, WithoutItNothingIsDifferent) {
  make_tables();
  ASSERT_THAT(error_codes(compile(spec("{\"by\": \"p.id\"}"))), IsEmpty());
  const auto with = maintain::trigger_set(plan(), database().dialect);
  ASSERT_THAT(error_codes(compile(spec(""))), IsEmpty());
  for (const auto& trigger : maintain::trigger_set(plan(), database().dialect)) {
    EXPECT_THAT(trigger.create_sql,
                testing::Not(testing::HasSubstr(std::string(sql::touched_column))));
  }
  for (const auto& trigger : with) {
    EXPECT_THAT(trigger.create_sql, testing::HasSubstr(std::string(sql::touched_column)));
  }
}

// Every run goes over all then, and is a run like any other.
TEST_P(Sealed, AKeyWithoutAnIndex) {
  run_all(
      {"CREATE TABLE u (id INTEGER NOT NULL PRIMARY KEY, g INTEGER NOT NULL, x INTEGER NOT NULL)" +
           std::string(on_mariadb() ? "" : " STRICT"),
       "INSERT INTO u VALUES (1, 1, 10), (2, 1, 20), (3, 2, 40)"});
  apply(R"json("s": {"from": "u", "group_by": {"g": "u.g"}, "aggregates": {"sx": "sum(u.x)"},
      "sealed": {"by": "u.id", "after": "0"}})json");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(go().drifted, 0);
    run(fmt::format("INSERT INTO u VALUES ({}, 2, 5)", 10 + i));
  }
  run("UPDATE s SET sx = sx + 1 WHERE g = 1");
  options.deep = true;
  EXPECT_EQ(go().repaired, 1);
  expect_equal("SELECT g, SUM(x) AS sx FROM u GROUP BY g");
}

}  // namespace
}  // namespace keepsum::test
