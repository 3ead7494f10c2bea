// One summary, cards, and what takes it from spec to spec.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/lifecycle/apply.hpp"
#include "engine/lifecycle/change_set.hpp"
#include "tests/integration/engine_application.hpp"
#include "tests/integration/engine_reader_support.hpp"
#include "tests/integration/engine_support.hpp"

namespace keepsum::test {

class SpecChangeScene {
 public:
  // `version`: as if this were another server, "" for what it is.
  explicit SpecChangeScene(Scene& scene, const std::string& version = "");

  [[nodiscard]] Scene& scene() { return scene_; }
  // "cards" with these aggregates, and `more` of a spec: ", \"where\": …".
  [[nodiscard]] static std::string spec(const std::string& aggregates,
                                        const std::string& more = "");
  [[nodiscard]] static std::string first_spec();
  [[nodiscard]] static std::string with_count();  // first_spec() and `refunds`

  // Tables with rows, and the spec live.
  void start(const std::string& summary = first_spec());
  // Inserts, updates that move rows between groups and conditions, deletes.
  void write_more();
  void on_step(std::function<void(const std::string&)> told) { on_step_ = std::move(told); }

  [[nodiscard]] plan::SummaryPlan plan_of(const std::string& summary);
  Result<lifecycle::ChangeSet> compare(const std::string& summary);
  std::optional<lifecycle::SpecChange> change_to(const std::string& summary);
  lifecycle::SpecChange expect_change(const std::string& summary);

  // By `database`, or by the scene's own session.
  Result<lifecycle::ApplyReport> apply(
      const std::string& summary, lifecycle::Database* database = nullptr,
      std::chrono::seconds give_up_after = lifecycle::WaitPolicy{}.give_up_after);
  // It must succeed, and leave nothing to do.
  void go_to(const std::string& summary);
  // Ends in the middle, as a kill would, once the columns are there, or the table beside.
  void stop_at_fill(const std::string& summary);

  // Of each aggregate, key by key and both ways, by the recompute; and live by this spec.
  void expect_exact(const std::string& summary);
  // No table or trigger of a change, and no row of it in the control tables.
  void expect_nothing_left();

  [[nodiscard]] std::string quoted(const std::string& name);
  [[nodiscard]] std::string created_at();  // of the summary's table; another if it is another
  [[nodiscard]] int columns_like(const std::string& prefix);
  [[nodiscard]] int index_count();
  [[nodiscard]] lifecycle::Database& database();

 private:
  Scene& scene_;
  std::unique_ptr<sql::Dialect> dialect_;
  std::optional<lifecycle::Database> database_;
  std::function<void(const std::string&)> on_step_;
  int next_id_ = 1;
};

}  // namespace keepsum::test
