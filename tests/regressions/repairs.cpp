// Where the tool that was to mend the figures spoilt them, or passed them over.
#include <fmt/format.h>

#include "tests/regressions/regressions.hpp"

namespace keepsum::test {
namespace {

class Repairs : public Regression {};
KEEPSUM_ON_BOTH(Repairs);

// The fix-up reads a count, a writer adds to it, the fix-up writes what it has read.
TEST_P(Repairs, CounterCulture24FixUpWritesAnOutdatedCountUnderLoad) {
  run("INSERT INTO payments VALUES (1, 5, 10), (2, 5, 20)");
  apply(spec);
  run("UPDATE per_card SET total = 7, n = 9, most = 1 WHERE card_id = 5");
  const auto lease = must(reconcile::Lease::acquire(database(), "per_card", {}));
  const auto found = must(reconcile::scan(database().session, plan(), database().dialect, {}, {}));
  ASSERT_EQ(found.drifted.size(), 1U);
  // The group is changed after it was read, the row that held its extreme among it.
  run("INSERT INTO payments VALUES (3, 5, 400)");
  run("DELETE FROM payments WHERE id = 2");
  run("UPDATE payments SET amount = 11 WHERE id = 1");
  reconcile::RepairContext context{database(), plan(), *lease, std::nullopt};
  must(reconcile::repair(context, found.drifted));
  must(lease->release());
  expect_equal(recompute);
  EXPECT_EQ(stored(5, "total"), "411");
}

// Two refreshes at once: the one that succeeds returns while a change that was committed before it
// began is left out, and nothing will look at that range again.
TEST_P(Repairs, Timescaledb10219ConcurrentRefreshesStrandAnInvalidation) {
  for (int i = 0; i < 40; ++i) run(fmt::format("INSERT INTO payments VALUES ({0}, {0}, 1)", i));
  apply(spec);
  for (int round = 0; round < 5; ++round) {
    run(fmt::format("UPDATE per_card SET total = total + 100 WHERE card_id IN ({}, {}, 39)", round,
                    20 + round));
    const auto refresh = [&] {
      connectors::Connection own = must(connectors::open(url()));
      lifecycle::Database other{*own.session, *own.catalog, *own.dialect,
                                [url = url()] { return connectors::open_session(url); }};
      reconcile::ReconcileOptions options;
      options.order = plan::Pass::key_ranges;
      options.chunk_rows = 3;
      options.guard.share_max = 1;
      return reconcile::reconcile(other, plan(), options);
    };
    auto first = std::async(std::launch::async, refresh);
    auto second = std::async(std::launch::async, refresh);
    // One may be told that the other is at work. Whichever says that it is through, is.
    bool done = false;
    for (auto* each : {&first, &second}) {
      const auto report = each->get();
      if (report.has_error()) {
        EXPECT_EQ(report.error().code, ErrorCode::lease_held);
        continue;
      }
      done = true;
      EXPECT_TRUE(report->tour.complete);
    }
    EXPECT_TRUE(done);
    expect_equal(recompute);
  }
}

// A weak checksum of many rows is the same though rows differ: here what is too much of one key is
// missing of its neighbour, in one range and across two, and nothing changes in sum.
TEST_P(Repairs, TidbTools344WeakChecksumsCallDifferentRowsEqual) {
  for (int i = 0; i < 12; ++i) run(fmt::format("INSERT INTO payments VALUES ({0}, {0}, 50)", i));
  apply(spec);
  run("UPDATE per_card SET total = total + 8 WHERE card_id IN (2, 7)");
  run("UPDATE per_card SET total = total - 8 WHERE card_id IN (3, 11)");
  run("UPDATE per_card SET n = n + 1, most = most - 1 WHERE card_id = 5");
  run("UPDATE per_card SET n = n - 1, most = most + 1 WHERE card_id = 6");
  EXPECT_EQ(reconcile().drifted, 6);
  expect_equal(recompute);
}

// The chunks' bounds leave a key out: the first, the last, or where one chunk ends and the next
// begins.
TEST_P(Repairs, BluekingDbm20386ABoundaryKeyIsNeverRepaired) {
  const std::string keys[] = {
      "-9223372036854775808", "-1", "0", "1", "2", "3", "7", "9223372036854775806",
      "9223372036854775807"};
  int id = 0;
  for (const std::string& key : keys) {
    run(fmt::format("INSERT INTO payments VALUES ({}, {}, 5)", ++id, key));
    run(fmt::format("INSERT INTO payments VALUES ({}, {}, 6)", ++id, key));
  }
  apply(spec);
  for (const std::uint64_t rows : {1U, 2U, 3U, 4U, 5U, 100U}) {
    for (const std::string& key : keys) {
      run("UPDATE per_card SET total = total + 1 WHERE card_id = " + key);
      EXPECT_EQ(reconcile(rows).repaired, 1) << key << " in ranges of " << rows;
    }
    // All of them, gone, and some that have no source, at the ends and between.
    run("DELETE FROM per_card");
    EXPECT_EQ(reconcile(rows).repaired, 9);
    run("INSERT INTO per_card (card_id, total, n) VALUES (-9223372036854775807, 1, 1), (5, 1, 1), "
        "(9223372036854775805, 1, 1)");
    EXPECT_EQ(reconcile(rows).repaired, 3);
    expect_equal(recompute);
  }
}

}  // namespace
}  // namespace keepsum::test
