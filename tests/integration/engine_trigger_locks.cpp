// What a trigger meets when it locks rows: a wait that is too long and a deadlock are the writer's
// to hear of, as 1205 and 1213. A DO statement would swallow both and go on without the lock, or in
// a transaction that the server has ended.
#include <future>
#include <thread>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {
namespace {

class TriggerLocks : public EngineOnMariadb {};

TEST_F(TriggerLocks, AWaitThatIsTooLongFailsTheChange) {
  run_all(
      {"CREATE TABLE memos (id BIGINT NOT NULL PRIMARY KEY, at INT NOT NULL, gone INT NOT NULL, "
       "KEY by_time (at))",
       "INSERT INTO memos VALUES (1, 10, 0), (2, 20, 0)"});
  apply(R"json("list": {"from": "memos m", "group_by": {"memo": "m.id"}, "aggregates": {
      "place": "ordinal(ORDER BY m.at) FILTER (WHERE m.gone = 0)"}})json");
  const auto other = connect();
  ASSERT_TRUE(other->execute("SET SESSION innodb_lock_wait_timeout = 1").has_value());
  // Takes the list's slot, and moves nothing that a row at the end would come upon.
  run("BEGIN");
  run("UPDATE memos SET gone = 1 WHERE id = 1");
  const auto refused = other->execute("INSERT INTO memos VALUES (3, 30, 0)");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().native_code, 1205);
  run("COMMIT");
  EXPECT_EQ(lines("SELECT COUNT(*) FROM memos"), std::vector<std::string>{"2"});
  ASSERT_TRUE(other->execute("INSERT INTO memos VALUES (3, 30, 0)").has_value());
  EXPECT_EQ(lines("SELECT memo, place FROM list ORDER BY memo"),
            (std::vector<std::string>{"1|0", "2|2", "3|3"}));
  EXPECT_EQ(verify().drifted, 0);
}

TEST_F(TriggerLocks, ADeadlockReachesTheWriter) {
  run_all({"CREATE TABLE customers (id BIGINT NOT NULL PRIMARY KEY, name INT)",
           "CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, customer BIGINT NOT NULL, n INT, "
           "FOREIGN KEY (customer) REFERENCES customers (id) ON DELETE CASCADE)",
           "CREATE TABLE items (id BIGINT NOT NULL PRIMARY KEY, order_id BIGINT NOT NULL, cents "
           "BIGINT NOT NULL, FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE)",
           "CREATE TABLE others (id BIGINT NOT NULL PRIMARY KEY)",
           "INSERT INTO customers VALUES (1, 1), (2, 2)", "INSERT INTO orders VALUES (1, 1, 1)",
           "INSERT INTO items VALUES (1, 1, 500)"});
  apply(R"json("totals": {"from": "items i", "group_by": {"order_id": "i.order_id"}, "aggregates": {
      "total": "sum(i.cents)"}})json");
  const auto other = connect();
  // Of the two, the one that has written more goes on.
  run("BEGIN");
  run("INSERT INTO others SELECT seq FROM seq_1_to_2000");
  run("UPDATE orders SET n = 2 WHERE id = 1");
  ASSERT_TRUE(other->execute("BEGIN").has_value());
  ASSERT_TRUE(other->execute("UPDATE customers SET name = 3 WHERE id = 2").has_value());
  auto deletion = std::async(std::launch::async,
                             [&] { return other->execute("DELETE FROM customers WHERE id = 1"); });
  std::this_thread::sleep_for(std::chrono::milliseconds{300});
  run("UPDATE customers SET name = 4 WHERE id = 1");
  const auto ended = deletion.get();
  ASSERT_TRUE(ended.has_error());
  EXPECT_EQ(ended.error().native_code, 1213);
  EXPECT_EQ(ended.error().recovery, Recovery::retry_transaction);
  ASSERT_TRUE(other->execute("ROLLBACK").has_value());
  run("COMMIT");
  ASSERT_TRUE(other->execute("DELETE FROM customers WHERE id = 1").has_value());
  EXPECT_EQ(lines("SELECT total FROM totals WHERE total <> 0"), std::vector<std::string>{});
  EXPECT_EQ(verify().drifted, 0);
}

}  // namespace
}  // namespace keepsum::test
