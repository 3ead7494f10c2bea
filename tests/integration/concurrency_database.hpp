// The payments schema without foreign keys, its summary, and a query written by hand that says
// whether the summary is right: it shares no code with the engine.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "connectors/mysql/client.hpp"
#include "connectors/open.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"

namespace keepsum::test {

// A plain client connection, as an application would open it. One thread at a time.
// Every member throws ClientError if the server refuses.
class Client {
 public:
  explicit Client(const std::string& url);

  void execute(const std::string& sql);
  [[nodiscard]] std::uint64_t affected_rows();
  [[nodiscard]] std::vector<std::vector<std::string>> rows(const std::string& sql);
  [[nodiscard]] std::string scalar(const std::string& sql);
  [[nodiscard]] std::vector<int> numbers(const std::string& sql);
  [[nodiscard]] MYSQL* handle() const noexcept { return handle_.get(); }

 private:
  mysql::ConnectionHandle handle_;
};

struct ClientError : std::runtime_error {
  ClientError(unsigned native_code, const std::string& message)
      : std::runtime_error(message), code(native_code) {}
  // The whole transaction must be run again: deadlock, lock wait timeout, stale snapshot.
  [[nodiscard]] bool is_conflict() const noexcept {
    return code == 1213 || code == 1205 || code == 1020;
  }
  unsigned code;
};

// What the real binary did.
struct Outcome {
  int exit_code = -1;
  std::string out;
  std::string err;
  // The one summary of a `reconcile --json`.
  [[nodiscard]] boost::json::object summary() const;
};

// A database of its own on the shared server, with three tables and a spec file beside it.
class PaymentsDatabase {
 public:
  enum class Capture { triggers, hooks };
  explicit PaymentsDatabase(Capture capture);
  // Other tables, and a spec of them in which @URL@ stands for the database.
  PaymentsDatabase(const std::vector<std::string>& statements, const std::string& spec);

  [[nodiscard]] const std::string& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& spec_text() const noexcept { return spec_text_; }

  // Runs `keepsum ARGUMENTS… --config SPEC` to its end.
  [[nodiscard]] Outcome keepsum(std::vector<std::string> arguments) const;

  // The keys whose stored row is not what the source says, by the query written by hand. A
  // missing row counts as one of empty values; a latch may be true without a row to show for it.
  // `follows_rows`: the summary has the columns of the latest row too.
  [[nodiscard]] static std::set<int> wrong_keys(Client& client, bool follows_rows = true);

 private:
  std::string url_;
  std::string spec_text_;
  std::string spec_file_;
};

// The engine in this process, on a session of its own.
class Engine {
 public:
  explicit Engine(const PaymentsDatabase& database);
  [[nodiscard]] lifecycle::Database& database() noexcept { return *database_; }
  [[nodiscard]] const plan::SummaryPlan& plan() const noexcept { return *plan_; }

 private:
  connectors::ConnectionUrl url_;
  connectors::Connection connection_;
  std::optional<lifecycle::Database> database_;
  std::optional<plan::SummaryPlan> plan_;
};

// An integer from the environment, for longer runs than the default.
[[nodiscard]] int setting(const char* name, int otherwise);

}  // namespace keepsum::test
