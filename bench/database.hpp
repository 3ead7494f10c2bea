// What the benchmarks share: the payments tables in a database that DATABASE_URL names, their
// summary made by the engine itself, and medians.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "connectors/open.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/plan.hpp"
#include "engine/reconcile/reconcile.hpp"

namespace keepsum::bench {

enum class Keys { none, declared, foreign };

// Every member throws std::runtime_error with the server's words if something fails.
class PaymentsDatabase {
 public:
  // Drops what is there and makes `payments` payments, one history and one transaction each.
  PaymentsDatabase(Keys keys, std::int64_t payments, int cards);

  void execute(const std::string& sql);
  // Reads all rows and returns how many.
  std::int64_t drain(const std::string& sql);
  void apply(const reconcile::OnProgress& on_progress = {});
  void drop_summary();
  // Keys checked; throws if any has drifted.
  std::int64_t verify();
  [[nodiscard]] const connectors::ConnectionUrl& url() const noexcept { return url_; }
  [[nodiscard]] const std::string& spec() const noexcept { return spec_; }

 private:
  std::string spec_;
  connectors::ConnectionUrl url_;
  connectors::Connection connection_;
  std::optional<lifecycle::Database> database_;
  std::optional<plan::SummaryPlan> plan_;
};

// The recompute as one would write it by hand, all columns of the summary.
[[nodiscard]] std::string recompute_query();

template <class T>
T must(Result<T> result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
  return std::move(result).value();
}
inline void must(const Result<void>& result) {
  if (result.has_error()) throw std::runtime_error(describe(result.error()));
}

[[nodiscard]] double median(std::vector<double> values);
// A positive number from the environment.
[[nodiscard]] double setting(const char* name, double otherwise);
[[nodiscard]] double seconds_of(const std::function<void()>& work);

}  // namespace keepsum::bench
