// The server goes away in the middle of keepsum's work, as a power cut would take it, or has no
// room left. The run fails at once and says so; when the server is back, the next run goes on.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "connectors/open.hpp"
#include "tests/support/mariadb_server.hpp"

namespace keepsum::test {

namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;

struct Outcome {
  int code = -1;
  std::string output;  // stdout and stderr, as they came
};

// A run of the binary beside the test.
class Process {
 public:
  explicit Process(const std::string& command) : pipe_(popen((command + " 2>&1").c_str(), "r")) {}
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (pipe_ != nullptr) pclose(pipe_);
  }

  Outcome finish() {
    Outcome run;
    std::array<char, 4096> buffer;
    while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe_)) {
      run.output.append(buffer.data(), size);
    }
    const int status = pclose(pipe_);
    pipe_ = nullptr;
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
  }

 private:
  FILE* pipe_;
};

class LostServer : public testing::Test {
 protected:
  explicit LostServer(std::vector<std::string> arguments = {}) : server_(std::move(arguments)) {}

  void SetUp() override {
    url_ = server_.url(server_.create_database());
    connect();
    run("CREATE TABLE sales (id BIGINT NOT NULL PRIMARY KEY, shop BIGINT NOT NULL, cents BIGINT "
        "NOT NULL, KEY sales_by_shop (shop)) ENGINE=InnoDB");
    run("INSERT INTO sales SELECT seq, seq MOD 8000, seq * 7919 MOD 1000 FROM seq_1_to_120000");
    write_spec("");
  }
  void write_spec(const std::string& more) {
    std::ofstream(server_.folder() + "/keepsum.json")
        << R"json({"keepsum": 1, )json" << more
        << R"json("summaries": {"shop_sales": {"from": "sales",
               "group_by": {"shop": "shop"},
               "aggregates": {"turnover": "sum(cents)", "sales": "count(*)"}}}})json";
  }

  [[nodiscard]] std::string command(const std::string& arguments) const {
    return fmt::format("cd {} && {} {} --database {}", server_.folder(), KEEPSUM_BINARY, arguments,
                       url_);
  }
  Outcome keepsum(const std::string& arguments) { return Process(command(arguments)).finish(); }

  void connect() {
    session_ = connectors::open_session(connectors::parse_url(url_).value()).value();
  }
  void run(const std::string& statement) {
    const auto done = session_->execute(statement);
    ASSERT_TRUE(done.has_value()) << describe(done.error());
  }
  // The control tables may not be there yet: then nothing.
  bool finds(const std::string& query) {
    const auto row = session_->row(query);
    return row.has_value() && row->has_value();
  }
  void wait_for(const std::string& query) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (!finds(query)) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << query;
      std::this_thread::sleep_for(2ms);
    }
  }
  // Kills the server once `query` finds a row, and brings it back when the run has ended.
  Outcome lose_server_when(const std::string& query, const std::string& arguments) {
    Process process(command(arguments));
    wait_for(query);
    server_.kill9();
    Outcome run = process.finish();
    server_.restart();
    connect();
    return run;
  }
  void expect_equal_to_source() {
    constexpr auto recompute =
        "(SELECT shop, SUM(cents) AS turnover, COUNT(*) AS sales FROM sales GROUP BY shop) AS s";
    EXPECT_FALSE(
        finds(fmt::format("SELECT 1 FROM {} LEFT JOIN shop_sales USING (shop, turnover, "
                          "sales) WHERE shop_sales.shop IS NULL LIMIT 1",
                          recompute)));
    EXPECT_FALSE(
        finds(fmt::format("SELECT 1 FROM shop_sales LEFT JOIN {} USING (shop, turnover, "
                          "sales) WHERE s.shop IS NULL LIMIT 1",
                          recompute)));
  }

  void expect_that_apply_goes_on(const std::string& after, const std::string& arguments) {
    const Outcome lost = lose_server_when(after, arguments);
    EXPECT_EQ(lost.code, 1) << lost.output;
    EXPECT_THAT(lost.output, HasSubstr("connection was lost"));
    EXPECT_TRUE(finds("SELECT 1 FROM keepsum_summaries WHERE state = 'building'"));
    run("UPDATE sales SET shop = shop + 1, cents = cents + 1 WHERE id MOD 1000 = 0");

    const Outcome again = keepsum("apply --yes");
    EXPECT_EQ(again.code, 0) << again.output;
    EXPECT_THAT(again.output, HasSubstr("going on; what it filled is not filled again"));
    EXPECT_TRUE(finds("SELECT 1 FROM keepsum_summaries WHERE state = 'live'"));
    expect_equal_to_source();
  }

  MariadbServer server_;
  std::string url_;
  std::unique_ptr<db::Session> session_;
};

TEST_F(LostServer, ApplyByRangesFailsAndTheNextOneGoesOn) {
  expect_that_apply_goes_on(
      "SELECT 1 FROM keepsum_summaries WHERE state = 'building' AND checkpoint IS NOT NULL",
      "apply --yes --order key-ranges --chunk-time 5ms");
}

TEST_F(LostServer, ApplyInOnePassFailsAndTheNextOneGoesOn) {
  expect_that_apply_goes_on("SELECT 1 FROM shop_sales", "apply --yes --order one-pass");
}

