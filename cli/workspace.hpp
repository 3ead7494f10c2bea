// What every command begins with: the spec, the open database, the plans.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connectors/open.hpp"
#include "engine/lifecycle/database.hpp"
#include "engine/plan/compile.hpp"
#include "migrations/migrations.hpp"
#include "schema/parse.hpp"

namespace keepsum::cli {

struct GlobalOptions {
  std::string config = "keepsum.json";
  std::string database;  // overrides the spec's
  bool json = false;
};

// The spec's text and what it says. Errors: io_failed; invalid_spec, with every diagnostic in
// `message`, ready to be printed.
struct LoadedSpec {
  std::string file;
  std::string text;
  schema::Spec spec;
};
Result<LoadedSpec> load_spec(const GlobalOptions& options);

class Workspace {
 public:
  static Result<Workspace> open(const GlobalOptions& options);

  // All of the spec's summaries, or those named, with their side tables; each after what it is made
  // from or kept by, else in the order of the spec. Warnings are printed to stderr if
  // `show_warnings`. Errors: invalid_argument for a name the spec does not have;
  // invalid_spec with every diagnostic.
  Result<std::vector<plan::SummaryPlan>> plans(const std::vector<std::string>& names,
                                               bool show_warnings);

  // The one summary of that name. Errors: as plans().
  Result<plan::SummaryPlan> plan(const std::string& name);

  [[nodiscard]] lifecycle::Database& database() noexcept { return *database_; }
  [[nodiscard]] const schema::Spec& spec() const noexcept { return loaded_.spec; }
  [[nodiscard]] std::string display_url() const { return url_.display(); }

 private:
  LoadedSpec loaded_;
  connectors::ConnectionUrl url_;
  connectors::Connection connection_;
  std::optional<lifecycle::Database> database_;
};

}  // namespace keepsum::cli
