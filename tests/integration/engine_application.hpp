// A service with a connection of its own, which calls keepsum's hooks around each change of a
// row, in its own transaction. For a summary kept by triggers the hooks do nothing.
#pragma once

#include <keepsum/summaries.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

class Application {
 public:
  // `settings` are run first: the hooks are loaded in the session as it then is.
  Application(const Scene& scene, const std::vector<std::string>& settings,
              const std::string& summaries);

  using Key = std::vector<db::Value>;
  // Each in a transaction: the statement, which changes the one row, and the hooks around it.
  void insert(const std::string& table, const Key& key, const std::string& statement);
  void update(const std::string& table, const Key& key, const std::string& statement,
              const Key& new_key = {});
  void remove(const std::string& table, const Key& key, const std::string& statement);
  void run(const std::string& statement);

  [[nodiscard]] db::Session& session() { return *session_; }
  [[nodiscard]] const Summaries& summaries() const { return *summaries_; }

 private:
  void check(const Result<void>& done, const std::string& what);

  std::string begin_;
  std::shared_ptr<void> handle_;
  std::unique_ptr<db::Session> session_;  // borrows the handle
  std::optional<Summaries> summaries_;
};

}  // namespace keepsum::test