TEST_F(LostServer, ReconcileFailsAndTheNextOneGoesOn) {
  ASSERT_EQ(keepsum("apply --yes").code, 0);
  run("UPDATE shop_sales SET turnover = turnover + 1000");
  const Outcome lost =
      lose_server_when("SELECT 1 FROM keepsum_drift LIMIT 1", "reconcile --guard 100");
  EXPECT_EQ(lost.code, 1) << lost.output;
  EXPECT_THAT(lost.output, HasSubstr("connection was lost"));

  const Outcome again = keepsum("reconcile --guard 100");
  EXPECT_EQ(again.code, 2) << again.output;
  expect_equal_to_source();
  // Evidence and repair commit together: each key was repaired once, by one of the two runs.
  EXPECT_TRUE(
      finds("SELECT 1 FROM (SELECT COUNT(*) AS repairs, COUNT(DISTINCT group_key) AS keys_ "
            "FROM keepsum_drift) AS d WHERE repairs = 8000 AND keys_ = 8000"));
}

// A signal that cannot be read counts as too high, and a server that is gone will not fall.
TEST_F(LostServer, APausedRunSeesThatItIsGone) {
  ASSERT_EQ(keepsum("apply --yes").code, 0);
  write_spec(R"json("reconcile": {"query": "SELECT 2", "query_max": 1}, )json");
  const auto began = std::chrono::steady_clock::now();
  const Outcome lost = lose_server_when(
      "SELECT 1 FROM keepsum_runs WHERE kind = 'reconcile' AND finished_at IS NULL", "reconcile");
  EXPECT_LT(std::chrono::steady_clock::now() - began, 60s);
  EXPECT_EQ(lost.code, 1) << lost.output;
  EXPECT_THAT(lost.output, HasSubstr("connection was lost"));
  write_spec("");
  EXPECT_EQ(keepsum("reconcile").code, 0);
}

// All tables are in one file that may not grow past what these rows and a summary of them take.
class FullServer : public LostServer {
 protected:
  FullServer() : LostServer(with_room_for(64)) {}

  static std::vector<std::string> with_room_for(int megabytes) {
    return {"--innodb-file-per-table=0",
            fmt::format("--innodb-data-file-path=ibdata1:12M:autoextend:max:{}M", megabytes)};
  }

  // Takes whatever room there is. Nothing of keepsum runs here: where MariaDB itself ends over it,
  // as it does once in a while, it is started again, and has less room left.
  void fill() {
    run("CREATE TABLE ballast (id BIGINT AUTO_INCREMENT PRIMARY KEY, b LONGBLOB) ENGINE=InnoDB");
    int crashes = 0;
    for (const int size : {400'000, 7'000, 100}) {
      const std::string insert =
          fmt::format("INSERT INTO ballast (b) VALUES (REPEAT('x', {}))", size);
      auto done = session_->execute(insert);
      while (done.has_value() || (done.error().code == ErrorCode::connection_lost && crashes < 3)) {
        if (done.has_error()) {
          fmt::print(stderr, "mariadbd ended by itself while its tablespace was filled ({})\n",
                     ++crashes);
          server_.restart();
          connect();
        }
        done = session_->execute(insert);
      }
      ASSERT_EQ(done.error().native_code, table_is_full) << describe(done.error());
    }
  }
  void expect_full(const std::string& arguments) {
    const Outcome full = keepsum(arguments);
    EXPECT_EQ(full.code, 1) << full.output;
    EXPECT_THAT(full.output, AnyOf(HasSubstr("is full"), HasSubstr("No more room")));
  }
  // A table that is dropped would free nothing: that takes room too.
  void make_room() {
    server_.kill9();
    server_.restart(with_room_for(256));
    connect();
  }

  static constexpr int table_is_full = 1114;
};

TEST_F(FullServer, ApplyFailsAndTheNextOneGoesOn) {
  fill();
  expect_full("apply --yes");
  EXPECT_FALSE(finds("SELECT 1 FROM keepsum_summaries WHERE state = 'live'"));
  make_room();
  run("UPDATE sales SET shop = shop + 1, cents = cents + 1 WHERE id MOD 1000 = 0");
  const Outcome again = keepsum("apply --yes");
  EXPECT_EQ(again.code, 0) << again.output;
  expect_equal_to_source();
}

TEST_F(FullServer, AWriteAndItsDeltaFailTogetherAndARepairWithItsEvidence) {
  ASSERT_EQ(keepsum("apply --yes").code, 0);
  run("UPDATE shop_sales SET turnover = turnover + 1000");
  fill();
  // Rows of new shops, until one finds no room: in the table, in the summary or in the undo log.
  int id = 1'000'000;
  const auto insert = [&] {
    ++id;
    return session_->execute(fmt::format("INSERT INTO sales VALUES ({0}, {0}, 1)", id));
  };
  auto done = insert();
  while (done.has_value()) done = insert();
  EXPECT_EQ(done.error().native_code, table_is_full) << describe(done.error());
  expect_full("reconcile --guard 100");
  make_room();
  const Outcome again = keepsum("reconcile --guard 100");
  EXPECT_EQ(again.code, 2) << again.output;
  expect_equal_to_source();
  // What was written stays written, by what it counted itself: of the new shops none had drifted.
  EXPECT_FALSE(finds("SELECT 1 FROM keepsum_drift WHERE group_key LIKE '%100000%'"));
  EXPECT_TRUE(
      finds("SELECT 1 FROM (SELECT COUNT(*) AS repairs, COUNT(DISTINCT group_key) AS keys_ "
            "FROM keepsum_drift) AS d WHERE repairs = 8000 AND keys_ = 8000"));
}

}  // namespace

}  // namespace keepsum::test
